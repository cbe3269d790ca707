//! The ports: what the vault and the workspace need of the world around them. The worker implements them over Cloudflare's
//! runtime; a simulated world implements them natively.
//!
//! [`Platform`] is what all objects of a process share; [`Object`] is what one Durable Object has for itself. Everything
//! happens on one thread: a future is polled by the runtime, and nothing is `Send`.

use futures_util::future::LocalBoxFuture;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use workbot_domain::catalog::Method;
use workbot_domain::event::{CorrelationId, Report};
use workbot_domain::jwks::Jwk;
use workbot_domain::time::Timestamp;

/// The clock.
pub trait Clock {
    /// Now. In a Worker the clock stands still between I/O, by design.
    fn now(&self) -> Timestamp;

    /// Comes to its end after this time.
    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()>;
}

/// The source of randomness, fit for keys.
pub trait Randomness {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// A request to somebody else. No redirect is followed.
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The absolute URL.
    pub url: String,
    /// The headers, except [`HttpRequest::secret`].
    pub headers: Vec<(String, String)>,
    /// The header that proves who asks, with its value.
    pub secret: Option<(String, SecretString)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// After this time the request is given up.
    pub limit: Duration,
}

/// How long an app, Entra or the connector may take.
pub const LIMIT: Duration = Duration::from_secs(20);

impl HttpRequest {
    /// A request without headers and body, with the limit [`LIMIT`].
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), secret: None, body: None, limit: LIMIT }
    }

    /// With a body of JSON.
    #[must_use]
    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        self.body = Some(body.to_string().into_bytes());
        self
    }

    /// With a body of `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn form(mut self, body: String) -> Self {
        self.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        self.body = Some(body.into_bytes());
        self
    }

    /// With a bearer token (RFC 6750 section 2.1).
    #[must_use]
    pub fn bearer(self, token: &SecretString) -> Self {
        self.secret("authorization", format!("Bearer {}", token.expose_secret()).into())
    }

    /// With a header that proves who asks.
    #[must_use]
    pub fn secret(mut self, header: impl Into<String>, value: SecretString) -> Self {
        self.secret = Some((header.into(), value));
        self
    }
}

/// A response, read to its end.
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The header `Retry-After` (RFC 9110 section 10.2.3), as it came.
    pub retry_after: Option<String>,
    /// The body, of at most 1 MB.
    pub body: Vec<u8>,
}

/// No response came. Whether the request was carried out is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// None came in time.
    #[error("no answer in time")]
    TimedOut,
    /// The connection failed, or the response is too large.
    #[error("the connection failed")]
    Failed,
}

/// HTTP requests to apps, Entra and the Bot Connector.
pub trait Http {
    /// Sends a request and reads the whole response.
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, HttpError>>;
}

/// KV failed. Says nothing about what it holds.
#[derive(Debug, Clone, thiserror::Error)]
#[error("KV failed: {0}")]
pub struct KvError(pub String);

/// The namespace `CONNECTIONS` of Workers KV: eventually consistent, without compare-and-swap.
pub trait Kv {
    /// The value of a key. `None` may be a stale miss.
    fn get(&self, key: String) -> LocalBoxFuture<'static, Result<Option<Vec<u8>>, KvError>>;

    /// Writes a value.
    fn put(&self, key: String, value: Vec<u8>) -> LocalBoxFuture<'static, Result<(), KvError>>;

    /// Removes a key. One that is not there is fine.
    fn delete(&self, key: String) -> LocalBoxFuture<'static, Result<(), KvError>>;
}

/// A class of Durable Objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectClass {
    /// One per owner; its name is that of a `VaultId`.
    Vault,
    /// One per tenant; its name is the tenant's id.
    Workspace,
}

/// Why an object gave no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// It works on; what comes of it is not known yet.
    #[error("the object did not answer in time")]
    TimedOut,
    /// It could not be reached, or failed.
    #[error("the object failed")]
    Failed,
}

/// Other Durable Objects.
pub trait Objects {
    /// Sends a request to the object of this name and reads the whole response, however long that takes. `id` says what
    /// the request came of.
    fn send_to_object(
        &self,
        class: ObjectClass,
        name: String,
        body: Vec<u8>,
        id: CorrelationId,
    ) -> LocalBoxFuture<'static, Result<Vec<u8>, ObjectError>>;
}

/// Checks of signatures.
pub trait Signatures {
    /// Whether a signature is the key's: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3). `false` also for a key
    /// that cannot be used.
    fn rs256_holds(&self, key: Jwk, input: Vec<u8>, signature: Vec<u8>) -> LocalBoxFuture<'static, bool>;
}

/// The log.
pub trait Log {
    /// Writes down what happened.
    fn write(&self, report: &Report<'_>);
}

/// What all objects of a process share.
pub trait Platform: Clock + Randomness + Http + Kv + Objects + Signatures + Log {}

impl<T: Clock + Randomness + Http + Kv + Objects + Signatures + Log> Platform for T {}

/// A value of a statement or of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// INTEGER; a truth value is 0 or 1.
    Integer(i64),
    /// REAL. Nothing of ours is one.
    Real(f64),
    /// TEXT.
    Text(String),
    /// BLOB.
    Blob(Vec<u8>),
}

impl From<&str> for SqlValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for SqlValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for SqlValue {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for SqlValue {
    fn from(yes: bool) -> Self {
        Self::Integer(i64::from(yes))
    }
}

impl From<Vec<u8>> for SqlValue {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<T: Into<Self>> From<Option<T>> for SqlValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The database failed. Says nothing about any value.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the object's database failed: {0}")]
pub struct DatabaseError(pub String);

/// The SQLite database of one object.
///
/// What is written without waiting for anything between is one commit, and no message leaves the object before what was
/// written before it is safe ("Output gates", Durable Objects).
pub trait Database {
    /// Runs one statement and returns its rows, each with its columns in the order of the query.
    ///
    /// # Errors
    /// When the statement cannot be run.
    fn execute(&self, statement: &str, values: Vec<SqlValue>) -> Result<Vec<Vec<SqlValue>>, DatabaseError>;

    /// Runs the body, and takes back all of its changes if it says `false`. May be nested.
    ///
    /// # Errors
    /// When nothing was written.
    fn transaction(&self, body: &mut dyn FnMut() -> bool) -> Result<(), DatabaseError>;
}

/// What one Durable Object has for itself.
pub trait Object: Database {
    /// Sets the one alarm of the object, in place of the one before. `false`: it could not be set.
    fn set_alarm(&self, after: Duration) -> LocalBoxFuture<'static, bool>;

    /// Works on a future to its end, also when the request that began it has got its response.
    fn wait_until(&self, future: LocalBoxFuture<'static, ()>);
}
