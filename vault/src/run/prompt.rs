//! Asking: a run that lacks something asks its person for it, and waits.

use serde_json::Value;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::card::{self, AppLine, LoginLine};
use workbot_domain::owner::Owner;
use workbot_domain::run::{Run, RunState, WAITS_FOR};
use workbot_shared::{AppId, RunId};

use crate::catalogue::catalogue_in;
use crate::clients::app::AppClient;
use crate::clients::connector::card_message;
use crate::context::{VaultCtx, VaultError};
use crate::job::{Finish, Job};
use crate::outbox::{Telling, Told, replace, tell};

/// Whether a person was asked.
pub enum Asked {
    /// Yes; or there is something else to do.
    Done,
    /// Not now, and not again before this has passed.
    NotNow(Duration),
}

/// Posts the form for what the run still has to be told. That the run waits is saved first.
pub async fn ask_input(ctx: &Rc<VaultCtx>, run: &mut Run, version: i64) -> Result<Asked, VaultError> {
    run.state = RunState::WaitingInput { card: None };
    if !ctx.save_run(run, version)? {
        return Ok(Asked::Done);
    }
    ctx.enqueue(&Job::Lapse { run: run.id.clone() }, run.created_at + WAITS_FOR)?;
    let (Some(recipe), Some(form)) = (catalogue_in(run.language).recipes.get(&run.recipe), &run.form) else {
        return Ok(Asked::Done);
    };
    let message = card_message(
        &card::form(run.words(), &run.id, (&run.recipe, recipe), form),
        &run.words().needs_more(&recipe.name),
    );
    post(ctx, run, version + 1, &message, |card| RunState::WaitingInput { card: Some(card) }).await
}

/// Posts the card of a run that waits, and keeps where it is.
async fn post(
    ctx: &VaultCtx,
    run: &mut Run,
    version: i64,
    message: &Value,
    waiting: impl FnOnce(String) -> RunState,
) -> Result<Asked, VaultError> {
    match tell(ctx, &Telling::on_the_way(run, message)).await? {
        Told::As(card) => run.state = waiting(card),
        Told::NoChat | Told::Never => run.state = RunState::Over { ok: false },
        Told::NotNow(after) => return Ok(Asked::NotNow(after)),
    }
    ctx.save_run(run, version)?;
    Ok(Asked::Done)
}

/// What takes the place of the card of a run that was cancelled.
pub fn cancelled(run: &Run) -> Value {
    card::closed(&run.cancelled(catalogue_in(run.language)))
}

/// The message that takes the place of the card of a run that ends for another reason, which is said in its reply.
pub fn ended(run: &Run) -> Value {
    let name = run.name(catalogue_in(run.language));
    card_message(&card::cancelled(run.words(), &name), run.words().cancelled_in_short())
}

/// Posts the card that asks for logins, or brings the posted one up to date. That the run waits is saved first, so that
/// a link works from the moment it can be seen.
pub async fn ask_login(
    ctx: &Rc<VaultCtx>,
    run: &mut Run,
    version: i64,
    missing: Vec<AppId>,
) -> Result<Asked, VaultError> {
    let config = ctx.config()?;
    let catalogue = catalogue_in(run.language);
    if let Some(app) = missing.iter().find(|app| AppClient::of(ctx, &config, app).is_none()) {
        run.stop(run.words().not_set_up(catalogue.app_name(app)), catalogue);
        ctx.save_run(run, version)?;
        return Ok(Asked::Done);
    }
    if ctx.is_one_too_many(run)? {
        run.stop(run.words().still_under_way(&run.name(catalogue)), catalogue);
        ctx.save_run(run, version)?;
        return Ok(Asked::Done);
    }
    run.held_up = None;
    let posted = if let RunState::WaitingLogin { card, .. } = &run.state { card.clone() } else { None };
    run.state = RunState::WaitingLogin { card: posted.clone(), apps: missing.clone() };
    if !ctx.save_run(run, version)? {
        return Ok(Asked::Done);
    }
    ctx.enqueue(&Job::Lapse { run: run.id.clone() }, run.created_at + WAITS_FOR)?;
    let message =
        card_message(&login_card(ctx, run, &missing)?, &run.words().needs_your_login(&run.name(catalogue)));
    let waiting = |card| RunState::WaitingLogin { card: Some(card), apps: missing };
    if let Some(card) = posted {
        let tries = ctx.tries(&Job::Run { run: run.id.clone() })?;
        return match replace(ctx, run.words(), &run.conversation, (&card, &message), tries).await? {
            Told::As(same) if same == card => Ok(Asked::Done),
            // The one before was gone.
            Told::As(other) => {
                run.state = waiting(other);
                ctx.save_run(run, version + 1)?;
                Ok(Asked::Done)
            }
            Told::NotNow(after) => Ok(Asked::NotNow(after)),
            Told::NoChat | Told::Never => post(ctx, run, version + 1, &message, waiting).await,
        };
    }
    post(ctx, run, version + 1, &message, waiting).await
}

/// The card that says how far a run's logins are, with fresh links.
pub fn login_card(ctx: &VaultCtx, run: &Run, missing: &[AppId]) -> Result<Value, VaultError> {
    let (config, subject) = (ctx.config()?, ctx.subject()?);
    let (words, catalogue) = (run.words(), catalogue_in(run.language));
    let recipe = catalogue.recipes.get(&run.recipe);
    let (apps, purpose) = match (&run.connects, recipe) {
        (Some(app), _) => (vec![app], words.connecting_for()),
        (None, Some(recipe)) => (recipe.apps(), recipe.purpose.as_str()),
        (None, None) => return Ok(card::closed(&words.command_changed())),
    };
    let records = ctx.records(&apps)?;
    let mut lines = Vec::new();
    for app in apps.into_iter().filter(|app| run.is_as_person(app)) {
        let login = match records.get(app) {
            Some(record) if !missing.contains(app) => LoginLine::Connected(record.account().label.clone()),
            before => {
                let owner = Owner::User(subject.user.clone());
                let url = ctx.mint(&config, &subject, app, owner, Some(&run.id), false)?.0;
                LoginLine::Needed { url, again: before.and_then(|record| record.ended()) }
            }
        };
        lines.push(AppLine { name: catalogue.app_name(app).to_owned(), login });
    }
    Ok(card::login_needed(words, &run.id, &run.name(catalogue), purpose, &lines))
}

/// A run may have waited for long enough; if not, the same is asked again when it has.
pub fn lapse(ctx: &VaultCtx, id: &RunId) -> Result<Finish, VaultError> {
    let Some((run, _)) = ctx.run(id)?.filter(|(run, _)| run.waits()) else { return Ok(Finish::Done) };
    let left = (run.created_at + WAITS_FOR).since(ctx.now());
    if !left.is_zero() {
        return Ok(Finish::Again(left));
    }
    ctx.enqueue(&Job::Run { run: id.clone() }, ctx.now())?;
    Ok(Finish::Done)
}
