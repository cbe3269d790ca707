//! Checks the variables: complete, well-formed, spelled correctly, and with the right kind of value.

use std::cell::RefCell;
use std::collections::BTreeSet;

use strsim::osa_distance;
use workbot_domain::catalog::{App, Catalog};
use workbot_domain::config::{Config, Problem, missing_variables};
use workbot_shared::AppId;

use super::finding::Finding;
use crate::package::is_guid;
use crate::settings::Settings;

/// The source of each missing value.
const REMEDIES: [(&str, &str); 12] = [
    ("PUBLIC_URL", "the worker's address: https://<name>.<your subdomain>.workers.dev, or your own domain"),
    ("BOT_APP_ID", "Entra > App registrations > your bot > Overview: Application (client) ID"),
    ("BOT_TENANT_ID", "Entra > App registrations > your bot > Overview: Directory (tenant) ID"),
    (
        "BOT_APP_PASSWORD",
        "Entra > App registrations > your bot > Certificates & secrets: the Value of a new client secret",
    ),
    ("ALLOWED_TENANTS", "comma-separated tenant ids, or leave it out: then BOT_TENANT_ID alone is served"),
    ("MASTER_KEYS", "`cargo xtask key` makes one"),
    ("IDLE_DAYS", "e.g. 90; leave it out to keep connections until their owners end them"),
    ("LLM_URL", "the API below which /chat/completions is, e.g. https://api.openai.com/v1"),
    ("LLM_MODEL", "the name of a model that the endpoint offers"),
    ("TAB_HOST_ORIGINS", "take it out: it is for local runs"),
    ("_CLIENT_SECRET", "the app's page of your OAuth client shows it, beside the client id"),
    ("_CLIENT_ID", "the app's page of your OAuth client shows it"),
];

/// The findings about the variables. `config`: the result of the worker's own parser.
pub fn check(settings: &Settings, catalog: &Catalog, config: &Result<Config, Vec<Problem>>) -> Vec<Finding> {
    let problems = match config {
        Ok(config) => &config.problems,
        Err(problems) => problems,
    };
    let mut findings: Vec<_> =
        problems.iter().map(|problem| Finding::problem(problem.to_string(), remedy(&problem.name))).collect();
    findings.extend(misspelled(settings, &known(catalog)));
    findings.extend(not_what_it_should_be(settings));
    if findings.is_empty() {
        findings.push(Finding::Fine("complete and well-formed".to_owned()));
    }
    findings.extend(apps(settings, catalog, config));
    findings.extend(open_to_others(settings));
    findings
}

fn remedy(name: &str) -> String {
    let known = REMEDIES.iter().find(|(what, _)| name == *what || name.ends_with(what));
    let elsewhere = || {
        let at = if name.starts_with("APP_") { "the app's file in catalog/apps" } else { "docs/deploy.md" };
        format!("see {at}")
    };
    known.map_or_else(elsewhere, |(_, remedy)| (*remedy).to_owned())
}

/// All variables that the worker reads if every app is configured.
fn known(catalog: &Catalog) -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    let response = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        Some("https://x.example".to_owned())
    };
    let _ = Config::read(catalog, &response);
    asked.into_inner()
}

/// A name that the worker does not read: probably a typo.
fn misspelled(settings: &Settings, known: &BTreeSet<String>) -> Vec<Finding> {
    let strange = settings.names().filter(|name| !known.contains(*name));
    strange
        .map(|name| {
            let close = known.iter().map(|other| (osa_distance(name, other), other)).min();
            match close {
                Some((distance, other)) if distance <= name.len() / 4 => {
                    Finding::problem(format!("nothing reads {name}"), format!("did you mean {other}?"))
                }
                _ => Finding::Note(format!("nothing reads {name}")),
            }
        })
        .collect()
}

