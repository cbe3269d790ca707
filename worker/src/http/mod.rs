//! The handlers of the HTTP routes, one file per resource. `domain::route` lists the routes and their
//! methods.

mod admin;
mod admin_connections;
mod agent;
mod agent_tokens;
mod agents;
mod connections;
mod health;
mod login;
mod mcp;
mod messages;
mod open_and_past_runs;
mod paging;
mod rate_limits;
mod request;
mod request_context;
mod response;
mod session;
mod tab;

use std::rc::Rc;
use wasm_bindgen::JsValue;
use workbot_domain::agent::cross_origin::{HEADERS, PREFLIGHT, is_shared};
use workbot_domain::connection::disconnect::Removal;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::present::text::Texts;
use workbot_domain::route::{Route, segments};
use workbot_shared::{ErrorCode, Language, OwnerKind};
use workbot_vault::Isolate;

use crate::isolate::isolate;
use request::{Header, Request};
use request_context::RequestContext;
use response::{RequestError, Response};

/// Handles a request of the runtime.
pub async fn serve(request: JsValue) -> JsValue {
    let request = Request::of(request);
    let language = request.header(Header::AcceptLanguage).map(Language::accepted).unwrap_or_default();
    let isolate = isolate();
    let matched = Route::of(request.path());
    let is_shared = is_shared(&segments(request.path()));
    if is_shared && request.method() == "OPTIONS" {
        return Response::empty().with_status(204).with_all(&HEADERS).with_all(&PREFLIGHT).into_js();
    }
    let config = isolate.configuration().filter(|_| matched.is_callback());
    let id = CorrelationId::of_request(request.header(Header::CfRay), isolate.random());
    let answered = route(&request, matched, Rc::clone(&isolate), language, id.clone()).await;
    let response = answered.unwrap_or_else(|failure| {
        isolate.report(&failure.event(matched), &id, None);
        if matched.is_callback() {
            login::failed(&isolate, config, &failure, &id)
        } else if matched.is_mcp() {
            mcp::failed(&failure, matched, Texts(language), &id)
        } else if matched.is_oauth() {
            agent_tokens::failed(&failure, matched)
        } else if matched.is_page() {
            failure.page(matched, Texts(language), &id)
        } else {
            failure.response(matched, Texts(language), &id)
        }
    });
    if is_shared { response.with_all(&HEADERS) } else { response }.into_js()
}

