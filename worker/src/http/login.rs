//! The browser's steps of a login. This file opens the sealed ticket or state, so that a forged one never
//! reaches a vault, and checks that a callback comes from the right app. The subject's vault does everything
//! else.

use std::rc::Rc;
use workbot_domain::config::Config;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::ids::AttemptId;
use workbot_domain::log_event::{Cause, Event};
use workbot_domain::login::{ATTEMPT_LIFETIME, LoginState, Step, Ticket, callback_parameters, cookie_name};
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::VaultId;
use workbot_domain::seal::Purpose;
use workbot_shared::ErrorCode;
use workbot_vault::Isolate;

use super::agent;
use super::rate_limits::{RateLimit, may_log_in};
use super::request::{Request, cookie};
use super::request_context::RequestContext;
use super::response::{RequestError, Response, page, see_other};
use workbot_vault::clients::app::AppClient;
use workbot_vault::installed_catalog::catalog;
use workbot_vault::ports::ObjectError;
use workbot_vault::protocol::{AuthorizationResponse, VaultRequest, VaultResponse, ask};

/// The path of the final page of a login.
const DONE: &str = "/connect/done";

fn with_cookie(response: Response, attempt: &AttemptId, value: &str, seconds: u64) -> Response {
    let cookie = format!(
        "{}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax",
        cookie_name(attempt)
    );
    response.with("set-cookie", cookie)
}

/// `GET /connect/{ticket}`: starts an attempt.
pub async fn open(
    context: &RequestContext,
    request: &Request,
    sealed: &str,
) -> Result<Response, RequestError> {
    if !may_log_in(context, request).await {
        return page(context.words(), &LoginPage::TooMany);
    }
    let Ok(ticket) = context.config.master_keys.open_text::<Ticket>(Purpose::Ticket, sealed) else {
        return page(context.words(), &LoginPage::NotALink);
    };
    let another_account = request.parameter("account").as_deref() == Some("another");
    let vault = VaultId::of(&ticket.subject);
    // Counted by ticket too: a link that many people open uses up no more than its own limit and its
    // subject's.
    if !RateLimit::Ticket.allows(context, ticket.id.to_string()).await
        || !RateLimit::Login.allows(context, vault.name()).await
    {
        return page(context.words(), &LoginPage::TooMany);
    }
    let response =
        ask(&context.isolate, &vault, &VaultRequest::BeginLogin { ticket, another_account }, &context.id)
            .await;
    match response {
        Ok(VaultResponse::ShowPage { page: shown, .. }) => page(context.words(), &shown),
        response => follow(context, response),
    }
}

/// `GET /signin/callback`: the redirect URI of the Entra sign-in.
pub async fn from_entra(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    callback(context, request, None).await
}

/// `GET /oauth/callback/{app}`: the redirect URI of an app.
pub async fn from_app(
    context: &RequestContext,
    request: &Request,
    app: &str,
) -> Result<Response, RequestError> {
    callback(context, request, Some(app)).await
}

/// Handles a callback from Entra (`app` is `None`) or from an app.
async fn callback(
    context: &RequestContext,
    request: &Request,
    app: Option<&str>,
) -> Result<Response, RequestError> {
    if !may_log_in(context, request).await {
        return Ok(finish(context, &LoginPage::TooMany, None));
    }
    if app.is_none()
        && let Some(state) = agent::signin_state(context, request)
    {
        return agent::from_entra(context, request, &state).await;
    }
    let purpose = if app.is_some() { Purpose::AppState } else { Purpose::SigninState };
    let sealed = request.parameter("state").unwrap_or_default();
    let Ok(state) = context.config.master_keys.open_text::<LoginState>(purpose, &sealed) else {
        return Ok(finish(context, &LoginPage::NotALink, None));
    };
    // A state is valid only for the callback that it was issued for.
    if (state.step == Step::App) != app.is_some() {
        return Ok(finish(context, &LoginPage::NotALink, None));
    }
    if let Some(app) = app
        && let Some(refused) = mixed_up(context, request, &state, app)
    {
        return Ok(finish(context, &refused, None));
    }
    if context.isolate.now() >= state.expires_at {
        return Ok(finish(context, &LoginPage::Expired, None));
    }
    let response = match (request.parameter("code"), request.parameter("error")) {
        (_, Some(error)) => AuthorizationResponse::Error(error),
        (Some(code), None) => AuthorizationResponse::Code(code),
        (None, None) => AuthorizationResponse::Error(String::new()),
    };
    let cookie = cookie(request, &cookie_name(&state.attempt));
    let vault = VaultId::of(&state.subject);
    let known = catalog().apps.get(&state.app).filter(|_| app.is_some());
    let kept = known.map(|app| callback_parameters(app, &|name| request.parameter(name)));
    let request = VaultRequest::LoginCallback { state, cookie, response, kept: kept.unwrap_or_default() };
    match ask(&context.isolate, &vault, &request, &context.id).await {
        // Nothing continues after a sign-in without the browser.
        Err(ObjectError::TimedOut) if app.is_none() => {
            Ok(finish(context, &LoginPage::Unreachable { app: "Microsoft".to_owned() }, None))
        }
        Err(ObjectError::TimedOut) => Ok(finish(context, &LoginPage::StillWorking, None)),
        response => follow(context, response),
    }
}

