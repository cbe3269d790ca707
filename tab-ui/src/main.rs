//! The Teams tab: the session, the person's connections, what waits and what was done; for admins also
//! recipes, shared connections, everyone's connections and the audit log.
//!
//! It is one program in two files, so that the first page loads first: what only `sections` and
//! `after_first_paint` need comes after the first paint. Their functions `load` are the split points.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `json_reader`
//! - `case_insensitive_match`, `element_by_id`, `fluent_js_bindings`, `host`, `icon`, `json`, `list_page`
//! - `notice`, `removal_kind`, `typed_credentials`
//! - `badge`, `focus`, `route`, `offered_connection_actions`
//! - `text`: the texts
//! - `retry_button`, `session_state`
//! - `api`, `status_views`, `connection_list_state`: the worker's API; what is shown and how it changes
//! - `after_first_paint`: what appears after a press: requests, dialogs and message bars
//! - `connection_row`
//! - `connection_list`
//! - `sections`: the sections other than the first
//! - `signed_in`
//! - `app`: the whole

mod after_first_paint;
mod api;
mod app;
mod badge;
mod case_insensitive_match;
mod connection_list;
mod connection_list_state;
mod connection_row;
mod element_by_id;
mod fluent_js_bindings;
mod focus;
mod host;
mod icon;
mod json;
#[cfg(target_arch = "wasm32")]
mod json_reader;
mod list_page;
mod notice;
mod offered_connection_actions;
mod removal_kind;
mod retry_button;
mod route;
mod sections;
mod session_state;
mod signed_in;
mod status_views;
mod text;
mod typed_credentials;

/// Renders the tab into the page's element `app`, once the session has arrived. Until then the element shows
/// an outline, which the app replaces.
fn main() {
    wasm_bindgen_futures::spawn_local(async {
        let begin = app::AppProps { begin: app::arrive().await };
        match element_by_id::element("app") {
            Some(place) => yew::Renderer::<app::App>::with_root_and_props(place, begin).render(),
            None => yew::Renderer::<app::App>::with_props(begin).render(),
        };
    });
}
