//! `fetch`, which the runtime and every object have: one request, one whole answer. Not by the runtime's crate, which reads
//! every answer as a stream and takes apart each request that is only passed on.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

#[wasm_bindgen]
extern "C" {
    /// The runtime itself, or the stub of an object.
    pub type Fetcher;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Fetcher, url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

impl Fetcher {
    /// Whoever is asked at an address.
    pub fn internet() -> Self {
        js_sys::global().unchecked_into()
    }

    /// Sends a request; returns as soon as the answer's headers are there.
    pub async fn answer(&self, url: &str, init: &RequestInit) -> worker::Result<Response> {
        Ok(JsFuture::from(self.fetch(url, init)?).await?.dyn_into()?)
    }
}

/// The whole body of an answer, in one piece.
pub async fn read_body(response: &Response) -> worker::Result<Vec<u8>> {
    let buffer = JsFuture::from(response.array_buffer()?).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
