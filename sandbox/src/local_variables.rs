//! The worker's variables for the apps with a fixture, so that a local run uses them here without any
//! variable of its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::fixture::{self, Fixture};

/// The client id and the client secret at every app. Nobody else can reach these apps.
const CLIENT: [(&str, &str); 2] = [("CLIENT_ID", "workbot-local"), ("CLIENT_SECRET", "workbot-local-secret")];
/// Stands for every app with a fixture.
const ALL: &str = "all";
/// Stands for no app.
const NONE: &str = "none";

/// The variables of an app's file, as far as they matter here.
#[derive(Deserialize)]
struct AppFile {
    #[serde(default)]
    vars: BTreeMap<String, Variable>,
}

#[derive(Deserialize)]
struct Variable {
    default: Option<String>,
}

/// The variables of these apps: ids, or `all`. `known` are those that a deployment sets itself: an app of
/// which one is known keeps its own.
///
/// # Errors
/// If an app has no fixture, or its file cannot be read.
pub fn of(
    apps: &[String],
    origin: &str,
    known: &BTreeMap<String, String>,
) -> anyhow::Result<BTreeMap<String, String>> {
    let fixtures = fixture::all();
    for app in apps.iter().filter(|app| ![ALL, NONE].contains(&app.as_str())) {
        if !fixtures.contains_key(app) {
            let ids: Vec<&str> = fixtures.keys().map(String::as_str).collect();
            bail!("the app {app} has no fixture: use {ALL}, {NONE}, or some of {}", ids.join(","));
        }
    }
    let mut variables = BTreeMap::new();
    let is_wanted = |id: &String| apps.iter().any(|app| app == id || app == ALL);
    for fixture in fixtures.values().filter(|fixture| is_wanted(&fixture.id)) {
        let own = of_app(fixture, origin)?;
        if !own.keys().any(|name| known.contains_key(name)) {
            variables.extend(own);
        }
    }
    Ok(variables)
}

/// The variables of one app. A value that names a host of the vendor leads to that host here.
///
/// # Errors
/// If the app's file cannot be read.
pub fn of_app(fixture: &Fixture, origin: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let prefix = format!("APP_{}", fixture.id.to_uppercase().replace('-', "_"));
    let client = CLIENT.iter().filter(|_| fixture.login.is_some());
    let mut variables: BTreeMap<String, String> =
        client.map(|(name, value)| (format!("{prefix}_{name}"), (*value).to_owned())).collect();
    for (name, variable) in app_file(&fixture.id)?.vars {
        let Some(value) = fixture.vars.get(&name).cloned().or(variable.default) else { continue };
        variables.insert(format!("{prefix}_{name}"), fixture.with_addresses_here(origin, &value));
    }
    Ok(variables)
}

fn app_file(id: &str) -> anyhow::Result<AppFile> {
    let name = format!("catalog/apps/{id}.toml");
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&name));
    toml::from_str(&text.with_context(|| format!("{name} cannot be read"))?)
        .with_context(|| format!("{name} cannot be used"))
}

/// Writes variables as a file that wrangler reads.
///
/// # Errors
/// If the file cannot be written.
pub fn write(file: &Path, variables: &BTreeMap<String, String>) -> io::Result<()> {
    let mut text =
        "# Written by the sandbox at each start: the apps with a fixture that it plays.\n".to_owned();
    for (name, value) in variables {
        let _ = writeln!(text, "{name}={value}");
    }
    fs::write(file, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "http://localhost:8788";

    fn played(apps: &[&str], known: &[&str]) -> BTreeMap<String, String> {
        let apps: Vec<String> = apps.iter().map(|app| (*app).to_owned()).collect();
        of(&apps, ORIGIN, &known.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect()).unwrap()
    }

    #[test]
    fn an_address_of_the_vendor_leads_here_and_any_other_value_stays() {
        let variables = played(&["jira"], &[]);
        assert_eq!(variables["APP_JIRA_LOGIN_URL"], "http://localhost:8788/apps/jira/auth.atlassian.com");
        assert_eq!(variables["APP_JIRA_CLIENT_ID"], "workbot-local");
        assert_eq!(variables["APP_JIRA_CLOUD_ID"], fixture::all()["jira"].vars["CLOUD_ID"]);
        assert!(variables.keys().all(|name| name.starts_with("APP_JIRA_")));
        assert!(!played(&["freshservice"], &[]).contains_key("APP_FRESHSERVICE_CLIENT_ID"));
    }

    #[test]
    fn an_app_with_variables_of_its_own_keeps_them_and_others_are_not_mistaken_for_it() {
        assert_eq!(played(&["jira"], &["APP_JIRA_CLIENT_ID"]), BTreeMap::new());
        let other = played(&["jira"], &["APP_JIRA_SERVICE_MANAGEMENT_CLIENT_ID"]);
        assert!(other.contains_key("APP_JIRA_CLIENT_ID"));
    }

    #[test]
    fn each_app_with_a_fixture_gets_variables_and_none_means_none() {
        let all = played(&["all"], &[]);
        for id in fixture::all().keys() {
            let prefix = format!("APP_{}_", id.to_uppercase().replace('-', "_"));
            assert!(all.keys().any(|name| name.starts_with(&prefix)), "{id}");
        }
        assert_eq!(played(&["none"], &[]), BTreeMap::new());
        let error = of(&["nobody".to_owned()], ORIGIN, &BTreeMap::new()).unwrap_err().to_string();
        assert!(error.contains("nobody has no fixture") && error.contains("asana,"), "{error}");
    }
}
