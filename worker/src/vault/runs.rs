//! Runs: asks `domain::run::next` what to do, does it, notes what came of it, and asks again.

use serde_json::Value;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::call::Outcome;
use workbot_domain::card::{self, AppLine, LoginLine};
use workbot_domain::connection::Record;
use workbot_domain::owner::{Owner, Subject};
use workbot_domain::run::{Next, Purpose, Run, RunSettings, RunState, StepRecord, WAITS_FOR, next};
use workbot_domain::text::Words;
use workbot_shared::{AppId, RunId};

use super::due::{Finish, Job};
use super::grants::NoAccess;
use super::lending::{Borrowed, Whose};
use super::turns::{Told, replace, tell};
use super::{Core, Trouble};
use crate::app_client::AppClient;
use crate::catalogue::{catalogue_in, recipe_name};
use crate::clock::now;
use crate::connector::{card_message, text_message};
use crate::sql::SqlError;
use crate::{values, workspace};

/// A run that is driven for longer lets others have their turn and goes on at once, so that no step of it is cut off by
/// the limit of a try.
const SLICE: Duration = Duration::from_secs(15);

fn label(state: &RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::WaitingInput { .. } => "waiting_input",
        RunState::WaitingLogin { .. } => "waiting_login",
        RunState::WaitingConsent => "waiting_consent",
        RunState::Replying { .. } => "replying",
        RunState::Over { .. } => "over",
        RunState::Cancelled => "cancelled",
    }
}

impl Core {
    /// A run, with the version that a save must name.
    pub(super) fn run(&self, id: &RunId) -> Result<Option<(Run, i64)>, SqlError> {
        let row = self.sql.row("SELECT run, version FROM run WHERE id = ?", values![id.as_str()])?;
        Ok(row.and_then(|row| Some((row.json(0)?, row.int(1)))))
    }

    /// The runs in a state, oldest first.
    pub(super) fn runs_in(&self, state: &str) -> Result<Vec<Run>, SqlError> {
        let rows =
            self.sql.rows("SELECT run FROM run WHERE state = ? ORDER BY created_at", values![state])?;
        Ok(rows.iter().filter_map(|row| row.json(0)).collect())
    }

    pub(super) fn insert_run(&self, run: &Run) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT INTO run (id, state, run, version, created_at) VALUES (?, ?, ?, 1, ?)",
            values![
                run.id.as_str(),
                label(&run.state),
                serde_json::to_string(run).unwrap_or_default(),
                run.created_at.millis()
            ],
        )
    }

    /// Saves a run if nobody else did meanwhile; tells whether it did.
    pub(super) fn save_run(&self, run: &Run, version: i64) -> Result<bool, SqlError> {
        self.sql.changed(
            "UPDATE run SET state = ?, run = ?, version = version + 1 WHERE id = ? AND version = ? RETURNING 1",
            values![
                label(&run.state),
                serde_json::to_string(run).unwrap_or_default(),
                run.id.as_str(),
                version
            ],
        )
    }

    /// Cancels the runs that wait and would use a connection that its owner just left. To be called in a transaction.
    pub(super) fn cancel_waiting(&self, app: &AppId) -> Result<(), SqlError> {
        for state in ["waiting_login", "waiting_consent"] {
            for waiting in self.runs_in(state)? {
                let Some((mut run, version)) =
                    self.run(&waiting.id)?.filter(|(run, _)| run.is_as_person(app))
                else {
                    continue;
                };
                let name = recipe_name(&run.recipe, run.words());
                if let Some(activity) = run.state.posted() {
                    let message =
                        card_message(&card::cancelled(run.words(), name), run.words().cancelled_in_short());
                    let (activity, near) = (activity.to_owned(), run.conversation.clone());
                    self.enqueue(&Job::Replace { activity, near, message }, now())?;
                }
                let text = run.words().cancelled_by_leaving(name, catalogue_in(run.language).app_name(app));
                run.stop(text, catalogue_in(run.language));
                self.save_run(&run, version)?;
                self.enqueue(&Job::Run { run: run.id.clone() }, now())?;
            }
        }
        Ok(())
    }

    pub(super) fn subject(&self) -> Result<Subject, Trouble> {
        match self.id()? {
            id if let Owner::User(user) = &id.owner => {
                Ok(Subject { tenant: id.tenant.clone(), user: user.clone() })
            }
            _ => Err(Trouble::NoOwner),
        }
    }
}

