//! The person of a request, by its credentials, for faults that concern one person.

use axum::http::{HeaderMap, Uri};

use crate::{Sandbox, freshdesk, oauth, oauth_apps};

/// The username or email address of the token or key in the request. Includes invalid ones that are still
/// stored.
pub fn person_behind(
    sandbox: &Sandbox,
    place: &str,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<String> {
    match (oauth_apps::at(place, uri.path()), place.split_once('.')?) {
        (Some(app), _) => oauth::person_behind(app, sandbox, uri, headers, body),
        (None, ("freshdesk", _)) => sandbox.read(|saved| freshdesk::person_behind(&saved.freshdesk, headers)),
        _ => None,
    }
}
