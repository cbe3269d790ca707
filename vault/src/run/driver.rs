//! Driving: asks `domain::run::next` what to do, does it, notes what came of it, and asks again.

use futures_util::future::{Either, join_all, select};
use futures_util::pin_mut;
use serde_json::Value;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::card;
use workbot_domain::connection::Record;
use workbot_domain::event::{Ended, Event};
use workbot_domain::outage::pause;
use workbot_domain::roster::Lookup;
use workbot_domain::run::{HeldUp, Next, Run, RunSettings, RunState, StepRecord, WAITS_FOR, next};
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, RunId};

use crate::catalogue::catalogue_in;
use crate::clients::connector::{card_message, text_message};
use crate::connection::access;
use crate::connection::shared_access::{Borrowed, Obstacle, Whose};
use crate::context::{VaultCtx, VaultError};
use crate::job::{Finish, Job};
use crate::outbox::{NO_CHAT_AGAIN, Telling, Told, replace_once, retell, say_here, tell};
use crate::run::action::{Called, call};
use crate::run::progress::{PATIENCE, Progress};
use crate::run::prompt::{Asked, ask_input, ask_login, ended};
use crate::sql::SqlError;
use crate::workspace;

/// A run that is driven for longer lets others have their turn and goes on at once, so that no step of it is cut off by
/// the limit of a try.
const SLICE: Duration = Duration::from_secs(15);

/// A run that waits for an app comes again after this at the soonest.
const SOON: Duration = Duration::from_secs(1);

/// Brings a run as far as it goes. Meanwhile its person sees that something is going on.
pub async fn drive(ctx: &Rc<VaultCtx>, id: &RunId) -> Result<Finish, VaultError> {
    let shown = Progress::of(ctx, id);
    let (working, showing) = (go_on(ctx, id, &shown), shown.show());
    pin_mut!(working, showing);
    let finish = match select(working, showing).await {
        Either::Left((finish, showing)) => {
            // Whoever posts a card has to learn its id.
            if shown.is_posting() {
                showing.await;
            }
            finish
        }
        Either::Right(((), working)) => working.await,
    };
    shown.settle().await?;
    // Nobody is left without a word until the next try, unless that comes in a moment.
    match finish {
        Ok(Finish::Done) => {}
        Ok(Finish::Again(after)) if after < PATIENCE => shown.keep_posted(false).await?,
        _ => shown.keep_posted(true).await?,
    }
    finish
}

/// What was ended by doubt, a later command tries once more; tells whether it did. Who wants to log in, logs in.
async fn try_again(
    ctx: &Rc<VaultCtx>,
    run: &Run,
    missing: &[AppId],
    tried: &mut BTreeSet<AppId>,
) -> Result<bool, SqlError> {
    let mut again = Vec::new();
    for app in missing.iter().filter(|_| run.connects.is_none()) {
        if ctx.life(app)?.is_to_be_tried(run.created_at) && tried.insert(app.clone()) {
            again.push(access::access(ctx, app, &run.correlation));
        }
    }
    Ok(!join_all(again).await.is_empty())
}

/// Notes which app holds a run up; tells since when.
fn hold_up(ctx: &VaultCtx, id: &RunId, app: &AppId, shown: &Progress<'_>) -> Result<Timestamp, SqlError> {
    let found = ctx.run(id)?.filter(|(run, _)| run.state == RunState::Running);
    let Some((mut run, version)) = found else { return Ok(ctx.now()) };
    if let Some(held_up) = run.held_up.as_ref().filter(|held_up| held_up.app == *app) {
        return Ok(held_up.since);
    }
    run.held_up = Some(HeldUp { app: app.clone(), since: ctx.now() });
    ctx.save_run(&run, version)?;
    shown.outdate();
    Ok(ctx.now())
}

/// What becomes of a run that cannot go on now. It waits for an app however long that takes, up to a day.
fn put_off(ctx: &VaultCtx, id: &RunId, by: Obstacle, shown: &Progress<'_>) -> Result<Finish, SqlError> {
    match by {
        Obstacle::Ours => Ok(Finish::Failed),
        Obstacle::NoAccess { app, retry_at } => {
            hold_up(ctx, id, &app, shown)?;
            Ok(Finish::Again(retry_at.since(ctx.now()).max(SOON)))
        }
        Obstacle::NoAnswer { app, stated } => {
            let since = hold_up(ctx, id, &app, shown)?;
            Ok(Finish::Again(pause(ctx.now().since(since), stated, ctx.random())))
        }
    }
}

