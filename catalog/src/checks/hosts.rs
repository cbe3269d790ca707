//! Checks that an app's URLs are https and at its `allowed_hosts`.

use serde_json::{Map, Value, json};
use url::Url;

use crate::diagnostics::Checker;
use workbot_domain::catalog::App;
use workbot_domain::host;
use workbot_domain::template::{Target, Template};

pub(crate) fn check(checker: &mut Checker<'_>, app: &App) {
    if app.allowed_hosts.is_empty() {
        let message = "`allowed_hosts` is empty: list the hosts that may receive a token";
        checker.mistake(&["allowed_hosts"], "", message);
    }
    for host in &app.allowed_hosts {
        let name = host.0.strip_prefix("*.").unwrap_or(&host.0);
        let wide = host.0.starts_with("*.") && !name.contains('.') && !name.contains("{{");
        if !host.0.contains("{{") && (wide || name.contains(['/', '*', '@']) || !name.contains('.')) {
            let message = format!(
                "`{}` is not a host: write `api.example.com`, or `*.example.com` for any subdomain",
                host.0
            );
            checker.mistake(&["allowed_hosts"], &host.0, message);
        }
    }
    let mut called = vec![(vec!["base_url"], &app.base_url)];
    called.extend(app.account.url.iter().map(|url| (vec!["account", "url"], url)));
    let organization = app.account.organization.iter().flat_map(|organization| &organization.url);
    called.extend(organization.map(|url| (vec!["account", "organization", "url"], url)));
    if let Some(oauth2) = &app.oauth2 {
        called.push((vec!["oauth2", "authorize_url"], &oauth2.authorize_url));
        called.push((vec!["oauth2", "token_url"], &oauth2.token_url));
        called.extend(oauth2.refresh_url.iter().map(|url| (vec!["oauth2", "refresh_url"], url)));
        called.extend(oauth2.revoke_url.iter().map(|url| (vec!["oauth2", "revoke_url"], url)));
    }
    let mut shown = Vec::new();
    // The issuer is compared, never called.
    let issuer = app.oauth2.as_ref().and_then(|oauth2| oauth2.issuer.as_ref());
    shown.extend(issuer.map(|issuer| (vec!["oauth2", "issuer"], issuer)));
    shown.extend(app.manage_url.iter().map(|url| (vec!["manage_url"], url)));
    for (name, action) in &app.actions {
        called.extend(action.base_url.iter().map(|url| (vec!["actions", name, "base_url"], url)));
        let next = action.paging.iter().flat_map(|paging| &paging.base_url);
        called.extend(next.map(|url| (vec!["actions", name, "paging", "base_url"], url)));
        shown.extend(action.link.iter().map(|url| (vec!["actions", name, "link"], url)));
    }
    let values = stand_ins(app);
    for (path, template) in called {
        address(checker, app, &path, template, &values, true);
    }
    for (path, template) in shown {
        address(checker, app, &path, template, &values, false);
    }
}

/// Values for the variables, so that hosts can be compared. A variable without a default gets a host of its
/// own.
fn stand_ins(app: &App) -> Value {
    let vars: Map<String, Value> = app
        .vars
        .iter()
        .map(|(name, var)| {
            let stand_in = if name.ends_with("URL") {
                format!("https://{}.example", name.to_lowercase().replace('_', "-"))
            } else {
                "x".to_owned()
            };
            let default = var.default.clone().filter(|default| !default.starts_with("http:"));
            (name.clone(), json!(default.unwrap_or(stand_in)))
        })
        .collect();
    json!({ "vars": vars })
}

fn address(
    checker: &mut Checker<'_>,
    app: &App,
    path: &[&str],
    template: &Template,
    values: &Value,
    called: bool,
) {
    // A parameter or an output follows the host. A URL that begins with a field of the token response is
    // checked at run time.
    let text = template.0.as_str();
    let start = ["{{ with", "{{ output", "{{ token", "{{ client", "{%"]
        .iter()
        .filter_map(|open| text.find(open))
        .min();
    let start = text.get(..start.unwrap_or(text.len())).unwrap_or_default();
    let Ok(literal) = Template(start.to_owned()).render(Target::Plain, values) else { return };
    if literal.is_empty() {
        return;
    }
    let Some(url) =
        Url::parse(&literal).ok().filter(|url| url.scheme() == "https" && url.username().is_empty())
    else {
        checker.mistake(
            path,
            "",
            "an address must begin with `https://`, or with a variable that does, e.g. `{{ vars.SITE_URL }}`",
        );
        return;
    };
    let host = host::of(&url);
    let listed = app.allowed_hosts.iter().any(|allowed| {
        allowed.render(Target::Plain, values).is_ok_and(|allowed| host::is_allowed(&host, &allowed))
    });
    if called && !listed {
        checker.mistake(path, "", format!("the host {host} is not in `allowed_hosts`: add it"));
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{app_mistakes, mistakes, only};

    #[test]
    fn every_address_is_at_an_allowed_host() {
        let mistake =
            only(app_mistakes("{{ vars.SITE_URL }}/oauth/token", "https://login.example.com/token"));
        assert_eq!(mistake, "app.toml:13: the host login.example.com is not in `allowed_hosts`: add it");
    }

    #[test]
    fn a_port_is_part_of_a_host() {
        let hosts = |port: &str| {
            let hosts = format!("[\"{{{{ vars.SITE_URL | host }}}}\", \"login.example.com{port}\"]");
            let app = crate::tests::APP.replacen("[\"{{ vars.SITE_URL | host }}\"]", &hosts, 1);
            app.replacen("{{ vars.SITE_URL }}/oauth/token", "https://login.example.com:8443/token", 1)
        };
        assert!(mistakes(hosts(":8443"), &[]).is_empty());
        let mistake = only(mistakes(hosts(""), &[]));
        assert!(mistake.contains("the host login.example.com:8443 is not in"), "{mistake}");
    }

    #[test]
    fn every_address_is_https() {
        let token = only(app_mistakes("{{ vars.SITE_URL }}/oauth/token", "http://app.example.com/token"));
        assert!(token.starts_with("app.toml:13: an address must begin with `https://`"), "{token}");
        let link = only(app_mistakes("{{ vars.SITE_URL }}/notes/", "http://app.example.com/notes/"));
        assert!(link.contains("an address must begin with `https://`"), "{link}");
        let default = only(app_mistakes("default = \"https://", "default = \"http://"));
        assert!(default.starts_with("app.toml:8: the default of an address"), "{default}");
    }

    #[test]
    fn allowed_hosts_are_hosts_and_not_everything() {
        for wrong in ["*", "*.com", "https://app.example.com", "app.example.com/x", "localhost"] {
            let hosts = format!("[\"{{{{ vars.SITE_URL | host }}}}\", \"{wrong}\"]");
            let mistake = only(app_mistakes("[\"{{ vars.SITE_URL | host }}\"]", &hosts));
            assert!(mistake.starts_with("app.toml:4: "), "{mistake}");
        }
        let none = app_mistakes("[\"{{ vars.SITE_URL | host }}\"]", "[]");
        assert!(none.iter().any(|mistake| mistake.contains("`allowed_hosts` is empty")), "{none:?}");
    }
}
