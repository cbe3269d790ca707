//! Cards about connections that end soon or have ended.

use serde_json::Value;
use workbot_shared::{AppId, Receipt};

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
pub fn idle(words: Texts, receipt: &Receipt, name: &str) -> Value {
    let body = vec![line(words.was_idle()), line(&words.receipt(receipt, name))];
    card(body, vec![log_in(words, &receipt.app)])
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
    use workbot_shared::{ConnectionStatus, Language, RevocationOutcome};

    pub(in super::super) fn all(words: Texts) -> Vec<(&'static str, Value)> {
        let app = AppId::parse("servicenow").unwrap();
        let receipt = Receipt {
            app: app.clone(),
            account: "ada_b@contoso.com".into(),
            status: ConnectionStatus::Disconnected,
            outcome: RevocationOutcome::Unsupported,
            message: "ServiceNow disconnected. This app has no revocation.".into(),
            link: Some("https://contoso.service-now.com/oauth_tokens".into()),
        };
        let (app, account, ends) = ((&app, "ServiceNow"), "ada_b@contoso.com", Timestamp(1_798_709_400_000));
        vec![
            ("idle soon", idle_soon(words, app, account, ends)),
            ("idle", idle(words, &receipt, app.1)),
            ("ends soon", ends_soon(words, app, account, ends, None)),
            (
                "log in again",
                ends_soon(words, app, account, ends, Some("https://bot.contoso.com/connect/00")),
            ),
        ]
    }

    #[test]
    fn the_card_of_an_ended_connection_says_where_to_remove_the_access() {
        let (_, card) = &all(Texts(Language::En))[1];
        let link = "no revocation. [Open ServiceNow](https://contoso.service-now.com/oauth_tokens)";
        assert!(card.to_string().contains(link), "{card}");
    }
}
