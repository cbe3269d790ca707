//! The ports of a process over Cloudflare's runtime.

use futures_util::future::{Either, FutureExt, LocalBoxFuture, select};
use futures_util::{StreamExt, pin_mut};
use js_sys::{Array, Object, Reflect, Uint8Array};
use secrecy::ExposeSecret;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, CryptoKey, RequestInit, RequestRedirect, WorkerGlobalScope};
use workbot_domain::catalog::Method;
use workbot_domain::event::{Cause, CorrelationId, Event, Report};
use workbot_domain::jwks::Jwk;
use workbot_domain::time::Timestamp;
use workbot_vault::ports::{
    Clock, Http, HttpError, HttpRequest, HttpResponse, Kv, KvError, Log, ObjectClass, ObjectError, Objects,
    Randomness, Signatures,
};
use worker::{Env, Headers};

use crate::js_fetch::{Fetcher, read_body};
use crate::telemetry;

/// The maximal size of a response body, in bytes.
const MAX_RESPONSE: usize = 1024 * 1024;
/// The maximal number of cached signing keys. An issuer has a few, and rotates them now and then.
const MOST_KEYS: usize = 64;
/// The header of a request to an object that holds the correlation id.
pub const CORRELATION: &str = "x-correlation-id";

/// The runtime with the bindings of this deployment.
pub struct Runtime {
    env: Env,
    /// The imported keys by modulus and exponent (`n` and `e`): an import is an asynchronous call of its own.
    keys: Rc<RefCell<HashMap<(String, String), CryptoKey>>>,
}

impl Runtime {
    /// The ports over the bindings of `env`.
    pub fn new(env: Env) -> Self {
        Self { env, keys: Rc::default() }
    }
}

impl Clock for Runtime {
    fn now(&self) -> Timestamp {
        Timestamp(i64::try_from(worker::Date::now().as_millis()).unwrap_or(i64::MAX))
    }

    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        worker::Delay::from(duration).boxed_local()
    }
}

impl Randomness for Runtime {
    /// Uses `crypto.getRandomValues`.
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::getrandom(bytes) {
            // Nothing is secure without randomness. The exception ends this request only.
            wasm_bindgen::throw_str(&format!("no randomness: {error}"));
        }
    }
}

impl Http for Runtime {
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, HttpError>> {
        let limit = worker::Delay::from(request.limit);
        async move {
            let abort = AbortController::new().map_err(failed)?;
            let exchange = exchange(request, &abort);
            pin_mut!(exchange, limit);
            match select(exchange, limit).await {
                Either::Left((response, _)) => response.map_err(failed),
                Either::Right(_) => {
                    abort.abort();
                    Err(HttpError::TimedOut)
                }
            }
        }
        .boxed_local()
    }
}

/// The runtime's error messages may quote URLs, so they are dropped.
fn failed<T>(_: T) -> HttpError {
    HttpError::Failed
}

async fn exchange(request: HttpRequest, abort: &AbortController) -> worker::Result<HttpResponse> {
    let init = init(&request)?;
    init.set_signal(Some(&abort.signal()));
    let response = Fetcher::internet().answer(&request.url, &init).await?;
    let (status, headers) = (response.status(), Headers(response.headers()));
    let retry_after = headers.get("retry-after")?;
    Ok(HttpResponse { status, retry_after, body: read(response, &headers).await? })
}

fn init(request: &HttpRequest) -> worker::Result<RequestInit> {
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    if let Some((name, value)) = &request.secret {
        headers.set(name, value.expose_secret())?;
    }
    if !headers.has("accept")? {
        headers.set("accept", "application/json")?;
    }
    let init = RequestInit::new();
    init.set_method(match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    });
    init.set_headers(&headers.0);
    init.set_redirect(RequestRedirect::Manual);
    if let Some(body) = &request.body {
        init.set_body(&Uint8Array::from(body.as_slice()));
    }
    Ok(init)
}

/// Reads the whole body. A body with a stated length is read at once, which costs a fraction of reading a
/// stream.
async fn read(response: web_sys::Response, headers: &Headers) -> worker::Result<Vec<u8>> {
    let too_large = || worker::Error::RustError("too large".to_owned());
    let stated = headers.get("content-length")?;
    match stated.and_then(|length| length.parse::<usize>().ok()) {
        Some(length) if length > MAX_RESPONSE => return Err(too_large()),
        // A decoded body is longer than `Content-Length` says.
        Some(_) if !headers.has("content-encoding")? => return read_body(&response).await,
        _ => {}
    }
    let mut response = worker::Response::from(response);
    let mut body = Vec::new();
    if let Ok(mut chunks) = response.stream() {
        while let Some(chunk) = chunks.next().await {
            body.extend(chunk?);
            if body.len() > MAX_RESPONSE {
                return Err(too_large());
            }
        }
    }
    Ok(body)
}

