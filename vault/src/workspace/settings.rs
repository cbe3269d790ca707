//! The admins' settings: recipe settings and frozen apps.

use std::collections::BTreeMap;
use workbot_domain::run::{OverrideError, RecipeOverrides};
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, RecipeId, RecipeSettingsChange};

use super::audit;
use super::protocol::{AuditNote, RunPolicy};
use crate::installed_catalog::catalog;
use crate::sql::{Sql, SqlError, values};

fn of(sql: &Sql, recipe: &RecipeId) -> Result<RecipeOverrides, SqlError> {
    let row =
        sql.cached_row("SELECT settings FROM recipe_settings WHERE recipe = ?", values![recipe.as_str()])?;
    // An unreadable row is an error, not "no settings": a toggle must never reset itself.
    row.map_or_else(|| Ok(RecipeOverrides::default()), |mut row| row.json())
}

/// The settings of a recipe and the frozen apps, for a run that starts.
pub fn run_policy(sql: &Sql, recipe: &RecipeId) -> Result<RunPolicy, SqlError> {
    Ok(RunPolicy { set: of(sql, recipe)?, frozen: frozen(sql)? })
}

/// The settings that admins have changed, by recipe.
pub fn all(sql: &Sql) -> Result<BTreeMap<RecipeId, RecipeOverrides>, SqlError> {
    let rows = sql.cached_rows("SELECT recipe, settings FROM recipe_settings", values![])?;
    rows.into_iter().map(|mut row| Ok((row.parsed(RecipeId::parse)?, row.json()?))).collect()
}

/// Changes a recipe's settings and writes the audit entry, in one transaction. The inner error refuses the
/// change.
pub fn change(
    sql: &Sql,
    recipe: &RecipeId,
    change: &RecipeSettingsChange,
    noted: &AuditNote,
    now: Timestamp,
) -> Result<Result<RecipeOverrides, OverrideError>, SqlError> {
    let definition = catalog().recipes.get(recipe).ok_or_else(|| SqlError::unreadable("recipe"))?;
    sql.transaction(|_| {
        let set = match of(sql, recipe)?.with_change(change, definition, catalog()) {
            Ok(set) => set,
            Err(refused) => return Ok(Err(refused)),
        };
        sql.run(
            "INSERT OR REPLACE INTO recipe_settings (recipe, settings) VALUES (?, ?)",
            values![recipe.as_str(), serde_json::to_string(&set)?],
        )?;
        audit::write(sql, noted, now)?;
        Ok(Ok(set))
    })
}

/// The host of the language model that an admin allowed. Without an entry there is none.
pub fn allowed_language_model(sql: &Sql) -> Result<Option<String>, SqlError> {
    let row = sql.cached_row("SELECT host FROM language_model", values![])?;
    row.map(|mut row| row.text()).transpose()
}

/// Allows the language model at a host, or none, and writes the audit entry, in one transaction.
pub fn allow_language_model(
    sql: &Sql,
    host: Option<&str>,
    noted: &AuditNote,
    now: Timestamp,
) -> Result<(), SqlError> {
    sql.transaction(|_| {
        match host {
            Some(host) => {
                sql.run("INSERT OR REPLACE INTO language_model (only, host) VALUES (1, ?)", values![host])?;
            }
            None => sql.run("DELETE FROM language_model", values![])?,
        }
        audit::write(sql, noted, now)
    })
}

/// The frozen apps.
pub fn frozen(sql: &Sql) -> Result<Vec<AppId>, SqlError> {
    let rows = sql.cached_rows("SELECT app FROM frozen_app", values![])?;
    // An unreadable row is an error: a freeze must never lift itself.
    rows.into_iter().map(|mut row| row.parsed(AppId::parse)).collect()
}

/// Freezes or unfreezes an app and writes the audit entry, in one transaction.
pub fn freeze(
    sql: &Sql,
    app: &AppId,
    frozen: bool,
    noted: &AuditNote,
    now: Timestamp,
) -> Result<(), SqlError> {
    let statement = if frozen {
        "INSERT OR IGNORE INTO frozen_app (app) VALUES (?)"
    } else {
        "DELETE FROM frozen_app WHERE app = ?"
    };
    sql.transaction(|_| {
        sql.run(statement, values![app.as_str()])?;
        audit::write(sql, noted, now)
    })
}
