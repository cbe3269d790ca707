//! The Teams tab: the session, the person's connections, what waits and what was done; for admins also
//! recipes, shared connections, everyone's connections and the audit log.
//!
//! It is one program in two files, so that the first page loads first: what only `sections` and `later` need
//! comes after the first paint. Their functions `load` are the split points.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `json_reader`
//! - `document`, `fluent_js_bindings`, `host`, `icon`, `json`, `notices`, `page`, `removal`, `search`,
//!   `shared_secret`
//! - `badge`, `focus`, `route`, `connection_actions`
//! - `text`: the texts
//! - `retry_button`, `session_state`
//! - `api`, `status_views`, `connection_list_state`: the worker's API; what is shown and how it changes
//! - `later`: what appears after a press: requests, dialogs and message bars
//! - `connection_row`
//! - `connection_list`
//! - `sections`: the sections other than the first
//! - `signed_in`
//! - `app`: the whole

mod api;
mod app;
mod badge;
mod connection_actions;
mod connection_list;
mod connection_list_state;
mod connection_row;
mod document;
mod fluent_js_bindings;
mod focus;
mod host;
mod icon;
mod json;
#[cfg(target_arch = "wasm32")]
mod json_reader;
mod later;
mod notices;
mod page;
mod removal;
mod retry_button;
mod route;
mod search;
mod sections;
mod session_state;
mod shared_secret;
mod signed_in;
mod status_views;
mod text;

/// Renders the tab into the page's element `app`, once the session has arrived. Until then the element shows
/// an outline, which the app replaces.
fn main() {
    wasm_bindgen_futures::spawn_local(async {
        let begin = app::AppProps { begin: app::arrive().await };
        match document::element("app") {
            Some(place) => yew::Renderer::<app::App>::with_root_and_props(place, begin).render(),
            None => yew::Renderer::<app::App>::with_props(begin).render(),
        };
    });
}
