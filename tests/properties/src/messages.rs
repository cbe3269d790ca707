//! Messages: what Teams and its clients put into them goes, and what a person wrote stays.

use serde_json::{Value, json};
use workbot_domain::activity::{Activity, TurnEvent};
use workbot_domain::characters::normalised;
use workbot_domain::conversation::intent::{Intent, recognize};
use workbot_shared::Language;

use crate::real_catalog::real;

/// What a message says.
fn said(fields: &Value) -> String {
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
        TurnEvent::Message(said) => said,
        other => panic!("{other:?}"),
    }
}

/// Letters, digits and whatever else people write words with; no filler that looks like a space.
fn words(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() && !matches!(c, '\u{3164}' | '\u{FFA0}')).collect()
}

/// A text that somebody wrote: read again, it is what it was; and no letter or digit is lost.
pub fn message(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let once = normalised(&text);
    assert_eq!(normalised(&once), once, "{text:?}");
    assert_eq!(words(&once), words(&text), "{text:?}");
    assert!(!once.contains(['\r', '\t', '\u{A0}', '\u{200B}', '\u{FEFF}', '\u{202E}', '\u{AD}']), "{once:?}");

    let plain = said(&json!({ "text": text }));
    assert_eq!(plain, plain.trim());
    if !plain.is_empty() {
        assert_eq!(said(&json!({ "text": plain })), plain, "{text:?}");
    }
    // Without a tag, a reference to a character, and an address of the bot, all of it was meant.
    if !text.contains(['<', '@', '&']) {
        assert_eq!(words(&plain), words(&text), "{text:?}");
    }
    for fields in [
        json!({ "text": text, "textFormat": "xml" }),
        json!({ "text": text, "textFormat": "markdown" }),
        json!({ "text": null, "attachments": [{"contentType": "text/html", "content": text}] }),
    ] {
        let shown = said(&fields);
        assert_eq!(normalised(&shown), shown, "{text:?}");
        if !text.contains(['<', '@', '&']) {
            assert_eq!(words(&shown), words(&text), "{fields}");
        }
    }
}

/// A value that somebody wrote for an input: all of it reaches the input, with the values around it in their places.
pub fn value(data: &[u8]) {
    let text = normalised(&String::from_utf8_lossy(data));
    let text = text.trim();
    // What names an input, and what is markup, is no part of a value.
    if text.contains([':', '：', '<', '&', '\n']) || words(text).is_empty() {
        return;
    }
    for written in [text.to_owned(), format!("„{text}“"), format!("{text},"), format!("\n- {text}")] {
        let text = format!("create opportunity name: {written} amount: 5 close date: 2026-12-31");
        let said = said(&json!({ "text": text }));
        let Intent::Recipe(command) = recognize(real(), &said) else { panic!("{said:?} is no command") };
        let given = command.raw_inputs(Language::En);
        assert_eq!(words(&given["name"]), words(&written), "{said:?}");
        assert_eq!((given["amount"].as_str(), given["close_date"].as_str()), ("5", "2026-12-31"), "{said:?}");
    }
    assert_eq!(
        recognize(real(), &format!("find account {text}")),
        recognize(real(), &format!("Find  ACCOUNT\u{A0}{text}")),
    );
}
