//! Due work: what must happen although nobody asks any more. One table, one alarm.
//!
//! A job is claimed, and the alarm set for the case that we die, *before* it is worked on.

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::activity::Conversation;
use workbot_domain::audit::HISTORY;
use workbot_domain::event::{Cause, Event};
use workbot_domain::text::Words;
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, AuditEntry, Language, RunId};

use super::telling::Saying;
use super::{Core, Trouble, asking, driving, expiring, grants, revoking, runs, telling};
use crate::clock::{jittered, now, within};
use crate::sql::SqlError;
use crate::{values, workspace};

/// A job that takes longer is given up for this time.
const LIMIT: Duration = Duration::from_secs(75);
/// Until then nobody else takes the job.
const CLAIM: Duration = Duration::from_secs(90);
/// A run is parked when it failed this often: it needs a cause to be tried again.
const ATTEMPTS: i64 = 5;
/// What is to be said is tried this often, which takes about a day.
const TELLINGS: i64 = 60;
/// What is kept to recognise second deliveries.
const KEEP_DELIVERED: Duration = Duration::from_secs(24 * 3600);
/// Old rows are swept this often.
pub const SWEEP_EVERY: Duration = Duration::from_secs(24 * 3600);

/// The value of `parked` for what this version does not know: it is tried again from time to time, and by each new life,
/// as that may be of a version that knows it. 1 is what failed too often, and is tried again only when it is wanted anew.
const UNKNOWN: i64 = 2;
const UNKNOWN_AGAIN: Duration = Duration::from_secs(6 * 3600);

/// Something to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Bring a run as far as it goes.
    Run { run: RunId },
    /// A run has waited for long enough.
    Lapse { run: RunId },
    /// Say something: to the person alone, unless `here`.
    Say {
        id: String,
        conversation: Conversation,
        person: String,
        #[serde(default)]
        language: Language,
        message: Value,
        here: bool,
        /// It was done: it is told for a day though no chat can be made now, and announced no more.
        #[serde(default)]
        owed: bool,
    },
    /// Replace a message in the personal chat.
    Replace { activity: String, near: Conversation, message: Value },
    /// Put a revision into KV, and later see that it is there.
    Settle { app: AppId, revision: String },
    /// Remove a revision from KV whose key is gone.
    Remove { app: AppId, revision: String },
    /// Send a refresh again that its app did not answer.
    Refresh { app: AppId },
    /// Revoke a grant at its app.
    Revoke { id: String },
    /// Bring what an admin did, or what was written by a shared connection, to the audit.
    Report { id: String, entry: AuditEntry },
    /// Bring the directory up to date about a connection.
    Direct { app: AppId },
    /// Look after connections that end, and throw away what has served its time.
    Sweep,
}

impl Job {
    /// Whether it is given up after so many failures, because somebody waits for it and is to be told. All else must happen,
    /// however late.
    fn gives_up(&self, failures: i64) -> bool {
        match self {
            Self::Run { .. } => failures >= ATTEMPTS,
            Self::Say { .. } | Self::Replace { .. } => failures >= TELLINGS,
            _ => false,
        }
    }

    pub(super) fn key(&self) -> String {
        match self {
            Self::Run { run } => format!("run:{run}"),
            Self::Lapse { run } => format!("lapse:{run}"),
            Self::Say { id, .. } => format!("say:{id}"),
            Self::Replace { activity, .. } => format!("replace:{activity}"),
            Self::Settle { app, revision } => format!("settle:{app}:{revision}"),
            Self::Remove { app, revision } => format!("remove:{app}:{revision}"),
            Self::Refresh { app } => format!("refresh:{app}"),
            Self::Revoke { id } => format!("revoke:{id}"),
            Self::Report { id, .. } => format!("report:{id}"),
            Self::Direct { app } => format!("direct:{app}"),
            Self::Sweep => "sweep".to_owned(),
        }
    }
}

/// How a try at a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// It is done.
    Done,
    /// It failed; try again, each time later.
    Failed,
    /// The same, and not before this has passed.
    NotBefore(Duration),
    /// It went as it should, and has more to do after this time.
    Again(Duration),
    /// It is about something that this version does not know: it waits for one that does.
    Unknown,
}

