//! The configuration of one app.

use secrecy::SecretString;
use std::collections::BTreeMap;
use workbot_shared::{AppId, Auth};

use super::variable_reader::{Problem, Reader};
use crate::catalog::App;

/// An app's set-up in this deployment.
#[derive(Debug)]
pub struct AppSetup {
    /// The OAuth client, for apps with logins.
    pub client: Option<Client>,
    /// The ids of the instances that people may connect; empty for no restriction.
    pub allowed_instances: Vec<String>,
    /// The values of the app's variables.
    pub vars: BTreeMap<String, String>,
}

/// Workbot's registration at an app as an OAuth client (RFC 6749 section 2).
#[derive(Debug)]
pub struct Client {
    /// The client id.
    pub id: String,
    /// The client secret.
    pub secret: SecretString,
}

/// Returns the prefix of an app's variables: `APP_<ID>_`.
fn prefix(id: &AppId) -> String {
    format!("APP_{}_", id.as_str().to_ascii_uppercase().replace('-', "_"))
}

/// Returns the names of the required variables of an app that have no value. `get` returns the value of a
/// variable.
#[must_use]
pub fn missing_variables(get: &dyn Fn(&str) -> Option<String>, id: &AppId, app: &App) -> Vec<String> {
    let read = Reader { get, problems: Vec::new() };
    let client: &[&str] = if app.auth == Auth::Oauth2 { &["CLIENT_ID", "CLIENT_SECRET"] } else { &[] };
    let vars = app.vars.iter().filter(|(_, var)| var.default.is_none()).map(|(name, _)| name.as_str());
    let names = client.iter().copied().chain(vars).map(|name| format!("{}{name}", prefix(id)));
    names.filter(|name| read.optional(name).is_none()).collect()
}

