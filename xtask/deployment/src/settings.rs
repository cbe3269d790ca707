//! The variables of a deployment, from a file or the environment.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use crate::project_path::at;

/// The file of a local run, read if no other file is given.
const USUAL: &str = ".dev.vars";

/// The options.
#[derive(clap::Args, Default)]
pub struct Place {
    /// The file with the deployment's variables, NAME=value; missing ones come from the environment. Default:
    /// the environment, then .dev.vars
    #[arg(long, value_name = "FILE")]
    pub vars: Option<PathBuf>,
}

/// The variables of a deployment.
pub struct Settings {
    file: Option<PathBuf>,
    values: BTreeMap<String, String>,
    /// A given file has priority over the environment; the environment has priority over the default file.
    file_first: bool,
    environment: fn(&str) -> Option<String>,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(place: &Place) -> Result<Self> {
        let usual = at(USUAL);
        let file = place.vars.clone().or_else(|| usual.is_file().then_some(usual));
        let values = file.as_deref().map(read_file).transpose()?.unwrap_or_default();
        let environment = |name: &str| env::var(name).ok();
        Ok(Self { file, values, file_first: place.vars.is_some(), environment })
    }

    /// These values, with an empty environment.
    #[cfg(test)]
    pub fn of(values: &[(&str, &str)]) -> Self {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { file: Some("test.vars".into()), values, file_first: true, environment: |_| None }
    }

    /// The variables of a bot, and more.
    #[cfg(test)]
    pub fn of_a_bot(more: &[(&str, &str)]) -> Self {
        let bot = [
            ("PUBLIC_URL", "https://bot.contoso.com"),
            ("BOT_APP_ID", "b"),
            ("BOT_TENANT_ID", "t"),
            ("BOT_APP_PASSWORD", "p"),
            ("MASTER_KEYS", "k1:qJ0mV1m2b8dX5n3Qm1c0e7Zt9Yh4Rk6wUoPsLgTfDxA"),
        ];
        Self::of(&bot.into_iter().chain(more.iter().copied()).collect::<Vec<_>>())
    }

    /// The value of a variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<String> {
        let filled = |value: String| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        let in_file = || self.values.get(name).cloned().and_then(filled);
        let around = || (self.environment)(name).and_then(filled);
        if self.file_first { in_file().or_else(around) } else { around().or_else(in_file) }
    }

    /// The value of a required variable.
    ///
    /// # Errors
    /// If it is not set. The error names the places to set it.
    pub fn needed(&self, name: &str) -> Result<String> {
        self.get(name).ok_or_else(|| {
            anyhow!("{name} is not set: name the file with the deployment's variables (--vars FILE)")
        })
    }

    /// The names in the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The file.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

fn read_file(path: &Path) -> Result<BTreeMap<String, String>> {
    workbot_variables::read(path).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_named_goes_before_the_environment_and_the_usual_one_after_it() {
        let mut settings = Settings::of(&[("PUBLIC_URL", "https://of.the.file"), ("BOT_NAME", " ")]);
        settings.environment = |name| Some(format!("{name} around"));
        assert_eq!(settings.get("PUBLIC_URL").unwrap(), "https://of.the.file");
        assert_eq!(settings.get("BOT_NAME").unwrap(), "BOT_NAME around", "what is empty is not set");
        settings.file_first = false;
        assert_eq!(settings.get("PUBLIC_URL").unwrap(), "PUBLIC_URL around");
    }
}