/// Dispatches a request to its handler. The response to `HEAD` is that to `GET`, whose content the runtime
/// leaves out.
///
/// # Errors
/// 404 for an unknown path, 405 for a known path with another method, 503 if the deployment is not
/// configured.
async fn route(
    request: &Request,
    matched: Route,
    isolate: Rc<Isolate>,
    language: Language,
    id: CorrelationId,
) -> Result<Response, RequestError> {
    rate_limits::headers(request)?;
    matched.check(request.method()).map_err(RequestError::of)?;
    let segments = segments(request.path());
    if segments == ["healthz"] {
        return health::show(&isolate);
    }
    let config = isolate.configuration().cloned().ok_or(RequestError::of(ErrorCode::Misconfigured))?;
    let context = RequestContext { isolate, config, language, id };
    let method = if request.method() == "HEAD" { "GET" } else { request.method() };
    match (method, segments.as_slice()) {
        ("POST", ["api", "messages"]) => messages::receive(&context, request).await,
        ("GET", ["connect", "done"]) => login::done(&context, request),
        ("GET", ["connect", ticket]) => login::open(&context, request, ticket).await,
        ("GET", ["signin", "callback"]) => login::from_entra(&context, request).await,
        ("GET", ["oauth", "callback", app]) => login::from_app(&context, request, app).await,
        ("POST", ["mcp"]) => mcp::receive(&context, request).await,
        ("GET", [".well-known", "oauth-protected-resource", "mcp"]) => agent::resource_metadata(&context),
        ("GET", [".well-known", "oauth-authorization-server"]) => agent::server_metadata(&context),
        ("GET", ["agent", "authorize"]) => agent::authorize(&context, request).await,
        ("GET", ["agent", "consent"]) => agent::consent_page(&context, request).await,
        ("POST", ["agent", "consent"]) => agent::decide(&context, request).await,
        ("POST", ["agent", "token"]) => agent_tokens::token(&context, request).await,
        ("POST", ["agent", "revoke"]) => agent_tokens::revoke(&context, request).await,
        ("GET", ["api", "agents"]) => agents::list(&context, request).await,
        ("DELETE", ["api", "agents", grant]) => agents::end(&context, request, grant).await,
        ("DELETE", ["api", "agents", grant, "pause"]) => agents::end_pause(&context, request, grant).await,
        ("PUT", ["api", "agents", grant, "recipes", recipe]) => {
            agents::let_without_asking(&context, request, grant, recipe).await
        }
        ("GET", ["api", "admin", "agents"]) => agents::door(&context, request).await,
        ("PUT", ["api", "admin", "agents"]) => agents::change(&context, request).await,
        ("GET", ["api", "admin", "agents", "people"]) => agents::of_people(&context, request).await,
        ("GET", ["api", "admin", "users", user, "agents"]) => {
            agents::of_person(&context, request, user).await
        }
        ("DELETE", ["api", "admin", "users", user, "agents", grant]) => {
            agents::end_of_person(&context, request, user, grant).await
        }
        ("GET", ["api", "session"]) => session::show(&context, request).await,
        ("GET", ["api", "connections"]) => connections::list(&context, request, OwnerKind::Person).await,
        ("POST", ["api", "connections", app, "login"]) => {
            connections::login(&context, request, app, OwnerKind::Person).await
        }
        ("POST", ["api", "connections", app, "disconnect"]) => {
            connections::disconnect(&context, request, app, Removal::Disconnect, OwnerKind::Person).await
        }
        ("DELETE", ["api", "connections", app]) => {
            connections::disconnect(&context, request, app, Removal::Delete, OwnerKind::Person).await
        }
        ("PUT", ["api", "connections", app, "guardrails"]) => {
            connections::set_guardrails(&context, request, app).await
        }
        ("GET", ["api", "activity"]) => open_and_past_runs::list(&context, request).await,
        ("GET", ["api", "runs"]) => open_and_past_runs::runs(&context, request).await,
        ("POST", ["api", "runs", run, "cancel"]) => open_and_past_runs::cancel(&context, request, run).await,
        ("GET", ["api", "admin", "shared"]) => connections::list(&context, request, OwnerKind::Shared).await,
        ("POST", ["api", "admin", "shared", app, "login"]) => {
            connections::login(&context, request, app, OwnerKind::Shared).await
        }
        ("POST", ["api", "admin", "shared", app, "disconnect"]) => {
            connections::disconnect(&context, request, app, Removal::Disconnect, OwnerKind::Shared).await
        }
        ("PUT", ["api", "admin", "shared", app]) => connections::set_secret(&context, request, app).await,
        ("DELETE", ["api", "admin", "shared", app]) => {
            connections::disconnect(&context, request, app, Removal::Delete, OwnerKind::Shared).await
        }
        ("GET", ["api", "admin", "recipes"]) => admin::recipes(&context, request).await,
        ("PUT", ["api", "admin", "recipes", recipe, "settings"]) => {
            admin::change_settings(&context, request, recipe).await
        }
        ("GET", ["api", "admin", "connections"]) => admin_connections::connections(&context, request).await,
        ("POST", ["api", "admin", "users", user, "connections", app, "disconnect"]) => {
            admin_connections::disconnect(&context, request, user, app).await
        }
        ("POST", ["api", "admin", "users", user, "disconnect"]) => {
            admin_connections::disconnect_all(&context, request, user).await
        }
        ("GET", ["api", "admin", "apps"]) => admin::apps(&context, request).await,
        ("GET", ["api", "admin", "language-model"]) => admin::language_model(&context, request).await,
        ("PUT", ["api", "admin", "language-model"]) => admin::use_language_model(&context, request).await,
        ("PUT", ["api", "admin", "apps", app]) => admin::freeze(&context, request, app).await,
        ("GET", ["api", "admin", "keys"]) => admin::keys(&context, request).await,
        ("GET", ["api", "admin", "audit"]) => admin::audit(&context, request).await,
        ("GET", ["tab", ..]) => tab::serve(&context, request).await,
        // Only if the table of routes has a route more than this one.
        _ => Err(RequestError::of(ErrorCode::Internal).missing("a handler of the route")),
    }
}
