//! The ports: what the vault and the workspace need of the runtime. The worker implements them over
//! Cloudflare's runtime, the simulated world of the tests natively.
//!
//! [`Platform`] is shared by all objects of a process; [`Object`] belongs to one Durable Object. Everything
//! runs on one thread, so no future is `Send`.

use futures_util::future::LocalBoxFuture;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::time::Duration;
use workbot_domain::catalog::Method;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::jwks::Jwk;
use workbot_domain::log_event::Report;
use workbot_domain::time::Timestamp;

/// The clock.
pub trait Clock {
    /// The current time. A Worker's clock advances only at I/O, by design ("Web standards", Cloudflare
    /// Workers).
    fn now(&self) -> Timestamp;

    /// Ends after this time.
    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()>;
}

/// A cryptographically secure source of randomness.
pub trait Randomness {
    /// Fills the slice with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// An HTTP request to another party. Redirects are not followed.
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The absolute URL.
    pub url: String,
    /// The headers, except [`HttpRequest::secret`].
    pub headers: Vec<(String, String)>,
    /// The header with the credentials: its name and value.
    pub secret: Option<(String, SecretString)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// The timeout.
    pub limit: Duration,
    /// The largest body of a response, in bytes. Beyond it, reading ends and the request fails.
    pub most: u32,
}

/// The default largest body of a response, in bytes.
pub const MOST_OF_A_RESPONSE: u32 = 1024 * 1024;
/// The default timeout of a request to an app, Entra or the connector.
pub const LIMIT: Duration = Duration::from_secs(20);

impl HttpRequest {
    /// A request without headers and body, with the timeout [`LIMIT`] and [`MOST_OF_A_RESPONSE`].
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            secret: None,
            body: None,
            limit: LIMIT,
            most: MOST_OF_A_RESPONSE,
        }
    }

    /// Adds a body of JSON.
    #[must_use]
    pub fn json(mut self, body: String) -> Self {
        self.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        self.body = Some(body.into_bytes());
        self
    }

    /// Adds a body of `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn form(mut self, body: String) -> Self {
        self.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        self.body = Some(body.into_bytes());
        self
    }

    /// Adds a bearer token (RFC 6750 section 2.1).
    #[must_use]
    pub fn bearer(self, token: &SecretString) -> Self {
        self.secret("authorization", format!("Bearer {}", token.expose_secret()).into())
    }

    /// Adds a header with credentials.
    #[must_use]
    pub fn secret(mut self, header: impl Into<String>, value: SecretString) -> Self {
        self.secret = Some((header.into(), value));
        self
    }
}

/// A response, read to its end.
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, of at most [`HttpRequest::most`] bytes.
    pub body: Vec<u8>,
}

/// Why no response came. The outcome of the request is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The request timed out.
    #[error("no response in time")]
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

/// Models of Workers AI, by the binding `AI` ("Workers Bindings", Cloudflare Workers AI documentation).
pub trait WorkersAi {
    /// Runs a model. `input` is JSON, and so is the output. `None` if it fails, or the output is too large.
    fn run_model(&self, model: String, input: String) -> LocalBoxFuture<'static, Option<String>>;
}

/// A failed KV operation. It says nothing about the stored values.
#[derive(Debug, Clone, thiserror::Error)]
#[error("KV failed: {0}")]
pub struct KvError(pub String);

/// The namespace `CONNECTIONS` of Workers KV: eventually consistent, without compare-and-swap ("How KV
/// works", Cloudflare documentation).
pub trait Kv {
    /// The value of a key. `None` may be a stale miss: KV caches misses too.
    ///
    /// # Errors
    /// When KV fails.
    fn get(&self, key: String) -> LocalBoxFuture<'static, Result<Option<Vec<u8>>, KvError>>;

    /// Writes a value.
    ///
    /// # Errors
    /// When KV fails.
    fn put(&self, key: String, value: Vec<u8>) -> LocalBoxFuture<'static, Result<(), KvError>>;

    /// Deletes a key. Succeeds if the key does not exist.
    ///
    /// # Errors
    /// When KV fails.
    fn delete(&self, key: String) -> LocalBoxFuture<'static, Result<(), KvError>>;
}

/// A class of Durable Objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectClass {
    /// One per owner, named by `VaultId::name`.
    Vault,
    /// One per tenant, named by the tenant's id.
    Workspace,
}

/// Why an object did not respond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// The deadline passed. The object still works on the request; its outcome is unknown.
    #[error("the object did not respond in time")]
    TimedOut,
    /// The object could not be reached, or failed.
    #[error("the object failed")]
    Failed,
}

/// Requests to other Durable Objects.
pub trait Objects {
    /// Sends a request to the object of this name and reads the whole response, without a deadline. `id` is
    /// the correlation id of the original request.
    fn send_to_object(
        &self,
        class: ObjectClass,
        name: String,
        body: Vec<u8>,
        id: CorrelationId,
    ) -> LocalBoxFuture<'static, Result<Vec<u8>, ObjectError>>;
}

/// Verification of signatures.
pub trait Signatures {
    /// Verifies an RS256 signature: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3). Also `false` for
    /// an invalid key.
    fn rs256_holds(&self, key: Jwk, input: Vec<u8>, signature: Vec<u8>) -> LocalBoxFuture<'static, bool>;
}

/// Ends the wait for a signal.
pub type Signal = Box<dyn FnOnce()>;

/// Signals from one object of a process to another. A future of Rust must not be woken by another object:
/// what it begins then would belong to that object's request, which the runtime refuses.
pub trait Signals {
    /// A signal, and a future of this object that ends with it.
    fn signal(&self) -> (Signal, LocalBoxFuture<'static, ()>);
}

/// The log.
pub trait Log {
    /// Writes a log line.
    fn write(&self, report: &Report<'_>);
}

/// All ports that the objects of a process share.
pub trait Platform:
    Clock + Randomness + Http + WorkersAi + Kv + Objects + Signatures + Signals + Log
{
}

impl<T: Clock + Randomness + Http + WorkersAi + Kv + Objects + Signatures + Signals + Log> Platform for T {}

/// A value of a statement's placeholder or of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// INTEGER. A boolean is 0 or 1.
    Integer(i64),
    /// REAL. No column of ours is one.
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

/// A failed statement or transaction.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the object's database failed: {0}")]
pub struct DatabaseError(pub String);

/// The SQLite database of one object.
///
/// Writes without an `await` between them form one commit, and no message leaves the object before the writes
/// before it are durable ("Durable Objects: Easy, Fast, Correct", output gates).
pub trait Database {
    /// Runs one statement and returns its rows, each with its columns in the order of the query.
    ///
    /// # Errors
    /// When the statement cannot be run.
    fn execute(&self, statement: &str, values: Vec<SqlValue>) -> Result<Vec<Vec<SqlValue>>, DatabaseError>;

    /// Runs `body` in a transaction, which is rolled back if `body` returns `false`. Transactions may be
    /// nested.
    ///
    /// # Errors
    /// When the transaction failed. Nothing was written then.
    fn transaction(&self, body: &mut dyn FnMut() -> bool) -> Result<(), DatabaseError>;
}

/// The ports of one Durable Object.
pub trait Object: Database {
    /// Sets the object's only alarm and replaces the one before ("Alarms", Durable Objects documentation).
    /// Returns `false` if that failed.
    fn set_alarm(&self, after: Duration) -> LocalBoxFuture<'static, bool>;

    /// Runs a future to its end, even after the request that started it has got its response.
    fn wait_until(&self, future: LocalBoxFuture<'static, ()>);
}