/// A job that is worked on: its key, what it is, how often it was wanted, and how often it was tried.
pub type Claimed = (String, Job, i64, i64);

impl Core {
    /// Notes a job, due at a time. One that is noted already is wanted once more, and due at the earlier time unless it is
    /// parked. To be called in a transaction with what makes it due.
    pub(super) fn enqueue(&self, job: &Job, due_at: Timestamp) -> Result<(), SqlError> {
        let text = serde_json::to_string(job)?;
        self.sql.run(
            "INSERT INTO due (id, job, due_at, claimed_until, wanted, attempts, parked) VALUES (?, ?, ?, 0, 1, 0, 0)
             ON CONFLICT (id) DO UPDATE SET job = excluded.job, wanted = wanted + 1, parked = 0, attempts = 0,
             due_at = CASE WHEN parked = 1 THEN excluded.due_at WHEN claimed_until > ? THEN due_at
             ELSE min(due_at, excluded.due_at) END",
            values![job.key(), text, due_at.millis(), now().millis()],
        )
    }

    /// What was just parked is tried once more at a time, and parked again if that fails.
    pub(super) fn once_more(&self, job: &Job, due_at: Timestamp) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE due SET parked = 0, attempts = ?, due_at = ? WHERE id = ? AND parked = 1",
            values![ATTEMPTS - 1, due_at.millis(), job.key()],
        )
    }

    /// Notes a new job as one that is worked on already, and returns it for [`Self::take_up`] once the transaction has
    /// come to its end. It is written once where noting and claiming it would be twice.
    pub(super) fn begin(&self, job: Job) -> Result<Claimed, SqlError> {
        let until = (now() + CLAIM).millis();
        let text = serde_json::to_string(&job)?;
        self.sql.run(
            "INSERT INTO due (id, job, due_at, claimed_until, wanted, attempts, parked) VALUES (?, ?, ?, ?, 1, 1, 0)",
            values![job.key(), text, until, until],
        )?;
        Ok((job.key(), job, 1, 1))
    }

    /// What was begun is worked on by whoever works next, and that is at once.
    pub(super) fn take_up(&self, begun: Vec<Claimed>) {
        self.begun.borrow_mut().extend(begun);
    }

    /// A new life of the object: what an earlier one had begun, nobody works on any more; and what an earlier version did
    /// not know, this one may.
    pub(super) fn take_over(&self) {
        let freed = self.sql.run(
            "UPDATE due SET claimed_until = 0, due_at = ? WHERE claimed_until > 0 OR parked = ?",
            values![now().millis(), UNKNOWN],
        );
        if let Err(error) = freed {
            self.log(&Event::DueWorkFailed { cause: Cause::of(&error) });
        }
    }

    /// Takes what is due. Also says when the next job is, those just taken included: we may die over them.
    fn claim(&self) -> Result<(Vec<Claimed>, Option<Timestamp>), SqlError> {
        let (now, mut next) = (now(), self.next_due()?);
        let mut claimed = self.begun.take();
        if next.is_some_and(|next| next <= now) {
            claimed.extend(self.take_due(now)?);
            next = self.next_due()?;
        }
        Ok((claimed, next))
    }

    fn take_due(&self, now: Timestamp) -> Result<Vec<Claimed>, SqlError> {
        let rows = self.sql.rows(
            "UPDATE due SET claimed_until = ?, due_at = ?, attempts = attempts + 1
             WHERE parked <> 1 AND due_at <= ? AND claimed_until <= ? RETURNING id, job, wanted, attempts",
            values![(now + CLAIM).millis(), (now + CLAIM).millis(), now.millis(), now.millis()],
        )?;
        let mut jobs = Vec::new();
        for row in rows {
            let id = row.text(0)?;
            match row.json(1) {
                Ok(job) => jobs.push((id, job, row.int(2)?, row.int(3)?)),
                // Of a version that we do not know: left for one that does.
                Err(_) => {
                    self.not_known(&id)?;
                }
            }
        }
        Ok(jobs)
    }

    fn finish(
        &self,
        (id, job): (&str, &Job),
        wanted: i64,
        attempts: i64,
        finish: Finish,
    ) -> Result<bool, SqlError> {
        let now = now();
        let at = match finish {
            Finish::Done => {
                let gone = self.sql.changed(
                    "DELETE FROM due WHERE id = ? AND wanted = ? RETURNING 1",
                    values![id, wanted],
                )?;
                if gone {
                    return Ok(false);
                }
                // It was wanted again meanwhile.
                now
            }
            Finish::Again(after) => now + after,
            Finish::Unknown => {
                self.not_known(id)?;
                return Ok(false);
            }
            Finish::Failed | Finish::NotBefore(_) if job.gives_up(attempts) => {
                self.sql.run("UPDATE due SET parked = 1, claimed_until = 0 WHERE id = ?", values![id])?;
                return Ok(true);
            }
            Finish::Failed | Finish::NotBefore(_) => {
                let doubled = 5_u64 << u32::try_from(attempts.clamp(1, 8)).unwrap_or(1);
                let stated = if let Finish::NotBefore(stated) = finish { stated } else { Duration::ZERO };
                now + jittered(Duration::from_secs(doubled)).max(stated)
            }
        };
        let failed = matches!(finish, Finish::Failed | Finish::NotBefore(_));
        let attempts = if failed { attempts } else { 0 };
        self.sql.run(
            "UPDATE due SET claimed_until = 0, due_at = ?, attempts = ?, parked = 0 WHERE id = ?",
            values![at.millis(), attempts, id],
        )?;
        Ok(false)
    }

    /// A job that this version does not know, or that needs what it does not know, waits.
    fn not_known(&self, id: &str) -> Result<(), SqlError> {
        self.log(&Event::JobParked { job: id.to_owned() });
        self.sql.run(
            "UPDATE due SET parked = ?, claimed_until = 0, attempts = 0, due_at = ? WHERE id = ?",
            values![UNKNOWN, (now() + UNKNOWN_AGAIN).millis(), id],
        )
    }

    /// Which try at a job it is.
    pub(super) fn tries(&self, job: &Job) -> Result<i64, SqlError> {
        let row = self.sql.row("SELECT attempts FROM due WHERE id = ?", values![job.key()])?;
        Ok(row.map(|row| row.int(0)).transpose()?.unwrap_or(1))
    }

    /// When the next job is due, if there is one.
    fn next_due(&self) -> Result<Option<Timestamp>, SqlError> {
        let row = self.sql.row("SELECT min(due_at) FROM due WHERE parked <> 1", values![])?;
        Ok(row.map(|row| row.optional_int(0)).transpose()?.flatten().map(Timestamp))
    }

    /// Sees to it that the alarm comes by a time. One that comes earlier is left alone: it finds nothing and is set anew,
    /// and that is once, where moving it would be twice in every turn.
    async fn arm(&self, at: Timestamp) {
        let (at, now) = (at.millis(), now().millis());
        if self.alarm_at.get().is_some_and(|set| (now..=at).contains(&set)) {
            return;
        }
        let wait = Duration::from_millis(u64::try_from(at - now).unwrap_or(0));
        self.alarm_at.set(Some(at));
        if self.state.storage().set_alarm(wait).await.is_err() {
            self.alarm_at.set(None);
            self.log(&Event::AlarmNotSet);
        }
    }

    /// Throws away what has served its time; comes again as long as something is left to throw away.
    fn sweep(&self) -> Result<Finish, SqlError> {
        let now = now();
        let left = self.sql.transaction(|| {
            self.sql.run("DELETE FROM attempt WHERE expires_at < ?", values![now.millis()])?;
            self.sql.run("DELETE FROM delivered WHERE at < ?", values![(now - KEEP_DELIVERED).millis()])?;
            self.sql.run(
                "DELETE FROM run WHERE state IN ('over', 'cancelled') AND created_at < ?",
                values![(now - HISTORY).millis()],
            )?;
            self.sql.run(
                "DELETE FROM ticket WHERE expires_at < ?
                 AND (run IS NULL OR run NOT IN (SELECT id FROM run WHERE state = 'waiting_login'))",
                values![(now - KEEP_DELIVERED).millis()],
            )?;
            self.sql.row(
                "SELECT 1 FROM attempt UNION ALL SELECT 1 FROM delivered UNION ALL SELECT 1 FROM run
                 UNION ALL SELECT 1 FROM ticket
                 UNION ALL SELECT 1 FROM connection WHERE status <> 'disconnected' LIMIT 1",
                values![],
            )
        })?;
        Ok(if left.is_some() { Finish::Again(SWEEP_EVERY) } else { Finish::Done })
    }
}

