//! Search in texts, in any case.

/// Whether `text` contains `sought`, which is trimmed.
pub fn contains(text: &str, sought: &str) -> bool {
    lower(text).contains(&lower(sought.trim()))
}

/// By the browser: the tables of Unicode outweigh all else here.
#[cfg(target_arch = "wasm32")]
fn lower(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

#[cfg(not(target_arch = "wasm32"))]
fn lower(text: &str) -> String {
    text.to_lowercase()
}
