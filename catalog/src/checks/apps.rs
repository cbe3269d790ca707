//! Checks an app's file.

use workbot_shared::Auth;

use super::headers::{self, OWN_HEADERS, is_header_name};
use super::templates::{Kind, Scope};
use crate::diagnostics::Checker;
use workbot_domain::catalog::{App, OAuth2};

/// Parameters of the authorization request that Workbot sets (RFC 6749 section 4.1.1, RFC 7636 section 4.3),
/// and secrets, which must not be part of a URL.
const OWN_PARAMETERS: [&str; 9] = [
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
];

/// Parameters of the token request that Workbot sets (RFC 6749 sections 4.1.3 and 6, RFC 7636 section 4.5).
const OWN_TOKEN_PARAMS: [&str; 7] =
    ["grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier", "refresh_token"];

pub(crate) fn check(checker: &mut Checker<'_>, app: &App) {
    let deployed = Scope::default().known("vars", app.vars.keys());
    let kept: &[String] = app.oauth2.as_ref().map_or(&[], |oauth2| &oauth2.keep);
    let connected = deployed.clone().known("token", kept);
    vars(checker, app);
    auth(checker, app, &deployed);
    let mut template = |path: &[&str], text: &str, scope: &Scope| {
        checker.template(path, text, Kind::Text, scope);
    };
    template(&["base_url"], &app.base_url.0, &connected);
    template(&["account", "url"], &app.account.url.0, &connected);
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
    account_and_errors(checker, app);
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
            grant(checker, oauth2, deployed);
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

fn grant(checker: &mut Checker<'_>, oauth2: &OAuth2, deployed: &Scope) {
    let urls = [
        ("authorize_url", Some(&oauth2.authorize_url)),
        ("token_url", Some(&oauth2.token_url)),
        ("revoke_url", oauth2.revoke_url.as_ref()),
        ("issuer", oauth2.issuer.as_ref()),
    ];
    for (name, url) in urls {
        if let Some(url) = url {
            checker.template(&["oauth2", name], &url.0, Kind::Text, deployed);
        }
    }
    // RFC 8414 section 2: an issuer must not contain a query or a fragment.
    if oauth2.issuer.as_ref().is_some_and(|issuer| issuer.0.contains(['?', '#'])) {
        checker.mistake(&["oauth2", "issuer"], "", "an issuer must not contain a query or a fragment");
    }
    // A parameter of `select_account` replaces that of the same name in `authorize_params`.
    for (table, parameters) in
        [("authorize_params", &oauth2.authorize_params), ("select_account", &oauth2.select_account)]
    {
        for name in parameters.keys().filter(|name| OWN_PARAMETERS.contains(&name.as_str())) {
            checker.mistake(
                &["oauth2", table, name],
                "",
                format!("Workbot sends `{name}` itself: remove it"),
            );
        }
    }
    if oauth2.access_token_seconds == Some(0) {
        let message = "a lifetime of 0 seconds causes a refresh before every call: write the real lifetime";
        checker.mistake(&["oauth2", "access_token_seconds"], "", message);
    }
    if oauth2.refresh_token_days.is_some_and(|days| days < 8) {
        let message =
            "Workbot asks for a new login a week before: with fewer than 8 days, immediately. Remove it";
        checker.mistake(&["oauth2", "refresh_token_days"], "", message);
    }
    for name in oauth2.token_params.keys().filter(|name| OWN_TOKEN_PARAMS.contains(&name.as_str())) {
        let message = format!("Workbot sends `{name}` itself: remove it");
        checker.mistake(&["oauth2", "token_params", name], "", message);
    }
}

fn account_and_errors(checker: &mut Checker<'_>, app: &App) {
    let account = &app.account;
    if account.label.is_empty() {
        checker.mistake(&["account", "label"], "", "`label` is empty: add at least one JSON pointer");
    }
    for pointer in &account.label {
        checker.pointer(&["account", "label"], pointer);
    }
    checker.pointer(&["account", "id"], &account.id);
    if let Some(instance) = &account.instance {
        checker.pointer(&["account", "instance"], instance);
    }
    for pointer in &app.errors.message {
        checker.pointer(&["errors", "message"], pointer);
    }
    if let Some(code) = &app.errors.code {
        checker.pointer(&["errors", "code"], code);
    } else if !app.errors.busy.is_empty() {
        checker.mistake(
            &["errors", "busy"],
            "",
            "`busy` needs `code`: add the JSON pointer to the error code",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn an_issuer_is_an_address_of_declared_variables_without_a_query() {
        let with = |issuer: &str| app_mistakes("rotation =", &format!("issuer = \"{issuer}\"\nrotation ="));
        for right in ["https://login.example.com", "{{ vars.SITE_URL }}", "{{ vars.SITE_URL }}/oauth2/"] {
            assert!(with(right).is_empty(), "{right}");
        }
        let unknown = only(with("{{ vars.ISSUER }}"));
        assert_eq!(unknown, "app.toml:14: `vars.ISSUER` does not exist: known here: SITE_URL");
        let early = only(with("{{ token.team }}"));
        assert!(early.starts_with("app.toml:14: `token.team` is unknown"), "{early}");
        let plain = only(with("login.example.com"));
        assert!(plain.starts_with("app.toml:14: an address must begin with `https://`"), "{plain}");
        let query = only(with("{{ vars.SITE_URL }}?tenant=1"));
        assert_eq!(query, "app.toml:14: an issuer must not contain a query or a fragment");
    }

    #[test]
    fn to_switch_the_account_its_parameter_stands_in_place_of_the_usual_one() {
        let both = "select_account = { prompt = \"login\" }\nauthorize_params = { prompt = \"consent\", a = \"b\" }\nrotation =";
        assert!(app_mistakes("rotation =", both).is_empty());
        let oauth2: OAuth2 = toml::from_str(
            "authorize_url = \"\"\ntoken_url = \"\"\nrotation = \"none\"\nrevokes = \"token\"\nselect_account = { prompt = \"login\" }\nauthorize_params = { prompt = \"consent\", a = \"b\" }",
        )
        .unwrap();
        let parameters = |switch| oauth2.authorization_parameters(switch).into_iter().collect::<Vec<_>>();
        assert_eq!(parameters(false), [("a", "b"), ("prompt", "consent")]);
        assert_eq!(parameters(true), [("a", "b"), ("prompt", "login")]);
    }

    #[test]
    fn what_is_sent_by_itself_is_named_nowhere() {
        for table in ["authorize_params", "select_account"] {
            for name in OWN_PARAMETERS {
                let mistake =
                    only(app_mistakes("rotation =", &format!("{table} = {{ {name} = \"x\" }}\nrotation =")));
                assert_eq!(mistake, format!("app.toml:14: Workbot sends `{name}` itself: remove it"));
            }
        }
    }

    #[test]
    fn a_time_that_is_none_is_a_mistake() {
        let with = |line: &str| app_mistakes("rotation =", &format!("{line}\nrotation ="));
        assert!(with("access_token_seconds = 1\nrefresh_token_days = 8").is_empty());
        assert!(only(with("access_token_seconds = 0")).starts_with("app.toml:14: a lifetime of 0 seconds"));
        for days in [0, 1, 7] {
            assert!(only(with(&format!("refresh_token_days = {days}"))).contains("fewer than 8 days"));
        }
        assert!(only(with("refresh_token_days = -1")).starts_with("app.toml:14: "));
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

    #[test]
    fn a_token_request_takes_more_parameters_but_none_of_its_own() {
        let with =
            |params: &str| app_mistakes("rotation =", &format!("token_params = {{ {params} }}\nrotation ="));
        assert!(with("expires_in = \"86400\", audience = \"api\", scope = \"a b\"").is_empty());
        for own in [
            "grant_type",
            "code",
            "redirect_uri",
            "client_id",
            "client_secret",
            "code_verifier",
            "refresh_token",
        ] {
            let mistake = only(with(&format!("{own} = \"x\"")));
            assert_eq!(mistake, format!("app.toml:14: Workbot sends `{own}` itself: remove it"));
        }
        let template = only(with("audience = \"{{ vars.SITE_URL }}\""));
        assert!(template.starts_with("app.toml:14: this field is not a template"), "{template}");
    }
}
