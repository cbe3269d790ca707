//! Where the keyboard goes when what it was on goes away, or rests for a moment.

use web_sys::{Document, HtmlElement};
use yew::{Callback, KeyboardEvent, NodeRef, hook, use_effect_with};

use crate::fluent;

/// What can hold the focus; what is marked comes first.
const MARKED: &str = "[data-focus]";
const CONTROL: &str = "fluent-button:not([disabled]), fluent-anchor-button, fluent-switch:not([disabled])";

/// When `stage` changes and the focus was lost with it, moves the focus to the marked or else to the first control in
/// `place`.
#[hook]
pub fn use_focus_kept<T: PartialEq + 'static>(place: &NodeRef, stage: T) {
    let place = place.clone();
    // What is left behind by a stage is seen once the next one is in the page; the first one takes no focus.
    use_effect_with(stage, move |_| {
        move || {
            if lost() {
                keep(&place);
            }
        }
    });
}

/// What Escape does where something is asked: the same as the button that leaves things as they are.
pub fn on_escape(keep: impl Fn() + 'static) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            keep();
        }
    })
}

/// Brings the first element of this kind into view, and with `keyboard` the keyboard to it.
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

/// Whether the keyboard is nowhere.
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
