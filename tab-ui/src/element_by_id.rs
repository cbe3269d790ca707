//! An element of the HTML document.

use web_sys::Element;

/// An element by its id.
pub fn element(id: &str) -> Option<Element> {
    web_sys::window()?.document()?.get_element_by_id(id)
}
