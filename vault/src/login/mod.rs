//! Logins: interprets the rules of `domain::login`. Each attempt is deleted from its table before it is
//! processed, and inserted again as its next stage, so that a callback cannot be replayed.

pub mod ticket;

use serde_json::{Map, Value};
use std::rc::Rc;
use workbot_domain::audit::Admin;
use workbot_domain::config::Config;
use workbot_domain::connection::Record;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::entra_token::Person;
use workbot_domain::log_event::{Cause, Event};
use workbot_domain::login::{
    Attempt, AttemptRandom, LATE_AFTER, LoginState, SigninRefusal, Stage, Step, TICKET_LIFETIME, Ticket,
    TicketRow, TicketStatus, app_refusal, is_late, nobody_proven, not_the_subject, signin_refusal,
    ticket_refusal,
};
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::{Owner, Subject, VaultId};
use workbot_domain::present::outgoing_activity::text_message;
use workbot_domain::seal::Purpose;
use workbot_domain::template::escape_markdown;
use workbot_shared::{AppId, LoginLink};

use self::ticket::link;
use crate::clients::app::AppClient;
use crate::clients::entra_sign_in::{signed_in, signin_url};
use crate::clients::oauth::Authorization;
use crate::connection::establish::exchange;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog;
use crate::job::Job;
use crate::object_request::DEADLINE;
use crate::ports::ObjectError;
use crate::protocol::{AuthorizationCode, AuthorizationResponse, VaultRequest, VaultResponse, ask};

type LoginResult = Result<VaultResponse, VaultError>;

// The edge waits for a vault no longer than the time after which a login counts as late.
const _: () = assert!(DEADLINE.as_secs() == LATE_AFTER.as_secs());

/// The final page of a login without an attempt.
fn show(page: LoginPage) -> LoginResult {
    Ok(VaultResponse::ShowPage { page, ended: None })
}

/// The final page of a login. Its attempt is over, and its cookie is removed.
fn end(page: LoginPage, attempt: &Attempt) -> LoginResult {
    Ok(VaultResponse::ShowPage { page, ended: Some(attempt.id.clone()) })
}

fn app_name(app: &AppId) -> String {
    catalog().app_name(app).to_owned()
}

impl VaultCtx {
    /// The address of the Entra sign-in for the current step of an attempt. `None` if the attempt is at
    /// another stage.
    fn entra_redirect(
        &self,
        config: &Config,
        subject: &Subject,
        attempt: &Attempt,
        another: bool,
    ) -> Option<String> {
        let Stage::Signin { step, nonce, verifier } = &attempt.stage else { return None };
        let state =
            config.master_keys.seal_text(Purpose::SigninState, &attempt.state(subject), self.random());
        let url = signin_url(config, Some(&subject.tenant), *step, another, state, nonce, verifier).ok()?;
        Some(url.into())
    }
}

/// Creates a ticket outside any run, for the person's own connection or for the company's, and returns its
/// link.
///
/// # Errors
/// When the vault is not configured, its database fails, or the company's vault does not respond.
pub async fn create_link(
    ctx: &VaultCtx,
    app: &AppId,
    owner: Owner,
    switch_account: bool,
    name: &str,
    id: &CorrelationId,
) -> LoginResult {
    ctx.remember_name(name)?;
    let (config, subject) = (ctx.config()?, ctx.subject()?);
    // The company's vault counts the generations of shared connections.
    let generation = match owner {
        Owner::User(_) => None,
        Owner::Shared => {
            let shared = VaultId::shared(&subject.tenant);
            match ask(ctx, &shared, &VaultRequest::GetGeneration { app: app.clone() }, id).await {
                Ok(VaultResponse::Generation(generation)) => Some(generation),
                _ => return Err(VaultError::Elsewhere),
            }
        }
    };
    let expires_at = (ctx.now() + TICKET_LIFETIME).rfc3339();
    let url = ctx.sql.transaction(|tx| {
        let (url, id) = ctx.create_ticket(&config, &subject, app, owner, None, switch_account)?;
        if let Some(generation) = generation {
            ctx.mark_ticket_shared(tx, &id, generation)?;
        }
        Ok(url)
    })?;
    Ok(VaultResponse::Link(LoginLink { url, expires_at }))
}