/// The page for an authorization response from another app than the login's, a mix-up attack (RFC 9700
/// section 4.4). The attempt is not consumed, because the right response may still come.
fn mixed_up(context: &RequestContext, request: &Request, state: &LoginState, app: &str) -> Option<LoginPage> {
    let name = || catalog().app_name(&state.app).to_owned();
    let issuer = AppClient::of(&context.isolate, &context.config, &state.app)
        .map_or(Ok(None), |client| client.issuer());
    let Ok(issuer) = issuer else { return Some(LoginPage::NotSetUp { app: name() }) };
    let iss = request.parameter("iss");
    let problem = state.check_sender(app, issuer.as_deref(), iss.as_deref()).err()?;
    let event = Event::MixUp { app: state.app.clone(), cause: Cause::of(&problem) };
    context.isolate.report(&event, &context.id, Some(&state.subject.tenant));
    Some(LoginPage::MixUp { app: name() })
}

/// Translates the vault's response to HTTP.
fn follow(
    context: &RequestContext,
    response: Result<VaultResponse, ObjectError>,
) -> Result<Response, RequestError> {
    match response {
        Ok(VaultResponse::Redirect { to, cookie }) => {
            let response = see_other(to);
            Ok(match cookie {
                Some((attempt, value)) => with_cookie(response, &attempt, &value, ATTEMPT_LIFETIME.as_secs()),
                None => response,
            })
        }
        Ok(VaultResponse::ShowPage { page, ended }) => Ok(finish(context, &page, ended.as_ref())),
        Ok(_) | Err(_) => {
            let cause = Cause::named("no response from the vault of a login");
            context.isolate.report(&Event::VaultFailed { cause }, &context.id, None);
            let correlation_id = context.id.as_str().to_owned();
            Ok(finish(context, &LoginPage::OurFault { message: None, correlation_id }, None))
        }
    }
}

/// A callback that failed before its state was read. It redirects too, so that code and state leave the
/// address bar.
pub fn failed(
    isolate: &Isolate,
    config: Option<&Rc<Config>>,
    failure: &RequestError,
    id: &CorrelationId,
) -> Response {
    let shown = match failure.code() {
        ErrorCode::MethodNotAllowed => LoginPage::NotALink,
        _ => LoginPage::OurFault { message: None, correlation_id: id.as_str().to_owned() },
    };
    // Without a configuration there is no key to seal the page; the final page then says what is wrong.
    let to = config.map_or_else(|| DONE.to_owned(), |config| result_page(isolate, config, &shown));
    see_other(to)
}

/// The address of a final page, with its content sealed into the query.
fn result_page(isolate: &Isolate, config: &Config, shown: &LoginPage) -> String {
    let sealed = config.master_keys.seal_text(Purpose::ResultPage, shown, isolate.random());
    format!("{}{DONE}?page={sealed}", config.public_url)
}

/// Redirects to the final page, whose address holds neither code nor state. Removes the cookie of the ended
/// attempt.
fn finish(context: &RequestContext, shown: &LoginPage, ended: Option<&AttemptId>) -> Response {
    let response = see_other(result_page(&context.isolate, &context.config, shown));
    match ended {
        Some(attempt) => with_cookie(response, attempt, "", 0),
        None => response,
    }
}

/// `GET /connect/done`: the final page of a login.
pub fn done(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let sealed = request.parameter("page").unwrap_or_default();
    let shown =
        context.config.master_keys.open_text(Purpose::ResultPage, &sealed).unwrap_or(LoginPage::Nothing);
    page(context.words(), &shown)
}
