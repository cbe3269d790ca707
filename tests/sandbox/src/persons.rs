//! Who is behind a request, as its credentials tell: a fault may be meant for one person alone.

use axum::http::HeaderMap;

use crate::{Sandbox, freshdesk, salesforce};

/// The username or the email address of the person whose token or key the request carries, dead ones included as long
/// as they are remembered.
pub fn behind(sandbox: &Sandbox, place: &str, headers: &HeaderMap, body: &[u8]) -> Option<String> {
    match place.split_once('.')? {
        ("salesforce", _) => sandbox.read(|saved| salesforce::behind(&saved.salesforce, headers, body)),
        ("freshdesk", _) => sandbox.read(|saved| freshdesk::behind(&saved.freshdesk, headers)),
        _ => None,
    }
}