/// Values of the right form and the wrong kind.
fn not_what_it_should_be(settings: &Settings) -> Vec<Finding> {
    let is = |name: &str, test: &dyn Fn(&str) -> bool| settings.get(name).is_some_and(|value| test(&value));
    let mut findings = Vec::new();
    // The Playground's tenant is not a GUID: a local run is not checked.
    let local = is("PUBLIC_URL", &|url| url.starts_with("http:"));
    for name in ["BOT_APP_ID", "BOT_TENANT_ID"] {
        if is(name, &|id| !is_guid(id)) && !local {
            findings.push(Finding::problem(format!("{name} is not a GUID"), remedy(name)));
        }
    }
    if is("BOT_APP_PASSWORD", &is_guid) {
        findings.push(Finding::problem(
            "BOT_APP_PASSWORD is a secret's id, not its value",
            remedy("BOT_APP_PASSWORD"),
        ));
    }
    if local {
        findings.push(Finding::Note("PUBLIC_URL is on this machine: these are a local run's".to_owned()));
    }
    findings
}

/// The apps of the recipes: those that are set up, and what each of the others lacks. The bot's own variables
/// may be incomplete.
fn apps(settings: &Settings, catalog: &Catalog, config: &Result<Config, Vec<Problem>>) -> Vec<Finding> {
    let lacks = |id: &AppId, app: &App| match config {
        Ok(config) => config.missing.get(id).cloned().unwrap_or_default(),
        Err(_) => missing_variables(&|name| settings.get(name), id, app),
    };
    let used = catalog.apps.iter().filter(|(id, _)| !catalog.recipes_with(id).is_empty());
    let (there, missing): (Vec<_>, Vec<_>) =
        used.map(|(id, app)| (id, app, lacks(id, app))).partition(|(.., lacks)| lacks.is_empty());
    let names: Vec<_> = there.iter().map(|(_, app, _)| app.name.as_str()).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let lacking = missing.into_iter().map(|(id, app, variables)| {
        Finding::Note(format!(
            "{} is not set up, and its recipes are not offered: it lacks {} (docs/apps/{id}.md)",
            app.name,
            variables.join(", ")
        ))
    });
    [Finding::Note(format!("apps of the recipes that are set up: {names}"))]
        .into_iter()
        .chain(lacking)
        .collect()
}

#[cfg(unix)]
fn open_to_others(settings: &Settings) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let file = settings.file()?;
    let mode = file.metadata().ok()?.permissions().mode();
    let fix = format!("chmod 600 {}", file.display());
    (mode & 0o077 != 0)
        .then(|| Finding::problem("other users of this machine can read the file with the secrets", fix))
}

