//! Who is behind a request, as its credentials tell: a fault may be meant for one person alone.

use axum::http::{HeaderMap, Uri};

use crate::{Sandbox, apps, freshdesk, oauth};

/// The username or the email address of the person whose token or key the request carries, dead ones included as long
/// as they are remembered.
pub fn person_behind(
    sandbox: &Sandbox,
    place: &str,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<String> {
    match (apps::at(place), place.split_once('.')?) {
        (Some(app), _) => oauth::person_behind(app, sandbox, uri, headers, body),
        (None, ("freshdesk", _)) => sandbox.read(|saved| freshdesk::person_behind(&saved.freshdesk, headers)),
        _ => None,
    }
}
