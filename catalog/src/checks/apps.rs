//! Checks an app's file.

use workbot_shared::Auth;

use super::braces_and_empty_texts::BRACES;
use super::headers::{self, OWN_HEADERS, is_header_name};
use super::templates::{Kind, Scope, is_template};
use super::{account, oauth2};
use crate::diagnostics::Checker;
use workbot_domain::catalog::{App, Consent};

pub(crate) fn check(checker: &mut Checker<'_>, app: &App) {
    let deployed = Scope::default().known("vars", app.vars.keys());
    let identified = deployed.clone().known("token", kept_at_login(app));
    let organization = app.account.organization.iter().flat_map(|organization| organization.keep.keys());
    let connected = deployed.clone().known("token", kept_at_login(app).chain(organization));
    vars(checker, app);
    auth(checker, app, &deployed);
    account::check(checker, app, (&identified, &connected));
    let mut template = |path: &[&str], text: &str, scope: &Scope| {
        checker.template(path, text, Kind::Text, scope);
    };
    template(&["base_url"], &app.base_url.0, &connected);
    for (index, host) in app.allowed_hosts.iter().enumerate() {
        template(&["allowed_hosts", &index.to_string()], &host.0, &deployed);
    }
    if let Some(url) = &app.manage_url {
        template(&["manage_url"], &url.0, &deployed);
    }
    for (name, value) in &app.headers {
        template(&["headers", name], &value.0, &connected);
    }
    headers::check(checker, &["headers"], &app.headers, app);
    errors(checker, app);
    registration(checker, app);
    if app.actions.is_empty() {
        checker.mistake(&["actions"], "", "an app needs at least one [actions.<name>]");
    }
    for (name, action) in &app.actions {
        super::actions::check(checker, name, action, app, &connected);
    }
    super::hosts::check(checker, app);
    let used = super::braces_and_empty_texts::check_app(checker, app);
    super::unused::check_app(checker, app, &used);
}

/// The values that are stored with the tokens of a login, before the account is known.
fn kept_at_login(app: &App) -> impl Iterator<Item = &String> {
    app.oauth2.iter().flat_map(|oauth2| oauth2.keep.iter().chain(&oauth2.keep_from_callback))
}

fn vars(checker: &mut Checker<'_>, app: &App) {
    for (name, var) in &app.vars {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') {
            let message = format!("the variable `{name}` must be upper-case, e.g. `LOGIN_URL`");
            checker.mistake(&["vars", name], "", message);
        }
        let default = var.default.as_deref().unwrap_or_default();
        let address = default.is_empty() || (default.starts_with("https://") && !default.ends_with('/'));
        if name.ends_with("URL") && !address {
            let message =
                "the default of an address must begin with `https://` and must not end with a slash";
            checker.mistake(&["vars", name, "default"], default, message);
        }
        // Every app has these variables.
        if matches!(name.as_str(), "CLIENT_ID" | "CLIENT_SECRET" | "ALLOWED_INSTANCES") {
            checker.mistake(&["vars", name], "", format!("`{name}` is predefined: remove the variable"));
        }
    }
}

fn auth(checker: &mut Checker<'_>, app: &App, deployed: &Scope) {
    match (app.auth, &app.oauth2, &app.api_key) {
        (Auth::Oauth2, Some(oauth2), None) => {
            oauth2::check(checker, oauth2, deployed);
            if oauth2.revoke_url.is_none() && app.manage_url.is_none() {
                let message = "an app without `revoke_url` needs a `manage_url`: the page where people remove the access";
                checker.mistake(&["oauth2"], "", message);
            }
        }
        (Auth::ApiKey, None, Some(key)) => {
            let used =
                checker.template(&["api_key", "value"], &key.value.0, Kind::Text, &Scope::default().value("key"));
            if !used.contains("key") {
                let message = "`value` must contain the key, e.g. `Bearer {{ key }}`";
                checker.mistake(&["api_key", "value"], "", message);
            }
            let header = key.header.to_lowercase();
            let is_own = header != "authorization" && OWN_HEADERS.contains(&header.as_str());
            if is_own || !is_header_name(&header) {
                let message = format!("the header `{}` cannot contain a key: use the one in the app's documentation", key.header);
                checker.mistake(&["api_key", "header"], "", message);
            }
        }
        (Auth::Basic, None, None) => {}
        _ => checker.mistake(
            &["auth"],
            "",
            "`auth = \"oauth2\"` needs the table [oauth2], `auth = \"api_key\"` the table [api_key]; remove every other one",
        ),
    }
}

