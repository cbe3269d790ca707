//! Retrying after a failure: by a button, or when the network returns.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use yew::{Callback, Html, Properties, component, html, use_effect_with};

use crate::text::words;

#[derive(Properties, PartialEq)]
pub struct RetryButtonProps {
    pub retry: Callback<()>,
    #[prop_or_default]
    pub appearance: Option<&'static str>,
}

/// A button that retries. While it is visible, a returning network retries too.
#[component(RetryButton)]
pub fn retry_button(RetryButtonProps { retry, appearance }: &RetryButtonProps) -> Html {
    use_effect_with(retry.clone(), |retry| {
        let retry = retry.clone();
        let back = Closure::<dyn Fn()>::new(move || retry.emit(()));
        let window = web_sys::window();
        if let Some(window) = &window {
            let _ = window.add_event_listener_with_callback("online", back.as_ref().unchecked_ref());
        }
        move || {
            if let Some(window) = &window {
                let _ = window.remove_event_listener_with_callback("online", back.as_ref().unchecked_ref());
            }
        }
    });
    let onclick = retry.reform(|_| ());
    html! { <fluent-button appearance={*appearance} {onclick}>{ words().try_again() }</fluent-button> }
}
