//! The metadata documents of agents' clients. The port follows no redirect, and the address was checked
//! before (`domain::agent::client::ClientId`).

use url::Url;
use workbot_domain::agent::client::{Client, ClientError, DOCUMENT_TIMEOUT, LARGEST_DOCUMENT};
use workbot_domain::catalog::Method;

use super::http::send;
use crate::isolate::Isolate;
use crate::ports::HttpRequest;

/// Fetches the metadata document of a client.
///
/// # Errors
/// [`ClientError`] if there is none, or if it is invalid.
pub async fn fetch(isolate: &Isolate, url: &Url) -> Result<Client, ClientError> {
    let request = HttpRequest { limit: DOCUMENT_TIMEOUT, ..HttpRequest::new(Method::Get, url.as_str()) };
    let response = send(isolate, request).await.map_err(|_| ClientError::InvalidDocument)?;
    if response.status != 200 || response.body.len() > LARGEST_DOCUMENT {
        return Err(ClientError::InvalidDocument);
    }
    Client::from_document(url, &response.body)
}
