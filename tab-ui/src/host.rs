//! The Teams host of the tab, and the document. The JavaScript side is `js/host.js`, which also logs Teams'
//! errors.

use js_sys::Promise;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, HtmlElement};

#[wasm_bindgen(raw_module = "workbot-host")]
extern "C" {
    #[wasm_bindgen(catch, js_name = connect)]
    async fn js_connect() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = getToken)]
    async fn js_get_token() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = earlyAnswer)]
    fn js_early_answer() -> Option<Promise>;
    #[wasm_bindgen(thread_local_v2, js_name = painted)]
    static JS_PAINTED: Promise;
    /// Notifies Teams that the page is ready, and loads what the first paint did not need.
    pub fn ready();
    /// The date of an RFC 3339 time, in the host's locale.
    pub fn day(time: &str) -> String;
    /// The time of day of an RFC 3339 time, in the host's locale.
    pub fn clock(time: &str) -> String;
    /// The time of an RFC 3339 time today, *yesterday*, or its date, in the host's locale.
    pub fn recent(time: &str) -> String;
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
    /// Reloads the tab.
    #[wasm_bindgen(js_name = startAgain)]
    pub fn start_again();
    /// Aborts a request after the time limit.
    pub fn deadline() -> AbortSignal;
    /// Whether the browser is online.
    pub fn online() -> bool;
    /// Reports changes between online and offline.
    #[wasm_bindgen(js_name = watchNetwork)]
    pub fn watch_network(told: &Closure<dyn FnMut(bool)>);
    /// Keeps the tab of a section in view, where there is no room for all.
    #[wasm_bindgen(js_name = showTab)]
    pub fn show_tab(id: &str);
    /// Opens Fluent's dialog or drawer, and reports when the person closes it.
    #[wasm_bindgen(js_name = openDialog)]
    pub fn open_dialog(dialog: &HtmlElement, closed: &Closure<dyn Fn()>);
    /// Returns the focus that a dialog took.
    #[wasm_bindgen(js_name = closeDialog)]
    pub fn close_dialog(dialog: &HtmlElement);
}

#[wasm_bindgen]
extern "C" {
    /// A response of the worker to a request of `js/host.js`.
    pub type Answer;
    /// The HTTP status; 0 without a response.
    #[wasm_bindgen(method, getter, structural)]
    pub fn status(this: &Answer) -> u16;
    /// The body.
    #[wasm_bindgen(method, getter, structural)]
    pub fn text(this: &Answer) -> String;
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

/// Date and time of day of an RFC 3339 time, in the host's locale.
pub fn moment(time: &str) -> String {
    format!("{} {}", day(time), clock(time))
}

/// Waits for the first paint of the page after [`ready`].
pub async fn painted() {
    // The promise is never rejected.
    let _ = JsFuture::from(JS_PAINTED.with(Promise::clone)).await;
}

/// The SSO token for the worker.
///
/// # Errors
/// If Teams issues no token, e.g. because the app is not configured for single sign-on.
pub async fn token() -> Result<String, HostError> {
    js_get_token().await.ok().and_then(|token| token.as_string()).ok_or(HostError)
}

/// The response to the request that every visit begins with; `None` for a second caller.
///
/// # Errors
/// If Teams issued no token.
pub async fn early_answer() -> Result<Option<Answer>, HostError> {
    let Some(answer) = js_early_answer() else { return Ok(None) };
    let answer = JsFuture::from(answer).await.map_err(|_| HostError)?;
    Ok(Some(answer.unchecked_into()))
}
