//! JSON of the worker's API, by the browser's own parser: that of `serde_json` would be a quarter of the
//! first file.

use wasm_bindgen::JsValue;

#[cfg(target_arch = "wasm32")]
pub use crate::json_reader::read;

/// Reads a text. `None`: it is not JSON, or not a `T`. Natively, where the tests run, there is no browser.
#[cfg(not(target_arch = "wasm32"))]
pub fn read<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// An object with these members.
pub fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in members {
        // Nothing can refuse a member of a new object.
        let _ = js_sys::Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}