/// Reads the set-up of an app: by its client if it has logins, else by its variables. Returns `None` for an
/// app that is not set up, which is no mistake.
///
/// # Errors
/// The missing or malformed variables of an incomplete set-up.
pub(super) fn read_app(
    get: &dyn Fn(&str) -> Option<String>,
    id: &AppId,
    app: &App,
) -> Result<Option<AppSetup>, Vec<Problem>> {
    let mut read = Reader { get, problems: Vec::new() };
    let prefix = prefix(id);
    let full = |name: &str| format!("{prefix}{name}");
    let client = if app.auth == Auth::Oauth2 {
        match (read.optional(&full("CLIENT_ID")), read.optional(&full("CLIENT_SECRET"))) {
            (None, None) => return Ok(None),
            (None, Some(_)) => {
                read.problem(&full("CLIENT_ID"), format!("is not set, but {} is", full("CLIENT_SECRET")));
                None
            }
            (Some(id), secret) => {
                if secret.is_none() {
                    read.problem(&full("CLIENT_SECRET"), format!("is not set, but {} is", full("CLIENT_ID")));
                }
                Some(Client { id, secret: SecretString::from(secret.unwrap_or_default()) })
            }
        }
    } else {
        let needs_one = app.vars.values().any(|var| var.default.is_none());
        if needs_one && app.vars.keys().all(|name| read.optional(&full(name)).is_none()) {
            return Ok(None);
        }
        None
    };
    let allowed_instances = read.list(&full("ALLOWED_INSTANCES"));
    let mut vars = BTreeMap::new();
    for (name, var) in &app.vars {
        let Some(value) = read.optional(&full(name)).or_else(|| var.default.clone()) else {
            read.problem(&full(name), format!("is not set: {}", var.about));
            continue;
        };
        let value = if name.ends_with("URL") { read.address(&full(name), value) } else { value };
        vars.insert(name.clone(), value);
    }
    if read.problems.is_empty() {
        Ok(Some(AppSetup { client, allowed_instances, vars }))
    } else {
        Err(read.problems)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::configured;
    use super::*;

    /// The names of the variables with mistakes, in a deployment whose bot is set up.
    fn app_names(change: &[(&str, &str)]) -> Vec<String> {
        configured(change).unwrap().problems.into_iter().map(|problem| problem.name).collect()
    }

    #[test]
    fn an_incomplete_app_affects_no_other_app_and_not_the_bot() {
        let salesforce = AppId::parse("salesforce").unwrap();
        for (change, app, named) in [
            ([("APP_SALESFORCE_CLIENT_SECRET", "")].as_slice(), "salesforce", "APP_SALESFORCE_CLIENT_SECRET"),
            (&[("APP_SALESFORCE_CLIENT_ID", "")], "salesforce", "APP_SALESFORCE_CLIENT_ID"),
            (&[("APP_SALESFORCE_LOGIN_URL", "login.x.com")], "salesforce", "APP_SALESFORCE_LOGIN_URL"),
            (
                &[("APP_SERVICENOW_CLIENT_ID", "c"), ("APP_SERVICENOW_CLIENT_SECRET", "s")],
                "servicenow",
                "APP_SERVICENOW_INSTANCE_URL",
            ),
            (&[("APP_FRESHDESK_SITE_URL", "contoso")], "freshdesk", "APP_FRESHDESK_SITE_URL"),
        ] {
            let config = configured(change);
            let config = config.unwrap_or_else(|problems| panic!("{change:?}: {problems:?}"));
            assert_eq!(app_names(change), [named]);
            assert!(!config.apps.contains_key(&AppId::parse(app).unwrap()), "{app} is not set up");
            assert!(app == "salesforce" || config.apps.contains_key(&salesforce), "{app} hurts Salesforce");
        }
    }

    #[test]
    fn a_mistake_of_an_app_names_its_variable_and_no_value() {
        let config = configured(&[("APP_SALESFORCE_LOGIN_URL", "http://secret.example")]).unwrap();
        let messages: Vec<_> = config.problems.iter().map(ToString::to_string).collect();
        assert!(
            matches!(messages.as_slice(), [one] if one.starts_with("APP_SALESFORCE_LOGIN_URL must be")),
            "{messages:?}"
        );
        assert!(!messages.concat().contains("secret.example"), "{messages:?}");
    }

    #[test]
    fn an_app_without_client_id_is_not_set_up_and_that_is_no_mistake() {
        let none =
            configured(&[("APP_SALESFORCE_CLIENT_ID", ""), ("APP_SALESFORCE_CLIENT_SECRET", "")]).unwrap();
        assert!(none.apps.is_empty() && none.problems.is_empty());
    }

    #[test]
    fn what_an_app_lacks_is_named() {
        let lacks = |change: &[(&str, &str)], app: &str| {
            let config = configured(change).unwrap();
            config.missing.get(&AppId::parse(app).unwrap()).cloned()
        };
        assert_eq!(lacks(&[], "salesforce"), None);
        assert_eq!(
            lacks(&[], "jira").unwrap(),
            ["APP_JIRA_CLIENT_ID", "APP_JIRA_CLIENT_SECRET", "APP_JIRA_CLOUD_ID", "APP_JIRA_SITE_URL"]
        );
        assert_eq!(
            lacks(&[("APP_JIRA_CLIENT_ID", "c"), ("APP_JIRA_CLOUD_ID", "x")], "jira").unwrap(),
            ["APP_JIRA_CLIENT_SECRET", "APP_JIRA_SITE_URL"]
        );
        assert_eq!(lacks(&[], "freshdesk").unwrap(), ["APP_FRESHDESK_SITE_URL"]);
        let malformed = lacks(&[("APP_SALESFORCE_LOGIN_URL", "login.x.com")], "salesforce");
        assert_eq!(malformed.unwrap(), ["APP_SALESFORCE_LOGIN_URL"]);
    }

    #[test]
    fn an_app_without_logins_is_set_up_by_its_variables() {
        let freshdesk = AppId::parse("freshdesk").unwrap();
        assert!(!configured(&[]).unwrap().apps.contains_key(&freshdesk));
        let site = ("APP_FRESHDESK_SITE_URL", "https://contoso.freshdesk.com");
        let setup = &configured(&[site]).unwrap().apps[&freshdesk];
        assert!(setup.client.is_none() && setup.vars["SITE_URL"] == site.1);
    }
}
