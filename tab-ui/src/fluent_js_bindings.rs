//! Access to Fluent's elements. Their classes exist in JavaScript only, so a checked cast would fail.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;
use yew::NodeRef;

#[wasm_bindgen]
extern "C" {
    /// `fluent-text-input`, and each of the browser's own fields.
    #[wasm_bindgen(extends = HtmlElement)]
    pub type TextInput;
    /// The typed text; empty at first.
    #[wasm_bindgen(method, getter, structural)]
    pub fn value(this: &TextInput) -> Option<String>;

    /// `fluent-switch`.
    #[wasm_bindgen(extends = HtmlElement)]
    pub type Switch;
    /// Whether it is on.
    #[wasm_bindgen(method, getter, structural)]
    pub fn checked(this: &Switch) -> bool;

    /// `fluent-tablist`.
    #[wasm_bindgen(extends = HtmlElement)]
    pub type Tablist;
    /// The id of the selected tab.
    #[wasm_bindgen(method, getter, structural, js_name = activeid)]
    pub fn active_id(this: &Tablist) -> Option<String>;
}

/// The element at `place`, cast without a check.
pub fn at<T: JsCast>(place: &NodeRef) -> Option<T> {
    place.get().map(known)
}

/// The element, cast without a check.
pub fn known<T: JsCast>(element: impl JsCast) -> T {
    element.unchecked_into()
}
