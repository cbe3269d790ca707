//! The metadata documents of agents' clients. The port follows no redirect, and the address was checked
//! before (`domain::agent::client::ClientId`).

use url::Url;
use workbot_domain::agent::client::{
    Client, ClientError, DOCUMENT_TIMEOUT, LARGEST_DOCUMENT, is_document_type,
};
use workbot_domain::agent::document_cache::lifetime;
use workbot_domain::catalog::Method;

use super::http::send;
use crate::isolate::Isolate;
use crate::ports::HttpRequest;

/// Returns the client whose metadata document is at this address: the one in memory while it is fresh. What
/// is invalid or missing is not kept.
///
/// # Errors
/// [`ClientError`] if there is none, or if it is invalid.
pub async fn client_at(isolate: &Isolate, url: &Url) -> Result<Client, ClientError> {
    if let Some(known) = isolate.agent_documents.borrow().get(url.as_str(), isolate.now()) {
        return Ok(known);
    }
    let request = HttpRequest {
        limit: DOCUMENT_TIMEOUT,
        most: LARGEST_DOCUMENT,
        ..HttpRequest::new(Method::Get, url.as_str())
    };
    let response = send(isolate, request).await.map_err(|_| ClientError::InvalidDocument)?;
    let header = |name: &str| response.headers.get(name).map(String::as_str);
    if response.status != 200 || !is_document_type(header("content-type")) {
        return Err(ClientError::InvalidDocument);
    }
    let client = Client::from_document(url, &response.body)?;
    let lifetime = lifetime(header("cache-control"), header("age"));
    isolate.agent_documents.borrow_mut().put(client.clone(), lifetime, isolate.now());
    Ok(client)
}
