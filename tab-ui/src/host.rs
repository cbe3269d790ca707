//! Teams around the tab. The TeamsJS side is `js/host.js`, which also logs what Teams says when it refuses.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

#[wasm_bindgen(raw_module = "workbot-host")]
extern "C" {
    #[wasm_bindgen(catch, js_name = connect)]
    async fn js_connect() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = getToken)]
    async fn js_get_token() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = showPage)]
    fn js_show_page(link: &str, leave: &Closure<dyn FnMut(String)>) -> Promise;
    /// Takes away what [`show_page`] shows.
    #[wasm_bindgen(js_name = hidePage)]
    pub fn hide_page();
    /// Tells Teams that the page is ready to be looked at.
    pub fn ready();
    /// The day of an RFC 3339 time, as people here write it.
    pub fn day(time: &str) -> String;
    /// The day and the time of an RFC 3339 time, as people here write it.
    pub fn time(time: &str) -> String;
    /// The locale of the host (BCP 47); of the browser, while there is none.
    pub fn locale() -> String;
    /// What the bot is called.
    #[wasm_bindgen(js_name = botName)]
    pub fn bot_name() -> String;
    /// Where a deep link leads in this tab; empty when it was opened without one.
    #[wasm_bindgen(js_name = subPage)]
    pub fn sub_page() -> String;
    /// Whether Teams left something unanswered that the tab cannot do without.
    #[wasm_bindgen(js_name = wasSilent)]
    pub fn was_silent() -> bool;
    /// Loads the whole tab anew; `link` leads to the page that it opens.
    #[wasm_bindgen(js_name = startAgain)]
    pub fn start_again(link: &str);
    /// Ends a request that takes too long.
    pub fn deadline() -> AbortSignal;
    /// Whether there is a network.
    pub fn online() -> bool;
    /// Tells whether there is a network, whenever that changes.
    #[wasm_bindgen(js_name = watchNetwork)]
    pub fn watch_network(told: &Closure<dyn FnMut(bool)>);
}

/// Something did not come: Teams did not do what it was asked for, or there is no network.
pub struct HostError;

/// Meets the host and follows its theme. `false`: this page is not inside Teams.
///
/// # Errors
/// When the host refuses.
pub async fn connect() -> Result<bool, HostError> {
    js_connect().await.map(|met| met.is_truthy()).map_err(|_| HostError)
}

/// Shows the page other than the first to which `link` leads, once its module came. `leave` is called with an app whose
/// connection is to be left.
///
/// # Errors
/// When the module does not come.
pub fn show_page(
    link: &str,
    leave: &Closure<dyn FnMut(String)>,
) -> impl Future<Output = Result<(), HostError>> + use<> {
    let shown = JsFuture::from(js_show_page(link, leave));
    async { shown.await.map(|_| ()).map_err(|_| HostError) }
}

/// The token that proves to our worker who is here.
///
/// # Errors
/// When Teams does not say who is here, e.g. because the app is not set up for single sign-on.
pub async fn token() -> Result<String, HostError> {
    js_get_token().await.ok().and_then(|token| token.as_string()).ok_or(HostError)
}
