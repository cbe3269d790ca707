//! The Worker at Cloudflare's edge: the ports, the Durable Object classes and the HTTP routes. The logic is
//! in `workbot-vault`, the rules are in `workbot-domain`.
//!
//! # Layers
//!
//! Each line depends only on lines above it.
//!
//! - `ports_js`: the functions of `worker/js/ports.js`
//! - `start`, `catalog`, `telemetry`, `key_rotation`: the start of an instance; the catalog's file; log and
//!   metrics; the hourly maintenance
//! - `config`, `platform`: the deployment's variables; the ports of a process
//! - `isolate`: the state of this process
//! - `durable_objects`, `http`: the Durable Object classes; the HTTP routes

mod catalog;
mod config;
mod durable_objects;
mod http;
mod isolate;
mod key_rotation;
mod platform;
mod ports_js;
mod start;
mod telemetry;

pub use durable_objects::{Vault, Workspace};

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Handles an HTTP request: `Request` in, `Response` out.
#[wasm_bindgen]
pub async fn fetch(request: JsValue) -> JsValue {
    http::serve(request).await
}

/// Handles the hourly trigger.
#[wasm_bindgen]
pub async fn scheduled() {
    key_rotation::begin(&isolate::isolate()).await;
}
