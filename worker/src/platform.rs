//! The ports of a process over Cloudflare's runtime.

use futures_util::future::{FutureExt, LocalBoxFuture};
use js_sys::{Array, Promise};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::time::Duration;
use wasm_bindgen::JsValue;
use workbot_domain::catalog::Method;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::jwks::Jwk;
use workbot_domain::log_event::{Cause, Event, Report};
use workbot_domain::time::Timestamp;
use workbot_vault::ports::{
    Clock, Http, HttpError, HttpRequest, HttpResponse, Kv, KvError, Log, ObjectClass, ObjectError, Objects,
    Randomness, Signal, Signals, Signatures, WorkersAi,
};

use crate::ports_js::{self, RuntimeError, Sleep, bytes, millis, settled};
use crate::telemetry;

/// The runtime with the bindings of this deployment.
pub struct Runtime;

impl Clock for Runtime {
    fn now(&self) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds since 1970, far below 2^53")]
        Timestamp(js_sys::Date::now() as i64)
    }

    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        Sleep::of(duration).boxed_local()
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
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        };
        let headers = request.headers.into_iter().flat_map(|(name, value)| [name, value]).collect();
        let secret = request.secret.as_ref();
        let exchange = ports_js::send(
            method,
            &request.url,
            headers,
            secret.map(|(name, _)| name.as_str()),
            secret.map(|(_, value)| value.expose_secret()),
            request.body,
            millis(request.limit),
            request.most,
        );
        async move {
            let answered = settled(exchange).await.map_err(|_| HttpError::Failed)?;
            if answered.is_undefined() {
                return Err(HttpError::TimedOut);
            }
            let parts = Array::from(&answered);
            let status = parts.get(0).as_f64().ok_or(HttpError::Failed)?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "three digits")]
            Ok(HttpResponse {
                status: status as u16,
                headers: response_headers(&parts.get(1).as_string().unwrap_or_default()),
                body: bytes(&parts.get(2)).ok_or(HttpError::Failed)?,
            })
        }
        .boxed_local()
    }
}

impl WorkersAi for Runtime {
    fn run_model(&self, model: String, input: String) -> LocalBoxFuture<'static, Option<String>> {
        async move { settled(ports_js::run_model(&model, &input)).await.ok()?.as_string() }.boxed_local()
    }
}

/// The headers of a response, from lines `name: value`. The runtime gives the names in lower case (Fetch
/// Standard, "sort and combine").
fn response_headers(lines: &str) -> BTreeMap<String, String> {
    let headers = lines.lines().filter_map(|line| line.split_once(": "));
    headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The value of an operation on KV.
async fn kv(promise: Promise) -> Result<JsValue, KvError> {
    settled(promise).await.map_err(|error| KvError(error.to_string()))
}

impl Kv for Runtime {
    fn get(&self, key: String) -> LocalBoxFuture<'static, Result<Option<Vec<u8>>, KvError>> {
        async move { Ok(bytes(&kv(ports_js::kv_get(&key)).await?)) }.boxed_local()
    }

    fn put(&self, key: String, value: Vec<u8>) -> LocalBoxFuture<'static, Result<(), KvError>> {
        async move { kv(ports_js::kv_put(&key, value)).await.map(drop) }.boxed_local()
    }

    fn delete(&self, key: String) -> LocalBoxFuture<'static, Result<(), KvError>> {
        async move { kv(ports_js::kv_delete(&key)).await.map(drop) }.boxed_local()
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
        let binding = match class {
            ObjectClass::Vault => "VAULT",
            ObjectClass::Workspace => "WORKSPACE",
        };
        async move {
            let failed = |error: RuntimeError| {
                telemetry::alone(&Event::ObjectFailed { cause: Cause::of(&error) });
                ObjectError::Failed
            };
            let answered = settled(ports_js::ask(binding, &name, body, id.as_str())).await.map_err(failed)?;
            bytes(&answered).ok_or(ObjectError::Failed)
        }
        .boxed_local()
    }
}

impl Signatures for Runtime {
    /// Uses WebCrypto.
    fn rs256_holds(&self, key: Jwk, input: Vec<u8>, signature: Vec<u8>) -> LocalBoxFuture<'static, bool> {
        async move {
            let verified = settled(ports_js::verify(&key.n, &key.e, input, signature)).await;
            verified.is_ok_and(|holds| holds.is_truthy())
        }
        .boxed_local()
    }
}

impl Signals for Runtime {
    /// A promise: its continuation runs in the request that awaits it, whichever request resolves it.
    fn signal(&self) -> (Signal, LocalBoxFuture<'static, ()>) {
        let signal = ports_js::signal();
        let signaled = settled(signal.promise());
        (Box::new(move || signal.resolve()), async { _ = signaled.await }.boxed_local())
    }
}

impl Log for Runtime {
    fn write(&self, report: &Report<'_>) {
        telemetry::write(report);
    }
}
