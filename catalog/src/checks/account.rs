//! Checks an app's table `[account]`.

use workbot_shared::Auth;

use super::templates::{Kind, Scope};
use crate::diagnostics::Checker;
use workbot_domain::catalog::{App, Method};

/// `identified` has the values that are known before the organization is, `connected` all.
pub(crate) fn check(checker: &mut Checker<'_>, app: &App, (identified, connected): (&Scope, &Scope)) {
    let account = &app.account;
    // Values of an organization with a call of its own are known before the account call.
    let organization_first =
        account.organization.as_ref().is_some_and(|organization| organization.url.is_some());
    let scope = if organization_first { connected } else { identified };
    match &account.url {
        Some(url) => drop(checker.template(&["account", "url"], &url.0, Kind::Text, scope)),
        None if app.auth != Auth::Oauth2 => {
            checker.mistake(
                &["account"],
                "",
                "only a login has a token response: add the `url` of the account call",
            );
        }
        None if account.body.is_some() || account.method != Method::Get => {
            checker.mistake(
                &["account"],
                "",
                "without `url` no request is sent: add it, or remove `method` and `body`",
            );
        }
        None => {}
    }
    if let Some(body) = &account.body {
        checker.tree(&["account", "body"], body, scope);
    }
    match (account.method, account.body.is_some()) {
        (Method::Get, true) => {
            checker.mistake(&["account", "body"], "", "a GET has no body: write `method = \"POST\"`");
        }
        (Method::Put | Method::Patch | Method::Delete, _) => {
            checker.mistake(&["account", "method"], "", "the account call only reads: write `GET` or `POST`");
        }
        _ => {}
    }
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
    organization(checker, app, identified);
}

fn organization(checker: &mut Checker<'_>, app: &App, identified: &Scope) {
    let Some(organization) = &app.account.organization else { return };
    if app.account.instance.is_some() {
        let message = "the organization's `id` is the instance: remove `instance`";
        checker.mistake(&["account", "instance"], "", message);
    }
    if let Some(url) = &organization.url {
        checker.template(&["account", "organization", "url"], &url.0, Kind::Text, identified);
    }
    // The empty pointer means the whole response.
    for pointer in organization.items.iter().filter(|pointer| !pointer.is_empty()) {
        checker.pointer(&["account", "organization", "items"], pointer);
    }
    checker.pointer(&["account", "organization", "id"], &organization.id);
    for (pointer, value) in &organization.wanted {
        checker.pointer(&["account", "organization", "where"], pointer);
        checker.tree(&["account", "organization", "where", pointer], value, identified);
    }
    let known: Vec<_> =
        app.oauth2.iter().flat_map(|oauth2| oauth2.keep.iter().chain(&oauth2.keep_from_callback)).collect();
    for (name, pointer) in &organization.keep {
        checker.pointer(&["account", "organization", "keep"], pointer);
        if known.contains(&name) {
            let message = format!("`token.{name}` is also kept in [oauth2]: choose another name");
            checker.mistake(&["account", "organization", "keep", name], "", message);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{app_mistakes, mistakes, only};

    const URL: &str = "url = \"{{ vars.SITE_URL }}/me\"\n";
    const ID: &str = "id = \"/user/id\"\n";

    #[test]
    fn an_account_stands_in_the_token_response_or_in_the_response_of_a_call() {
        assert!(app_mistakes(URL, "").is_empty());
        let graphql = "method = \"POST\"\nbody = { query = \"{ viewer { id } }\" }\n";
        assert!(app_mistakes(URL, &format!("{URL}{graphql}")).is_empty());
        for (new, expected) in [
            (graphql.to_owned(), "app.toml:18: without `url` no request is sent"),
            (format!("{URL}body = {{ a = 1 }}\n"), "app.toml:20: a GET has no body"),
            (format!("{URL}method = \"DELETE\"\n"), "app.toml:20: the account call only reads"),
            (
                format!("{URL}method = \"POST\"\nbody = {{ a = \"{{{{ with.x }}}}\" }}\n"),
                "`with.x` is unknown",
            ),
        ] {
            let mistake = only(app_mistakes(URL, &new));
            assert!(mistake.contains(expected), "{mistake}");
        }
        let key = crate::tests::APP.replacen("auth = \"oauth2\"", "auth = \"basic\"", 1).replacen(URL, "", 1);
        let found = mistakes(key, &[]);
        assert!(
            found.iter().any(|mistake| mistake.contains("only a login has a token response")),
            "{found:?}"
        );
    }

    /// The mistakes of the app with a table `[account.organization]`, whose first line is line 23.
    fn with_organization(table: &str) -> Vec<String> {
        app_mistakes(ID, &format!("{ID}[account.organization]\n{table}\n"))
    }

    #[test]
    fn an_organization_is_chosen_by_what_is_known() {
        for right in [
            "url = \"{{ vars.SITE_URL }}/sites\"\nitems = \"\"\nwhere = { \"/id\" = \"{{ vars.SITE_URL }}\" }\nid = \"/id\"",
            "items = \"/accounts\"\nwhere = { \"/is_default\" = true }\nid = \"/id\"",
            "id = \"/company/id\"",
        ] {
            assert!(with_organization(right).is_empty(), "{right}: {:?}", with_organization(right));
        }
        for (wrong, expected) in [
            ("items = \"accounts\"\nid = \"/id\"", "app.toml:23: `accounts` is not a JSON pointer"),
            ("id = \"id\"", "app.toml:23: `id` is not a JSON pointer"),
            ("where = { \"id\" = 1 }\nid = \"/id\"", "app.toml:23: `id` is not a JSON pointer"),
            ("where = { \"/id\" = \"{{ vars.SITE }}\" }\nid = \"/id\"", "`vars.SITE` does not exist"),
            ("where = { \"/id\" = \"{{ account.id }}\" }\nid = \"/id\"", "`account.id` is unknown"),
            ("url = \"https://other.example.com\"\nid = \"/id\"", "is not in `allowed_hosts`"),
            ("items = \"\"", "missing field `id`"),
            ("id = \"/id\"\nkeep = { team = \"/team\" }", "app.toml:24: `token.team` is also kept"),
            ("id = \"/id\"\nkeep = { uri = \"/uri\" }", "`token.uri` is never used"),
        ] {
            let found = with_organization(wrong);
            assert!(found.iter().any(|mistake| mistake.contains(expected)), "{wrong}: {found:?}");
        }
        let both =
            app_mistakes(ID, &format!("{ID}instance = \"/x\"\n[account.organization]\nid = \"/id\"\n"));
        assert!(only(both).starts_with("app.toml:22: the organization's `id` is the instance"));
    }
}