#[cfg(not(unix))]
fn open_to_others(_: &Settings) -> Option<Finding> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked_catalog;
    use crate::project_path;

    const GUID: &str = "11111111-2222-3333-4444-555555555555";

    fn found(values: &[(&str, &str)]) -> Vec<String> {
        let (settings, catalog) = (Settings::of(values), checked_catalog::tests::real_catalog());
        let config = Config::read(&catalog, &|name| settings.get(name));
        let all = check(&settings, &catalog, &config).into_iter();
        all.filter(Finding::is_problem).map(|finding| finding.to_string()).collect()
    }

    fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
        let whole = [
            ("PUBLIC_URL", "https://bot.contoso.com"),
            ("BOT_APP_ID", GUID),
            ("BOT_TENANT_ID", GUID),
            ("BOT_APP_PASSWORD", "Xy8~secret"),
            ("MASTER_KEYS", "k1:qJ0mV1m2b8dX5n3Qm1c0e7Zt9Yh4Rk6wUoPsLgTfDxA"),
        ];
        whole.into_iter().chain(more.iter().copied()).collect()
    }

    #[test]
    fn a_whole_configuration_has_no_problem() {
        assert_eq!(found(&with(&[])), Vec::<String>::new());
    }

    #[test]
    fn each_app_that_is_not_set_up_is_named_with_all_that_it_lacks() {
        let catalog = checked_catalog::tests::real_catalog();
        let app = [
            ("APP_BOX_CLIENT_ID", "c"),
            ("APP_BOX_CLIENT_SECRET", "s"),
            ("APP_JIRA_CLIENT_ID", "c"),
            ("APP_JIRA_CLOUD_ID", "x"),
        ];
        // The second configuration lacks variables of the bot.
        for values in [with(&app), app.to_vec()] {
            let settings = Settings::of(&values);
            let config = Config::read(&catalog, &|name| settings.get(name));
            let found: Vec<_> = check(&settings, &catalog, &config).iter().map(ToString::to_string).collect();
            for expected in [
                "apps of the recipes that are set up: Box",
                "it lacks APP_FRESHDESK_SITE_URL (docs/apps/freshdesk.md)",
                "Jira is not set up, and its recipes are not offered: it lacks APP_JIRA_CLIENT_SECRET, APP_JIRA_SITE_URL",
            ] {
                assert!(found.iter().any(|finding| finding.contains(expected)), "{expected}: {found:#?}");
            }
            let lacking = found.iter().filter(|finding| finding.contains("is not set up")).count();
            let used = catalog.apps.keys().filter(|id| !catalog.recipes_with(id).is_empty()).count();
            assert!(lacking >= used - 3, "{lacking} of {used}: {found:#?}");
        }
    }

    #[test]
    fn what_the_worker_would_say_comes_with_where_to_find_it() {
        let found = found(&[("PUBLIC_URL", "https://bot.contoso.com"), ("BOT_TENANT_ID", GUID)]);
        assert_eq!(found.len(), 3, "{found:#?}");
        assert!(found[0].contains("BOT_APP_ID is not set") && found[0].contains("Application (client) ID"));
    }

    #[test]
    fn a_slip_in_a_name_is_found_and_a_name_of_the_catalog_is_none() {
        let slip =
            found(&with(&[("BOT_TENNANT_ID", GUID), ("APP_BOX_UPLOAD_URL", "https://upload.box.com")]));
        assert!(matches!(slip.as_slice(), [one] if one.contains("did you mean BOT_TENANT_ID?")), "{slip:#?}");
        assert!(
            found(&with(&[("MY_OWN_NOTE", "1")])).is_empty(),
            "a name of somebody else's is none of ours"
        );
    }

    #[test]
    fn what_is_something_else_than_it_should_be_is_found() {
        for (name, value, says) in [
            ("BOT_APP_PASSWORD", GUID, "a secret's id"),
            ("BOT_APP_ID", "workbot", "BOT_APP_ID is not a GUID"),
            ("APP_BOX_CLIENT_SECRET", "s", "APP_BOX_CLIENT_ID is not set"),
            ("APP_BOX_CLIENT_ID", "c", "APP_BOX_CLIENT_SECRET is not set"),
            ("APP_FRESHDESK_SITE_URL", "contoso", "the app's file in catalog/apps"),
            ("LLM_URL", "https://models.contoso.com/v1", "LLM_MODEL is missing"),
            ("PUBLIC_URL", "https://bot.contoso.com/teams", "PUBLIC_URL must be an origin"),
            ("CLOUD", "gcc", "CLOUD must be one of public, gcc_high, dod, china"),
        ] {
            let mut values = with(&[]);
            values.retain(|(other, _)| *other != name);
            values.push((name, value));
            let found = found(&values);
            assert!(matches!(found.as_slice(), [one] if one.contains(says)), "{name}: {found:#?}");
        }
    }

    #[test]
    fn every_variable_that_the_worker_reads_is_in_the_documentation() {
        let page = std::fs::read_to_string(project_path::at("docs/deploy.md")).unwrap();
        let known = known(&checked_catalog::tests::real_catalog());
        assert!(known.contains("APP_MICROSOFT_GRAPH_CLIENT_ID") && known.contains("REVOKE_ON_UNINSTALL"));
        for name in known.iter().filter(|name| !name.starts_with("APP_")) {
            assert!(page.contains(&format!("`{name}`")), "docs/deploy.md does not name {name}");
        }
    }
}
