//! The guardrails of connections, and the writes that count against a limit.
//!
//! A write counts from its stored intent on, so that a crash does not lose it. The count of one step is one
//! row: a repeated request counts once, and a request that certainly did nothing counts no more.

use workbot_domain::connection::{GuardrailError, Guardrails};
use workbot_domain::ids::RunVersion;
use workbot_domain::run::{ActionCall, Purpose, Run, StepRecord};
use workbot_shared::{AppId, RunId};

use crate::context::VaultCtx;
use crate::sql::{SqlError, Tx, values};

impl VaultCtx {
    /// Sets the guardrails of a connection. Returns whether there is one.
    ///
    /// # Errors
    /// When a stored value cannot be read or the database fails; so in all functions here.
    pub fn set_guardrails(&self, app: &AppId, guardrails: Guardrails) -> Result<bool, SqlError> {
        let stored = (guardrails != Guardrails::default()).then(|| serde_json::to_string(&guardrails));
        self.sql.changed(
            "UPDATE connection SET guardrails = ? WHERE app = ? RETURNING 1",
            values![stored.transpose()?, app.as_str()],
        )
    }

    /// Removes the guardrails of all connections.
    pub fn forget_guardrails(&self, _: &Tx) -> Result<(), SqlError> {
        self.sql.run("UPDATE connection SET guardrails = NULL WHERE guardrails IS NOT NULL", values![])?;
        self.sql.run("DELETE FROM counted_write", values![])
    }

    /// Checks `writes` writes ahead at the person's connection to an app, or a read if it is 0. `counted` is
    /// a step that counts already, if it has an intent.
    pub fn check_guardrails(
        &self,
        app: &AppId,
        writes: u32,
        counted: Option<(&RunId, usize)>,
    ) -> Result<Result<(), GuardrailError>, SqlError> {
        let (guardrails, now) = (self.guardrails(app)?, self.now());
        let written = match guardrails.writes_a_day {
            Some(_) if writes > 0 => self.written(app, now.day_in_utc(), counted)?,
            _ => 0,
        };
        Ok(guardrails.permits(writes, written, now))
    }

    /// The number of counted writes on a day, without those of one step.
    fn written(&self, app: &AppId, day: i64, except: Option<(&RunId, usize)>) -> Result<u32, SqlError> {
        let rows = self.sql.cached_rows(
            "SELECT run, step FROM counted_write WHERE app = ? AND day = ?",
            values![app.as_str(), day],
        )?;
        let mut written = 0;
        for mut row in rows {
            let (run, step) = (row.text()?, row.int()?);
            let is_excepted = except.is_some_and(|(id, index)| {
                id.as_str() == run && i64::try_from(index).is_ok_and(|index| index == step)
            });
            written += u32::from(!is_excepted);
        }
        Ok(written)
    }

    /// Saves a run during a call, like [`Self::save_run`]. With a limit of writes, the count of the call's
    /// step follows its record in the same transaction.
    pub fn save_run_and_count(
        &self,
        run: &Run,
        version: RunVersion,
        call: &ActionCall,
    ) -> Result<bool, SqlError> {
        let Purpose::Step(step) = call.purpose else { return self.save_run(run, version) };
        let has_limit = || Ok::<_, SqlError>(self.guardrails(&call.app)?.writes_a_day.is_some());
        if !(call.writes && call.as_person && has_limit()?) {
            return self.save_run(run, version);
        }
        self.sql.transaction(|tx| {
            if self.run(&run.id)?.is_none_or(|(_, current)| current != version) {
                return Ok(false);
            }
            self.count_write(tx, run, step, &call.app)?;
            self.save_run(run, version)
        })
    }

    /// Counts the write of a step that has an intent, and no longer counts one that has none.
    fn count_write(&self, _: &Tx, run: &Run, step: usize, app: &AppId) -> Result<(), SqlError> {
        let (today, index) = (self.now().day_in_utc(), i64::try_from(step).unwrap_or(i64::MAX));
        let (counts, id) =
            (matches!(run.record(step), StepRecord::Intended | StepRecord::Done { .. }), run.id.as_str());
        if !counts {
            return self.sql.run("DELETE FROM counted_write WHERE run = ? AND step = ?", values![id, index]);
        }
        self.sql.run("DELETE FROM counted_write WHERE day < ?", values![today])?;
        self.sql.run(
            "INSERT OR IGNORE INTO counted_write (run, step, app, day) VALUES (?, ?, ?, ?)",
            values![id, index, app.as_str(), today],
        )
    }
}
