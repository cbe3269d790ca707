//! The Teams host of the tab. The TeamsJS side is `js/host.js`, which also logs Teams' errors.

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
    /// Removes the page of [`show_page`].
    #[wasm_bindgen(js_name = hidePage)]
    pub fn hide_page();
    /// Notifies Teams that the page is ready.
    pub fn ready();
    /// The date of an RFC 3339 time, in the host's locale.
    pub fn day(time: &str) -> String;
    /// The date and time of an RFC 3339 time, in the host's locale.
    pub fn time(time: &str) -> String;
    /// The locale of the host (BCP 47), or of the browser without a host.
    pub fn locale() -> String;
    /// The bot's name.
    #[wasm_bindgen(js_name = botName)]
    pub fn bot_name() -> String;
    /// The `subPageId` of the deep link; empty without one.
    #[wasm_bindgen(js_name = subPage)]
    pub fn sub_page() -> String;
    /// Whether Teams has not responded to a required call.
    #[wasm_bindgen(js_name = wasSilent)]
    pub fn was_silent() -> bool;
    /// Reloads the tab at the page of `link`.
    #[wasm_bindgen(js_name = startAgain)]
    pub fn start_again(link: &str);
    /// Aborts a request after the time limit.
    pub fn deadline() -> AbortSignal;
    /// Whether the browser is online.
    pub fn online() -> bool;
    /// Reports changes between online and offline.
    #[wasm_bindgen(js_name = watchNetwork)]
    pub fn watch_network(told: &Closure<dyn FnMut(bool)>);
}

/// A call of Teams failed, or the network is down.
pub struct HostError;

/// Initializes TeamsJS and follows the theme. `false`: the page is not inside Teams.
///
/// # Errors
/// If the host refuses.
pub async fn connect() -> Result<bool, HostError> {
    js_connect().await.map(|met| met.is_truthy()).map_err(|_| HostError)
}

/// Loads the second module and shows the page of `link`. Calls `leave` with an app, to open its Disconnect
/// question.
///
/// # Errors
/// If the module does not load.
pub fn show_page(
    link: &str,
    leave: &Closure<dyn FnMut(String)>,
) -> impl Future<Output = Result<(), HostError>> + use<> {
    let shown = JsFuture::from(js_show_page(link, leave));
    async { shown.await.map(|_| ()).map_err(|_| HostError) }
}

/// The SSO token for the worker.
///
/// # Errors
/// If Teams issues no token, e.g. because the app is not configured for single sign-on.
pub async fn token() -> Result<String, HostError> {
    js_get_token().await.ok().and_then(|token| token.as_string()).ok_or(HostError)
}
