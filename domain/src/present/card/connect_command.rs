//! Cards for connecting an app without a command that needs it.

use serde_json::Value;
use workbot_shared::AppId;

use super::{act, card, line, title};
use crate::json::object;
use crate::present::text::Texts;

/// Asks which app to connect.
#[must_use]
pub fn which_app(words: Texts, apps: &[(&AppId, &str)]) -> Value {
    let Some((first, _)) = apps.first() else { return card(vec![line(words.all_connected())], vec![]) };
    let choices: Vec<_> =
        apps.iter().map(|(id, name)| object!({ "title": (*name), "value": (id.as_str()) })).collect();
    let picklist = object!({
        "type": "Input.ChoiceSet", "id": "connection", "label": "App", "style": "compact", "choices": choices,
        "value": (first.as_str())
    });
    card(vec![title(words.which_app()), picklist], vec![act(words.connect(), "login.refresh", [])])
}

/// Says that an app is connected already. `switch` is the URL of a login with another account.
#[must_use]
pub fn connected(words: Texts, (id, name): (&AppId, &str), account: &str, switch: &str) -> Value {
    let actions = vec![
        object!({ "type": "Action.OpenUrl", "title": (words.switch_account()), "url": switch }),
        act(words.0.leave(false), "connection.disconnect", [("connection", id.as_str().into())]),
    ];
    card(vec![line(&words.connected_already(name, account))], actions)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn all(words: Texts) -> Vec<(&'static str, Value)> {
        let app = AppId::parse("box").unwrap();
        vec![
            ("which app", which_app(words, &[(&app, "Box")])),
            ("no app left", which_app(words, &[])),
            (
                "connected",
                connected(words, (&app, "Box"), "ada@contoso.com", "https://bot.contoso.com/connect/00"),
            ),
        ]
    }
}
