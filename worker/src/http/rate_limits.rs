//! Limits that apply before a request is read: rate limits and the size of headers. Cloudflare counts the
//! rates per data centre and approximately ("Rate Limiting", Cloudflare Workers). A failing counter refuses
//! nobody.

use workbot_domain::limits_per_person::client_key;
use workbot_domain::log_event::{Cause, Event};
use workbot_shared::ErrorCode;

use super::request::{Header, Request};
use super::request_context::RequestContext;
use super::response::RequestError;
use crate::ports_js::{self, settled};

/// In bytes. Our tokens and cookies are a few KB at most.
const LARGEST_HEADER: usize = 16 * 1024;

/// A rate limit, by its binding in wrangler.toml.
#[derive(Clone, Copy)]
pub enum RateLimit {
    /// API calls, by person; those of agents, by grant.
    Api,
    /// Steps of logins, by the browser's address and by person; token requests of agents, by grant.
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
        settled(ports_js::allows(self.binding(), &key)).await.map_or_else(
            |problem| {
                context.isolate.report(
                    &Event::RateLimitFailed { cause: Cause::of(&problem) },
                    &context.id,
                    None,
                );
                true
            },
            |is_within| is_within.is_truthy(),
        )
    }
}

/// Whether a browser's address is within the rate limit of login steps.
pub async fn may_log_in(context: &RequestContext, request: &Request) -> bool {
    match request.header(Header::CfConnectingIp).and_then(client_key) {
        Some(key) => RateLimit::Login.allows(context, key).await,
        None => true,
    }
}

/// 431 for headers larger than any that we issue (RFC 6585 section 5).
pub fn headers(request: &Request) -> Result<(), RequestError> {
    let is_too_large =
        |header| request.header(header).is_some_and(|value: &str| value.len() > LARGEST_HEADER);
    if [Header::Authorization, Header::Cookie].into_iter().any(is_too_large) {
        return Err(RequestError::of(ErrorCode::HeaderTooLarge));
    }
    Ok(())
}
