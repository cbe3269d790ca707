//! Limits that apply before a request is read: rate limits and the size of headers. Cloudflare counts the
//! rates per data centre and approximately ("Rate Limiting", Cloudflare Workers). A failing counter refuses
//! nobody.

use workbot_domain::event::{Cause, Event};
use workbot_domain::limits::client_key;
use workbot_shared::ErrorCode;
use worker::Request;

use super::answer::Failure;
use super::context::Edge;

/// In bytes. Our tokens and cookies are a few KB at most.
const LARGEST_HEADER: usize = 16 * 1024;

/// A rate limit, by its binding in wrangler.toml.
#[derive(Clone, Copy)]
pub enum Counted {
    /// API calls, by person.
    Api,
    /// Steps of logins, by the browser's address and by person.
    Login,
    /// Openings of a login link, by ticket.
    Ticket,
}

impl Counted {
    fn binding(self) -> &'static str {
        match self {
            Self::Api => "API_LIMIT",
            Self::Login => "LOGIN_LIMIT",
            Self::Ticket => "TICKET_LIMIT",
        }
    }

    /// Counts a request of `key` and returns whether it is within the limit.
    pub async fn allows(self, edge: &Edge, key: String) -> bool {
        let counted = match edge.env.rate_limiter(self.binding()) {
            Ok(limiter) => limiter.limit(key).await,
            Err(problem) => Err(problem),
        };
        counted.map_or_else(
            |problem| {
                edge.isolate.report(&Event::RateLimitFailed { cause: Cause::of(&problem) }, &edge.id, None);
                true
            },
            |outcome| outcome.success,
        )
    }
}

/// Whether a browser's address is within the rate limit of login steps.
pub async fn may_log_in(edge: &Edge, request: &Request) -> Result<bool, Failure> {
    let address = request.headers().get("cf-connecting-ip")?;
    match address.and_then(|address| client_key(&address)) {
        Some(key) => Ok(Counted::Login.allows(edge, key).await),
        None => Ok(true),
    }
}

/// 431 for headers larger than any that we issue (RFC 6585 section 5).
pub fn headers(request: &Request) -> Result<(), Failure> {
    for name in ["authorization", "cookie"] {
        if request.headers().get(name)?.is_some_and(|value| value.len() > LARGEST_HEADER) {
            return Err(Failure::of(ErrorCode::HeaderTooLarge));
        }
    }
    Ok(())
}