/// Starts an attempt when a browser opens a link. The ticket stays unchanged, so a link scanner's GET has no
/// effect.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub fn begin(ctx: &Rc<VaultCtx>, ticket: &Ticket, another_account: bool) -> LoginResult {
    let config = ctx.config()?;
    let name = catalog().app_name(&ticket.app);
    // Another run's link may have connected the app meanwhile.
    let is_connected =
        ticket.owner != Owner::Shared && matches!(ctx.record(&ticket.app)?, Some(Record::Connected(_)));
    if let Some(page) = ticket_refusal(ctx.ticket_status(&ticket.id, ctx.now())?.0, name, is_connected) {
        return show(page);
    }
    if AppClient::of(ctx, &config, &ticket.app).is_none() {
        return show(LoginPage::NotSetUp { app: app_name(&ticket.app) });
    }
    let random =
        AttemptRandom { id: ctx.random(), cookie: ctx.random(), nonce: ctx.random(), verifier: ctx.random() };
    let (attempt, cookie) = Attempt::begin(ticket, another_account, random, ctx.now());
    let Some(to) = ctx.entra_redirect(&config, &ticket.subject, &attempt, another_account) else {
        return Err(VaultError::Misconfigured);
    };
    ctx.sql.transaction(|_| {
        ctx.put_attempt(&attempt)?;
        ctx.keep_newest_attempts(false)?;
        ctx.enqueue(&Job::CleanUp, attempt.expires_at)
    })?;
    Ok(VaultResponse::Redirect { to, cookie: Some((attempt.id, cookie)) })
}

/// Handles a callback from Entra or from the app: takes the attempt and processes its next step.
///
/// # Errors
/// When the vault is not configured, its database fails, or another object does not respond.
pub async fn on_callback(
    ctx: &Rc<VaultCtx>,
    state: LoginState,
    cookie: Option<String>,
    (response, kept): (AuthorizationResponse, Map<String, Value>),
    id: &CorrelationId,
) -> LoginResult {
    let began = ctx.now();
    let answered = match ctx.take_attempt(&state, cookie.as_deref())? {
        Err(error) => show(error.into()),
        Ok(attempt) if state.step == Step::App => {
            from_app(ctx, &state.subject, attempt, (response, kept), id).await
        }
        Ok(attempt) => from_entra(ctx, &state.subject, attempt, response, id).await,
    };
    let outcome = match &answered {
        // The login continues in the browser.
        Ok(VaultResponse::Redirect { .. }) => return answered,
        Ok(VaultResponse::ShowPage { page, .. }) => page.outcome(),
        _ => "failed",
    };
    let (app, shared) = (state.app, state.owner == Owner::Shared);
    ctx.log_of(id, &Event::Login { app, shared, outcome, ms: ctx.millis_since(began) });
    answered
}

/// Handles the callback from Entra: exchanges the code, and continues at the app if the person who signed in
/// is the ticket's subject.
async fn from_entra(
    ctx: &Rc<VaultCtx>,
    subject: &Subject,
    attempt: Attempt,
    response: AuthorizationResponse,
    id: &CorrelationId,
) -> LoginResult {
    let config = ctx.config()?;
    let code = match response {
        AuthorizationResponse::Code(code) => code,
        AuthorizationResponse::Error(error) => match signin_refusal(&error, attempt.step()) {
            SigninRefusal::End(page) => return end(page, &attempt),
            SigninRefusal::Interactive => {
                let attempt = attempt.fall_back_to_prompt(ctx.random(), ctx.random());
                let to =
                    ctx.entra_redirect(&config, subject, &attempt, false).ok_or(VaultError::Misconfigured)?;
                ctx.put_attempt(&attempt)?;
                return Ok(VaultResponse::Redirect { to, cookie: None });
            }
        },
    };
    let Stage::Signin { nonce, verifier, .. } = attempt.stage.clone() else {
        return show(LoginPage::AlreadyTaken);
    };
    let person = match signed_in(ctx, &config, Some(&subject.tenant), code, nonce, verifier).await {
        Ok(person) => person,
        Err(problem) => {
            let event = Event::SigninFailed { app: attempt.app.clone(), cause: Cause::of(&problem) };
            ctx.log_of(id, &event);
            let page = nobody_proven(problem.is_passing());
            return end(page, &attempt);
        }
    };
    to_app(ctx, &config, subject, attempt, &person)
}

