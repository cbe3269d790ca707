//! The history of a person's runs, for their tab.

use workbot_domain::time::Timestamp;
use workbot_shared::{Activity, Language};

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog_in;
use crate::protocol::{ActivityCursor, VaultResponse};

/// The runs that acted, newest first. `before` is the cursor of the page before, `limit` the size of a page.
///
/// # Errors
/// When the database fails. A run that cannot be read is left out.
pub fn history(
    ctx: &VaultCtx,
    before: Option<&ActivityCursor>,
    limit: i64,
    language: Language,
) -> Result<VaultResponse, VaultError> {
    let (at, id) = before.map_or((Timestamp::NEVER.millis(), ""), |(at, id)| (*at, id.as_str()));
    let rows = ctx.runs_with_effects((at, id), limit)?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let next_cursor = rows.last().filter(|_| full).map(|row| (row.created_at, row.id.as_str()));
    let next_cursor = next_cursor.and_then(|ended_at| serde_json::to_string(&ended_at).ok());
    let catalog = catalog_in(language);
    let mut entries = Vec::new();
    for row in rows {
        let run = match row.run {
            Ok(None) => ctx.run(&row.id).map(|run| run.map(|(run, _)| run)),
            run => run,
        };
        let run = ctx.if_readable(run).flatten();
        entries.extend(run.map(|run| run.entry(catalog)));
    }
    Ok(VaultResponse::History(Activity { entries, next_cursor }))
}
