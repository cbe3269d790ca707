//! The catalog's file stands beside this module: `worker/main.js` hands it over.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = WORKBOT_CATALOG)]
    static FILE: Option<ArrayBuffer>;
}

/// Installs what the file holds: nothing when it is not there or of another version. `config` refuses to run then.
pub fn install() {
    let file = FILE.with(|file| file.as_ref().map(|file| Uint8Array::new(file).to_vec()));
    workbot_vault::catalog::install(
        file.and_then(|file| workbot_domain::json::stored(&file).ok()).unwrap_or_default(),
    );
}
