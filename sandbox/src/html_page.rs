//! The HTML pages: one centred card each.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use minijinja::Environment;
use minijinja::value::{Serde, Value as Markup};
use serde_json::{Value, json};
use std::sync::LazyLock;

use crate::teams_markdown;

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.add_filter("markdown", |text: Option<String>| {
        Markup::from_safe_string(teams_markdown::to_html(&text.unwrap_or_default()))
    });
    templates.add_test("web_address", |url: Option<&str>| url.is_some_and(teams_markdown::is_web_address));
    for (name, text) in [
        ("layout.html", include_str!("../pages/layout.html")),
        ("index.html", include_str!("../pages/index.html")),
        ("card.html", include_str!("../pages/card.html")),
        ("chat.html", include_str!("../pages/chat.html")),
        ("problem.html", include_str!("../pages/problem.html")),
        ("signin.html", include_str!("../pages/signin.html")),
        ("login.html", include_str!("../pages/login.html")),
        ("consent.html", include_str!("../pages/consent.html")),
        ("record.html", include_str!("../pages/record.html")),
        ("records.html", include_str!("../pages/records.html")),
        ("task.html", include_str!("../pages/task.html")),
        ("tasks.html", include_str!("../pages/tasks.html")),
        ("item.html", include_str!("../pages/item.html")),
        ("ticket.html", include_str!("../pages/ticket.html")),
        ("tickets.html", include_str!("../pages/tickets.html")),
    ] {
        if let Err(error) = templates.add_template(name, text) {
            eprintln!("The page {name} cannot be used: {error}");
        }
    }
    templates
});

/// A page from its template.
pub fn show(template: &str, values: Value) -> Response {
    let page = TEMPLATES.get_template(template).and_then(|template| template.render(Serde(&values)));
    match page {
        Ok(html) => ([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(error) => {
            let text = format!("The page {template} cannot be shown: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        }
    }
}

/// A page with a message only.
pub fn problem(status: StatusCode, title: &str, text: &str) -> Response {
    (status, show("problem.html", json!({ "title": title, "text": text }))).into_response()
}
