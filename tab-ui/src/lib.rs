//! The Teams tab: who you are, your connections and what was done in your name; for admins also the recipes, the
//! company's connections, everyone's, and what admins did.
//!
//! It is built as two modules, so that the first page does not wait for the others: `main.rs` is who you are and your
//! connections, `bin/workbot-tab-pages.rs` the other pages.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `document`, `fluent`, `host`, `place`, `removal`, `save`, `secret`: Fluent's parts, Teams, addresses, values
//! - `focus`, `offer`
//! - `text`: what the tab says
//! - `again`, `state`
//! - `connections`, `recipes`, `paged`, `pages`: what is shown and how it changes
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

/// Shows the tab, first of all its connections, in the page's element `app`.
pub fn start() {
    // It holds a first text until there is something better; the app takes its place.
    match document::element("app") {
        Some(place) => yew::Renderer::<app::App>::with_root(place).render(),
        None => yew::Renderer::<app::App>::new().render(),
    };
}
