//! Teams' part for the tab: a page that holds it in a frame and answers TeamsJS.
//!
//! `GET /teams?person={oid}&theme={default|dark|contrast}&locale={BCP 47}&page={subPageId}`: who sits there and how it
//! looks, both changeable on the page, Teams' language, and where a deep link leads; `person=refused` is someone whom Teams does not vouch for.
//! `silent={function}`, or `silent={function}:{times}`: what Teams leaves unanswered, e.g. `getContext`.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;

/// The page and what it loads. It learns the rest from `/_control/`.
pub fn router() -> Router {
    let script = ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("../assets/teams.js"));
    let style = ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../assets/teams.css"));
    Router::new()
        .route("/teams", get(Html(include_str!("../assets/teams.html"))))
        .route("/teams/teams.js", get(script))
        .route("/teams/teams.css", get(style))
}
