//! Checks an app's file.

use serde_json::Value;
use workbot_shared::Auth;

use super::place::Checked;
use super::templates::{Kind, Scope};
use crate::catalogue::{App, OAuth2};

/// Headers that are set by themselves.
const OWN_HEADERS: [&str; 5] = ["authorization", "content-type", "content-length", "cookie", "host"];

/// Parameters of a token request that are set by themselves (RFC 6749 sections 4.1.3 and 6, RFC 7636 section 4.5).
const OWN_TOKEN_PARAMS: [&str; 7] =
    ["grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier", "refresh_token"];

const NO_TEMPLATE: &str = "no template here: it is sent, or compared, as it stands";

pub(super) fn check(checked: &mut Checked<'_>, app: &App) {
    let deployed = Scope::default().known("vars", app.vars.keys());
    let kept: &[String] = app.oauth2.as_ref().map_or(&[], |oauth2| &oauth2.keep);
    let connected = deployed.clone().known("token", kept);
    vars(checked, app);
    auth(checked, app, &deployed);
    let mut template = |path: &[&str], text: &str, scope: &Scope| {
        checked.template(path, text, Kind::Text, scope);
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
    for name in app.headers.keys().filter(|name| OWN_HEADERS.contains(&name.to_lowercase().as_str())) {
        checked.mistake(&["headers", name], "", format!("the header `{name}` is set by itself: remove it"));
    }
    account_and_errors(checked, app);
    if app.actions.is_empty() {
        checked.mistake(&["actions"], "", "an app has at least one [actions.<name>]");
    }
    for (name, action) in &app.actions {
        super::actions::check(checked, name, action, &connected);
    }
    super::hosts::check(checked, app);
}

fn vars(checked: &mut Checked<'_>, app: &App) {
    for (name, var) in &app.vars {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') {
            let message = format!("the variable `{name}` must be written in capitals, e.g. `LOGIN_URL`");
            checked.mistake(&["vars", name], "", message);
        }
        let default = var.default.as_deref().unwrap_or_default();
        let address = default.is_empty() || (default.starts_with("https://") && !default.ends_with('/'));
        if name.ends_with("URL") && !address {
            let message = "the default of an address begins with `https://` and has no slash at its end";
            checked.mistake(&["vars", name, "default"], default, message);
        }
        // A deployment sets these for every app.
        if matches!(name.as_str(), "CLIENT_ID" | "CLIENT_SECRET" | "ALLOWED_INSTANCES") {
            checked.mistake(&["vars", name], "", format!("`{name}` is there by itself: remove the variable"));
        }
    }
}

fn auth(checked: &mut Checked<'_>, app: &App, deployed: &Scope) {
    match (app.auth, &app.oauth2, &app.api_key) {
        (Auth::Oauth2, Some(oauth2), None) => {
            grant(checked, oauth2, deployed);
            if oauth2.revoke_url.is_none() && app.manage_url.is_none() {
                let message = "without `revoke_url` the app needs a `manage_url`: where people take away access themselves";
                checked.mistake(&["oauth2"], "", message);
            }
        }
        (Auth::ApiKey, None, Some(key)) => {
            let used =
                checked.template(&["api_key", "value"], &key.value.0, Kind::Text, &Scope::default().value("key"));
            if !used.contains("key") {
                let message = "`value` must hold the key, e.g. `Bearer {{ key }}`";
                checked.mistake(&["api_key", "value"], "", message);
            }
        }
        (Auth::Basic, None, None) => {}
        _ => checked.mistake(
            &["auth"],
            "",
            "`auth = \"oauth2\"` needs the table [oauth2], `auth = \"api_key\"` the table [api_key], and no app has another's",
        ),
    }
}

