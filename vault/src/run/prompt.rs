//! Prompts: a run that lacks an input, a login, a confirmation or an answer asks its person and waits.

use serde_json::Value;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::catalog::Catalog;
use workbot_domain::ids::{ActivityId, RunVersion};
use workbot_domain::job_policy::JobOutcome;
use workbot_domain::login::TicketRow;
use workbot_domain::owner::Owner;
use workbot_domain::present::card::LoginLine;
use workbot_domain::present::run_message;
use workbot_domain::run::{Run, RunEnd, RunExpiry, RunState, WAIT_TIMEOUT};
use workbot_shared::{AppId, RunId};

use crate::clients::app::AppClient;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog_in;
use crate::job::Job;
use crate::outbox::{Delivery, PrivateMessage, send_private, update};
use crate::sql::SqlError;

/// The result of a prompt.
pub enum PromptResult {
    /// The person was asked, or the run changed so that it need not ask.
    Done,
    /// Retry, but not before this pause.
    NotNow(Duration),
}

/// Posts the form for missing or invalid inputs.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn ask_input(
    ctx: &Rc<VaultCtx>,
    run: &mut Run,
    version: RunVersion,
) -> Result<PromptResult, VaultError> {
    ask(ctx, run, version, run_message::form, |card| RunState::WaitingInput { card }).await
}

/// Posts the question of a step.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn ask_question(
    ctx: &Rc<VaultCtx>,
    run: &mut Run,
    version: RunVersion,
    step: usize,
) -> Result<PromptResult, VaultError> {
    ask(ctx, run, version, run_message::question, |card| RunState::WaitingAnswer { card, step }).await
}

/// Posts a card with inputs. The waiting state is saved first.
async fn ask(
    ctx: &Rc<VaultCtx>,
    run: &mut Run,
    version: RunVersion,
    message: fn(&Run, &Catalog) -> Option<Value>,
    waiting: impl Fn(Option<ActivityId>) -> RunState,
) -> Result<PromptResult, VaultError> {
    run.stalled = None;
    run.state = waiting(None);
    if !ctx.save_run(run, version)? {
        return Ok(PromptResult::Done);
    }
    enqueue_expiry(ctx, run)?;
    let Some(message) = message(run, catalog_in(run.language)) else {
        return Ok(PromptResult::Done);
    };
    post(ctx, run, version.next(), &message, |card| waiting(Some(card))).await
}

/// Asks the person to approve what an agent wants. The waiting state is saved first.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn ask_approval(
    ctx: &Rc<VaultCtx>,
    run: &mut Run,
    version: RunVersion,
) -> Result<PromptResult, VaultError> {
    run.wait_for_approval(None);
    if !ctx.save_run(run, version)? {
        return Ok(PromptResult::Done);
    }
    enqueue_expiry(ctx, run)?;
    let catalog = catalog_in(run.language);
    let records = ctx.records(&run.apps(catalog))?;
    let account = |app: &AppId| {
        let label = || records.get(app).map(|record| record.account().label.clone());
        if run.is_as_person(app) { label() } else { Some(run.words().shared_account().to_owned()) }
    };
    let Some(message) = run_message::approval(run, &account, catalog) else { return Ok(PromptResult::Done) };
    let waiting = |card| RunState::WaitingApproval { card: Some(card) };
    post(ctx, run, version.next(), &message, waiting).await
}

/// Posts the card of a waiting run and saves its activity id. A run whose person cannot be reached is closed.
async fn post(
    ctx: &VaultCtx,
    run: &mut Run,
    version: RunVersion,
    message: &Value,
    waiting: impl FnOnce(ActivityId) -> RunState,
) -> Result<PromptResult, VaultError> {
    match send_private(ctx, &PrivateMessage::asks(run, message)).await? {
        Delivery::Sent(card) => {
            run.state = waiting(card.clone());
            if !ctx.save_run(run, version)? {
                close_card(ctx, &run.id, card)?;
            }
        }
        Delivery::NoChat | Delivery::Blocked => {
            run.close(RunEnd::Unreachable);
            ctx.save_run(run, version)?;
        }
        Delivery::Retry(after) => return Ok(PromptResult::NotNow(after)),
    }
    Ok(PromptResult::Done)
}

/// Closes the card of a run that ended while the card was being posted: the writer that ended the run did not
/// know it.
fn close_card(ctx: &VaultCtx, run: &RunId, card: ActivityId) -> Result<(), VaultError> {
    let Some((run, _)) = ctx.run(run)? else { return Ok(()) };
    let catalog = catalog_in(run.language);
    let message = match run.state {
        RunState::Cancelled => run_message::cancelled(&run, catalog),
        RunState::Replying(_) | RunState::Over { .. } => run_message::ended(&run, catalog),
        _ => return Ok(()),
    };
    let near = run.conversation.clone();
    Ok(ctx.enqueue(&Job::UpdateMessage { activity: card, near, message }, ctx.now())?)
}

