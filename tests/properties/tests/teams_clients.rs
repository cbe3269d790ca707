//! Activities as real clients send them: each is read, and its command is recognised.
#![allow(missing_docs, clippy::unwrap_used)]

use serde_json::{Value, json};
use workbot_domain::activity::{Activity, Turn, TurnEvent};
use workbot_domain::conversation::intent::{Intent, recognize};
use workbot_domain::input_parsing::ChoiceOptions;
use workbot_properties::real;
use workbot_shared::Language;

const BOT: &str = "28:b0700000-5a1e-4b0f-8c0d-6f1d2e3c4b5a";

/// A message in a group chat, with some fields changed.
fn activity(fields: &Value) -> Value {
    let mut activity = json!({
        "type": "message", "id": "17956972391950015", "timestamp": "2026-11-26T12:47:19.195Z", "channelId": "msteams",
        "serviceUrl": "https://smba.trafficmanager.net/emea/", "locale": "en-US", "textFormat": "plain",
        "from": {"id": "29:1ada", "name": "Ada Lovelace", "aadObjectId": "00000001-aaaa-4bbb-8ccc-000000000001"},
        "recipient": {"id": BOT, "name": "Workbot"},
        "entities": [{"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Android"}],
        "conversation": {"conversationType": "groupChat", "isGroup": true, "tenantId": "contoso", "id": "19:g@thread.v2"},
        "channelData": {"tenant": {"id": "contoso"}},
    });
    activity.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    activity
}

fn turn(fields: &Value) -> Turn {
    let activity = activity(fields);
    let read = Activity::parse(activity.to_string().as_bytes());
    read.unwrap_or_else(|error| panic!("{fields}: {error}"))
        .turn()
        .unwrap_or_else(|| panic!("{fields}: no turn"))
}

/// The inputs of the command in a message, in every language.
fn inputs(fields: &Value) -> Value {
    let TurnEvent::Message(text) = turn(fields).act else { panic!("{fields}: nothing was said") };
    let read = Language::ALL.map(|language| {
        let catalog = real().in_language(language);
        let Intent::Recipe(command) = recognize(&catalog, &|_| true, &text) else {
            panic!("{fields}: {text:?} is no command")
        };
        let typed = command.recipe.parse(&command.raw_inputs(Language::En), &ChoiceOptions::new());
        Value::Object(typed.unwrap_or_else(|mistakes| panic!("{fields}: {text:?}: {mistakes:?}")))
    });
    assert_eq!(read[0], read[1], "{fields}");
    read[0].clone()
}

/// A mention of the bot, as an entity.
fn bot(name: &str, text: Value) -> Value {
    json!({"type": "mention", "text": text, "mentioned": {"id": BOT, "name": name}})
}