fn grant(checked: &mut Checked<'_>, oauth2: &OAuth2, deployed: &Scope) {
    let urls = [
        ("authorize_url", Some(&oauth2.authorize_url)),
        ("token_url", Some(&oauth2.token_url)),
        ("revoke_url", oauth2.revoke_url.as_ref()),
        ("issuer", oauth2.issuer.as_ref()),
    ];
    for (name, url) in urls {
        if let Some(url) = url {
            checked.template(&["oauth2", name], &url.0, Kind::Text, deployed);
        }
    }
    // RFC 8414 section 2.
    if oauth2.issuer.as_ref().is_some_and(|issuer| issuer.0.contains(['?', '#'])) {
        checked.mistake(&["oauth2", "issuer"], "", "an issuer has no query and no fragment");
    }
    for name in oauth2.select_account.keys().filter(|name| oauth2.authorize_params.contains_key(*name)) {
        let message = format!(
            "`{name}` is in `authorize_params` too, and would be sent twice: write it in one of them"
        );
        checked.mistake(&["oauth2", "select_account", name], "", message);
    }
    for name in oauth2.token_params.keys().filter(|name| OWN_TOKEN_PARAMS.contains(&name.as_str())) {
        let message = format!("`{name}` is sent by itself: remove it");
        checked.mistake(&["oauth2", "token_params", name], "", message);
    }
    let params = oauth2.token_params.values().filter(|value| has_template_text(value));
    for value in params {
        checked.mistake(&["oauth2", "token_params"], value, NO_TEMPLATE);
    }
    let errors = &oauth2.errors;
    for (class, words) in [
        ("busy", &errors.busy),
        ("login", &errors.login),
        ("doubtful", &errors.doubtful),
        ("policy", &errors.policy),
        ("setup", &errors.setup),
    ] {
        error_words(checked, &["oauth2", "errors", class], words);
    }
    let own = ["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge"];
    for name in oauth2.authorize_params.keys().filter(|name| own.contains(&name.as_str())) {
        checked.mistake(
            &["oauth2", "authorize_params", name],
            "",
            format!("`{name}` is sent by itself: remove it"),
        );
    }
}

/// An empty word would stand in every answer.
fn error_words(checked: &mut Checked<'_>, path: &[&str], words: &[String]) {
    for word in words {
        if word.trim().is_empty() {
            checked.mistake(path, word, "a word is empty: remove it");
        } else if has_template_text(word) {
            checked.mistake(path, word, NO_TEMPLATE);
        }
    }
}

fn has_template_text(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

fn account_and_errors(checked: &mut Checked<'_>, app: &App) {
    let account = &app.account;
    if account.label.is_empty() {
        checked.mistake(&["account", "label"], "", "`label` is empty: name at least one JSON pointer");
    }
    for pointer in &account.label {
        checked.pointer(&["account", "label"], pointer);
    }
    checked.pointer(&["account", "id"], &account.id);
    if let Some(instance) = &account.instance {
        checked.pointer(&["account", "instance"], instance);
    }
    for pointer in &app.errors.message {
        checked.pointer(&["errors", "message"], pointer);
    }
    if let Some(code) = &app.errors.code {
        checked.pointer(&["errors", "code"], code);
    } else if !app.errors.busy.is_empty() {
        checked.mistake(&["errors", "busy"], "", "`busy` needs `code`: the JSON pointer to the word");
    }
    error_words(checked, &["errors", "busy"], &app.errors.busy);
    error_words(checked, &["errors", "token"], &app.errors.token);
}

/// The value that a name is `Some` for, at a path of strings.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Whether a JSON value holds a template.
pub(super) fn has_template(value: &Value) -> bool {
    match value {
        Value::String(text) => has_template_text(text),
        Value::Array(items) => items.iter().any(has_template),
        Value::Object(fields) => fields.values().any(has_template),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{app_mistakes, only};

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
        assert!(mistake.starts_with("app.toml:21: `user/id` is no JSON pointer"), "{mistake}");
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
        assert!(plain.starts_with("app.toml:14: an address begins with `https://`"), "{plain}");
        let query = only(with("{{ vars.SITE_URL }}?tenant=1"));
        assert_eq!(query, "app.toml:14: an issuer has no query and no fragment");
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
            assert_eq!(mistake, format!("app.toml:14: `{own}` is sent by itself: remove it"));
        }
        let template = only(with("audience = \"{{ vars.SITE_URL }}\""));
        assert!(template.starts_with("app.toml:14: no template here"), "{template}");
    }

    #[test]
    fn a_word_for_an_error_is_a_word() {
        let with = |table: &str| app_mistakes("[account]", &format!("{table}\n[account]"));
        assert!(
            with("[oauth2.errors]\nbusy = [\"being processed\"]\n[errors]\ntoken = [\"DEAD\"]").is_empty()
        );
        for table in [
            "[oauth2.errors]\nbusy = [\"\"]",
            "[oauth2.errors]\nlogin = [\"a\", \" \"]",
            "[errors]\ntoken = [\"\"]",
        ] {
            let mistake = only(with(table));
            assert!(mistake.contains(": a word is empty: remove it"), "{mistake}");
        }
        let template = only(with("[oauth2.errors]\npolicy = [\"{{ vars.SITE_URL }}\"]"));
        assert!(template.starts_with("app.toml:19: no template here"), "{template}");
    }

    #[test]
    fn a_parameter_is_not_sent_twice() {
        let twice = "select_account = { prompt = \"login\" }\nauthorize_params = { prompt = \"consent\" }\nrotation =";
        let mistake = only(app_mistakes("rotation =", twice));
        assert!(mistake.starts_with("app.toml:14: `prompt` is in `authorize_params` too"), "{mistake}");
    }
}