/// The alarm came: there is none any more.
pub async fn wake(core: Rc<Core>) {
    core.alarm_at.set(None);
    work(core).await;
}

/// Does all that is due, side by side, each with a limit, and sets the alarm for the rest. What a job makes due does not
/// wait for its neighbours. Never fails.
pub fn work(core: Rc<Core>) -> LocalBoxFuture<'static, ()> {
    // Boxed: its two callers share one copy of the code.
    Box::pin(work_off(core))
}

async fn work_off(core: Rc<Core>) {
    let mut working = FuturesUnordered::new();
    loop {
        match core.claim() {
            Ok((claimed, next)) => {
                working.extend(claimed.into_iter().map(|claimed| work_on(&core, claimed)));
                if let Some(next) = next {
                    core.arm(next).await;
                }
            }
            Err(error) => core.log(&Event::DueWorkFailed { cause: Cause::of(&error) }),
        }
        if working.next().await.is_none() {
            return;
        }
    }
}

async fn work_on(core: &Rc<Core>, (id, job, wanted, attempts): Claimed) {
    let finish = within(LIMIT, perform(core, &job, attempts)).await.unwrap_or(Finish::Failed);
    match core.finish((&id, &job), wanted, attempts, finish) {
        Ok(true) => gave_up(core, &job),
        Ok(false) => {}
        Err(error) => core.log(&Event::DueWorkFailed { cause: Cause::of(&error) }),
    }
}

