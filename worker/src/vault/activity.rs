//! What was done in a person's name, and what waits or runs: for their tab.

use workbot_domain::run::{Run, RunState};
use workbot_domain::time::Timestamp;
use workbot_shared::{Activity, Language, RunId};

use super::asking::cancelled;
use super::due::Job;
use super::protocol::{ActivityCursor, VaultAnswer};
use super::{Core, Trouble};
use crate::catalogue::catalogue_in;
use crate::clock::now;
use crate::connector::card_message;
use crate::sql::{Row, SqlError};
use crate::values;

/// The runs that acted, newest first; `before` is where the page before ended.
pub fn activity(
    core: &Core,
    before: Option<&ActivityCursor>,
    limit: i64,
    language: Language,
) -> Result<VaultAnswer, Trouble> {
    let (at, id) = before.map_or((Timestamp::NEVER.millis(), ""), |(at, id)| (*at, id.as_str()));
    // What is over is small. A run that goes on is read by itself, so that one such is held at a time.
    let rows = core.sql.rows(
        "SELECT CASE WHEN state IN ('over', 'cancelled', 'replying') THEN run END, created_at, id FROM run WHERE acted = 1 AND (created_at, id) < (?, ?)
         ORDER BY created_at DESC, id DESC LIMIT ?",
        values![at, id, limit],
    )?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let ended_at = |row: &Row| Ok::<_, SqlError>((row.int(1)?, row.text(2)?));
    let next_cursor = rows.last().filter(|_| full).map(ended_at).transpose()?;
    let next_cursor = next_cursor.and_then(|ended_at| serde_json::to_string(&ended_at).ok());
    let catalogue = catalogue_in(language);
    let mut entries = Vec::new();
    for row in &rows {
        let run = match row.optional_json::<Run>(0) {
            Ok(None) => core.run(&row.parsed(2, RunId::parse)?).map(|run| run.map(|(run, _)| run)),
            run => run,
        };
        let run = core.if_readable(run).flatten();
        entries.extend(run.map(|run| run.entry(catalogue)));
    }
    Ok(VaultAnswer::Activity(Activity { entries, next_cursor }))
}

/// The runs that wait or are being done, oldest first.
pub fn open(core: &Core, language: Language) -> Result<VaultAnswer, Trouble> {
    let catalogue = catalogue_in(language);
    Ok(VaultAnswer::Runs(core.open_runs()?.iter().map(|run| run.row(catalogue)).collect()))
}

/// Cancels a run that waits, as its card's button does; the card says so. Safe to repeat.
pub fn cancel(core: &Core, id: &RunId, language: Language) -> Result<VaultAnswer, Trouble> {
    let Some((mut run, version)) = core.run(id)? else { return Ok(VaultAnswer::Cancelled(None)) };
    let posted = core.card_of(&run)?;
    if run.cancel() {
        core.sql.transaction(|| {
            let saved = core.save_run(&run, version)?;
            let Some(activity) = posted.filter(|_| saved) else { return Ok(()) };
            core.set_progress(id, None)?;
            let message = card_message(&cancelled(&run), run.words().cancelled_in_short());
            core.enqueue(&Job::Replace { activity, near: run.conversation.clone(), message }, now())
        })?;
    }
    if run.state != RunState::Cancelled {
        return Ok(VaultAnswer::TooLate);
    }
    Ok(VaultAnswer::Cancelled(Some(run.row(catalogue_in(language)))))
}
