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
//! - `document`, `fluent`, `host`, `place`, `removal`, `save`, `secret`: Fluent's parts, Teams, addresses, values
//! - `focus`, `offer`
//! - `text`: the texts
//! - `again`, `state`
//! - `connections`, `recipes`, `paged`, `pages`: state and views
//! - `api`, `deed`, `elsewhere`, `paged_list`: the worker's API; parts of several pages
//! - `activity`, `acts`, `audit`, `people`, `recipe_settings`
//! - `recipe_list`, `secret_form`
//! - `row`
//! - `list`
//! - `panel`, `sections`
//! - `app`: the whole

mod activity;
mod acts;
mod again;
mod api;
mod app;
mod audit;
mod connections;
mod deed;
mod document;
mod elsewhere;
mod fluent;
mod focus;
mod host;
mod list;
mod offer;
mod paged;
mod paged_list;
mod pages;
mod panel;
mod people;
mod place;
mod recipe_list;
mod recipe_settings;
mod recipes;
mod removal;
mod row;
mod save;
mod secret;
mod secret_form;
mod sections;
mod state;
mod text;

pub use panel::{hide, show};

/// Renders the tab into the page's element `app`.
pub fn start() {
    // The element contains a placeholder, which the app replaces.
    match document::element("app") {
        Some(place) => yew::Renderer::<app::App>::with_root(place).render(),
        None => yew::Renderer::<app::App>::new().render(),
    };
}
