//! The browser's part of the OIDC code flow: the sign-in page and its session.

use axum::Form;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::store::entra::{Code, Person};
use crate::{Sandbox, Shared, clock, html_page, pkce, random_name, session_cookie};

const COOKIE: &str = "sandbox_entra";

/// The query of an authorization request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuthorizeRequest {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    response_mode: Option<String>,
    scope: String,
    state: Option<String>,
    nonce: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    prompt: Option<String>,
    login_hint: Option<String>,
}

/// `GET …/authorize`.
pub async fn authorize(
    State(sandbox): State<Shared>,
    Path(tid): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    Query(request): Query<AuthorizeRequest>,
) -> Response {
    if let Some(refusal) = request.refusal(&sandbox) {
        return refusal;
    }
    if let Some(error) = planned_error(&sandbox) {
        return request.fail(&error, "AADSTS50079: planned by the control route.");
    }
    let signed_in = sandbox
        .read(|saved| saved.entra.signed_in(session_cookie::cookie(&headers, COOKIE)).cloned())
        .filter(|person| person.belongs_to(&tid))
        .filter(|person| {
            let hint = request.login_hint.as_deref().unwrap_or_default();
            hint.is_empty() || hint.eq_ignore_ascii_case(&person.upn)
        });
    let prompt = request.prompt.as_deref().unwrap_or_default();
    match (prompt, signed_in) {
        ("none", None) => request.fail(
            "login_required",
            "AADSTS50058: A silent sign-in request was sent but no user is signed in.",
        ),
        ("none" | "" | "consent", Some(person)) => request.succeed(&sandbox, person),
        _ => page(&sandbox, &tid, &raw.unwrap_or_default()),
    }
}

/// The form of the sign-in page.
#[derive(Deserialize)]
pub struct Choice {
    /// The query of the authorization request.
    request: String,
    /// The chosen person's id; empty for Cancel.
    #[serde(default)]
    person: String,
}

/// `POST …/signin`: a person was chosen on the page.
pub async fn sign_in(
    State(sandbox): State<Shared>,
    Path(tid): Path<String>,
    Form(choice): Form<Choice>,
) -> Response {
    let parsed = format!("/?{}", choice.request)
        .parse()
        .ok()
        .and_then(|uri| Query::<AuthorizeRequest>::try_from_uri(&uri).ok());
    let Some(Query(request)) = parsed else {
        return html_page::problem(StatusCode::BAD_REQUEST, "Sign-in", "The form is damaged. Start again.");
    };
    if let Some(refusal) = request.refusal(&sandbox) {
        return refusal;
    }
    if choice.person.is_empty() {
        return request.fail("access_denied", "AADSTS65004: User declined to consent to access the app.");
    }
    let Some(person) = sandbox.read(|saved| saved.entra.find_at(&tid, &choice.person).cloned()) else {
        return html_page::problem(
            StatusCode::BAD_REQUEST,
            "Sign-in",
            "There is no such person in this tenant.",
        );
    };
    let id = random_name::random(32);
    sandbox.change(|saved| {
        let who = (person.tid.clone(), person.oid.clone());
        saved.entra.sessions.insert(id.clone(), who);
    });
    let cookie = [(header::SET_COOKIE, session_cookie::set(COOKIE, &id, "/entra"))];
    (AppendHeaders(cookie), request.succeed(&sandbox, person)).into_response()
}

/// The parameters of a sign-out.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Logout {
    post_logout_redirect_uri: String,
}

/// `GET …/logout`.
pub async fn logout(
    State(sandbox): State<Shared>,
    headers: HeaderMap,
    Query(logout): Query<Logout>,
) -> Response {
    if let Some(id) = session_cookie::cookie(&headers, COOKIE) {
        sandbox.change(|saved| saved.entra.sessions.remove(id));
    }
    let cookie = AppendHeaders([(header::SET_COOKIE, session_cookie::end(COOKIE, "/entra"))]);
    let back = url::Url::parse(&logout.post_logout_redirect_uri)
        .ok()
        .filter(|url| url.origin().ascii_serialization() == sandbox.settings.worker);
    match back {
        Some(url) => (cookie, Redirect::to(url.as_str())).into_response(),
        None => {
            let page = html_page::problem(StatusCode::OK, "Signed out", "You signed out of your account.");
            (cookie, page).into_response()
        }
    }
}

fn page(sandbox: &Sandbox, tid: &str, query: &str) -> Response {
    let people = sandbox.read(|saved| saved.entra.people(Some(tid)));
    html_page::show("signin.html", serde_json::json!({ "tenant": tid, "request": query, "people": people }))
}

fn planned_error(sandbox: &Sandbox) -> Option<String> {
    let mut memory = sandbox.memory();
    let index = memory.entra.plans.iter().position(|plan| plan.authorize_error.is_some())?;
    memory.entra.plans.remove(index).authorize_error
}

impl AuthorizeRequest {
    /// The error of a request. With a wrong client or redirect URI the browser stays on a page; every other
    /// error goes to the client.
    fn refusal(&self, sandbox: &Sandbox) -> Option<Response> {
        let settings = &sandbox.settings;
        let stay = |text: &str| Some(html_page::problem(StatusCode::BAD_REQUEST, "Sign-in", text));
        if self.client_id != settings.bot.id {
            return stay("AADSTS700016: The application was not found in the directory.");
        }
        if self.redirect_uri != format!("{}/signin/callback", settings.worker) {
            return stay(
                "AADSTS50011: The redirect URI does not match the ones configured for the application.",
            );
        }
        if self.response_type != "code" {
            let text = "AADSTS700054: response_type has to be code.";
            return Some(self.fail("unsupported_response_type", text));
        }
        let mode = self.response_mode.as_deref().unwrap_or("query");
        let challenge = self.code_challenge.as_deref().unwrap_or_default();
        let method = self.code_challenge_method.as_deref();
        let nonce = self.nonce.as_deref().unwrap_or_default();
        let is_openid = self.scope.split(' ').any(|scope| scope == "openid");
        let text = if mode != "query" {
            "AADSTS90014: only response_mode query is imitated."
        } else if self.scope.is_empty() {
            "AADSTS900144: The request must contain the parameter scope."
        } else if method != Some("S256") || !pkce::is_challenge(challenge) {
            "AADSTS9002325: Proof Key for Code Exchange with S256 is required."
        } else if is_openid && nonce.is_empty() {
            "AADSTS900144: The request must contain the parameter nonce."
        } else {
            return None;
        };
        Some(self.fail("invalid_request", text))
    }

    fn succeed(&self, sandbox: &Sandbox, person: Person) -> Response {
        let id = random_name::random(64);
        let code = Code {
            person,
            redirect_uri: self.redirect_uri.clone(),
            challenge: self.code_challenge.clone().unwrap_or_default(),
            nonce: self.nonce.clone(),
            scope: self.scope.clone(),
            issued: clock::now(),
        };
        sandbox.memory().entra.codes.insert(id.clone(), code);
        self.back(&[("code", &id), ("session_state", &random_name::random(16))])
    }

    fn fail(&self, error: &str, description: &str) -> Response {
        self.back(&[("error", error), ("error_description", description)])
    }

    fn back(&self, response: &[(&str, &str)]) -> Response {
        let Ok(mut url) = url::Url::parse(&self.redirect_uri) else {
            return html_page::problem(StatusCode::BAD_REQUEST, "Sign-in", "The redirect URI is no address.");
        };
        url.query_pairs_mut().extend_pairs(response);
        if let Some(state) = &self.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        Redirect::to(url.as_str()).into_response()
    }
}
