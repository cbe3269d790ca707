//! Cards about connections that end soon or have ended.

use serde_json::Value;
use workbot_shared::AppId;

use super::login::login;
use super::{act, card, line, note};
use crate::present::text::Texts;
use crate::time::Timestamp;

/// Says that an idle connection ends at a time, unless its owner uses it.
#[must_use]
pub fn idle_soon(words: Texts, (id, name): (&AppId, &str), account: &str, ends: Timestamp) -> Value {
    let disconnect = act(words.0.leave(false), "connection.disconnect", [("connection", id.as_str().into())]);
    card(vec![line(&words.idle_soon(name, account, &ends.day_in_card()))], vec![disconnect])
}

/// Says that an idle connection was ended. `receipt` is the result at the app.
#[must_use]
pub fn idle(words: Texts, id: &AppId, receipt: &str) -> Value {
    card(vec![line(words.was_idle()), line(receipt)], vec![log_in(words, id)])
}

/// Says that a login expires at the app. `url` is the URL of a new login, if one was requested.
#[must_use]
pub fn ends_soon(
    words: Texts,
    (id, name): (&AppId, &str),
    account: &str,
    ends: Timestamp,
    url: Option<&str>,
) -> Value {
    let mut body = vec![line(&words.ends_soon(name, account, &ends.day_in_card()))];
    // A link expires after minutes, and the message may be read much later. So the button requests a link
    // when it is pressed.
    let Some(url) = url else { return card(body, vec![log_in(words, id)]) };
    body.push(note(words.only_for_you(1)));
    card(body, vec![login(words, url)])
}

fn log_in(words: Texts, id: &AppId) -> Value {
    act(words.login(), "login.refresh", [("connection", id.as_str().into())])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn all(words: Texts) -> Vec<(&'static str, Value)> {
        let app = AppId::parse("servicenow").unwrap();
        let (app, account, ends) = ((&app, "ServiceNow"), "ada_b@contoso.com", Timestamp(1_798_709_400_000));
        vec![
            ("idle soon", idle_soon(words, app, account, ends)),
            ("idle", idle(words, app.0, "ServiceNow disconnected. Access was revoked at ServiceNow.")),
            ("ends soon", ends_soon(words, app, account, ends, None)),
            (
                "log in again",
                ends_soon(words, app, account, ends, Some("https://bot.contoso.com/connect/00")),
            ),
        ]
    }
}
