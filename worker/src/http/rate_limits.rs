//! Limits that apply before a request is read: rate limits and the size of headers. Cloudflare counts the
//! rates per data centre and approximately ("Rate Limiting", Cloudflare Workers). A failing counter refuses
//! nobody.

use workbot_domain::event::{Cause, Event};
use workbot_domain::limits::client_key;
use workbot_shared::ErrorCode;
use worker::Request;

use super::context::RequestContext;
use super::response::RequestError;

/// In bytes. Our tokens and cookies are a few KB at most.
const LARGEST_HEADER: usize = 16 * 1024;

/// A rate limit, by its binding in wrangler.toml.
#[derive(Clone, Copy)]
pub enum RateLimit {
    /// API calls, by person.
    Api,
    /// Steps of logins, by the browser's address and by person.
    Login,
    /// Openings of a login link, by ticket.
    Ticket,
}

impl RateLimit {
    fn binding(self) -> &'static str {
        match self {
            Self::Api => "API_LIMIT",
            Self::Login => "LOGIN_LIMIT",
            Self::Ticket => "TICKET_LIMIT",
        }
    }

    /// Counts a request of `key` and returns whether it is within the limit.
    pub async fn allows(self, context: &RequestContext, key: String) -> bool {
        let counted = match context.env.rate_limiter(self.binding()) {
            Ok(limiter) => limiter.limit(key).await,
            Err(problem) => Err(problem),
        };
        counted.map_or_else(
            |problem| {
                context.isolate.report(
                    &Event::RateLimitFailed { cause: Cause::of(&problem) },
                    &context.id,
                    None,
                );
                true
            },
            |outcome| outcome.success,
        )
    }
}

/// Whether a browser's address is within the rate limit of login steps.
pub async fn may_log_in(context: &RequestContext, request: &Request) -> Result<bool, RequestError> {
    let address = request.headers().get("cf-connecting-ip")?;
    match address.and_then(|address| client_key(&address)) {
        Some(key) => Ok(RateLimit::Login.allows(context, key).await),
        None => Ok(true),
    }
}

/// 431 for headers larger than any that we issue (RFC 6585 section 5).
pub fn headers(request: &Request) -> Result<(), RequestError> {
    for name in ["authorization", "cookie"] {
        if request.headers().get(name)?.is_some_and(|value| value.len() > LARGEST_HEADER) {
            return Err(RequestError::of(ErrorCode::HeaderTooLarge));
        }
    }
    Ok(())
}
