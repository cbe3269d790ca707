//! Limits before anything is read: how often somebody asks, and how large their headers are. How often is counted by
//! Cloudflare, by data centre and not exactly; where it does not count, nobody is refused.

use workbot_domain::event::{Cause, Event};
use workbot_domain::limits::client_key;
use workbot_shared::ErrorCode;
use worker::Request;

use super::context::Edge;
use super::response::Failure;

/// A token or a browser's cookies of ours are a few KB at most.
const LARGEST_HEADER: usize = 16 * 1024;

/// What is counted, as wrangler.toml names it.
#[derive(Clone, Copy)]
pub enum Counted {
    /// A person's calls of the API.
    Api,
    /// Steps of logins, by the browser's address and by the person.
    Login,
    /// Openings of a link, by the link.
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

    /// Whether this is not too much from whoever the key names.
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

/// Whether a browser may take a step of a login: not if too many come from its address.
pub async fn may_log_in(edge: &Edge, request: &Request) -> Result<bool, Failure> {
    let address = request.headers().get("cf-connecting-ip")?;
    match address.and_then(|address| client_key(&address)) {
        Some(key) => Ok(Counted::Login.allows(edge, key).await),
        None => Ok(true),
    }
}

/// Refuses headers that are larger than any that we read.
pub fn headers(request: &Request) -> Result<(), Failure> {
    for name in ["authorization", "cookie"] {
        if request.headers().get(name)?.is_some_and(|value| value.len() > LARGEST_HEADER) {
            return Err(Failure::of(ErrorCode::HeaderTooLarge));
        }
    }
    Ok(())
}