fn errors(checker: &mut Checker<'_>, app: &App) {
    for pointer in app.success.keys() {
        checker.pointer(&["success"], pointer);
    }
    for pointer in &app.absent {
        checker.pointer(&["absent"], pointer);
    }
    for pointer in &app.errors.message {
        checker.pointer(&["errors", "message"], pointer);
    }
    for pointer in &app.errors.code {
        checker.pointer(&["errors", "code"], pointer);
    }
    if app.errors.code.is_empty() && !app.errors.busy.is_empty() {
        checker.mistake(
            &["errors", "busy"],
            "",
            "`busy` needs `code`: add the JSON pointer to the error code",
        );
    }
}

fn registration(checker: &mut Checker<'_>, app: &App) {
    let Some(registration) = &app.registration else { return };
    if !registration.url.starts_with("https://") {
        checker.mistake(&["registration", "url"], "", "the address must begin with `https://`");
    }
    if registration.steps.is_empty() {
        checker.mistake(
            &["registration", "steps"],
            "",
            "`steps` is empty: write what an admin does, step by step",
        );
    }
    let has_logins = app.auth == Auth::Oauth2;
    if has_logins == (registration.consent == Consent::None) {
        let message = if has_logins {
            "people log in to this app: write `consent = \"person\"`, or \"admin\" if an admin has to allow it first"
        } else {
            "nobody logs in to this app: write `consent = \"none\"`"
        };
        checker.mistake(&["registration", "consent"], "", message);
    }
    // The table is not part of the compiled catalog, so the check of all texts does not see it.
    let texts = registration.steps.iter().map(|step| ("steps", step));
    for (name, text) in texts.chain(registration.limits.iter().map(|limit| ("limits", limit))) {
        if is_template(text) {
            checker.mistake(&["registration", name], text, BRACES);
        } else if text.trim().is_empty() {
            checker
                .further_mistake(&["registration", name], format!("`{name}` has an empty text: remove it"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{app_mistakes, only};

    #[test]
    fn a_variable_of_a_template_must_be_declared() {
        let mistake =
            only(app_mistakes("{{ vars.SITE_URL }}/oauth/token", "{{ vars.LOGIN_URL }}/oauth/token"));
        assert_eq!(mistake, "app.toml:13: `vars.LOGIN_URL` does not exist: known here: SITE_URL");
    }

    #[test]
    fn a_field_of_the_token_answer_must_be_kept() {
        let mistake = only(app_mistakes("{{ vars.SITE_URL }}/me", "{{ token.place }}/me"));
        assert_eq!(mistake, "app.toml:19: `token.place` does not exist: known here: team");
        let early = only(app_mistakes("{{ vars.SITE_URL }}/oauth/token", "{{ token.team }}/oauth/token"));
        assert!(early.starts_with("app.toml:13: `token.team` is unknown"), "{early}");
    }

    #[test]
    fn an_unknown_key_is_named_with_those_that_there_are() {
        let mistake = only(app_mistakes("rotation =", "rotatoin ="));
        assert!(mistake.starts_with("app.toml:14: unknown field `rotatoin`, expected one of "), "{mistake}");
    }

    #[test]
    fn a_missing_field_is_named() {
        let mistake = only(app_mistakes("rotation = \"single_use\"\n", ""));
        assert_eq!(mistake, "app.toml:11: missing field `rotation`: add a line for it");
    }

    #[test]
    fn what_points_into_an_answer_is_a_json_pointer() {
        let mistake = only(app_mistakes("id = \"/user/id\"", "id = \"user/id\""));
        assert!(mistake.starts_with("app.toml:21: `user/id` is not a JSON pointer"), "{mistake}");
    }

    #[test]
    fn auth_goes_with_its_own_table() {
        let mistake = only(app_mistakes("auth = \"oauth2\"", "auth = \"basic\""));
        assert!(mistake.starts_with("app.toml:2: `auth = \"oauth2\"` needs the table [oauth2]"), "{mistake}");
    }

    #[test]
    fn where_access_cannot_be_revoked_people_are_told_where_to_take_it_away() {
        let mistake = only(app_mistakes("revoke_url = \"{{ vars.SITE_URL }}/oauth/revoke\"\n", ""));
        assert!(mistake.contains("needs a `manage_url`"), "{mistake}");
    }

    #[test]
    fn a_value_of_another_kind_is_named_with_what_to_write() {
        for (old, new, expected) in [
            ("rotation =", "scopes = \"a b\"\nrotation =", "write a list, `[\"a\", \"b\"]`"),
            ("label = [\"/user/email\"]", "label = \"/user/email\"", "write a list, `[\"/user/email\"]`"),
            ("writes = true", "writes = \"true\"", "write `true` without quotes"),
            ("rotation =", "access_token_seconds = \"3600\"\nrotation =", "write `3600` without quotes"),
            ("id = \"/user/id\"", "id = 5", "write it in quotes"),
        ] {
            let mistake = only(app_mistakes(old, new));
            assert!(mistake.ends_with(expected), "{mistake}");
        }
    }
}