/// Brings a run as far as it goes.
pub async fn drive(core: &Rc<Core>, id: &RunId) -> Result<Finish, Trouble> {
    let mut borrowed = Borrowed::default();
    // What was read a moment ago counts for the first hand-out.
    let mut frozen = None;
    let began = now();
    while now() < began + SLICE {
        let Some((mut run, version)) = core.run(id)? else { return Ok(Finish::Done) };
        if !borrowed.fetch(core, run.needs_shared(catalogue_in(run.language))).await {
            return Ok(Finish::Failed);
        }
        let records = core.records()?;
        let connected = |app: &AppId| matches!(records.get(app), Some(Record::Connected(_)));
        let decided = next(
            &run,
            catalogue_in(run.language),
            &connected,
            &|app| borrowed.usable(run.words(), app),
            now(),
        );
        let name = recipe_name(&run.recipe, run.words());
        let (subject, near) = (core.subject()?, run.conversation.clone());
        match decided {
            Next::Wait => return Ok(Finish::Done),
            Next::ReadSettings => {
                let Ok(told) = workspace::for_run(&core.env, &subject.tenant, &run.recipe).await else {
                    return Ok(Finish::Failed);
                };
                let recipe = catalogue_in(run.language).recipes.get(&run.recipe);
                run.settings =
                    recipe.map(|recipe| RunSettings::of(recipe, catalogue_in(run.language), &told.set));
                if run.settings.as_ref().is_some_and(|settings| !settings.guests) {
                    match core.is_guest(&near).await? {
                        Some(guest) => run.guest = guest,
                        None => return Ok(Finish::Failed),
                    }
                }
                let apps = recipe.map(|recipe| recipe.apps()).unwrap_or_default();
                if run.settings.is_none() {
                    run.stop(run.words().command_changed(), catalogue_in(run.language));
                } else if let Some(app) = apps.into_iter().find(|app| told.frozen.contains(app)) {
                    run.stop(
                        run.words().frozen(catalogue_in(run.language).app_name(app)),
                        catalogue_in(run.language),
                    );
                }
                frozen = Some(told.frozen);
            }
            Next::AskInput => {
                if !ask_input(core, &mut run, version).await? {
                    return Ok(Finish::Failed);
                }
                continue;
            }
            Next::AskLogin { missing } => {
                if !ask_login(core, &mut run, version, missing).await? {
                    return Ok(Finish::Failed);
                }
                continue;
            }
            Next::AskStillWanted => {
                let card = card_message(
                    &card::still_wanted(run.words(), &run.id, name),
                    run.words().still_wanted_in_short(),
                );
                if tell(core, run.words(), &near, &run.person, &card, false).await? == Told::NotNow {
                    return Ok(Finish::Failed);
                }
                core.enqueue(&Job::Lapse { run: run.id.clone() }, run.created_at + WAITS_FOR)?;
                run.state = RunState::WaitingConsent;
            }
            Next::GoOn => {
                if let RunState::WaitingLogin { card: Some(card), apps } = &run.state {
                    let done: Vec<_> = apps
                        .iter()
                        .filter_map(|app| {
                            let account = records.get(app)?.account().label.clone();
                            Some((catalogue_in(run.language).app_name(app).to_owned(), account))
                        })
                        .collect();
                    let message = card_message(
                        &card::logins_done(run.words(), name, &done),
                        run.words().connected_in_short(),
                    );
                    // The card is a courtesy; the run does not wait for it.
                    replace(core, &near, card, &message).await?;
                }
                run.state = RunState::Running;
            }
            Next::Skip { step } => run.set(step, StepRecord::Skipped),
            Next::Call { purpose, app, action, with, writes, as_person } => {
                let now_frozen = match frozen.take() {
                    Some(frozen) => frozen,
                    None => match workspace::frozen(&core.env, &subject.tenant).await {
                        Ok(frozen) => frozen,
                        Err(_) => return Ok(Finish::Failed),
                    },
                };
                if now_frozen.contains(&app) {
                    run.stop(
                        run.words().frozen(catalogue_in(run.language).app_name(&app)),
                        catalogue_in(run.language),
                    );
                    core.save_run(&run, version)?;
                    continue;
                }
                let whose = if as_person { Whose::Own } else { Whose::Shared };
                let what = (&purpose, &app, action.as_str(), &with, writes);
                match call(core, &mut run, version, what, (whose, &mut borrowed)).await? {
                    Called::Noted => continue,
                    Called::NotNow(after) => return Ok(Finish::Busy(after)),
                }
            }
            Next::Reply { text, ok } => {
                if let Some(card) = run.state.posted() {
                    let message =
                        card_message(&card::cancelled(run.words(), name), run.words().cancelled_in_short());
                    replace(core, &near, card, &message).await?;
                }
                run.state = RunState::Replying { text, ok };
            }
            Next::Send { text, ok } => {
                let recipe = catalogue_in(run.language).recipes.get(&run.recipe);
                let here = recipe.is_some_and(|recipe| run.replies_here(recipe));
                let told = if here {
                    super::turns::say(core, run.words(), &near, &run.person, &text_message(&text), true)
                        .await?
                        == Finish::Done
                } else {
                    // Who was asked to log in knows already where to look.
                    let announce = run.settings.is_none() || !asked_before(core, &run.id)?;
                    tell(core, run.words(), &near, &run.person, &text_message(&text), announce).await?
                        != Told::NotNow
                };
                if !told {
                    return Ok(Finish::Failed);
                }
                run.state = RunState::Over { ok };
                worker::console_log!("{{\"event\":\"run_over\",\"recipe\":\"{}\",\"ok\":{ok}}}", run.recipe);
            }
        }
        core.save_run(&run, version)?;
    }
    Ok(Finish::Again(Duration::ZERO))
}

