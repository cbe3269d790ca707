//! Requests of the sandbox to the worker and the Agents Playground, both local over plain http.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// The client behind all calls; redirects are not followed.
pub type HttpClient = Client<HttpConnector, Full<Bytes>>;

/// A new client without keep-alive: a connection that the server closes at its next use would fail a request.
pub fn client() -> HttpClient {
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http()
}

/// A response.
pub struct ReceivedResponse {
    /// Its status.
    pub status: StatusCode,
    /// Its content type, if stated.
    pub content_type: Option<header::HeaderValue>,
    /// Its body.
    pub body: Bytes,
}

/// Sends a request and reads the whole response. The error names the failed address.
pub async fn send(
    client: &HttpClient,
    method: Method,
    address: &str,
    headers: HeaderMap,
    body: Bytes,
) -> Result<ReceivedResponse, String> {
    let uri: Uri = address.parse().map_err(|error| format!("{address} is not an address: {error}"))?;
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    let response =
        client.request(request).await.map_err(|error| format!("{address} did not answer: {error}"))?;
    let (parts, body) = response.into_parts();
    let body =
        body.collect().await.map_err(|error| format!("{address} broke off its answer: {error}"))?.to_bytes();
    Ok(ReceivedResponse {
        status: parts.status,
        content_type: parts.headers.get(header::CONTENT_TYPE).cloned(),
        body,
    })
}

impl IntoResponse for ReceivedResponse {
    fn into_response(self) -> Response<Body> {
        let mut response = (self.status, self.body).into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        if let Some(kind) = self.content_type {
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        response
    }
}
