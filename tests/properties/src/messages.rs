//! Messages: the markup of Teams and its clients is removed, and the person's text stays.

use serde_json::{Value, json};
use workbot_domain::activity::{Activity, TurnEvent};
use workbot_domain::character_normalization::normalised;
use workbot_domain::conversation::intent::{Intent, recognize};
use workbot_shared::Language;

use crate::real_catalog::real;

/// The text of a message.
fn read_text(fields: &Value) -> String {
    let mut activity = json!({
        "type": "message", "id": "1", "channelId": "msteams", "serviceUrl": "https://smba.trafficmanager.net/emea/",
        "from": {"id": "29:1", "aadObjectId": "ada"}, "recipient": {"id": "28:bot", "name": "Workbot"},
        "conversation": {"id": "a:1", "tenantId": "contoso"},
        "entities": [
            {"type": "mention", "text": "<at>Sales Bot</at>", "mentioned": {"id": "28:bot", "name": "Sales & Bot"}},
            {"type": "mention", "mentioned": {"id": "29:2", "name": "Bob"}}
        ],
    });
    activity.as_object_mut().expect("an object").extend(fields.as_object().expect("fields").clone());
    let activity = Activity::parse(activity.to_string().as_bytes()).expect("an activity");
    match activity.turn().expect("a turn").act {
        TurnEvent::Message(read_text) => read_text,
        other => panic!("{other:?}"),
    }
}

/// Letters, digits and other characters of words, without fillers that look like a space.
fn words(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() && !matches!(c, '\u{3164}' | '\u{FFA0}')).collect()
}

/// A person's text: reading it twice changes nothing, and no letter or digit is lost.
pub fn received_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let once = normalised(&text);
    assert_eq!(normalised(&once), once, "{text:?}");
    assert_eq!(words(&once), words(&text), "{text:?}");
    assert!(!once.contains(['\r', '\t', '\u{A0}', '\u{200B}', '\u{FEFF}', '\u{202E}', '\u{AD}']), "{once:?}");

    let plain = read_text(&json!({ "text": text }));
    assert_eq!(plain, plain.trim());
    if !plain.is_empty() {
        assert_eq!(read_text(&json!({ "text": plain })), plain, "{text:?}");
    }
    // Without tags, character references and the bot's mentions, the whole text was meant.
    if !text.contains(['<', '@', '&']) {
        assert_eq!(words(&plain), words(&text), "{text:?}");
    }
    for fields in [
        json!({ "text": text, "textFormat": "xml" }),
        json!({ "text": text, "textFormat": "markdown" }),
        json!({ "text": null, "attachments": [{"contentType": "text/html", "content": text}] }),
    ] {
        let shown = read_text(&fields);
        assert_eq!(normalised(&shown), shown, "{text:?}");
        if !text.contains(['<', '@', '&']) {
            assert_eq!(words(&shown), words(&text), "{fields}");
        }
    }
}

/// A value that a person wrote for an input: the input gets all of it, and the values around it stay in their
/// places.
pub fn input_value_in_message(data: &[u8]) {
    let text = normalised(&String::from_utf8_lossy(data));
    let text = text.trim();
    // The name of an input and markup are not part of a value.
    if text.contains([':', '：', '<', '&', '\n']) || words(text).is_empty() {
        return;
    }
    for written in [text.to_owned(), format!("„{text}“"), format!("{text},"), format!("\n- {text}")] {
        let text = format!("create opportunity name: {written} amount: 5 close date: 2026-12-31");
        let read_text = read_text(&json!({ "text": text }));
        let Intent::Recipe(command) = recognize(real(), &|_| true, &read_text) else {
            panic!("{read_text:?} is no command")
        };
        let given = command.raw_inputs(Language::En);
        assert_eq!(words(&given["name"]), words(&written), "{read_text:?}");
        assert_eq!(
            (given["amount"].as_str(), given["close_date"].as_str()),
            ("5", "2026-12-31"),
            "{read_text:?}"
        );
    }
    assert_eq!(
        recognize(real(), &|_| true, &format!("find account {text}")),
        recognize(real(), &|_| true, &format!("Find  ACCOUNT\u{A0}{text}")),
    );
}
