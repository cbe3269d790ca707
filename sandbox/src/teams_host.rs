//! The Teams host of the tab: a page that frames it and responds to TeamsJS.
//!
//! `GET /teams?person={oid}&theme={default|dark|contrast}&locale={BCP 47}&page={subPageId}`: the person and
//! the theme (both can be changed on the page), the language, and the deep link. With `person=refused`, Teams
//! issues no token. `silent={function}` or `silent={function}:{times}`: a TeamsJS function without a
//! response, e.g. `getContext`.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;

/// The page and its files. It loads its data from `/_control/`.
pub fn router() -> Router {
    let script = ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("../assets/teams.js"));
    let style = ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../assets/teams.css"));
    Router::new()
        .route("/teams", get(Html(include_str!("../assets/teams.html"))))
        .route("/teams/teams.js", get(script))
        .route("/teams/teams.css", get(style))
}
