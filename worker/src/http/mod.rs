//! The HTTP routes, one file per resource. The table in [`route`] is complete.

mod activity;
mod admin;
mod body;
mod connections;
mod context;
mod health;
mod login;
mod messages;
mod paging;
mod people;
mod query;
mod rate_limits;
mod response;
mod session;
mod tab;

use std::rc::Rc;
use workbot_domain::connection::disconnect::Removal;
use workbot_domain::event::CorrelationId;
use workbot_domain::present::text::Texts;
use workbot_domain::route::{Route, segments};
use workbot_shared::{ErrorCode, Language, OwnerKind};
use workbot_vault::Isolate;
use worker::{Context, Env, Method, Request, Response, Result};

use crate::isolate::isolate;
use context::RequestContext;
use response::RequestError;

/// Handles a request. Every response gets the headers of [`response::secured`].
pub async fn serve(request: Request, env: Env, _context: Context) -> Result<Response> {
    let (method, path) = (request.method(), request.path());
    let accepted = request.headers().get("accept-language")?;
    let language = accepted.map_or_else(Language::default, |header| Language::accepted(&header));
    let isolate = isolate(&env);
    let matched = Route::of(&path);
    let config = isolate.configuration().filter(|_| matched.is_callback());
    let id = CorrelationId::of_request(request.headers().get("cf-ray")?.as_deref(), isolate.random());
    let answered = route(request, (env, Rc::clone(&isolate)), (language, id.clone()), &method, &path).await;
    let response = match answered {
        Ok(response) => Ok(response),
        Err(failure) => {
            isolate.report(&failure.event(matched), &id, None);
            if matched.is_callback() {
                login::failed(&isolate, config, &failure, &id)
            } else {
                failure.response(Texts(language), &id)
            }
        }
    };
    response.and_then(response::secured)
}

/// Dispatches a request to its handler.
///
/// # Errors
/// 404 for an unknown path, 405 for a known path with another method, 503 if the deployment is not
/// configured.
async fn route(
    mut request: Request,
    (env, isolate): (Env, Rc<Isolate>),
    (language, id): (Language, CorrelationId),
    method: &Method,
    path: &str,
) -> std::result::Result<Response, RequestError> {
    rate_limits::headers(&request)?;
    let segments = segments(path);
    if segments == ["healthz"] {
        return health::show(&env, &isolate);
    }
    let config = isolate.configuration().cloned().ok_or(RequestError::of(ErrorCode::Misconfigured))?;
    let context = RequestContext { env, isolate, config, language, id };
    match (method, segments.as_slice()) {
        (Method::Post, ["api", "messages"]) => messages::receive(&context, request).await,
        (Method::Get, ["connect", "done"]) => login::done(&context, &request),
        (Method::Get, ["connect", ticket]) => login::open(&context, &request, ticket).await,
        (Method::Get, ["signin", "callback"]) => login::from_entra(&context, &request).await,
        (Method::Get, ["oauth", "callback", app]) => login::from_app(&context, &request, app).await,
        (Method::Get, ["api", "session"]) => session::show(&context, &request).await,
        (Method::Get, ["api", "connections"]) => {
            connections::list(&context, &request, OwnerKind::Person).await
        }
        (Method::Post, ["api", "connections", app, "login"]) => {
            connections::login(&context, &mut request, app, OwnerKind::Person).await
        }
        (Method::Post, ["api", "connections", app, "disconnect"]) => {
            connections::disconnect(&context, &request, app, Removal::Disconnect, OwnerKind::Person).await
        }
        (Method::Delete, ["api", "connections", app]) => {
            connections::disconnect(&context, &request, app, Removal::Delete, OwnerKind::Person).await
        }
        (Method::Get, ["api", "activity"]) => activity::list(&context, &request).await,
        (Method::Get, ["api", "runs"]) => activity::runs(&context, &request).await,
        (Method::Post, ["api", "runs", run, "cancel"]) => activity::cancel(&context, &request, run).await,
        (Method::Get, ["api", "admin", "shared"]) => {
            connections::list(&context, &request, OwnerKind::Shared).await
        }
        (Method::Post, ["api", "admin", "shared", app, "login"]) => {
            connections::login(&context, &mut request, app, OwnerKind::Shared).await
        }
        (Method::Post, ["api", "admin", "shared", app, "disconnect"]) => {
            connections::disconnect(&context, &request, app, Removal::Disconnect, OwnerKind::Shared).await
        }
        (Method::Put, ["api", "admin", "shared", app]) => {
            connections::set_secret(&context, &mut request, app).await
        }
        (Method::Delete, ["api", "admin", "shared", app]) => {
            connections::disconnect(&context, &request, app, Removal::Delete, OwnerKind::Shared).await
        }
        (Method::Get, ["api", "admin", "recipes"]) => admin::recipes(&context, &request).await,
        (Method::Put, ["api", "admin", "recipes", recipe, "settings"]) => {
            admin::change_settings(&context, &mut request, recipe).await
        }
        (Method::Get, ["api", "admin", "connections"]) => people::connections(&context, &request).await,
        (Method::Post, ["api", "admin", "users", user, "connections", app, "disconnect"]) => {
            people::disconnect(&context, &request, user, app).await
        }
        (Method::Post, ["api", "admin", "users", user, "disconnect"]) => {
            people::disconnect_all(&context, &request, user).await
        }
        (Method::Get, ["api", "admin", "apps"]) => people::apps(&context, &request).await,
        (Method::Put, ["api", "admin", "apps", app]) => people::freeze(&context, &mut request, app).await,
        (Method::Get, ["api", "admin", "keys"]) => admin::keys(&context, &request).await,
        (Method::Get, ["api", "admin", "audit"]) => admin::audit(&context, &request).await,
        (Method::Get | Method::Head, ["tab", ..]) => tab::serve(&context, request).await,
        (
            _,
            ["api", "messages" | "session" | "activity"]
            | ["api", "connections" | "runs", ..]
            | ["api", "admin", "shared" | "recipes" | "apps" | "keys" | "audit" | "connections" | "users", ..]
            | ["connect", _]
            | ["signin", "callback"]
            | ["oauth", "callback", _]
            | ["tab", ..],
        ) => Err(RequestError::of(ErrorCode::MethodNotAllowed)),
        _ => Err(RequestError::of(ErrorCode::NotFound)),
    }
}