async fn go_on(ctx: &Rc<VaultCtx>, id: &RunId, shown: &Progress<'_>) -> Result<Finish, VaultError> {
    let mut borrowed = Borrowed::default();
    // What was read a moment ago counts for the first hand-out.
    let mut frozen = None;
    let began = ctx.now();
    let mut saved = None;
    let mut tried = BTreeSet::new();
    while ctx.now() < began + SLICE {
        let known = saved.take().map_or_else(|| ctx.run(id), |saved| Ok(Some(saved)))?;
        let Some((mut run, version)) = known else { return Ok(Finish::Done) };
        let catalogue = catalogue_in(run.language);
        let needed = if run.has_lapsed(ctx.now()) { Vec::new() } else { run.needs_shared(catalogue) };
        if let Err(by) = borrowed.fetch(ctx, needed, &run.correlation).await {
            return Ok(put_off(ctx, id, by, shown)?);
        }
        let records = ctx.records(&run.apps(catalogue))?;
        let connected = |app: &AppId| matches!(records.get(app), Some(Record::Connected(_)));
        let decided = next(&run, catalogue, &connected, &|app| borrowed.usable(run.words(), app), ctx.now());
        let name = &*run.name(catalogue);
        let (subject, near) = (ctx.subject()?, run.conversation.clone());
        match decided {
            Next::Wait => return Ok(Finish::Done),
            Next::ReadStanding => {
                let (lookup, contact, after) = ctx.standing(&near).await?;
                match lookup {
                    Lookup::Found(standing) => {
                        (run.standing, run.contact) = (Some(standing), Some(contact));
                    }
                    Lookup::NotOnRoster => run.stop(run.words().not_on_roster(name), catalogue),
                    Lookup::Unreadable => return Ok(Finish::NotBefore(after)),
                }
                // Saved with what comes of it.
                saved = Some((run, version));
                continue;
            }
            Next::ReadSettings => {
                let Ok(told) = workspace::for_run(ctx, &subject.tenant, &run.recipe).await else {
                    return Ok(Finish::Failed);
                };
                let recipe = catalogue.recipes.get(&run.recipe);
                run.settings = recipe.map(|recipe| RunSettings::of(recipe, catalogue, &told.set));
                let apps = recipe.map(|recipe| recipe.apps()).unwrap_or_default();
                if run.settings.is_none() {
                    run.stop(run.words().command_changed(), catalogue);
                } else if let Some(app) = apps.into_iter().find(|app| told.frozen.contains(app)) {
                    run.stop(run.words().frozen(catalogue.app_name(app)), catalogue);
                }
                frozen = Some(told.frozen);
            }
            Next::AskInput => {
                if let Asked::NotNow(after) = ask_input(ctx, &mut run, version).await? {
                    return Ok(Finish::NotBefore(after));
                }
                continue;
            }
            Next::AskLogin { missing } => {
                if try_again(ctx, &run, &missing, &mut tried).await? {
                    continue;
                }
                if let Asked::NotNow(after) = ask_login(ctx, &mut run, version, missing).await? {
                    return Ok(Finish::NotBefore(after));
                }
                continue;
            }
            Next::AskStillWanted => {
                let card = card_message(
                    &card::still_wanted(run.words(), &run.id, name),
                    run.words().still_wanted_in_short(),
                );
                if let Told::NotNow(after) = tell(ctx, &Telling::on_the_way(&run, &card)).await? {
                    return Ok(Finish::NotBefore(after));
                }
                ctx.enqueue(&Job::Lapse { run: run.id.clone() }, run.created_at + WAITS_FOR)?;
                run.state = RunState::WaitingConsent;
            }
            Next::GoOn => {
                if let RunState::WaitingLogin { card: Some(card), apps } = &run.state {
                    let done: Vec<_> = apps
                        .iter()
                        .filter_map(|app| {
                            let account = records.get(app)?.account().label.clone();
                            Some((catalogue.app_name(app).to_owned(), account))
                        })
                        .collect();
                    // Nothing goes on after a login that was all there was to do.
                    let going_on = run.connects.is_none().then_some(name);
                    let message = card_message(
                        &card::logins_done(run.words(), going_on, &done),
                        run.words().connected_in_short(),
                    );
                    replace_in_time(ctx, &run, card, message).await?;
                }
                run.state = RunState::Running;
                run.held_up = None;
            }
            Next::End => run.state = RunState::Over { ok: true },
            Next::Skip { step } => run.set(step, StepRecord::Skipped),
            Next::Call { purpose, app, action, with, writes, as_person } => {
                let now_frozen = match frozen.take() {
                    Some(frozen) => frozen,
                    None => match workspace::frozen(ctx, &subject.tenant).await {
                        Ok(frozen) => frozen,
                        Err(_) => return Ok(Finish::Failed),
                    },
                };
                if now_frozen.contains(&app) {
                    run.stop(run.words().frozen(catalogue.app_name(&app)), catalogue);
                    ctx.save_run(&run, version)?;
                    continue;
                }
                let whose = if as_person { Whose::Own } else { Whose::Shared };
                let what = (&purpose, &app, action.as_str(), &with, writes);
                match call(ctx, &mut run, version, what, (whose, &mut borrowed)).await? {
                    Called::Noted => {
                        shown.renew().await?;
                        continue;
                    }
                    Called::PutOff(by) => return Ok(put_off(ctx, id, by, shown)?),
                }
            }
            Next::Reply { text, ok } => {
                if let Some(card) = run.state.posted() {
                    replace_in_time(ctx, &run, card, ended(&run)).await?;
                }
                run.state = RunState::Replying { text, ok };
            }
            Next::Send { text, ok } => {
                let recipe = catalogue.recipes.get(&run.recipe);
                let here = run.is_by_an_outsider() || recipe.is_some_and(|recipe| run.replies_here(recipe));
                let message = text_message(&text);
                let telling = Telling::ends(&run, &message, name, ok);
                let card = if here { None } else { ctx.progress_of(&run.id)? };
                let told = if here {
                    say_here(ctx, &telling, ctx.tries(&Job::Run { run: run.id.clone() })?).await?
                } else if let Some(card) = &card {
                    retell(ctx, card, &telling).await?
                } else {
                    tell(ctx, &telling).await?
                };
                // From here to the save nothing is waited for: it is one commit.
                match told {
                    Told::NotNow(after) => return Ok(Finish::NotBefore(after)),
                    Told::NoChat if run.has_written(catalogue) => {
                        ctx.enqueue(&owed(&run, message), ctx.now() + NO_CHAT_AGAIN)?;
                    }
                    _ => {}
                }
                if card.is_some() {
                    ctx.set_progress(&run.id, None)?;
                }
                run.state = RunState::Over { ok };
                let outcome = if ok { Ended::Done } else { Ended::Refused };
                let ms = ctx.millis_since(run.created_at);
                let event = Event::Run { recipe: run.recipe.clone(), outcome, ms };
                ctx.log_of(&run.correlation, &event);
            }
        }
        // What somebody else did meanwhile counts, and is read.
        if ctx.save_run(&run, version)? {
            saved = Some((run, version + 1));
        }
    }
    Ok(Finish::Again(Duration::ZERO))
}

/// Replaces a card of a run. It is tried once: where it cannot be now, due work does it, and the run goes on.
async fn replace_in_time(ctx: &VaultCtx, run: &Run, card: &str, message: Value) -> Result<(), VaultError> {
    let after = match replace_once(ctx, run.words(), &run.conversation, (card, &message)).await? {
        Some(Told::NotNow(after)) => after.max(SOON),
        Some(_) => return Ok(()),
        // It is gone, and is posted anew.
        None => Duration::ZERO,
    };
    let (activity, near) = (card.to_owned(), run.conversation.clone());
    ctx.enqueue(&Job::Replace { activity, near, message }, ctx.now() + after)?;
    Ok(())
}

/// The reply of a run that wrote, as due work: once per run.
fn owed(run: &Run, message: Value) -> Job {
    Job::Say {
        id: run.id.to_string(),
        conversation: run.conversation.clone(),
        person: run.person.clone(),
        language: run.language,
        message,
        here: false,
        owed: true,
    }
}
