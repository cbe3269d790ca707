//! `fetch` of the runtime and of object stubs: one request, one whole response. The `worker` crate's client
//! reads every response as a stream and copies each request that it passes on, which costs more.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

#[wasm_bindgen]
extern "C" {
    /// The global scope, or the stub of a Durable Object: both have `fetch`.
    pub type Fetcher;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Fetcher, url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

impl Fetcher {
    /// The global `fetch`, for requests by URL.
    pub fn internet() -> Self {
        js_sys::global().unchecked_into()
    }

    /// Sends a request and returns once the response headers have arrived.
    ///
    /// # Errors
    /// When the runtime reports a network error.
    pub async fn answer(&self, url: &str, init: &RequestInit) -> worker::Result<Response> {
        Ok(JsFuture::from(self.fetch(url, init)?).await?.dyn_into()?)
    }
}

/// Reads the whole body of a response at once.
///
/// # Errors
/// When the connection breaks.
pub async fn read_body(response: &Response) -> worker::Result<Vec<u8>> {
    let buffer = JsFuture::from(response.array_buffer()?).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
