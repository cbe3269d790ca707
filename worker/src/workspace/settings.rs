//! What admins set: recipes' settings, and frozen apps.

use std::collections::BTreeMap;
use workbot_domain::run::{CannotSet, SetByAdmin};
use workbot_shared::{AppId, RecipeId, RecipeSettingsChange};

use super::{ForRun, Noted, audit};
use crate::catalogue::catalogue;
use crate::sql::{Sql, SqlError};
use crate::values;

fn unreadable() -> SqlError {
    SqlError::from(worker::Error::RustError("stored settings cannot be read".to_owned()))
}

fn of(sql: &Sql, recipe: &RecipeId) -> Result<SetByAdmin, SqlError> {
    let row = sql.row("SELECT settings FROM recipe_settings WHERE recipe = ?", values![recipe.as_str()])?;
    // What cannot be read is not taken for "nothing was set": a toggle must never fall off by itself.
    row.map_or_else(|| Ok(SetByAdmin::default()), |row| row.json(0).ok_or_else(unreadable))
}

pub fn for_run(sql: &Sql, recipe: &RecipeId) -> Result<ForRun, SqlError> {
    Ok(ForRun { set: of(sql, recipe)?, frozen: frozen(sql)? })
}

pub fn all(sql: &Sql) -> Result<BTreeMap<RecipeId, SetByAdmin>, SqlError> {
    let rows = sql.rows("SELECT recipe, settings FROM recipe_settings", values![])?;
    let known = rows.iter().filter_map(|row| Some((RecipeId::parse(&row.text(0)).ok()?, row)));
    known.map(|(recipe, row)| Ok((recipe, row.json(1).ok_or_else(unreadable)?))).collect()
}

pub fn change(
    sql: &Sql,
    recipe: &RecipeId,
    change: &RecipeSettingsChange,
    noted: &Noted,
) -> Result<Result<SetByAdmin, CannotSet>, SqlError> {
    let Some(definition) = catalogue().recipes.get(recipe) else { return Err(unreadable()) };
    sql.transaction(|| {
        let set = match of(sql, recipe)?.changed(change, definition, catalogue()) {
            Ok(set) => set,
            Err(refused) => return Ok(Err(refused)),
        };
        sql.run(
            "INSERT OR REPLACE INTO recipe_settings (recipe, settings) VALUES (?, ?)",
            values![recipe.as_str(), serde_json::to_string(&set).unwrap_or_default()],
        )?;
        audit::write(sql, noted)?;
        Ok(Ok(set))
    })
}

pub fn frozen(sql: &Sql) -> Result<Vec<AppId>, SqlError> {
    let rows = sql.rows("SELECT app FROM frozen", values![])?;
    Ok(rows.iter().filter_map(|row| AppId::parse(&row.text(0)).ok()).collect())
}

pub fn freeze(sql: &Sql, app: &AppId, frozen: bool, noted: &Noted) -> Result<(), SqlError> {
    let statement = if frozen {
        "INSERT OR IGNORE INTO frozen (app) VALUES (?)"
    } else {
        "DELETE FROM frozen WHERE app = ?"
    };
    sql.transaction(|| {
        sql.run(statement, values![app.as_str()])?;
        audit::write(sql, noted)
    })
}
