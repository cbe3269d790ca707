//! The catalog's file, which `worker/main.js` puts into a global.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = WORKBOT_CATALOG)]
    static FILE: Option<ArrayBuffer>;
}

/// Installs the catalog of the file. An absent file, or one of another version, installs an empty catalog;
/// `config` then reports the problem.
pub fn install() {
    let file = FILE.with(|file| file.as_ref().map(|file| Uint8Array::new(file).to_vec()));
    workbot_vault::installed_catalog::install(
        file.and_then(|file| workbot_domain::json::exactly(&file).ok()).unwrap_or_default(),
    );
}
