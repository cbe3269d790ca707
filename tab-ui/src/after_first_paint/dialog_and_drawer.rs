//! Fluent's dialog and drawer: they hold the focus while they are open, and give it back.

use wasm_bindgen::prelude::Closure;
use web_sys::HtmlElement;
use yew::{
    AttrValue, Callback, Html, NodeRef, Properties, component, hook, html, use_effect_with, use_node_ref,
};

use crate::fluent_js_bindings as fluent;
use crate::host;
use crate::icon::{self, icon};
use crate::text::words;

#[derive(Properties, PartialEq)]
pub struct DialogProps {
    pub title: AttrValue,
    /// What the person does by Escape, or by a press beside it.
    pub close: Callback<()>,
    pub children: Html,
    /// The buttons. Those of a dialog have `slot="action"`.
    #[prop_or_default]
    pub actions: Html,
}

/// A question.
#[component(Dialog)]
pub fn dialog(DialogProps { title, close, children, actions }: &DialogProps) -> Html {
    let place = use_node_ref();
    use_opened(&place, close);
    html! {
        <fluent-dialog ref={place} type="modal" aria-label={title.clone()}>
            <fluent-dialog-body class="question">
                <h2 slot="title">{ title.clone() }</h2>
                { children.clone() }
                { actions.clone() }
            </fluent-dialog-body>
        </fluent-dialog>
    }
}

/// A panel at the side.
#[component(Drawer)]
pub fn drawer(DialogProps { title, close, children, .. }: &DialogProps) -> Html {
    let place = use_node_ref();
    use_opened(&place, close);
    let onclick = close.reform(|_| ());
    html! {
        <fluent-drawer ref={place} type="modal" position="end" size="small" aria-label={title.clone()}>
            <fluent-drawer-body>
                <h2 slot="title">{ title.clone() }</h2>
                <fluent-button slot="close" role="button" appearance="transparent" icon-only="" aria-label={words().close()} {onclick}>
                    { icon(icon::DISMISS, None) }
                </fluent-button>
                { children.clone() }
            </fluent-drawer-body>
        </fluent-drawer>
    }
}

/// Opens the element once it is there. When it goes, the focus returns to where it was.
#[hook]
fn use_opened(place: &NodeRef, close: &Callback<()>) {
    let (place, close) = (place.clone(), close.clone());
    use_effect_with((), move |()| {
        let closed = Closure::<dyn Fn()>::new(move || close.emit(()));
        let dialog = fluent::at::<HtmlElement>(&place);
        if let Some(dialog) = &dialog {
            host::open_dialog(dialog, &closed);
        }
        move || {
            if let Some(dialog) = &dialog {
                host::close_dialog(dialog);
            }
            drop(closed);
        }
    });
}
