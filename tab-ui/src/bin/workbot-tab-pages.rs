//! The second module of the tab: the pages other than the first. The first asks for it when someone goes to one.

use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;

fn main() {}

/// Shows the page to which `link` leads. `leave` is called with an app whose connection is to be left.
#[wasm_bindgen]
pub fn show(link: &str, leave: Function) {
    workbot_tab::show(link, leave);
}

/// Takes the page away.
#[wasm_bindgen]
pub fn hide() {
    workbot_tab::hide();
}