fn asked_before(core: &Core, run: &RunId) -> Result<bool, SqlError> {
    Ok(core.sql.row("SELECT 1 FROM ticket WHERE run = ? LIMIT 1", values![run.as_str()])?.is_some())
}

/// Marks the step for which an app is called.
fn mark(run: &mut Run, purpose: &Purpose, record: StepRecord) {
    if let Purpose::Step(step) = purpose {
        run.set(*step, record);
    }
}

enum Called {
    /// What came of it is noted in the run.
    Noted,
    /// Nothing was done; try again later, after this time at the soonest.
    NotNow(Duration),
}

/// Calls an app, as the person or as the company. A write's intent is saved before the call leaves.
async fn call(
    core: &Rc<Core>,
    run: &mut Run,
    mut version: i64,
    (purpose, app, action, with, writes): (&Purpose, &AppId, &str, &Value, bool),
    (whose, borrowed): (Whose, &mut Borrowed),
) -> Result<Called, Trouble> {
    let config = core.config()?;
    let name = catalogue_in(run.language).app_name(app);
    let fail = |run: &mut Run, text: String| {
        mark(run, purpose, StepRecord::Pending);
        run.stop(text, catalogue_in(run.language));
    };
    let client = AppClient::of(&config, app);
    let definition = client.and_then(|client| client.app.actions.get(action));
    let (Some(client), Some(definition)) = (client, definition) else {
        fail(run, run.words().not_set_up(name));
        core.save_run(run, version)?;
        return Ok(Called::Noted);
    };
    // A token that ended before its time is renewed once, and the call repeated once: nothing was done so far.
    let mut dead: Option<String> = None;
    for _ in 0..2 {
        let access = match &dead {
            None => whose.access(core, borrowed, app).await,
            Some(revision) => whose.renew(core, app, revision).await,
        };
        let access = match access {
            Ok(access) => access,
            Err(NoAccess::NotNow) => return Ok(Called::NotNow(Duration::ZERO)),
            // The record says so by now: the next round asks for the login.
            Err(NoAccess::NeedsLogin) => return Ok(Called::Noted),
            Err(problem) => {
                fail(run, refusal(run.words(), &problem, name));
                core.save_run(run, version)?;
                return Ok(Called::Noted);
            }
        };
        if writes {
            mark(run, purpose, StepRecord::Intended);
        }
        if !core.save_run(run, version)? {
            return Ok(Called::Noted);
        }
        version += 1;
        let (outcome, retry_after) = client.call(definition, with, &access.tokens).await;
        // What was not done, and what may be done again, is tried again later.
        let again = outcome == Outcome::Busy
            || (outcome == Outcome::Unknown && (!definition.writes || definition.idempotent));
        if again {
            mark(run, purpose, StepRecord::Pending);
            core.save_run(run, version)?;
            return Ok(Called::NotNow(retry_after.unwrap_or_default()));
        }
        if outcome != Outcome::TokenDead {
            whose.used(core, app, &run.recipe)?;
            run.note(purpose, outcome, &access.account.label, catalogue_in(run.language));
            core.save_run(run, version)?;
            return Ok(Called::Noted);
        }
        // Noted before anything else is asked: a crash from here on leaves no doubt about the write.
        mark(run, purpose, StepRecord::Pending);
        if !core.save_run(run, version)? {
            return Ok(Called::Noted);
        }
        version += 1;
        borrowed.forget(app);
        if dead.replace(access.revision.clone()).is_some() {
            whose.gone(core, app, &access.revision).await?;
        }
    }
    Ok(Called::Noted)
}

/// What a person is told who is not let in, and cannot mend it.
pub fn refusal(words: Words, problem: &NoAccess, app: &str) -> String {
    match problem {
        NoAccess::Policy => words.app_policy(app),
        NoAccess::Setup => words.not_set_up(app),
        NoAccess::Frozen => words.frozen(app),
        NoAccess::NeedsLogin | NoAccess::NotNow => words.no_shared_connection(app),
    }
}

