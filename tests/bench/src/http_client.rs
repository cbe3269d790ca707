//! The HTTP client of the load: connections are reused, responses are read to their end.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// An HTTP client.
#[derive(Clone)]
pub struct Client(Pool<HttpConnector, Full<Bytes>>);

impl Client {
    /// A client that keeps idle connections for a while.
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(Pool::builder(TokioExecutor::new()).pool_idle_timeout(Duration::from_secs(5)).build(connector))
    }

    /// Sends `GET` and returns the body of a response with status 200.
    ///
    /// # Errors
    /// When the response has another status, or none comes.
    pub async fn get(&self, url: &str) -> Result<Bytes> {
        self.send(Request::get(url).body(Full::default())?).await
    }

    /// Sends `GET` with this `Authorization` header.
    ///
    /// # Errors
    /// When the response does not have status 200, or none comes.
    pub async fn get_as(&self, url: &str, bearer: &str) -> Result<Bytes> {
        self.send(Request::get(url).header("authorization", bearer).body(Full::default())?).await
    }

    /// Sends `POST` with JSON and this `Authorization` header.
    ///
    /// # Errors
    /// When the response does not have status 200, or none comes.
    pub async fn post_as(&self, url: &str, bearer: &str, json: String) -> Result<Bytes> {
        let request = Request::post(url)
            .header("authorization", bearer)
            .header("content-type", "application/json")
            .body(Full::from(json))?;
        self.send(request).await
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Bytes> {
        let what = format!("{} {}", request.method(), request.uri());
        let response = self.0.request(request).await.with_context(|| what.clone())?;
        let status = response.status();
        let body = response.into_body().collect().await.with_context(|| what.clone())?.to_bytes();
        if status != 200 {
            bail!("{what}: {status} {}", String::from_utf8_lossy(&body));
        }
        Ok(body)
    }
}
