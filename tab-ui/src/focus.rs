//! The keyboard focus after its element was removed or disabled.

use web_sys::{Document, HtmlElement};
use yew::{KeyboardEvent, NodeRef, hook, use_effect_with};

use crate::fluent_js_bindings as fluent;

/// The focusable controls; marked ones come first.
const MARKED: &str = "[data-focus]";
const CONTROL: &str = "fluent-button:not([disabled]), fluent-anchor-button, fluent-switch:not([disabled])";

/// If `stage` changes and the focus is lost, moves it to the marked control, or else to the first control in
/// `place`.
#[hook]
pub fn use_focus_kept<T: PartialEq + 'static>(place: &NodeRef, stage: T) {
    let place = place.clone();
    // The loss of focus is visible once the next stage is rendered. The first stage takes no focus.
    use_effect_with(stage, move |_| {
        move || {
            if lost() {
                keep(&place);
            }
        }
    });
}

/// Presses the control that has the focus, as by the pointer.
pub fn press(event: &KeyboardEvent) {
    event.prevent_default();
    if let Some(control) = event.target() {
        fluent::known::<HtmlElement>(control).click();
    }
}

/// Scrolls the first matching element into view, and with `keyboard` focuses it.
pub fn show(what: &str, keyboard: bool) {
    let found = document().and_then(|page| page.query_selector(what).ok().flatten());
    if let Some(element) = found {
        element.scroll_into_view();
        if keyboard {
            let _ = fluent::known::<HtmlElement>(element).focus();
        }
    }
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Whether no element has the focus.
fn lost() -> bool {
    document().is_some_and(|page| page.active_element().is_none_or(|its| its.tag_name() == "BODY"))
}

fn keep(place: &NodeRef) {
    let Some(place) = fluent::at::<HtmlElement>(place) else { return };
    let find = |what| place.query_selector(what).ok().flatten();
    if let Some(control) = find(MARKED).or_else(|| find(CONTROL)) {
        let _ = fluent::known::<HtmlElement>(control).focus();
    }
}
