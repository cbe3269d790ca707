//! The registrations: which value to paste where.

use std::fmt::Write as _;

use url::Url;
use workbot_domain::catalog::Catalog;
use workbot_domain::login::redirect_uri;

/// The list of a deployment.
pub fn listed(public_url: &str, bot: &str, catalog: &Catalog) -> String {
    let host = Url::parse(public_url).map(|url| url.authority().to_owned()).unwrap_or_default();
    let mut list = "To be registered, exactly so\n".to_owned();
    let mut line = |where_: &str, what: &str| {
        let _ = writeln!(list, "  {where_:<44} {what}");
    };
    line("Entra, Authentication, Web redirect URI", &format!("{public_url}/signin/callback"));
    line("Entra, Expose an API, Application ID URI", &format!("api://{host}/{bot}"));
    line("Azure bot, Configuration, Messaging endpoint", &format!("{public_url}/api/messages"));
    for (id, app) in &catalog.apps {
        let Some(oauth2) = &app.oauth2 else { continue };
        if catalog.recipes_with(id).is_empty() {
            continue;
        }
        line(&format!("{}, redirect URI", app.name), &redirect_uri(public_url, id));
        if !oauth2.scopes.is_empty() {
            let scopes: Vec<_> = oauth2.scopes.iter().map(|scope| app.with_defaults(scope)).collect();
            line(&format!("{}, scopes", app.name), &scopes.join(" "));
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project_files;

    #[test]
    fn each_place_gets_its_address() {
        let list = listed("https://bot.contoso.com", "b0", &project_files::tests::real_catalog());
        for expected in [
            "Web redirect URI      https://bot.contoso.com/signin/callback",
            "api://bot.contoso.com/b0",
            "https://bot.contoso.com/api/messages",
            "Salesforce, redirect URI                     https://bot.contoso.com/oauth/callback/salesforce\n",
            "Box, redirect URI                            https://bot.contoso.com/oauth/callback/box\n",
            "Salesforce, scopes                           api id refresh_token",
        ] {
            assert!(list.contains(expected), "{expected}\n{list}");
        }
        assert!(!list.contains("Freshdesk"), "nobody logs in there");
    }
}
