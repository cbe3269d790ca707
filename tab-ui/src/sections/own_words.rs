//! The switch for commands in people's own words, above the recipes. It is there if the deployment has a
//! language model.

use workbot_shared::LanguageModel;
use yew::{Html, component, html, use_effect_with, use_state};

use super::confirm_button::{Command, ConfirmButton};
use crate::after_first_paint::message_bars::refusal;
use crate::api;
use crate::text::words;

/// The switch.
#[component(OwnWords)]
pub fn own_words() -> Html {
    let read = use_state(|| None);
    let put = read.setter();
    use_effect_with((), move |()| {
        wasm_bindgen_futures::spawn_local(async move { put.set(Some(api::language_model().await)) });
    });
    let model = match &*read {
        None => return Html::default(),
        Some(Err(failure)) => return refusal(Some(failure)),
        Some(Ok(model)) => model,
    };
    let LanguageModel { host: Some(host), enabled } = model else { return Html::default() };
    let enabled = *enabled;
    let act = {
        let put = read.setter();
        Command::new(move || {
            let put = put.clone();
            async move {
                put.set(Some(Ok(api::switch_language_model(!enabled).await?)));
                Ok(())
            }
        })
    };
    let label = words().switch_own_words(!enabled);
    html! {
        <ul class="list two">
            <li tabindex="-1" data-own-words={if enabled { "on" } else { "off" }}>
                <div class="who">
                    <strong>{ words().own_words() }</strong>
                    <small role="status">{ words().own_words_now(enabled, host) }</small>
                </div>
                <ConfirmButton {label} full_label={format!("{label}: {}", words().own_words())} keep={words().0.cancel()}
                    question={words().really_own_words(!enabled, host)} meaning={words().own_words_mean(!enabled)} {act} />
            </li>
        </ul>
    }
}