fn kv_failed(error: impl Into<worker::Error>) -> KvError {
    KvError(error.into().to_string())
}

impl Kv for Runtime {
    fn get(&self, key: String) -> LocalBoxFuture<'static, Result<Option<Vec<u8>>, KvError>> {
        let kv = self.env.kv("CONNECTIONS");
        async move { kv.map_err(kv_failed)?.get(&key).bytes().await.map_err(kv_failed) }.boxed_local()
    }

    fn put(&self, key: String, value: Vec<u8>) -> LocalBoxFuture<'static, Result<(), KvError>> {
        let kv = self.env.kv("CONNECTIONS");
        async move {
            let put = kv.map_err(kv_failed)?.put_bytes(&key, &value).map_err(kv_failed)?;
            put.execute().await.map_err(kv_failed)
        }
        .boxed_local()
    }

    fn delete(&self, key: String) -> LocalBoxFuture<'static, Result<(), KvError>> {
        let kv = self.env.kv("CONNECTIONS");
        async move { kv.map_err(kv_failed)?.delete(&key).await.map_err(kv_failed) }.boxed_local()
    }
}

impl Objects for Runtime {
    fn send_to_object(
        &self,
        class: ObjectClass,
        name: String,
        body: Vec<u8>,
        id: CorrelationId,
    ) -> LocalBoxFuture<'static, Result<Vec<u8>, ObjectError>> {
        let namespace = self.env.durable_object(match class {
            ObjectClass::Vault => "VAULT",
            ObjectClass::Workspace => "WORKSPACE",
        });
        async move {
            let exchange = async {
                let headers = Headers::new();
                headers.set(CORRELATION, id.as_str())?;
                let init = RequestInit::new();
                init.set_method("POST");
                init.set_headers(&headers.0);
                init.set_body(&Uint8Array::from(body.as_slice()));
                let object: Fetcher = namespace?.get_by_name(&name)?.into_rpc();
                read_body(&object.answer("https://object/", &init).await?).await
            };
            exchange.await.map_err(|error: worker::Error| {
                telemetry::alone(&Event::ObjectFailed { cause: Cause::of(&error) });
                ObjectError::Failed
            })
        }
        .boxed_local()
    }
}

impl Signatures for Runtime {
    /// Uses WebCrypto.
    fn rs256_holds(&self, key: Jwk, input: Vec<u8>, signature: Vec<u8>) -> LocalBoxFuture<'static, bool> {
        let numbers = (key.n, key.e);
        let keys = Rc::clone(&self.keys);
        async move {
            let kept = keys.borrow().get(&numbers).cloned();
            let key = match kept {
                Some(kept) => kept,
                None => {
                    let Ok(imported) = import(&numbers).await else { return false };
                    let mut keys = keys.borrow_mut();
                    if keys.len() >= MOST_KEYS {
                        keys.clear();
                    }
                    keys.insert(numbers, imported.clone());
                    imported
                }
            };
            verify(&key, &input, &signature).await.unwrap_or(false)
        }
        .boxed_local()
    }
}

/// The algorithm RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
fn algorithm() -> Result<Object, JsValue> {
    object(&[("name", "RSASSA-PKCS1-v1_5"), ("hash", "SHA-256")])
}

async fn import((n, e): &(String, String)) -> Result<CryptoKey, JsValue> {
    let jwk = object(&[("kty", "RSA"), ("n", n), ("e", e)])?;
    let usages = Array::of1(&JsValue::from_str("verify"));
    let subtle = js_sys::global().unchecked_into::<WorkerGlobalScope>().crypto()?.subtle();
    let imported = subtle.import_key_with_object("jwk", &jwk, &algorithm()?, false, &usages)?;
    Ok(JsFuture::from(imported).await?.unchecked_into())
}

async fn verify(key: &CryptoKey, input: &[u8], signature: &[u8]) -> Result<bool, JsValue> {
    let subtle = js_sys::global().unchecked_into::<WorkerGlobalScope>().crypto()?.subtle();
    let verified = subtle.verify_with_object_and_buffer_source_and_buffer_source(
        &algorithm()?,
        key,
        &Uint8Array::from(signature),
        &Uint8Array::from(input),
    )?;
    Ok(JsFuture::from(verified).await?.as_bool() == Some(true))
}

/// A JavaScript object with string members.
fn object(entries: &[(&str, &str)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in entries {
        Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value))?;
    }
    Ok(object)
}

impl Log for Runtime {
    fn write(&self, report: &Report<'_>) {
        telemetry::write(report);
    }
}
