//! What admins set: recipes' settings, and frozen apps.

use std::collections::BTreeMap;
use workbot_domain::run::{OverrideError, RecipeOverrides};
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, RecipeId, RecipeSettingsChange};

use super::audit;
use super::protocol::{AuditNote, RunPolicy};
use crate::catalog::catalog;
use crate::sql::{Sql, SqlError, values};

fn of(sql: &Sql, recipe: &RecipeId) -> Result<RecipeOverrides, SqlError> {
    let row = sql.row("SELECT settings FROM recipe_settings WHERE recipe = ?", values![recipe.as_str()])?;
    // What cannot be read is not taken for "nothing was set": a toggle must never fall off by itself.
    row.map_or_else(|| Ok(RecipeOverrides::default()), |mut row| row.json())
}

pub fn run_policy(sql: &Sql, recipe: &RecipeId) -> Result<RunPolicy, SqlError> {
    Ok(RunPolicy { set: of(sql, recipe)?, frozen: frozen(sql)? })
}

pub fn all(sql: &Sql) -> Result<BTreeMap<RecipeId, RecipeOverrides>, SqlError> {
    let rows = sql.rows("SELECT recipe, settings FROM recipe_settings", values![])?;
    rows.into_iter().map(|mut row| Ok((row.parsed(RecipeId::parse)?, row.json()?))).collect()
}

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

pub fn frozen(sql: &Sql) -> Result<Vec<AppId>, SqlError> {
    let rows = sql.rows("SELECT app FROM frozen_app", values![])?;
    // A freeze never falls off because it cannot be read.
    rows.into_iter().map(|mut row| row.parsed(AppId::parse)).collect()
}

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