#[test]
fn a_command_is_recognised_as_real_clients_send_it() {
    let body = "create opportunity name: Acme amount: 5 close_date: 2026-12-31";
    let html = |body: &str| json!([{"contentType": "text/html", "content": body}]);
    for (described, fields) in [
        (
            "a quoted reply",
            json!({"text": format!("<quoted messageId=\"1772050244572\"/> {body}"),
            "entities": [{"type": "quotedReply", "quotedReply": {"messageId": "1772050244572", "preview": "Created …"}}]}),
        ),
        (
            "a quoted reply with a mention",
            json!({"text": format!("<quoted messageId=\"1\"/> <at>Workbot</at> {body}"),
            "entities": [{"type": "quotedReply"}, bot("Workbot", json!("<at>Workbot</at>"))]}),
        ),
        (
            "a mention whose entity has no text",
            json!({"text": format!("<at>Workbot</at> {body}"),
            "entities": [{"type": "mention", "mentioned": {"id": BOT, "name": "Workbot"}}]}),
        ),
        (
            "a mention whose entity has null as its text",
            json!({"text": format!("<at>Workbot</at> {body}"),
            "entities": [bot("Workbot", Value::Null)]}),
        ),
        (
            "an ampersand in the bot's name",
            json!({"text": format!("<at>Sales &amp; Workbot</at> {body}"),
            "entities": [bot("Sales & Workbot", Value::Null)]}),
        ),
        (
            "a tag in capitals",
            json!({"text": format!("<AT>Workbot</AT> {body}"),
            "entities": [bot("Workbot", json!("<at>Workbot</at>"))]}),
        ),
        (
            "a tag with an attribute",
            json!({"text": format!("<at id=\"0\">Workbot</at> {body}"),
            "entities": [bot("Workbot", json!("<at>Workbot</at>"))]}),
        ),
        (
            "a mention without an entity",
            json!({"text": format!("<at>Workbot</at>&nbsp;{body}"), "entities": null}),
        ),
        (
            "a split mention",
            json!({"text": format!("<at>Sales</at> <at>Workbot</at> {body}"),
            "entities": [bot("Sales", json!("<at>Sales</at>")), bot("Workbot", json!("<at>Workbot</at>"))]}),
        ),
        (
            "a body that is HTML only",
            json!({"attachments": html(&format!("<div><div>{body}</div>\n</div>"))}),
        ),
        (
            "a reply whose body is HTML only",
            json!({"text": null, "attachments": html(&format!(
            "<blockquote itemtype=\"http://schema.skype.com/Reply\"><p>help</p></blockquote><p>{body}</p>"))}),
        ),
        ("a zero width space before", json!({"text": format!("\u{200B}{body}")})),
        ("a byte order mark before", json!({"text": format!("\u{FEFF}{body}")})),
        ("a zero width space between words", json!({"text": body.replace("create ", "create\u{200B} ")})),
        ("marks of direction around", json!({"text": format!("\u{200E}{body}\u{200F}")})),
        (
            "a word joiner and soft hyphens in words",
            json!({"text": body.replace("op", "\u{2060}op").replace("un", "u\u{AD}n")}),
        ),
        ("spaces that do not break", json!({"text": body.replace(' ', "\u{A0}")})),
        ("wide and thin spaces", json!({"text": body.replace(' ', "\u{3000}\u{2009}\t")})),
        (
            "lines of Windows",
            json!({"text": body.replace(" name", "\r\nname").replace(" amount", "\r\namount")}),
        ),
        (
            "line separators",
            json!({"text": body.replace(" name", "\u{2028}name").replace(" amount", "\u{2029}amount")}),
        ),
        ("German quotes", json!({"text": body.replace("Acme", "„Acme“"), "locale": "de-DE"})),
        ("French quotes", json!({"text": body.replace("Acme", "«Acme»")})),
        ("quotes of a phone", json!({"text": body.replace("Acme", "‘Acme’").replace('5', "“5”")})),
        ("the label as a name", json!({"text": body.replace("close_date", "close date")})),
        ("the German label as a name", json!({"text": body.replace("close_date", "Abschlussdatum")})),
        (
            "a pasted list with stars",
            json!({"text":
            "create opportunity\n\n* name: Acme\n* amount: 5\n* close_date: 2026-12-31"}),
        ),
        (
            "a pasted list with hyphens",
            json!({"text": "create opportunity\n- name: Acme\n- amount: 5\n- close_date: 2026-12-31"}),
        ),
        (
            "a pasted list with numbers",
            json!({"text":
            "create opportunity:\n1. Name: Acme\n2. Amount: 5\n3. Close date: 2026-12-31\n"}),
        ),
        ("hyphens that do not break", json!({"text": body.replace('-', "\u{2011}")})),
        ("dashes in the date", json!({"text": body.replace('-', "–")})),
        (
            "digits of full width",
            json!({"text": body.replace('5', "５").replace("2026", "２０２６").replace(':', "：")}),
        ),
        ("attachments that are null", json!({"text": body, "attachments": null, "entities": {}})),
        ("a tenant that is empty", json!({"text": body, "channelData": {"tenant": {}}})),
        ("channel data that is null", json!({"text": body, "channelData": null})),
    ] {
        assert_eq!(
            inputs(&fields),
            json!({"name": "Acme", "amount": 5, "close_date": "2026-12-31"}),
            "{described}"
        );
    }
}

#[test]
fn the_text_of_a_value_is_kept() {
    for (written, means) in [
        ("X for <at>Bob Noyce</at>", "X for Bob Noyce"),
        ("Smith &amp; Sons, <at>Smith &amp; Sons</at>", "Smith &amp; Sons, Smith & Sons"),
        ("Workbot's deal", "Workbot's deal"),
        ("O'Brien “big” – Q4", "O'Brien “big” – Q4"),
        (
            "👨\u{200D}👩\u{200D}👧 می\u{200C}خواهم ❤\u{FE0F}",
            "👨\u{200D}👩\u{200D}👧 می\u{200C}خواهم ❤\u{FE0F}",
        ),
        ("a < b > c", "a < b > c"),
        ("-5", "-5"),
    ] {
        let fields =
            json!({"text": format!("create opportunity name: {written} amount: 5 close_date: 2026-12-31")});
        assert_eq!(inputs(&fields)["name"], json!(means), "{written}");
    }
    let negative = json!({"text": "create opportunity name: X amount: \u{2212}5 close_date: 31.12.2026"});
    assert_eq!(inputs(&negative)["amount"], json!(-5));
}

#[test]
fn a_card_action_is_read_in_every_client_encoding() {
    let data = json!({"verb": "connection.refresh"});
    for fields in [
        json!({"text": null, "value": data}),
        json!({"text": null, "value": data.to_string()}),
        json!({"text": "Refresh", "value": {"msteams": {"type": "messageBack", "value": data.to_string()}}}),
        json!({"type": "invoke", "name": "adaptiveCard/action",
            "value": {"action": {"type": "Action.Execute", "data": data}, "trigger": "manual"}}),
        json!({"type": "invoke", "name": "adaptiveCard/action", "value": json!({"action": {"data": data}}).to_string()}),
    ] {
        assert_eq!(
            turn(&fields).act,
            TurnEvent::CardAction { verb: "connection.refresh".into(), data: data.clone() },
            "{fields}"
        );
    }
    for value in
        [json!({"action": {"type": "Action.Execute", "data": {}}}), json!(null), json!([]), json!("x")]
    {
        let pressed = turn(&json!({"type": "invoke", "name": "adaptiveCard/action", "value": value}));
        assert!(
            pressed.invoke && matches!(pressed.act, TurnEvent::CardAction { verb, .. } if verb.is_empty()),
            "{value}"
        );
    }
    let recognized = turn(&json!({"text": null, "value": json!({"said": "sta\u{200B}tus "}).to_string()}));
    assert_eq!(recognized.act, TurnEvent::Message("status".into()));
}
