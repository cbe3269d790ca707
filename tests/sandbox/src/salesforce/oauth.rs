//! The authorization request: what is wrong with it, and which page comes next.

use axum::extract::{Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{User, login};
use crate::{Sandbox, Shared, clock, pages, pkce, session};

/// What the app is allowed to ask for, with the words of the consent page.
pub const SCOPES: [(&str, &str); 6] = [
    ("api", "Manage user data via APIs"),
    ("id", "Access the identity URL service"),
    ("refresh_token", "Perform requests at any time"),
    ("offline_access", "Perform requests at any time"),
    ("openid", "Access unique user identifiers"),
    ("profile", "Access your profile"),
];

/// The query of an authorization request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuthorizeRequest {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    prompt: String,
    /// The name to fill in.
    pub login_hint: String,
    immediate: String,
}

/// What a code stands for.
pub struct Code {
    pub(super) username: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) scopes: Vec<String>,
    pub(super) issued: u64,
    pub(super) used: bool,
}

/// `GET …/authorize`.
pub async fn authorize(
    State(sandbox): State<Shared>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    Query(request): Query<AuthorizeRequest>,
) -> Response {
    if let Some(refusal) = request.refusal(&sandbox) {
        return refusal;
    }
    let user = login::signed_in(&sandbox, &headers);
    request.proceed(&sandbox, user, &raw.unwrap_or_default())
}

impl AuthorizeRequest {
    /// The request that a form of ours carried along.
    pub fn parse(query: &str) -> Option<Self> {
        let uri = format!("/?{query}").parse().ok()?;
        Query::<Self>::try_from_uri(&uri).ok().map(|Query(request)| request)
    }

    /// What is wrong. A wrong client or address never leads back to it: the browser stays on a page. All else is told to the client.
    pub fn refusal(&self, sandbox: &Sandbox) -> Option<Response> {
        let settings = &sandbox.settings;
        let stay = |text: &str| Some(pages::problem(StatusCode::BAD_REQUEST, "Salesforce", text));
        if self.client_id != settings.salesforce.id {
            return stay("error=invalid_client_id&error_description=client identifier invalid");
        }
        if self.redirect_uri != format!("{}/oauth/callback", settings.worker) {
            return stay(
                "error=redirect_uri_mismatch&error_description=redirect_uri must match configuration",
            );
        }
        if self.response_type != "code" {
            return Some(self.fail("unsupported_response_type", "response type not supported"));
        }
        let Some(challenge) = &self.code_challenge else {
            return Some(self.fail("invalid_request", "missing required code challenge"));
        };
        if self.code_challenge_method.as_deref() != Some("S256") || !pkce::is_challenge(challenge) {
            return Some(self.fail("invalid_request", "invalid code challenge"));
        }
        None
    }

    /// Login page, consent page, or straight back with a code.
    pub fn proceed(&self, sandbox: &Sandbox, user: Option<User>, query: &str) -> Response {
        let Some(user) = user.filter(|_| !self.prompts("login")) else {
            if self.immediate == "true" {
                return self.fail("immediate_unsuccessful", "no user is logged in");
            }
            return login::form(sandbox, query, &self.login_hint, None);
        };
        let scopes = self.scopes();
        if scopes.iter().any(|scope| !SCOPES.iter().any(|(known, _)| known == scope)) {
            let text = "OAUTH_APPROVAL_ERROR_GENERIC: the app asks for a scope that it does not have.";
            return pages::problem(StatusCode::BAD_REQUEST, "Salesforce", text);
        }
        let approved =
            sandbox.read(|saved| saved.salesforce.grants.approved(&user.username, &self.client_id, &scopes));
        if approved && !self.prompts("consent") {
            return self.succeed(sandbox, &user);
        }
        login::consent(&user, &scopes, query)
    }

    /// Back to the client with a code.
    pub fn succeed(&self, sandbox: &Sandbox, user: &User) -> Response {
        let id = format!("aPrx{}==", session::random(60));
        let code = Code {
            username: user.username.clone(),
            client_id: self.client_id.clone(),
            redirect_uri: self.redirect_uri.clone(),
            challenge: self.code_challenge.clone().unwrap_or_default(),
            scopes: self.scopes(),
            issued: clock::now_ms(),
            used: false,
        };
        sandbox.memory().salesforce.codes.insert(id.clone(), code);
        self.back(&[("code", &id)])
    }

    /// Back to the client with an error.
    pub fn fail(&self, error: &str, description: &str) -> Response {
        self.back(&[("error", error), ("error_description", description)])
    }

    fn prompts(&self, word: &str) -> bool {
        self.prompt.split(' ').any(|prompt| prompt == word)
    }

    fn scopes(&self) -> Vec<String> {
        if self.scope.trim().is_empty() {
            return SCOPES.iter().map(|(name, _)| (*name).to_owned()).collect();
        }
        self.scope.split_whitespace().map(str::to_owned).collect()
    }

    fn back(&self, answer: &[(&str, &str)]) -> Response {
        let Ok(mut url) = url::Url::parse(&self.redirect_uri) else {
            return pages::problem(StatusCode::BAD_REQUEST, "Salesforce", "The redirect URI is no address.");
        };
        url.query_pairs_mut().extend_pairs(answer);
        if let Some(state) = &self.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        Redirect::to(url.as_str()).into_response()
    }
}
