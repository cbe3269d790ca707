//! The compiler of the catalog. It reads and checks the files in `apps`, `recipes` and `icons`. An error
//! fails the build, with file, line and the fix.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `diagnostics`: a file and its errors
//! - `files`, `checks`
//! - `kept_outputs`, `pages`

mod checks;
mod diagnostics;
mod files;
mod kept_outputs;
mod pages;
#[cfg(test)]
mod tests;

pub use diagnostics::{Diagnostic, SourceFile};
pub use files::files;
pub use kept_outputs::kept;
pub use pages::pages;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use workbot_domain::catalog::{App, Catalog, Recipe};
use workbot_shared::{AppId, RecipeId};

use diagnostics::Checker;

const BAD_FILE_NAME: &str =
    "the file name must be lower-case letters, digits and hyphens, e.g. `my-app.toml`";

/// Why the catalog cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A file or folder cannot be read.
    #[error("{folder} cannot be read: {error}")]
    Unreadable {
        /// The folder, relative to the project's root.
        folder: &'static str,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The files contain errors.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Mistakes(Vec<Diagnostic>),
}

/// Reads and checks the catalog of this project.
///
/// # Errors
/// [`CatalogError::Unreadable`] if a file cannot be read, [`CatalogError::Mistakes`] if files contain errors.
pub fn load() -> Result<Catalog, CatalogError> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let of = |folder, ending| {
        files(here.parent().unwrap_or(here), folder, ending)
            .map_err(|error| CatalogError::Unreadable { folder, error })
    };
    let (apps, recipes) = (of("catalog/apps", "toml")?, of("catalog/recipes", "toml")?);
    read(&apps, &recipes, &of("catalog/icons", "svg")?).map_err(CatalogError::Mistakes)
}

/// Reads and checks the files of a catalog.
///
/// # Errors
/// All diagnostics, sorted by line within a file.
pub fn read(
    apps: &[SourceFile],
    recipes: &[SourceFile],
    icons: &[SourceFile],
) -> Result<Catalog, Vec<Diagnostic>> {
    let mut mistakes = Vec::new();
    let mut catalog = Catalog::default();
    // Recipes are not checked against these apps.
    let mut unread = BTreeSet::new();
    for file in apps {
        mistakes.extend(checks::check_source(file));
        let Ok(id) = AppId::parse(&file.stem) else {
            mistakes.push(file.mistake_at(0, BAD_FILE_NAME));
            continue;
        };
        match file.read::<App>() {
            Err(mistake) => {
                mistakes.push(mistake);
                unread.insert(id);
            }
            Ok(app) => {
                let mut checker = Checker::new(file);
                checks::check_app(&mut checker, &app, icons);
                mistakes.extend(checker.finish());
                catalog.apps.insert(id, app);
            }
        }
    }
    let mut read = Vec::new();
    for file in recipes {
        mistakes.extend(checks::check_source(file));
        let Ok(id) = RecipeId::parse(&file.stem) else {
            mistakes.push(file.mistake_at(0, BAD_FILE_NAME));
            continue;
        };
        match file.read::<Recipe>() {
            Err(mistake) => mistakes.push(mistake),
            Ok(recipe) => {
                catalog.kept.insert(id.clone(), kept_outputs::kept(&recipe));
                catalog.recipes.insert(id, recipe.clone());
                read.push((file, recipe));
            }
        }
    }
    // A button of a recipe's reply may start any other recipe.
    let mut commands = BTreeMap::<String, String>::new();
    for (file, recipe) in read {
        let mut checker = Checker::new(file);
        checks::check_recipe(&mut checker, &recipe, &catalog, &unread);
        let words = recipe.command.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(other) = commands.insert(words, file.path.clone()) {
            let command = &recipe.command;
            let message = format!("{other} already has the command `{command}`: choose another");
            checker.mistake(&["command"], "", message);
        }
        mistakes.extend(checker.finish());
    }
    if mistakes.is_empty() { Ok(catalog) } else { Err(mistakes) }
}
