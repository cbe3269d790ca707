//! Checks an app's table `[oauth2]`.

use super::templates::{Kind, Scope};
use crate::diagnostics::Checker;
use workbot_domain::catalog::{ClientAuth, Method, OAuth2, RevokeAuth};

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

pub(crate) fn check(checker: &mut Checker<'_>, oauth2: &OAuth2, deployed: &Scope) {
    let urls = [
        ("authorize_url", Some(&oauth2.authorize_url)),
        ("token_url", Some(&oauth2.token_url)),
        ("refresh_url", oauth2.refresh_url.as_ref()),
        ("issuer", oauth2.issuer.as_ref()),
    ];
    for (name, url) in urls {
        if let Some(url) = url {
            checker.template(&["oauth2", name], &url.0, Kind::Text, deployed);
        }
    }
    for (index, scope) in oauth2.scopes.iter().enumerate() {
        checker.template(&["oauth2", "scopes", &index.to_string()], &scope.0, Kind::Text, deployed);
    }
    let params = [
        ("authorize_params", &oauth2.authorize_params),
        ("select_account", &oauth2.select_account),
        ("token_params", &oauth2.token_params),
    ];
    for (table, (name, value)) in
        params.iter().flat_map(|(table, all)| all.iter().map(move |one| (table, one)))
    {
        checker.template(&["oauth2", table, name], &value.0, Kind::Text, deployed);
    }
    revocation(checker, oauth2, deployed);
    responses(checker, oauth2);
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

fn revocation(checker: &mut Checker<'_>, oauth2: &OAuth2, deployed: &Scope) {
    let client = deployed.clone().these("client", ["id"]);
    if let Some(url) = &oauth2.revoke_url {
        checker.template(&["oauth2", "revoke_url"], &url.0, Kind::Text, &client);
    }
    let Some(revoke) = &oauth2.revoke else { return };
    if oauth2.revoke_url.is_none() {
        checker.mistake(
            &["oauth2", "revoke"],
            "",
            "`revoke` needs `revoke_url`: add the address of the revocation",
        );
    }
    if revoke.method == Method::Get {
        let message = "a GET changes nothing: write the method of the revocation, e.g. `DELETE`";
        checker.mistake(&["oauth2", "revoke", "method"], "", message);
    }
    let scope = deployed.clone().these("client", ["id", "secret"]).value("token");
    let sends_token = match &revoke.body {
        Some(body) => checker.tree(&["oauth2", "revoke", "body"], body, &scope).contains("token"),
        None => revoke.auth != RevokeAuth::Bearer,
    };
    if !sends_token && revoke.auth != RevokeAuth::Bearer {
        let message =
            "the request does not contain the token: write `{{ token }}` in the body, or `auth = \"bearer\"`";
        checker.mistake(&["oauth2", "revoke", "body"], "", message);
    }
    if revoke.body.is_some() && revoke.auth == RevokeAuth::Client && oauth2.client_auth == ClientAuth::Body {
        let message = "with a `body` of its own the client is not authenticated: write `auth = \"basic\"`, `\"bearer\"` or `\"none\"`";
        checker.mistake(&["oauth2", "revoke", "auth"], "", message);
    }
    if revoke.auth == RevokeAuth::Bearer && revoke.token.is_none() {
        let message = "only one kind of token is a bearer token: write `token = \"access_token\"`";
        checker.mistake(&["oauth2", "revoke", "auth"], "", message);
    }
}

/// What is read of the token response and of the authorization response.
fn responses(checker: &mut Checker<'_>, oauth2: &OAuth2) {
    if let Some(at) = &oauth2.token_response {
        checker.pointer(&["oauth2", "token_response"], at);
    }
    let scheme = &oauth2.auth_scheme;
    if scheme.is_empty()
        || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    {
        let message = format!("`{scheme}` is not an authentication scheme: write one word, e.g. `Bearer`");
        checker.further_mistake(&["oauth2", "auth_scheme"], message);
    }
    const OF_THE_RESPONSE: [&str; 5] = ["code", "error", "error_description", "iss", "state"];
    for name in &oauth2.keep_from_callback {
        let message = if OF_THE_RESPONSE.contains(&name.as_str()) {
            format!("Workbot reads `{name}` itself: remove it")
        } else if oauth2.keep.contains(name) {
            format!("`{name}` is also in `keep`: remove one of them")
        } else {
            continue;
        };
        checker.mistake(&["oauth2", "keep_from_callback"], name, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{app_mistakes, only};

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
        let parameters = |switch| {
            let parameters = oauth2.authorization_parameters(switch).into_iter();
            parameters.map(|(name, value)| (name, value.0.as_str())).collect::<Vec<_>>()
        };
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
        assert!(with("audience = \"{{ vars.SITE_URL }}\"").is_empty());
        let unknown = only(with("audience = \"{{ vars.API_URL }}\""));
        assert_eq!(unknown, "app.toml:14: `vars.API_URL` does not exist: known here: SITE_URL");
    }

    const REVOKE: &str = "revoke_url = \"{{ vars.SITE_URL }}/oauth/revoke\"\n";

    /// The mistakes of the app with a table `[oauth2.revoke]`, whose first line is line 19.
    fn with_revoke(table: &str) -> Vec<String> {
        app_mistakes(REVOKE, &format!("{REVOKE}[oauth2.revoke]\n{table}\n"))
    }

    #[test]
    fn a_revocation_sends_the_token_and_says_as_whom() {
        for right in [
            "auth = \"basic\"",
            "method = \"DELETE\"\nauth = \"bearer\"\ntoken = \"access_token\"",
            "auth = \"basic\"\nbody = { token = \"{{ token }}\" }",
            "auth = \"none\"\nbody = { token = \"{{ token }}\", id = \"{{ client.id }}\", secret = \"{{ client.secret }}\" }",
        ] {
            assert!(with_revoke(right).is_empty(), "{right}: {:?}", with_revoke(right));
        }
        for (wrong, expected) in [
            ("method = \"GET\"", "app.toml:19: a GET changes nothing"),
            ("auth = \"bearer\"", "app.toml:19: only one kind of token is a bearer token"),
            (
                "auth = \"basic\"\nbody = { id = \"x\" }",
                "app.toml:20: the request does not contain the token",
            ),
            ("body = { token = \"{{ token }}\" }", "app.toml:18: with a `body` of its own"),
            ("auth = \"basic\"\nbody = { token = \"{{ token.team }}\" }", "`token` has no fields"),
            ("auth = \"basic\"\nbody = { token = \"{{ access_token }}\" }", "`access_token` is unknown"),
            ("auth = \"digest\"", "unknown variant `digest`"),
            ("token = \"id_token\"", "unknown variant `id_token`"),
            ("metod = \"DELETE\"", "unknown field `metod`"),
        ] {
            let mistakes = with_revoke(wrong);
            assert!(mistakes.iter().any(|mistake| mistake.contains(expected)), "{wrong}: {mistakes:?}");
        }
        let secret = only(app_mistakes("/oauth/revoke\"", "/oauth/{{ client.secret }}\""));
        assert_eq!(secret, "app.toml:17: `client.secret` does not exist: known here: id");
        let no_url = app_mistakes(REVOKE, "[oauth2.revoke]\nauth = \"basic\"\n");
        assert!(no_url.iter().any(|mistake| mistake.contains("`revoke` needs `revoke_url`")), "{no_url:?}");
    }

    #[test]
    fn scopes_and_parameters_use_declared_variables() {
        let with = |line: &str| app_mistakes("rotation =", &format!("{line}\nrotation ="));
        for right in [
            "scopes = [\"{{ vars.SITE_URL | host }}/.default\", \"offline_access\"]",
            "authorize_params = { resource = \"{{ vars.SITE_URL }}\" }",
            "select_account = { prompt = \"{{ vars.SITE_URL }}\" }",
        ] {
            assert!(with(right).is_empty(), "{right}: {:?}", with(right));
        }
        for wrong in [
            "scopes = [\"a\", \"{{ vars.NO_URL }}\"]",
            "authorize_params = { a = \"{{ vars.NO_URL }}\" }",
            "select_account = { a = \"{{ vars.NO_URL }}\" }",
            "refresh_url = \"{{ vars.NO_URL }}\"",
        ] {
            assert_eq!(only(with(wrong)), "app.toml:14: `vars.NO_URL` does not exist: known here: SITE_URL");
        }
        let early = only(with("scopes = [\"{{ token.team }}\"]"));
        assert!(early.starts_with("app.toml:14: `token.team` is unknown"), "{early}");
    }

    #[test]
    fn a_refresh_goes_to_an_allowed_host() {
        let with = |line: &str| app_mistakes("rotation =", &format!("{line}\nrotation ="));
        assert!(
            with("refresh_url = \"{{ vars.SITE_URL }}/oauth/refresh\"\nredirect_uri_in_refresh = true")
                .is_empty()
        );
        let elsewhere = only(with("refresh_url = \"https://login.example.com/refresh\""));
        assert_eq!(elsewhere, "app.toml:14: the host login.example.com is not in `allowed_hosts`: add it");
    }

    #[test]
    fn what_is_read_of_a_response_has_its_name() {
        let with = |line: &str| app_mistakes("rotation =", &format!("{line}\nrotation ="));
        assert!(with("token_response = \"/authed_user\"\nauth_scheme = \"Zoho-oauthtoken\"").is_empty());
        assert!(only(with("token_response = \"authed_user\"")).contains("is not a JSON pointer"));
        for scheme in ["", "Zoho oauthtoken", "Bearer:"] {
            let mistake = only(with(&format!("auth_scheme = \"{scheme}\"")));
            assert!(mistake.starts_with("app.toml:14: "), "{mistake}");
        }
        let kept = only(with("keep_from_callback = [\"realmId\"]"));
        assert!(kept.contains("`token.realmId` is never used"), "{kept}");
        for (name, expected) in [("state", "Workbot reads `state` itself"), ("team", "is also in `keep`")] {
            let mistakes = with(&format!("keep_from_callback = [\"{name}\"]"));
            assert!(mistakes.iter().any(|mistake| mistake.contains(expected)), "{mistakes:?}");
        }
    }
}
