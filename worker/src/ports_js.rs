//! The functions of `worker/js/ports.js`. Bytes are passed as `Vec<u8>`, of which JavaScript gets a copy of
//! its own: a view of wasm memory ends when that memory grows.

use js_sys::{Promise, Uint8Array};
use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use wasm_bindgen::prelude::{Closure, JsCast, JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/js/ports.js", js_namespace = ports)]
extern "C" {
    /// A variable or a secret of the deployment.
    pub fn variable(name: &str) -> Option<String>;

    /// Calls `wake(id)` after this time. Returns the timer.
    fn sleep(ms: f64, wake: &JsValue, id: u32) -> JsValue;
    fn stop(timer: &JsValue);

    /// A promise of this request, and the function that resolves it.
    pub fn signal() -> Signal;

    /// Sends a request; resolves to `[status, headers, body]`, the headers as lines `name: value`, or to
    /// `undefined` after `limit` ms. Fails for a body beyond `most` bytes.
    pub fn send(
        method: &str,
        url: &str,
        headers: Vec<String>,
        secret_name: Option<&str>,
        secret: Option<&str>,
        body: Option<Vec<u8>>,
        limit: f64,
        most: u32,
    ) -> Promise;

    /// Sends a request to the object of this name; resolves to bytes.
    pub fn ask(binding: &str, name: &str, request: Vec<u8>, id: &str) -> Promise;

    /// Runs a statement. Returns the number of its rows, then their columns, row by row.
    #[wasm_bindgen(catch)]
    pub fn query(sql: &JsValue, statement: &str, values: Vec<JsValue>) -> Result<Vec<JsValue>, JsValue>;

    /// Method, path, query string and these headers of a request, one a line.
    pub fn head(request: &JsValue, names: &str) -> String;

    /// The body of a request; resolves to `undefined` beyond `most` bytes.
    pub fn body(request: &JsValue, most: u32) -> Promise;

    /// A response with the headers of all responses.
    pub fn respond(status: u16, content: JsValue, headers: Vec<String>) -> JsValue;

    /// A body of the chunks that `next` resolves to, until one is `undefined`.
    pub fn stream(next: JsValue) -> JsValue;

    /// A static asset with this content security policy; resolves to a response.
    pub fn asset(request: &JsValue, policy: &str, rename: JsValue) -> Promise;

    /// Whether a request of this key is within a rate limit; resolves to a boolean.
    pub fn allows(limiter: &str, key: &str) -> Promise;

    /// Whether the deployment has the binding of Workers AI.
    #[wasm_bindgen(js_name = hasModels)]
    pub fn has_models() -> bool;

    /// Runs a model of Workers AI; resolves to JSON or `undefined`.
    #[wasm_bindgen(js_name = runModel)]
    pub fn run_model(model: &str, input: &str) -> Promise;

    /// The value of a key in KV; resolves to bytes or `undefined`.
    #[wasm_bindgen(js_name = kvGet)]
    pub fn kv_get(key: &str) -> Promise;

    /// Writes a value to KV.
    #[wasm_bindgen(js_name = kvPut)]
    pub fn kv_put(key: &str, value: Vec<u8>) -> Promise;

    /// Deletes a key in KV.
    #[wasm_bindgen(js_name = kvDelete)]
    pub fn kv_delete(key: &str) -> Promise;

    /// Verifies an RS256 signature; resolves to a boolean.
    pub fn verify(n: &str, e: &str, input: Vec<u8>, signature: Vec<u8>) -> Promise;

    /// Writes a line of the log.
    pub fn log(line: &str, is_error: bool);

    /// Whether the deployment has a dataset for metrics.
    pub fn measures() -> bool;

    /// Writes a data point.
    #[wasm_bindgen(catch)]
    pub fn measure(index: &str, ms: f64, blobs: Vec<String>) -> Result<(), JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// A promise that another request resolves.
    pub type Signal;

    #[wasm_bindgen(method, getter)]
    pub fn promise(this: &Signal) -> Promise;
    #[wasm_bindgen(method)]
    pub fn resolve(this: &Signal);
}

/// A failure that the runtime reports.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RuntimeError(String);

impl From<JsValue> for RuntimeError {
    fn from(thrown: JsValue) -> Self {
        let message = thrown.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
        Self(message.unwrap_or_else(|| "an unknown failure of the runtime".to_owned()))
    }
}

/// The value of a promise.
///
/// # Errors
/// When it is rejected.
pub async fn settled(promise: Promise) -> Result<JsValue, RuntimeError> {
    Ok(JsFuture::from(promise).await?)
}

/// The bytes of a `Uint8Array`. `None` for `undefined`.
pub fn bytes(value: &JsValue) -> Option<Vec<u8>> {
    value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec)
}

/// The waits under way, by id. Each turn has several, and a promise for each would cost more than its timer.
#[derive(Default)]
struct Waits {
    next: u32,
    wakers: HashMap<u32, Option<Waker>>,
}

thread_local! {
    static WAITS: RefCell<Waits> = RefCell::default();
    /// Ends a wait. A timer's callback runs in the context of the request that has set it.
    static WAKE: JsValue = Closure::<dyn Fn(u32)>::new(|id| {
        let waker = WAITS.with_borrow_mut(|waits| waits.wakers.remove(&id));
        waker.flatten().into_iter().for_each(Waker::wake);
    }).into_js_value();
}

/// A wait. Its timer ends with it.
pub struct Sleep {
    id: u32,
    timer: JsValue,
}

impl Sleep {
    /// Ends after this time.
    pub fn of(duration: Duration) -> Self {
        let id = WAITS.with_borrow_mut(|waits| {
            waits.next = waits.next.wrapping_add(1);
            waits.wakers.insert(waits.next, None);
            waits.next
        });
        Self { id, timer: WAKE.with(|wake| sleep(millis(duration), wake, id)) }
    }
}

/// A duration for JavaScript.
pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        WAITS.with_borrow_mut(|waits| match waits.wakers.get_mut(&self.id) {
            Some(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        })
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if WAITS.with_borrow_mut(|waits| waits.wakers.remove(&self.id)).is_some() {
            stop(&self.timer);
        }
    }
}
