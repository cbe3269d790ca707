//! The start of a wasm instance, and its end by a panic or another trap: then the hooks of worker-build start a
//! new instance with the next request. They ask for the state by `__worker_init_state`.

use wasm_bindgen::handler;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::ports_js::{begun, panicked, state};

#[wasm_bindgen(start, private)]
fn start() {
    std::panic::set_hook(Box::new(|info| panicked(&info.to_string())));
    handler::set_on_abort(handler::schedule_reinit);
    begun();
}

/// The state of the instance.
#[wasm_bindgen(js_name = __worker_init_state)]
pub fn instance_state() -> JsValue {
    state()
}
