//! The Teams tab: who you are, your connections and what was done in your name; for admins also the recipes, the
//! company's connections, everyone's, and what admins did.

mod activity;
mod acts;
mod api;
mod app;
mod audit;
mod connections;
mod deed;
mod fluent;
mod focus;
mod host;
mod later;
mod list;
mod offer;
mod owner;
mod paged;
mod paged_list;
mod pages;
mod people;
mod place;
mod recipe_list;
mod recipe_settings;
mod recipes;
mod row;
mod secret;
mod secret_form;
mod sections;
mod state;
mod text;

fn main() {
    // The page holds a first text until there is something better; the app takes its place.
    let place =
        web_sys::window().and_then(|window| window.document()).and_then(|page| page.get_element_by_id("app"));
    match place {
        Some(place) => yew::Renderer::<app::App>::with_root(place).render(),
        None => yew::Renderer::<app::App>::new().render(),
    };
}
