//! What we read from Fluent's elements. Their classes live in JavaScript: a plain cast would look for them and fail.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;
use yew::NodeRef;

#[wasm_bindgen]
extern "C" {
    /// `fluent-text-input`.
    #[wasm_bindgen(extends = HtmlElement)]
    pub type TextInput;
    /// What was typed; nothing before anything was.
    #[wasm_bindgen(method, getter, structural)]
    pub fn value(this: &TextInput) -> Option<String>;

    /// `fluent-tablist`.
    #[wasm_bindgen(extends = HtmlElement)]
    pub type Tablist;
    /// The id of the tab that is chosen.
    #[wasm_bindgen(method, getter, structural, js_name = activeid)]
    pub fn active_id(this: &Tablist) -> Option<String>;
}

/// The element at `place`, taken for what it is known to be.
pub fn at<T: JsCast>(place: &NodeRef) -> Option<T> {
    place.get().map(known)
}

/// The element, taken for what it is known to be.
pub fn known<T: JsCast>(element: impl JsCast) -> T {
    element.unchecked_into()
}
