//! Activities as real clients send them, from the signed activity to the record at Salesforce.

#![allow(clippy::indexing_slicing, reason = "a test may fail")]

use serde_json::{Value, json};
use workbot_e2e::{Chat, Sandbox, eventually, unique};

/// A mention of the bot, as an entity.
fn mention(name: &str, text: Value) -> Value {
    json!({"type": "mention", "text": text, "mentioned": {"id": "28:BOT", "name": name}})
}

/// Commands, each with the fields of its activity. `NAME` stands for an unused name.
fn commands() -> Vec<(&'static str, Value)> {
    let body = "create opportunity name: NAME amount: 5 close_date: 2026-12-31";
    let html = |body: &str| json!([{"contentType": "text/html", "content": body}]);
    vec![
        (
            "a quoted reply",
            json!({"text": format!("<quoted messageId=\"1772050244572\"/> {body}"),
            "entities": [{"type": "quotedReply", "quotedReply": {"messageId": "1772050244572"}}]}),
        ),
        (
            "a quoted reply with a mention",
            json!({"text": format!("<quoted messageId=\"1\"/> <at>Workbot</at> {body}"),
            "entities": [mention("Workbot", json!("<at>Workbot</at>"))]}),
        ),
        (
            "a mention whose entity has null as its text",
            json!({"text": format!("<at>Workbot</at> {body}"),
            "entities": [mention("Workbot", Value::Null)]}),
        ),
        (
            "an ampersand in the bot's name",
            json!({"text": format!("<AT id=\"0\">Sales &amp; Workbot</AT> {body}"),
            "entities": [mention("Sales & Workbot", Value::Null)]}),
        ),
        (
            "a body that is HTML only",
            json!({"attachments": html(&format!("<div><div>{body}</div>\n</div>"))}),
        ),
        (
            "invisible characters",
            json!({"text": format!("\u{200B}\u{FEFF}{}\u{200F}", body.replace("create", "cre\u{AD}ate\u{200B}"))}),
        ),
        ("German quotes", json!({"text": body.replace("NAME", "„NAME“"), "locale": "de-DE"})),
        ("quotes of a phone", json!({"text": body.replace("NAME", "‘NAME’")})),
        (
            "labels, in a pasted list",
            json!({"text": "create opportunity\n* Name: NAME\n• Betrag: 5\n- close date: 2026-12-31"}),
        ),
        ("hyphens that do not break", json!({"text": body.replace("-12-31", "\u{2011}12\u{2011}31")})),
        ("lists that are null", json!({"text": body, "entities": null, "attachments": null})),
        ("a tenant that is empty", json!({"text": body, "channelData": {"tenant": {}}})),
        ("a colleague in a value", json!({"text": body.replace("NAME", "NAME for <at>Bob Noyce</at>")})),
    ]
}

#[test]
fn messages_of_real_clients_create_the_intended_record() {
    let chat = Chat::new();
    chat.connect();
    let group = chat.in_group();
    let mut meant = Vec::new();
    for (described, fields) in commands() {
        let name = unique("Field ");
        let fields = serde_json::from_str(&fields.to_string().replace("NAME", &name)).expect("fields");
        assert_eq!(group.deliver(&group.activity(&fields)).status, 200, "{described}");
        let suffix = if described.starts_with("a colleague") { " for Bob Noyce" } else { "" };
        meant.push((described, format!("{name}{suffix}")));
    }
    for (described, name) in meant {
        let record = eventually(&format!("{described}: {name:?}"), || {
            let records = Sandbox.created_by(&chat.upn);
            records.into_iter().find(|record| record["fields"]["Name"] == json!(name))
        });
        let (amount, day) = (&record["fields"]["Amount"], &record["fields"]["CloseDate"]);
        assert_eq!((amount.as_f64(), day), (Some(5.0), &json!("2026-12-31")), "{described}");
    }
    assert_eq!(Sandbox.created_by(&chat.upn).len(), commands().len() + 1, "one record each");
}

#[test]
fn a_card_action_with_missing_fields_gets_a_response() {
    let chat = Chat::new();
    let invoke = |value: Value| {
        chat.deliver(
            &chat.activity(&json!({"type": "invoke", "name": "adaptiveCard/action", "value": value})),
        )
    };
    for value in [
        json!({"action": {"type": "Action.Execute", "data": {"verb": "connection.refresh"}}, "trigger": "manual"}),
        json!({"action": {"type": "Action.Execute", "data": {}}}),
        json!({"action": null}),
        json!("not an action"),
        json!([]),
        Value::Null,
    ] {
        let turn = invoke(value.clone());
        assert_eq!((turn.status, &turn.body["statusCode"]), (200, &json!(200)), "{value}: {}", turn.body);
        assert!(turn.body["type"].is_string() && !turn.body["value"].is_null(), "{value}: {}", turn.body);
    }
    let list = invoke(json!({"action": {"data": {"verb": "connection.refresh"}}}));
    assert_eq!(list.body["type"], json!("application/vnd.microsoft.card.adaptive"), "{}", list.body);

    let text = json!({"verb": "connection.refresh"}).to_string();
    assert_eq!(chat.deliver(&chat.activity(&json!({"text": null, "value": text}))).status, 200);
    chat.expect("Your connections");
}