/// Posts the form for what the run still has to be told. That the run waits is saved first. `false`: not now.
async fn ask_input(core: &Rc<Core>, run: &mut Run, version: i64) -> Result<bool, Trouble> {
    run.state = RunState::WaitingInput { card: None };
    if !core.save_run(run, version)? {
        return Ok(true);
    }
    core.enqueue(&Job::Lapse { run: run.id.clone() }, run.created_at + WAITS_FOR)?;
    let (Some(recipe), Some(form)) = (catalogue_in(run.language).recipes.get(&run.recipe), &run.form) else {
        return Ok(true);
    };
    let message = card_message(
        &card::form(run.words(), &run.id, (&run.recipe, recipe), form),
        &run.words().needs_more(&recipe.name),
    );
    match tell(core, run.words(), &run.conversation, &run.person, &message, true).await? {
        Told::As(card) => run.state = RunState::WaitingInput { card: Some(card) },
        Told::Never => run.state = RunState::Over { ok: false },
        Told::NotNow => return Ok(false),
    }
    core.save_run(run, version + 1)?;
    Ok(true)
}

/// A run may have waited for long enough; if not, the same is asked again when it has.
pub fn lapse(core: &Core, id: &RunId) -> Result<Finish, Trouble> {
    let Some((run, _)) = core.run(id)?.filter(|(run, _)| run.waits()) else { return Ok(Finish::Done) };
    let left = (run.created_at + WAITS_FOR).since(now());
    if !left.is_zero() {
        return Ok(Finish::Again(left));
    }
    core.enqueue(&Job::Run { run: id.clone() }, now())?;
    Ok(Finish::Done)
}

/// Posts the card that asks for logins, or brings the posted one up to date. That the run waits is saved first, so that
/// a link works from the moment it can be seen. `false`: not now.
async fn ask_login(
    core: &Rc<Core>,
    run: &mut Run,
    version: i64,
    missing: Vec<AppId>,
) -> Result<bool, Trouble> {
    let config = core.config()?;
    let name = recipe_name(&run.recipe, run.words());
    if let Some(app) = missing.iter().find(|app| AppClient::of(&config, app).is_none()) {
        run.stop(
            run.words().not_set_up(catalogue_in(run.language).app_name(app)),
            catalogue_in(run.language),
        );
        core.save_run(run, version)?;
        return Ok(true);
    }
    let posted = if let RunState::WaitingLogin { card, .. } = &run.state { card.clone() } else { None };
    run.state = RunState::WaitingLogin { card: posted.clone(), apps: missing.clone() };
    if !core.save_run(run, version)? {
        return Ok(true);
    }
    core.enqueue(&Job::Lapse { run: run.id.clone() }, run.created_at + WAITS_FOR)?;
    let message = card_message(&login_card(core, run, &missing)?, &run.words().needs_your_login(name));
    if let Some(card) = posted {
        return Ok(replace(core, &run.conversation, &card, &message).await? == Finish::Done);
    }
    match tell(core, run.words(), &run.conversation, &run.person, &message, true).await? {
        Told::As(card) => run.state = RunState::WaitingLogin { card: Some(card), apps: missing },
        Told::Never => run.state = RunState::Over { ok: false },
        Told::NotNow => return Ok(false),
    }
    core.save_run(run, version + 1)?;
    Ok(true)
}

/// The card that says how far a run's logins are, with fresh links.
pub fn login_card(core: &Core, run: &Run, missing: &[AppId]) -> Result<Value, Trouble> {
    let (config, subject, records) = (core.config()?, core.subject()?, core.records()?);
    let Some(recipe) = catalogue_in(run.language).recipes.get(&run.recipe) else {
        return Err(Trouble::NoOwner);
    };
    let mut lines = Vec::new();
    for app in recipe.apps().into_iter().filter(|app| run.is_as_person(app)) {
        let login = match records.get(app) {
            Some(record) if !missing.contains(app) => LoginLine::Connected(record.account().label.clone()),
            _ => {
                let owner = Owner::User(subject.user.clone());
                LoginLine::Needed(core.mint(&config, &subject, app, owner, Some(&run.id), false)?.0)
            }
        };
        lines.push(AppLine { name: catalogue_in(run.language).app_name(app).to_owned(), login });
    }
    Ok(card::login_needed(run.words(), &run.id, &recipe.name, &recipe.purpose, &lines))
}

/// A run could not go on for long: it ends, and says so.
pub fn give_up(core: &Core, id: &RunId) -> Result<(), Trouble> {
    if let Some((mut run, version)) = core.run(id)? {
        let intended = run.steps.contains(&StepRecord::Intended);
        if matches!(run.state, RunState::Running) && !intended {
            run.stop(run.words().unavailable(), catalogue_in(run.language));
            if core.save_run(&run, version)? {
                core.enqueue(&Job::Run { run: id.clone() }, now())?;
            }
        }
    }
    Ok(())
}
