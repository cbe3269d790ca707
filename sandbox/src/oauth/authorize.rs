//! The authorization endpoint: the next page, or the redirect to the client.

use axum::extract::{Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::app::{App, Switch};
use super::authorization_request::AuthorizeRequest;
use super::login_pages;
use crate::store::accounts::User;
use crate::store::grant_rules::Iss;
use crate::store::grants::Code;
use crate::{Sandbox, Shared, clock, html_page};

/// The authorization endpoint.
pub(super) async fn authorize(
    app: &'static App,
    State(sandbox): State<Shared>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    let raw = raw.unwrap_or_default();
    match AuthorizeRequest::checked(app, &sandbox, &raw) {
        Ok(request) => request.proceed(app, &sandbox, login_pages::signed_in(app, &sandbox, &headers), &raw),
        Err(refusal) => *refusal,
    }
}

impl AuthorizeRequest {
    /// The valid request in a query.
    pub(super) fn checked(app: &App, sandbox: &Sandbox, query: &str) -> Result<Self, Box<Response>> {
        let request = format!("/?{query}")
            .parse()
            .ok()
            .and_then(|uri| Query::<Self>::try_from_uri(&uri).ok())
            .map(|Query(request)| request)
            .ok_or_else(|| {
                let text = "The request is damaged. Start again.";
                Box::new(html_page::problem(StatusCode::BAD_REQUEST, app.title, text))
            })?;
        let Some(client) = app.client(&sandbox.settings) else {
            return Err(Box::new(app.not_registered()));
        };
        match (app.flow.refusal)(&request, client, sandbox) {
            Some(refusal) => Err(Box::new(refusal)),
            None => Ok(request),
        }
    }

    /// The login page, the consent page, or a redirect with a code.
    fn proceed(&self, app: &'static App, sandbox: &Sandbox, user: Option<User>, query: &str) -> Response {
        let prompts = |word| matches!(app.flow.switch, Switch::Prompt) && self.prompts(word);
        let Some(user) = user.filter(|_| !prompts("login")) else {
            if matches!(app.flow.switch, Switch::Prompt) && self.immediate == "true" {
                return self.fail(app, sandbox, "immediate_unsuccessful", "no user is logged in");
            }
            return login_pages::form(app, sandbox, query, self.hint(app), None);
        };
        let scopes = self.scopes(app);
        let is_known = |scope: &String| app.flow.scopes.iter().any(|(known, _)| known == scope);
        if !scopes.iter().all(is_known) {
            return html_page::problem(StatusCode::BAD_REQUEST, app.title, app.flow.unknown_scope);
        }
        let approved = app.flow.remembers
            && sandbox
                .read(|saved| app.accounts(saved).grants.approved(&user.username, &self.client_id, &scopes));
        if approved && !prompts("consent") {
            return self.succeed(app, sandbox, &user);
        }
        login_pages::consent(app, &user, &scopes, query)
    }

    /// Redirects to the client with a code.
    pub(super) fn succeed(&self, app: &'static App, sandbox: &Sandbox, user: &User) -> Response {
        let id = (app.flow.code)();
        let code = Code {
            app: app.name,
            username: user.username.clone(),
            client_id: self.client_id.clone(),
            redirect_uri: self.redirect_uri.clone(),
            challenge: self.code_challenge.clone(),
            scopes: self.scopes(app),
            issued: clock::now_ms(),
            used: false,
        };
        sandbox.memory().codes.insert(id.clone(), code);
        self.back(app, sandbox, Some(&user.username), &[("code", &id)])
    }

    /// Redirects to the client with an error.
    pub fn fail(&self, app: &App, sandbox: &Sandbox, error: &str, description: &str) -> Response {
        self.back(app, sandbox, None, &[("error", error), ("error_description", description)])
    }

    /// Redirects to the client: access denied.
    pub(super) fn deny(&self, app: &App, sandbox: &Sandbox, user: &User) -> Response {
        let response = [("error", "access_denied"), ("error_description", app.flow.words.denied)];
        self.back(app, sandbox, Some(&user.username), &response)
    }

    /// The login name to prefill.
    pub(super) fn hint(&self, app: &App) -> &str {
        if matches!(app.flow.switch, Switch::Prompt) { &self.login_hint } else { "" }
    }

    fn prompts(&self, word: &str) -> bool {
        self.prompt.split(' ').any(|prompt| prompt == word)
    }

    fn scopes(&self, app: &App) -> Vec<String> {
        if self.scope.trim().is_empty() {
            return app.flow.scopes.iter().map(|(name, _)| (*name).to_owned()).collect();
        }
        self.scope.split_whitespace().map(str::to_owned).collect()
    }

    fn back(
        &self,
        app: &App,
        sandbox: &Sandbox,
        username: Option<&str>,
        response: &[(&str, &str)],
    ) -> Response {
        let Ok(mut url) = url::Url::parse(&self.redirect_uri) else {
            return html_page::problem(StatusCode::BAD_REQUEST, "Login", "The redirect URI is no address.");
        };
        url.query_pairs_mut().extend_pairs(response).extend_pairs(app.flow.callback);
        if let Some(state) = &self.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        let rules = sandbox.read(|saved| app.accounts(saved).grants.knobs.in_force(app.life.rules, username));
        let issuer = match rules.iss {
            Iss::None => None,
            Iss::Right => Some(app.issuer(&sandbox.settings)),
            Iss::Wrong => Some("https://issuer.example".to_owned()),
        };
        if let Some(issuer) = issuer {
            url.query_pairs_mut().append_pair("iss", &issuer);
        }
        Redirect::to(url.as_str()).into_response()
    }
}