/// Posts the login card, or updates the posted one. The waiting state and the tickets are committed first, so
/// that a link is valid from the moment it is visible.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn ask_login(
    ctx: &Rc<VaultCtx>,
    run: &mut Run,
    version: RunVersion,
    missing: Vec<AppId>,
) -> Result<PromptResult, VaultError> {
    let config = ctx.config()?;
    if let Some(app) = missing.iter().find(|app| AppClient::of(ctx, &config, app).is_none()) {
        run.fail(RunEnd::NotSetUp { app: app.clone() });
        ctx.save_run(run, version)?;
        return Ok(PromptResult::Done);
    }
    if ctx.is_duplicate(run)? {
        run.fail(RunEnd::AlreadyUnderWay);
        ctx.save_run(run, version)?;
        return Ok(PromptResult::Done);
    }
    run.stalled = None;
    let posted = if let RunState::WaitingLogin { card, .. } = &run.state { card.clone() } else { None };
    run.state = RunState::WaitingLogin { card: posted.clone(), apps: missing.clone() };
    if run.agent.as_ref().is_some_and(|agent| agent.opens_urls) {
        // The agent shows its person the addresses, which are made when it asks.
        if ctx.save_run(run, version)? {
            enqueue_expiry(ctx, run)?;
        }
        return Ok(PromptResult::Done);
    }
    let (login_card, tickets) = login_card(ctx, run, &missing)?;
    let saved = ctx.sql.transaction(|_| {
        let saved = ctx.save_run(run, version)?;
        if saved {
            enqueue_expiry(ctx, run)?;
            tickets.iter().try_for_each(|ticket| ctx.insert_ticket(ticket))?;
        }
        Ok(saved)
    })?;
    if !saved {
        return Ok(PromptResult::Done);
    }
    let message = run_message::logins_needed(run, login_card, catalog_in(run.language));
    let waiting = |card| RunState::WaitingLogin { card: Some(card), apps: missing };
    if let Some(card) = posted {
        let job = Job::DriveRun { run: run.id.clone() };
        return match update(ctx, run.words(), &run.conversation, (&card, &message), &job).await? {
            Delivery::Sent(same) if same == card => Ok(PromptResult::Done),
            // The old card was gone, and a new one was posted.
            Delivery::Sent(other) => {
                run.state = waiting(other.clone());
                if !ctx.save_run(run, version.next())? {
                    close_card(ctx, &run.id, other)?;
                }
                Ok(PromptResult::Done)
            }
            Delivery::Retry(after) => Ok(PromptResult::NotNow(after)),
            Delivery::NoChat | Delivery::Blocked => post(ctx, run, version.next(), &message, waiting).await,
        };
    }
    post(ctx, run, version.next(), &message, waiting).await
}

/// The login card of a run, with new links. They are valid once the returned tickets are stored.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub fn login_card(
    ctx: &VaultCtx,
    run: &Run,
    missing: &[AppId],
) -> Result<(Value, Vec<TicketRow>), VaultError> {
    let (config, subject) = (ctx.config()?, ctx.subject()?);
    let catalog = catalog_in(run.language);
    let apps = run.login_apps(catalog);
    let records = ctx.records(&apps)?;
    let (mut logins, mut tickets) = (Vec::new(), Vec::new());
    for app in apps {
        let login = match records.get(app) {
            Some(record) if !missing.contains(app) => LoginLine::Connected(record.account().label.clone()),
            before => {
                let owner = Owner::User(subject.user.clone());
                let (url, ticket) = ctx.new_ticket(&config, &subject, app, owner, Some(&run.id), false)?;
                tickets.push(ticket);
                LoginLine::Needed { url, again: before.and_then(|record| record.ended()) }
            }
        };
        logins.push((app, login));
    }
    Ok((run_message::login_card(run, logins, catalog), tickets))
}

/// Enqueues the end of a run that now starts to wait.
///
/// # Errors
/// When the database fails.
pub fn enqueue_expiry(ctx: &VaultCtx, run: &Run) -> Result<(), SqlError> {
    ctx.enqueue(&Job::ExpireRun { run: run.id.clone() }, run.created_at + WAIT_TIMEOUT)
}

/// The job that ends a run after its maximal wait. Reschedules itself if that time has not come.
///
/// # Errors
/// When the run cannot be read.
pub fn expire(ctx: &VaultCtx, id: &RunId) -> Result<JobOutcome, VaultError> {
    let Some((run, _)) = ctx.run(id)? else { return Ok(JobOutcome::Done) };
    match run.expiry(ctx.now()) {
        RunExpiry::In(left) => return Ok(JobOutcome::Reschedule(left)),
        RunExpiry::Now => ctx.enqueue(&Job::DriveRun { run: id.clone() }, ctx.now())?,
        RunExpiry::Over => {}
    }
    Ok(JobOutcome::Done)
}
