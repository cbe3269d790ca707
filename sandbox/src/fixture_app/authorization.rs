//! The authorization endpoint at the vendor's address: it checks the request, and continues on the pages of
//! all apps.

use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Map;

use super::app::FixtureApp;
use crate::Sandbox;
use crate::fixture::{Comparison, Login, Pkce, Received};

pub(super) fn authorize(
    app: &'static FixtureApp,
    login: &Login,
    sandbox: &Sandbox,
    received: &Received,
) -> Response {
    let mut patterns = login.params.clone();
    let mut add = |name: &str, pattern: &str| patterns.insert(name.to_owned(), pattern.to_owned());
    add("response_type", "code");
    add("client_id", "<client_id>");
    add("redirect_uri", &sandbox.settings.callback(app.id));
    add("state", "<string>");
    if !login.scopes.is_empty() {
        add(&login.scope_parameter, "<string>");
    }
    let (challenge, method) = match login.pkce {
        Pkce::Required => ("code_challenge", "code_challenge_method"),
        Pkce::Optional => ("code_challenge?", "code_challenge_method?"),
        Pkce::Refused => ("", ""),
    };
    if !challenge.is_empty() {
        add(challenge, "<string>");
        add(method, "S256");
    }
    let mut comparison = Comparison::default();
    received.compare_query(&patterns, &Map::new(), &mut comparison);
    app.check_client(sandbox, &mut comparison);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in &received.query {
        if *name == login.scope_parameter {
            let scopes: Vec<&str> = value.split(login.separator.as_str()).collect();
            for scope in &scopes {
                if !login.scopes.iter().any(|known| known == scope) {
                    comparison.differences.push(format!("there is no scope `{scope}`"));
                }
            }
            query.append_pair("scope", &scopes.join(" "));
        } else {
            query.append_pair(name, value);
        }
    }
    if !comparison.differences.is_empty() {
        return app.unexpected(sandbox, received, &comparison.differences);
    }
    sandbox.change(|saved| app.oauth.accounts_mut(saved).seed(&app.oauth));
    app.documented(sandbox, "authorize", false, Vec::new(), 302);
    Redirect::to(&format!("{}?{}", app.oauth.flow.authorize, query.finish())).into_response()
}
