//! The pages in docs/apps: one per app, from its file. An admin reads there what to register, and what ends
//! when.

use std::fmt::Write as _;

use workbot_domain::catalog::{App, Catalog, Consent, OAuth2, Rotation};
use workbot_shared::{AppId, Auth};

use crate::diagnostics::SourceFile;

/// The folder of the pages, relative to the project's root.
pub const FOLDER: &str = "docs/apps";

/// Returns the pages: the overview, and one per app.
#[must_use]
pub fn pages(catalog: &Catalog) -> Vec<SourceFile> {
    let page =
        |stem: &str, text| SourceFile { path: format!("{FOLDER}/{stem}.md"), stem: stem.to_owned(), text };
    let apps = catalog.apps.iter().map(|(id, app)| page(id.as_str(), app_page(catalog, id, app)));
    [page("README", overview(catalog))].into_iter().chain(apps).collect()
}

/// The longest line, in characters. A test of all pages keeps it.
const LONGEST_LINE: usize = 110;

const GENERATED: &str =
    "<!-- Generated from catalog/apps by `cargo run -p workbot-catalog -- pages`. -->\n\n";

fn overview(catalog: &Catalog) -> String {
    let mut text = format!(
        "{GENERATED}# Apps\n\nOne page per app: what to register, what people consent to, what expires when.\n\n\
         | app | people connect | actions | recipes |\n|---|---|---|---|\n"
    );
    for (id, app) in &catalog.apps {
        let connect = match app.auth {
            Auth::Oauth2 => "themselves",
            Auth::ApiKey => "no: one key for the company",
            Auth::Basic => "no: one password for the company",
        };
        let recipes = catalog.recipes_with(id).len();
        let (name, actions) = (&app.name, app.actions.len());
        let _ = writeln!(text, "| [{name}]({id}.md) | {connect} | {actions} | {recipes} |");
    }
    text
}

fn app_page(catalog: &Catalog, id: &AppId, app: &App) -> String {
    let mut text = format!("{GENERATED}# {}\n\n", app.name);
    text += match app.auth {
        Auth::Oauth2 => "Each person connects their own account. An admin registers Workbot once.\n",
        Auth::ApiKey => "An admin enters one key for the company. Nobody can connect as themselves.\n",
        Auth::Basic => "An admin enters one user and password. Nobody can connect as themselves.\n",
    };
    registration(&mut text, id, app);
    variables(&mut text, id, app);
    if let Some(oauth2) = &app.oauth2 {
        expiry(&mut text, app, oauth2);
    }
    if let Some(registration) = app.registration.as_ref().filter(|one| !one.limits.is_empty()) {
        text += "\n## Limits\n\n";
        list(&mut text, &registration.limits);
    }
    text += "\n## Actions\n\n| action | what it does | changes something |\n|---|---|---|\n";
    for (name, action) in &app.actions {
        let (about, writes) = (action.about.replace('|', "\\|"), if action.writes { "yes" } else { "" });
        let _ = writeln!(text, "| `{name}` | {about} | {writes} |");
    }
    text += "\n## Recipes\n\n";
    let recipes: Vec<_> = catalog.recipes.values().filter(|recipe| recipe.apps().contains(&id)).collect();
    if recipes.is_empty() {
        text += "None yet: [adding a recipe](../adding-a-recipe.md).\n";
    }
    for recipe in recipes {
        item(&mut text, "- ", &format!("`{}`: {}", recipe.command, recipe.hint));
    }
    text
}

fn registration(text: &mut String, id: &AppId, app: &App) {
    text.push_str("\n## Registration\n\n");
    if let Some(registration) = &app.registration {
        let _ = writeln!(text, "At <{}>:\n", registration.url);
        for (number, step) in registration.steps.iter().enumerate() {
            item(text, &format!("{}. ", number + 1), step);
        }
        text.push('\n');
    }
    let Some(oauth2) = &app.oauth2 else {
        text.push_str("Then enter it in the tab: *Shared connections*.\n");
        return;
    };
    let _ = writeln!(text, "- Redirect URI: `{{PUBLIC_URL}}/oauth/callback/{id}`");
    if oauth2.scopes.is_empty() {
        text.push_str("- Scopes: those of the registration\n");
    } else {
        let scopes = oauth2.scopes.iter().map(|scope| format!("`{}`", app.with_defaults(scope)));
        item(text, "- ", &format!("Scopes: {}", scopes.collect::<Vec<_>>().join(" ")));
    }
    if let Some(registration) = &app.registration {
        text.push_str(match registration.consent {
            Consent::Person => "- Consent: each person, when they connect\n",
            Consent::Admin => "- Consent: an admin of the app allows it first, then each person\n",
            Consent::None => "",
        });
    }
}