/// Redirects a proven browser to the app's authorization endpoint. Ends the login if another person signed
/// in, the ticket is no longer valid, or the app is not configured.
fn to_app(
    ctx: &VaultCtx,
    config: &Config,
    subject: &Subject,
    attempt: Attempt,
    person: &Person,
) -> LoginResult {
    let (ticket_status, ticket) = ctx.ticket_status(&attempt.ticket, attempt.began_at())?;
    let Some(mut proven) = attempt.clone().prove_subject(person, subject, ctx.random()) else {
        let ticket = Ticket {
            subject: subject.clone(),
            owner: attempt.owner.clone(),
            app: attempt.app.clone(),
            id: attempt.ticket.clone(),
            expires_at: ticket.map_or(attempt.expires_at, |ticket| ticket.expires_at),
        };
        let again = format!("{}?account=another", link(ctx, config, &ticket));
        return end(not_the_subject(person, subject, again), &attempt);
    };
    let switch_account = ticket.as_ref().is_some_and(|ticket| ticket.switch_account);
    if let Some(page) = ticket_refusal(ticket_status, catalog().app_name(&proven.app), false) {
        return end(page, &proven);
    }
    // The ticket has expired, but its run still waits and its subject is proven: issue a new ticket.
    if ticket_status == TicketStatus::Renew {
        let run = ticket.and_then(|ticket| ticket.run);
        let owner = proven.owner.clone();
        proven.ticket =
            ctx.create_ticket(config, subject, &proven.app, owner, run.as_ref(), switch_account)?.1;
    }
    let app = AppClient::of(ctx, config, &proven.app);
    let params = app.and_then(|app| app.authorization_parameters(switch_account));
    let (Some(client), Some(params)) = (app.and_then(|app| app.oauth()), params) else {
        return end(LoginPage::NotSetUp { app: app_name(&proven.app) }, &proven);
    };
    let Stage::App { verifier, .. } = &proven.stage else { return show(LoginPage::AlreadyTaken) };
    let state = config.master_keys.seal_text(Purpose::AppState, &proven.state(subject), ctx.random());
    let ask = Authorization { state, verifier, params };
    let Ok(to) = client.authorization(ask) else {
        return end(LoginPage::NotSetUp { app: app_name(&proven.app) }, &proven);
    };
    ctx.sql.transaction(|_| {
        ctx.put_attempt(&proven)?;
        ctx.keep_newest_attempts(true)
    })?;
    Ok(VaultResponse::Redirect { to: to.into(), cookie: None })
}

/// Handles the callback from the app: exchanges the code in the vault of the connection's owner.
async fn from_app(
    ctx: &Rc<VaultCtx>,
    subject: &Subject,
    attempt: Attempt,
    (response, kept): (AuthorizationResponse, Map<String, Value>),
    id: &CorrelationId,
) -> LoginResult {
    let app = attempt.app.clone();
    let name = app_name(&app);
    let (ticket_status, ticket) = ctx.ticket_status(&attempt.ticket, attempt.began_at())?;
    if let Some(page) = ticket_refusal(ticket_status, &name, false) {
        return end(page, &attempt);
    }
    let Some(TicketRow { generation, .. }) = ticket else { return end(LoginPage::Expired, &attempt) };
    let code = match response {
        AuthorizationResponse::Code(code) => code,
        AuthorizationResponse::Error(error) => return end(app_refusal(&error, name), &attempt),
    };
    let Stage::App { verifier, by } = attempt.stage.clone() else { return show(LoginPage::AlreadyTaken) };
    let code = AuthorizationCode { app, code, verifier, generation, kept };
    let came_back = ctx.now();
    let page = match attempt.owner {
        Owner::User(_) => {
            let page = exchange(ctx, code, Some(&attempt.ticket), None, id).await?;
            if is_late(came_back, ctx.now(), &page) {
                ctx.sql.transaction(|tx| {
                    ctx.notify_later(tx, |words| {
                        let (title, lines) = words.page(&page);
                        text_message(&escape_markdown(&format!("{title}. {}", lines.join(" "))))
                    })
                })?;
            }
            page
        }
        Owner::Shared => {
            let by = Admin { user: subject.user.clone(), name: by };
            let page = in_shared_vault(ctx, subject, VaultRequest::ExchangeCode { code, by }, id).await?;
            if matches!(page, LoginPage::Connected { .. }) {
                ctx.consume_ticket(&attempt.ticket)?;
            }
            page
        }
    };
    end(page, &attempt)
}

/// Sends the code of an admin's login to the company's vault, which exchanges it.
async fn in_shared_vault(
    ctx: &VaultCtx,
    subject: &Subject,
    request: VaultRequest,
    id: &CorrelationId,
) -> Result<LoginPage, VaultError> {
    match ask(ctx, &VaultId::shared(&subject.tenant), &request, id).await {
        Ok(VaultResponse::ShowPage { page, .. }) => Ok(page),
        Err(ObjectError::TimedOut) => Ok(LoginPage::StillWorking),
        Ok(_) | Err(ObjectError::Failed) => Err(VaultError::Elsewhere),
    }
}
