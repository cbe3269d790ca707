//! Cards for the logins of a run: those that are missing, and that all are done.

use serde_json::Value;
use workbot_shared::RunId;

use super::{button, card, line, note, title};
use crate::connection::Reason;
use crate::json::object;
use crate::present::text::Texts;

/// An app in a login card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppLine {
    /// The app's name.
    pub name: String,
    /// The state of its login.
    pub login: LoginLine,
}

/// The state of an app's login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginLine {
    /// The app is connected with this account.
    Connected(String),
    /// The app needs a login.
    Needed {
        /// The URL of the login.
        url: String,
        /// The account that was connected before, and why it needs a login; `None` for the reason if the
        /// person disconnected it.
        again: Option<(String, Option<Reason>)>,
    },
}

pub(super) fn login(words: Texts, url: &str) -> Value {
    object!({ "type": "Action.OpenUrl", "title": (words.login()), "url": url, "style": "positive" })
}

/// Asks for the missing logins of a run. `purpose` comes from the recipe.
#[must_use]
pub fn login_needed(words: Texts, run: &RunId, recipe: &str, purpose: &str, apps: &[AppLine]) -> Value {
    let needed: Vec<_> = apps
        .iter()
        .filter_map(|app| match &app.login {
            LoginLine::Needed { url, .. } => Some((app.name.as_str(), url.as_str())),
            LoginLine::Connected(_) => None,
        })
        .collect();
    let heading = match needed.as_slice() {
        [(name, _)] => words.needs_your_login(name),
        several => words.need_your_logins(several.len(), recipe),
    };
    let names: Vec<_> = needed.iter().map(|(name, _)| *name).collect();
    let mut body = vec![title(&heading), line(&words.why_login(recipe, purpose, &names))];
    if needed.len() < apps.len() {
        body.push(note(&words.so_many_connected(apps.len() - needed.len(), apps.len())));
    }
    let mut actions = Vec::new();
    for app in apps {
        match &app.login {
            LoginLine::Connected(account) => {
                body.push(line(&words.is_connected(&app.name, account)));
            }
            LoginLine::Needed { url, again } => {
                let why =
                    again.as_ref().map(|(account, reason)| words.login_again(&app.name, account, *reason));
                let mut lines = vec![line(&words.login_needed(&app.name))];
                lines.extend(why.map(|why| note(&why)));
                if needed.len() == 1 {
                    body.extend(lines);
                    actions.push(login(words, url));
                    continue;
                }
                // With several logins each button stands beside its app.
                let button = object!({ "type": "ActionSet", "actions": [(login(words, url))] });
                body.push(object!({
                    "type": "ColumnSet",
                    "columns": [
                        { "type": "Column", "width": "stretch", "verticalContentAlignment": "Center", "items": lines },
                        { "type": "Column", "width": "auto", "items": [button] }
                    ]
                }));
            }
        }
    }
    body.push(note(words.only_for_you(needed.len())));
    actions.push(button(words.0.cancel(), "run.cancel", run));
    card(body, actions)
}

/// Says that all logins are done. `recipe` is the name of the run that continues, if one does.
#[must_use]
pub fn logins_done(words: Texts, recipe: Option<&str>, apps: &[(String, String)]) -> Value {
    let mut body: Vec<_> =
        apps.iter().map(|(app, account)| line(&words.now_connected(app, account))).collect();
    body.extend(recipe.map(|recipe| note(&words.going_on(recipe))));
    card(body, vec![])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use workbot_shared::{Language, RecipeId};

    fn english() -> Vec<(&'static str, Value)> {
        all(Texts(Language::En))
    }

    pub(in super::super) fn all(words: Texts) -> Vec<(&'static str, Value)> {
        let run = RunId::parse("0123456789abcdef").unwrap();
        let needed = |name: &str| AppLine {
            name: name.into(),
            login: LoginLine::Needed { url: "https://bot.contoso.com/connect/00ff".into(), again: None },
        };
        let again = |name: &str, reason| AppLine {
            name: name.into(),
            login: LoginLine::Needed {
                url: "https://bot.contoso.com/connect/00ff".into(),
                again: Some(("ada@contoso.com".into(), reason)),
            },
        };
        let connected =
            |name: &str| AppLine { name: name.into(), login: LoginLine::Connected("ada@contoso.com".into()) };
        let catalog = real_catalog().in_language(words.0);
        let purpose = &catalog.recipes[&RecipeId::parse("create-opportunity").unwrap()].purpose;
        vec![
            ("one login", login_needed(words, &run, "Create opportunity", purpose, &[needed("Salesforce")])),
            (
                "some",
                login_needed(words, &run, "Close deal", purpose, &[connected("Salesforce"), needed("Box")]),
            ),
            (
                "an ended login",
                login_needed(words, &run, "Close deal", purpose, &[again("Box", Some(Reason::GrantGone))]),
            ),
            (
                "one ended, one disconnected",
                login_needed(
                    words,
                    &run,
                    "Close deal",
                    purpose,
                    &[again("Salesforce", Some(Reason::AnswerLost)), again("Box", None)],
                ),
            ),
            ("no purpose", login_needed(words, &run, "Close deal", "", &[needed("Salesforce")])),
            (
                "two logins",
                login_needed(words, &run, "Close deal", purpose, &[needed("Salesforce"), needed("Box")]),
            ),
            (
                "done",
                logins_done(
                    words,
                    Some("Create opportunity"),
                    &[("Salesforce".into(), "ada@contoso.com".into())],
                ),
            ),
        ]
    }

    #[test]
    fn a_card_that_asks_again_says_why_the_last_login_ended() {
        let card = |name: &str| english().into_iter().find(|(its, _)| *its == name).unwrap().1.to_string();
        assert!(card("an ended login").contains("no longer accepts your login as ada@contoso.com"));
        let both = card("one ended, one disconnected");
        assert!(
            both.contains("was lost on its way") && both.contains("ada@contoso.com was disconnected here")
        );
        assert!(!card("one login").contains("ada@"));
    }

    #[test]
    fn a_login_card_names_the_missing_logins_and_offers_them() {
        let one = english()[0].1.to_string();
        for words in
            ["Salesforce needs your login", "Salesforce: login needed", "\"title\":\"Login\"", "Cancel"]
        {
            assert!(one.contains(words), "{words}");
        }
        let some = english()[1].1.to_string();
        assert!(
            some.contains("Salesforce: connected as ada@contoso.com") && some.contains("Box: login needed")
        );
        assert_eq!(english()[3].1.to_string().matches("\"title\":\"Login\"").count(), 2);
    }
}