fn variables(text: &mut String, id: &AppId, app: &App) {
    let prefix = format!("APP_{}_", id.as_str().to_ascii_uppercase().replace('-', "_"));
    text.push_str("\n## Variables\n\n| variable | meaning | default |\n|---|---|---|\n");
    if app.oauth2.is_some() {
        let _ = writeln!(text, "| `{prefix}CLIENT_ID` | the client id | required |");
        let _ = writeln!(text, "| `{prefix}CLIENT_SECRET` (secret) | the client secret | required |");
    }
    for (name, var) in &app.vars {
        let default = match var.default.as_deref() {
            None => "required".to_owned(),
            Some("") => "none".to_owned(),
            Some(default) => format!("`{default}`"),
        };
        let _ = writeln!(text, "| `{prefix}{name}` | {} | {default} |", var.about.replace('|', "\\|"));
    }
    if app.account.has_instance() {
        let what = "the ids of the organizations whose accounts people may connect, separated by commas";
        let _ = writeln!(text, "| `{prefix}ALLOWED_INSTANCES` | {what} | any |");
    }
}

fn expiry(text: &mut String, app: &App, oauth2: &OAuth2) {
    text.push_str("\n## What ends when\n\n");
    if let Some(seconds) = oauth2.access_token_seconds {
        let _ = writeln!(
            text,
            "- An access token is valid for {}, unless the app says otherwise.",
            span(seconds)
        );
    }
    match (oauth2.refresh_token_days, oauth2.rotation) {
        (Some(days), Rotation::None) => {
            let _ = writeln!(
                text,
                "- A login ends {days} days after it; Workbot asks for a new one a week before."
            );
        }
        (Some(days), Rotation::SingleUse | Rotation::ReuseKills) => {
            let _ = writeln!(
                text,
                "- A connection that is not used for {days} days ends; Workbot warns a week before."
            );
        }
        (None, _) => text.push_str("- The app states no end of a login.\n"),
    }
    let revocation = match (&oauth2.revoke_url, &app.manage_url) {
        (Some(_), _) => "Disconnecting revokes the access at the app.".to_owned(),
        (None, Some(url)) => format!(
            "The app has no revocation: people remove Workbot at <{}>.",
            app.with_defaults(url).trim_matches(['<', '>'])
        ),
        (None, None) => return,
    };
    item(text, "- ", &revocation);
}

/// A time in the largest unit that fits.
fn span(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let fits = units.into_iter().find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
    let (count, unit) = fits.map_or((seconds, "second"), |(unit, name)| (seconds / unit, name));
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn list(text: &mut String, items: &[String]) {
    items.iter().for_each(|one| item(text, "- ", one));
}

/// Adds an item of a list, in lines of at most [`LONGEST_LINE`] characters.
fn item(text: &mut String, mark: &str, content: &str) {
    let mut line = mark.to_owned();
    let mut is_empty = true;
    for word in content.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > LONGEST_LINE {
            text.push_str(&line);
            text.push('\n');
            line = " ".repeat(mark.len());
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    text.push_str(&line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::real_catalog;
    use std::ffi::OsString;
    use std::fs;
    use std::path::Path;

    #[test]
    fn the_pages_of_the_apps_are_current() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let pages = pages(&real_catalog());
        for page in &pages {
            let there = fs::read_to_string(root.join(&page.path)).unwrap_or_default();
            assert!(there == page.text, "{}: `cargo run -p workbot-catalog -- pages` writes it", page.path);
        }
        let mut there: Vec<_> =
            fs::read_dir(root.join(FOLDER)).unwrap().map(|one| one.unwrap().file_name()).collect();
        there.sort();
        let mut expected: Vec<_> =
            pages.iter().map(|page| OsString::from(format!("{}.md", page.stem))).collect();
        expected.sort();
        assert_eq!(there, expected, "a page of an app that is gone: remove it");
    }

    #[test]
    fn every_app_says_how_it_is_registered() {
        for (id, app) in &real_catalog().apps {
            assert!(app.registration.is_some(), "catalog/apps/{id}.toml needs [registration]");
        }
    }

    #[test]
    fn a_page_shows_what_an_admin_needs() {
        let catalog = real_catalog();
        let page = |id: &str| pages(&catalog).into_iter().find(|page| page.stem == id).unwrap().text;
        for (id, expected) in [
            ("box", "- Redirect URI: `{PUBLIC_URL}/oauth/callback/box`"),
            ("box", "| `APP_BOX_CLIENT_SECRET` (secret) | the client secret | required |"),
            ("box", "- A connection that is not used for 60 days ends"),
            ("servicenow", "- A login ends 100 days after it"),
            ("servicenow", "- Scopes: `useraccount`"),
            (
                "jira",
                "no revocation: people remove Workbot at <https://id.atlassian.com/manage-profile/apps>",
            ),
            ("jira", "| `APP_JIRA_ALLOWED_INSTANCES` |"),
            ("freshdesk", "Nobody can connect as themselves."),
            ("freshdesk", "- `create ticket`: Create a support ticket in Freshdesk"),
            ("README", "| [GitHub](github.md) | themselves | "),
        ] {
            assert!(page(id).contains(expected), "{id}: {expected}\n{}", page(id));
        }
        assert_eq!(
            [span(1800), span(3600), span(86_400), span(90)],
            ["30 minutes", "1 hour", "1 day", "90 seconds"]
        );
    }
}
