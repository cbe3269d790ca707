//! The catalogue that the build checked. It is a file beside this module: `worker/main.js` hands it over.

use js_sys::{ArrayBuffer, Uint8Array};
use std::sync::LazyLock;
use wasm_bindgen::prelude::wasm_bindgen;
use workbot_domain::catalogue::Catalogue;
use workbot_shared::Language;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = WORKBOT_CATALOGUE)]
    static FILE: Option<ArrayBuffer>;
}

/// Empty when the file is not there or of another version: `configuration` refuses to run then.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let file = FILE.with(|file| file.as_ref().map(|file| Uint8Array::new(file).to_vec()));
    file.and_then(|file| serde_json::from_slice(&file).ok()).unwrap_or_default()
});

/// In German; made when somebody speaks it.
static GERMAN: LazyLock<Catalogue> = LazyLock::new(|| CATALOGUE.in_language(Language::De));

/// All apps and recipes, where nobody reads what they say.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

/// All apps and recipes, as people of a language read them.
pub fn catalogue_in(language: Language) -> &'static Catalogue {
    match language {
        Language::En => &CATALOGUE,
        Language::De => &GERMAN,
    }
}
