//! Limits before anything is read: how often somebody asks, and how large their headers are. How often is counted by
//! Cloudflare, by data centre and not exactly; where it does not count, nobody is refused.

use workbot_domain::event::{Cause, Event};
use workbot_domain::limits::client_key;
use workbot_shared::ErrorCode;
use worker::Request;

use super::context::RequestContext;
use super::response::RequestError;

/// A token or a browser's cookies of ours are a few KB at most.
const LARGEST_HEADER: usize = 16 * 1024;

/// What is counted, as wrangler.toml names it.
#[derive(Clone, Copy)]
pub enum RateLimit {
    /// A person's calls of the API.
    Api,
    /// Steps of logins, by the browser's address and by the person.
    Login,
    /// Openings of a link, by the link.
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

    /// Whether this is not too much from whoever the key names.
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

/// Whether a browser may take a step of a login: not if too many come from its address.
pub async fn may_log_in(context: &RequestContext, request: &Request) -> Result<bool, RequestError> {
    let address = request.headers().get("cf-connecting-ip")?;
    match address.and_then(|address| client_key(&address)) {
        Some(key) => Ok(RateLimit::Login.allows(context, key).await),
        None => Ok(true),
    }
}

/// Refuses headers that are larger than any that we read.
pub fn headers(request: &Request) -> Result<(), RequestError> {
    for name in ["authorization", "cookie"] {
        if request.headers().get(name)?.is_some_and(|value| value.len() > LARGEST_HEADER) {
            return Err(RequestError::of(ErrorCode::HeaderTooLarge));
        }
    }
    Ok(())
}