async fn perform(core: &Rc<Core>, job: &Job, attempts: i64) -> Finish {
    let done = match job {
        Job::Run { run } => driving::drive(core, run).await,
        Job::Lapse { run } => asking::lapse(core, run),
        Job::Say { conversation, person, language, message, here, owed, .. } => {
            let words = Words(*language);
            let saying = Saying { words, to: conversation, person, message, here: *here, owed: *owed };
            telling::say(core, &saying, attempts).await
        }
        Job::Replace { activity, near, message } => {
            telling::replace_later(core, near, (activity, message), attempts).await
        }
        Job::Settle { app, revision } => core.settle(app, revision).await,
        Job::Remove { app, revision } => core.remove(app, revision).await,
        Job::Refresh { app } => grants::refresh_again(core, app).await,
        Job::Revoke { id } => revoking::work(core, id).await,
        Job::Report { id, entry } => {
            core.brought(|tenant| workspace::note(&core.env, tenant, (id.clone(), entry.clone()))).await
        }
        Job::Direct { app } => core.direct(app).await,
        Job::Sweep => {
            let swept = core.sweep().map_err(Trouble::from);
            match expiring::look(core).await {
                Ok(()) => swept,
                failed => failed.map(|()| Finish::Failed),
            }
        }
    };
    done.unwrap_or_else(|trouble| {
        core.log(&Event::JobFailed { job: job.key(), cause: Cause::of(&trouble) });
        if matches!(&trouble, Trouble::Sql(error) if error.is_unreadable()) {
            Finish::Unknown
        } else {
            Finish::Failed
        }
    })
}

/// A job was parked. A person who waits for it is told.
fn gave_up(core: &Core, job: &Job) {
    core.log(&Event::JobParked { job: job.key() });
    if let Job::Run { run } = job
        && let Err(trouble) = runs::give_up(core, run)
    {
        core.log(&Event::JobFailed { job: job.key(), cause: Cause::of(&trouble) });
    }
}
