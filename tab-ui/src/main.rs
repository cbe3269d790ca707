//! The Teams tab: who you are, and your connections; for admins also the recipes and the company's connections.

mod acts;
mod api;
mod app;
mod connections;
mod fluent;
mod focus;
mod host;
mod list;
mod offer;
mod owner;
mod pages;
mod recipe_list;
mod recipe_settings;
mod recipes;
mod row;
mod secret;
mod secret_form;
mod sections;
mod state;

fn main() {
    // The page holds a first text until there is something better; the app takes its place.
    let place =
        web_sys::window().and_then(|window| window.document()).and_then(|page| page.get_element_by_id("app"));
    match place {
        Some(place) => yew::Renderer::<app::App>::with_root(place).render(),
        None => yew::Renderer::<app::App>::new().render(),
    };
}
