//! The checks of the catalog's files. Each adds the errors that it finds to a [`Checker`].
//!
//! From below to above, each line knows only lines before it:
//!
//! - `name_syntax`, `templates`, `hardcoded_secrets`, `icons`, `unfinished`
//! - `action_refs`, `constant_conditions`, `headers`, `hosts`, `braces_and_empty_texts`, `unused`
//! - `inputs`, `actions`, `reply`, `oauth2`, `account`
//! - `questions`, `translations`, `apps`
//! - `conditional_steps`
//! - `recipes`

mod account;
mod action_refs;
mod actions;
mod apps;
mod braces_and_empty_texts;
mod conditional_steps;
mod constant_conditions;
mod hardcoded_secrets;
mod headers;
mod hosts;
mod icons;
mod inputs;
mod name_syntax;
mod oauth2;
pub(crate) mod questions;
mod recipes;
pub(crate) mod reply;
pub(crate) mod templates;
mod translations;
mod unfinished;
mod unused;

use std::collections::BTreeSet;

use workbot_domain::catalog::{App, Catalog, Recipe};
use workbot_shared::AppId;

use crate::diagnostics::{Checker, Diagnostic, SourceFile};

/// Checks the text of a file, before it is parsed.
pub(crate) fn check_source(file: &SourceFile) -> Vec<Diagnostic> {
    [hardcoded_secrets::secrets(file), unfinished::marks(file)].concat()
}

/// Checks an app, and its icon among the files in `icons`.
pub(crate) fn check_app(checker: &mut Checker<'_>, app: &App, icons: &[SourceFile]) {
    apps::check(checker, app);
    icons::check(checker, app, icons);
}

/// Checks a recipe against the apps in `catalog`, except those in `unread`.
pub(crate) fn check_recipe(
    checker: &mut Checker<'_>,
    recipe: &Recipe,
    catalog: &Catalog,
    unread: &BTreeSet<AppId>,
) {
    recipes::check(checker, recipe, catalog, unread);
}
