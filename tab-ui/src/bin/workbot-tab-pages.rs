//! The second module of the tab: all pages but the first. The first module loads it on demand.

use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;

fn main() {}

/// Shows the page of `link`. Calls `leave` with an app, to open its Disconnect question.
#[wasm_bindgen]
pub fn show(link: &str, leave: Function) {
    workbot_tab::show(link, leave);
}

/// Removes the page.
#[wasm_bindgen]
pub fn hide() {
    workbot_tab::hide();
}
