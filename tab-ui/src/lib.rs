//! The Teams tab: the session, the person's connections and activity; for admins also recipes, shared
//! connections, everyone's connections and the audit log.
//!
//! It consists of two modules, so that the first page loads first: `main.rs` with the session and the
//! connections, `bin/workbot-tab-pages.rs` with the other pages.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `document`, `fluent`, `host`, `route`, `removal`, `download`, `shared_secret`: Fluent's parts, Teams, addresses, values
//! - `focus`, `connection_actions`
//! - `text`: the texts
//! - `retry_button`, `session_state`
//! - `connection_list_state`, `recipe_list_state`, `paged_list_state`, `status_views`: what is shown and how it changes
//! - `api`, `confirm_button`, `page_loader`, `paged_list`: the worker's API; parts of several pages
//! - `activity`, `connection_commands`, `audit`, `people`, `recipe_settings`
//! - `recipe_list`, `shared_secret_form`
//! - `connection_row`
//! - `connection_list`
//! - `second_module_root`, `tab_bar`
//! - `app`: the whole

mod activity;
mod api;
mod app;
mod audit;
mod confirm_button;
mod connection_actions;
mod connection_commands;
mod connection_list;
mod connection_list_state;
mod connection_row;
mod document;
mod download;
mod fluent;
mod focus;
mod host;
mod page_loader;
mod paged_list;
mod paged_list_state;
mod people;
mod recipe_list;
mod recipe_list_state;
mod recipe_settings;
mod removal;
mod retry_button;
mod route;
mod second_module_root;
mod session_state;
mod shared_secret;
mod shared_secret_form;
mod status_views;
mod tab_bar;
mod text;

pub use second_module_root::{hide, show};

/// Renders the tab into the page's element `app`.
pub fn start() {
    // The element contains a placeholder, which the app replaces.
    match document::element("app") {
        Some(place) => yew::Renderer::<app::App>::with_root(place).render(),
        None => yew::Renderer::<app::App>::new().render(),
    };
}
