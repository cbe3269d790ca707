//! Asking a Durable Object: a typed request over its `fetch`, with a deadline.

use js_sys::Uint8Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use web_sys::RequestInit;
use workbot_domain::event::{Cause, CorrelationId, Event};
use worker::{Env, Headers, Request};

use crate::clock::within;
use crate::fetching::{Fetcher, whole};
use crate::report;

/// Nobody waits longer than this for an object.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Why an object gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It works on; what comes of it is not known yet.
    #[error("the object did not answer in time")]
    TimedOut,
    /// It could not be reached, or failed.
    #[error("the object failed")]
    Failed,
}

impl From<worker::Error> for NoAnswer {
    fn from(error: worker::Error) -> Self {
        report::alone(&Event::ObjectFailed { cause: Cause::of(&error) });
        Self::Failed
    }
}

/// Carries the correlation id from object to object.
const CORRELATION: &str = "x-correlation-id";

/// What an object was asked, and what the question came of. Not `Request::json`: that would bring a second reader of every
/// type into the module.
pub async fn asked<T: DeserializeOwned>(mut request: Request) -> worker::Result<(T, CorrelationId)> {
    let id = request.headers().get(CORRELATION)?.unwrap_or_default();
    Ok((serde_json::from_slice(&request.bytes().await?)?, id.into()))
}

/// Asks the object of this name in the namespace `binding`. `id` says what the question came of.
pub async fn ask<T: DeserializeOwned>(
    env: &Env,
    binding: &str,
    name: &str,
    request: &impl Serialize,
    id: &CorrelationId,
) -> Result<T, NoAnswer> {
    let body = serde_json::to_vec(request).map_err(|_| NoAnswer::Failed)?;
    let exchange = async {
        let headers = Headers::new();
        headers.set(CORRELATION, id.as_str())?;
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_headers(&headers.0);
        init.set_body(&Uint8Array::from(body.as_slice()));
        let object: Fetcher = env.durable_object(binding)?.get_by_name(name)?.into_rpc();
        whole(&object.answer("https://object/", &init).await?).await
    };
    let answer: worker::Result<Vec<u8>> = within(DEADLINE, exchange).await.ok_or(NoAnswer::TimedOut)?;
    serde_json::from_slice(&answer?).map_err(|_| NoAnswer::Failed)
}
