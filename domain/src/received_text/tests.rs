//! Messages as clients send them.

use super::*;
use serde_json::json;

const BOT: &str = "28:b0700000-5a1e-4b0f-8c0d-6f1d2e3c4b5a";

fn said_with(text: &str, format: &str, entities: Value, attachments: Value, name: &str) -> String {
    let list = |value: Value| value.as_array().cloned().unwrap_or_default();
    let (entities, attachments) = (list(entities), list(attachments));
    let message = Message {
        text,
        format,
        attachments: &attachments,
        entities: &entities,
        recipient: (BOT, name),
        in_group: false,
    };
    let plain_text = message.plain_text();
    // A second pass over a plain text changes nothing.
    if format != "xml" && format != "markdown" {
        let again = Message { text: &plain_text, attachments: &[], ..message };
        let is_body = message.text.is_empty() || is_html(message.text);
        assert!(is_body || again.plain_text() == plain_text, "{plain_text}");
    }
    plain_text
}

/// A mention of the bot, as an entity.
fn bot(fields: Value) -> Value {
    let mut entity = json!({"type": "mention", "mentioned": {"id": BOT, "name": "Workbot"}});
    entity.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    entity
}

fn plain_text(text: &str, entities: Value) -> String {
    said_with(text, "plain", entities, Value::Null, "Workbot")
}

fn html(body: &str) -> String {
    let attachments = json!([{"contentType": "image/png"}, {"contentType": "text/html", "content": body}]);
    said_with("", "plain", json!([]), attachments, "Workbot")
}

const COMMAND: &str = "create opportunity name: Acme amount: 5";

#[test]
fn quotes_are_no_part_of_the_text() {
    for text in [
        "<quoted messageId=\"1772050244572\"/> create opportunity name: Acme amount: 5",
        "<quoted messageId=\"1\"/><quoted messageId=\"2\" />create opportunity name: Acme amount: 5<quoted messageId='3'/>",
        "<QUOTED messageid = \"1\"></QUOTED>\ncreate opportunity name: Acme amount: 5",
        "< quoted messageId=\"1\" >Created <b>it</b> …</ quoted > create opportunity name: Acme amount: 5",
        "<quoted messageId=\"1\"> create opportunity name: Acme amount: 5",
        "<quoted messageId=\"1\"> <quoted messageId=\"2\">create opportunity name: Acme amount: 5",
        "<blockquote itemtype=\"http://schema.skype.com/Reply\">Created …</blockquote>\r\ncreate opportunity name: Acme amount: 5",
        "<quoted/> <at>Workbot</at> create opportunity name: Acme amount: 5",
        "<at>Workbot</at> <quoted messageId=\"1\"/> create opportunity name: Acme amount: 5",
    ] {
        assert_eq!(
            plain_text(text, json!([{"type": "quotedReply", "quotedReply": {"messageId": "1"}}])),
            COMMAND,
            "{text}"
        );
    }
    let within = "create opportunity name: Acme <quoted messageId=\"1\"/> amount: 5";
    assert_eq!(plain_text(within, json!([])).split_whitespace().collect::<Vec<_>>().join(" "), COMMAND);
}

#[test]
fn a_mention_of_the_bot_is_no_part_of_the_text_in_any_spelling() {
    for mention in [
        "<at>Workbot</at>",
        "<at>workbot</at>",
        "<AT>Workbot</AT>",
        "<at id=\"0\">Workbot</at>",
        "<At id='0' >Work\u{200B}bot</ at>",
        "<at> Workbot </at>&nbsp;",
        "<at>Workbot</at>\u{A0}<at>Workbot</at>",
        "<at>Workbot</at>,",
        "<at>Workbot</at>:",
        "\u{200B}<at>Workbot</at>\u{200E}",
        "<at><b>Workbot</b></at>",
        "@Workbot",
        "@workbot,",
    ] {
        let text = format!("{mention} create opportunity name: Acme amount: 5");
        for entities in [
            json!([]),
            json!([bot(json!({}))]),
            json!([bot(json!({"text": null}))]),
            json!([bot(json!({"text": ""}))]),
            json!([bot(json!({"text": "<at>Workbot</at>"})), {"type": "clientInfo"}]),
            json!([null, 7, {"type": "mention"}, {"type": "mention", "mentioned": null, "text": 7}]),
            json!([{"type": "mention", "mentioned": null, "text": "<at>Workbot</at>"}]),
            json!([{"type": "mention", "mentioned": {"name": "Workbot"}, "text": "<at>Workbot</at>"}]),
            json!([{"type": "mention", "mentioned": {"id": "", "name": "Workbot"}, "text": null}]),
            json!([{"type": "mention", "mentioned": {"id": 7, "name": "Workbot"}}]),
        ] {
            assert_eq!(plain_text(&text, entities.clone()), COMMAND, "{text} {entities}");
        }
    }
    // The deployment's name also counts if the bot has another name in this chat, or none.
    for (name, mention) in [
        ("", "<at>Workbot</at>"),
        ("Sales Bot", "<at>workbot</at>"),
        ("", "@Workbot,"),
        ("Sales Bot", "@Workbot"),
    ] {
        let text = format!("{mention} create opportunity name: Acme amount: 5");
        for entities in [json!([]), json!([{"type": "mention", "mentioned": null, "text": mention}])] {
            assert_eq!(said_with(&text, "plain", entities, Value::Null, name), COMMAND, "{text}");
        }
    }
    let end = "create opportunity name: Acme amount: 5 <at>Workbot</at>";
    assert_eq!(plain_text(end, json!([])), COMMAND);
}

#[test]
fn a_name_with_markup_or_in_parts_is_still_the_bots() {
    let named = |name: &str, text: Value| json!([{"type": "mention", "text": text, "mentioned": {"id": BOT, "name": name}}]);
    for (entities, recipient, mention) in [
        (named("Sales & Workbot", json!(null)), "Workbot", "<at>Sales &amp; Workbot</at>"),
        (
            named("Sales & Workbot", json!("<at>Sales &amp; Workbot</at>")),
            "Workbot",
            "<at>Sales &amp; Workbot</at>",
        ),
        (named("Sales &amp; Workbot", json!(null)), "Workbot", "<at>Sales & Workbot</at>"),
        (json!([]), "Sales & <Workbot>", "<at>Sales &amp; &lt;Workbot&gt;</at>"),
        (json!([]), "Sales Workbot", "<at>Sales</at> <at>Workbot</at>"),
        (json!([]), "Sales Workbot", "<at id=\"0\">Sales</at>&nbsp;<at id=\"1\">Workbot</at>"),
        (
            named("Sales Workbot", json!("<at>Sales</at> <at>Workbot</at>")),
            "x",
            "<at>Sales</at> <at>Workbot</at>",
        ),
        (named("Sales Workbot", json!("<at>Sales</at>")), "x", "<at>Sales</at>"),
        (
            json!([
                {"type": "mention", "text": "<at>Sales</at>", "mentioned": {"id": BOT.to_uppercase(), "name": "Sales"}},
                {"type": "mention", "text": "<at>Bot 2</at>", "mentioned": {"id": BOT, "name": "Bot 2"}}
            ]),
            "Sales Bot 2",
            "<at>Sales</at> <at>Bot 2</at>",
        ),
    ] {
        let text = format!("{mention} create opportunity name: Acme amount: 5");
        assert_eq!(said_with(&text, "plain", entities, Value::Null, recipient), COMMAND, "{text}");
    }
}

#[test]
fn a_mention_of_a_colleague_becomes_their_name() {
    let bob = json!({"type": "mention", "text": "<at>Bob Noyce</at>", "mentioned": {"id": "29:bob", "name": "Bob Noyce"}});
    for (text, means) in [
        ("<at>Workbot</at> name: X for <at>Bob Noyce</at> amount: 5", "name: X for Bob Noyce amount: 5"),
        (
            "name: X for <at id=\"1\">Bob</at> <at id=\"2\">Noyce</at> amount: 5",
            "name: X for Bob Noyce amount: 5",
        ),
        ("name: <AT>Smith &amp; Sons</AT>", "name: Smith & Sons"),
        ("name: for<at>Bob</at><at>Noyce</at>", "name: for Bob Noyce"),
        ("<at>Bob Noyce</at> help", "Bob Noyce help"),
    ] {
        for entities in [json!([]), json!([bob]), json!([bot(json!({})), bob])] {
            assert_eq!(plain_text(text, entities), means, "{text}");
        }
    }
}

#[test]
fn an_unidentified_mention_that_starts_a_group_message_is_of_the_bot() {
    let nobody = json!({"type": "mention", "mentioned": null, "text": "<at>Vertrieb</at>"});
    let bob = json!({"type": "mention", "mentioned": {"id": "29:bob", "name": "Bob"}});
    for (text, entities, means) in [
        ("<at>Vertrieb</at> status", json!([]), "status"),
        ("\n<at>Vertrieb</at>, status", json!([nobody]), "status"),
        ("<at>Vertrieb</at> ask <at>Bob</at>", json!([bob]), "ask Bob"),
        ("status <at>Vertrieb</at>", json!([]), "status Vertrieb"),
        ("<at>Bob</at> status", json!([bob]), "Bob status"),
        ("<at>Bob</at> status <at>Workbot</at>", json!([]), "Bob status"),
        (
            "<at>Bob</at> status <at>Vertrieb</at>",
            json!([bot(json!({"text": "<at>Vertrieb</at>"}))]),
            "Bob status",
        ),
    ] {
        let entities = entities.as_array().unwrap().as_slice();
        let message = Message {
            text,
            format: "plain",
            attachments: &[],
            entities,
            recipient: (BOT, "Workbot"),
            in_group: true,
        };
        assert_eq!(message.plain_text(), means, "{text}");
    }
}

#[test]
fn text_that_resembles_a_mention_or_contains_the_bots_name_stays() {
    for text in [
        "create folder name: Workbot",
        "create folder name: Workbot <Workbot> a < b > c",
        "create folder name: ada@contoso.com, <ada@contoso.com>",
        "Workbot rocks",
        "create folder name: AT&amp;T &lt;at&gt;",
        "create folder name: @Workbot",
        "create folder name: <at> sign",
        "@Workbots are many",
        "create folder name: <b>bold</b>",
        "> quoted by hand",
    ] {
        assert_eq!(plain_text(text, json!([bot(json!({"text": "<at>Workbot</at>"}))])), text);
    }
}

#[test]
fn an_html_body_is_read_as_it_is_shown() {
    for (body, means) in [
        ("<div><div>create opportunity name: Acme amount: 5</div>\n</div>", COMMAND),
        (
            "<p>create opportunity</p>\r\n<p>name: Acme<br>\namount: 5</p>",
            "create opportunity\nname: Acme\namount: 5",
        ),
        (
            "<div>create opportunity<ul>\n<li>name: Acme</li>\n<li>amount:&nbsp;5</li>\n</ul></div>",
            "create opportunity\nname: Acme\namount: 5",
        ),
        (
            "<blockquote itemscope itemtype=\"http://schema.skype.com/Reply\" itemid=\"1\"><strong itemprop=\"mri\">Bot</strong>\
             <blockquote>inner</blockquote><p itemprop=\"preview\">help</p></blockquote><p>status</p>",
            "status",
        ),
        ("<blockquote itemtype='http://schema.skype.com/Reply'><p>status</p>", "status"),
        ("<quoted messageId=\"1\"/><p>status</p>", "status"),
        ("<p><at id=\"0\">Workbot</at>&nbsp;status</p>", "status"),
        (
            "<p><span itemtype=\"http://schema.skype.com/Mention\" itemscope itemid=\"0\">Workbot</span>, status</p>",
            "status",
        ),
        (
            "<p>create folder name: for <span itemtype='http://schema.skype.com/Mention' itemid=\"1\">Bob</span> M&uuml;ller &amp; S&#246;hne</p>",
            "create folder name: for Bob Müller & Söhne",
        ),
        (
            "<p>create folder name: Party <img alt=\"🎉\" itemid=\"party\" itemscope \
             itemtype=\"http://schema.skype.com/Emoji\" src=\"https://x.example/a>b.png\"><img src=\"x\" alt=\"image\"> \
             <emoji id=\"smile\" alt=\"🙂\" title=\"Smile\"></emoji></p>",
            "create folder name: Party 🎉 🙂",
        ),
        (
            "<style>p { color: red }</style><!-- a --><p>sta<b>tus</b></p><attachment id=\"1\"></attachment>",
            "status",
        ),
        ("<p>a &lt;b&gt; 1 < 2</p>", "a <b> 1 < 2"),
        ("<blockquote><p>status</p></blockquote>", "status"),
        ("<p>status", "status"),
        ("", ""),
        ("<p>&nbsp;</p>", ""),
    ] {
        assert_eq!(html(body), means, "{body}");
    }
}

#[test]
fn the_text_counts_and_a_body_only_if_the_text_is_empty() {
    let body = |kind: &str| json!([{"contentType": kind, "content": "<p>status</p>"}]);
    for (text, kind, means) in [
        ("help", "text/html", "help"),
        (" \u{200B}\n", "text/html", "status"),
        ("<quoted messageId=\"1\"/>", "Text/HTML; charset=utf-8", "status"),
        ("", "text/plain", ""),
        ("<div><p>runs</p></div>", "text/html", "runs"),
        ("<blockquote itemtype=\"x/Reply\">help</blockquote><p>runs</p>", "text/html", "runs"),
    ] {
        assert_eq!(said_with(text, "", json!([]), body(kind), "Workbot"), means, "{text} {kind}");
    }
    let odd = json!([null, 7, {}, {"contentType": null}, {"contentType": "text/html"}, {"contentType": "text/html", "content": {}}]);
    assert_eq!(said_with("", "", json!([]), odd, "Workbot"), "");
}

#[test]
fn a_text_is_read_in_its_stated_format() {
    for (format, text, means) in [
        (
            "xml",
            "<at id=\"28:x\">Workbot</at> create folder name: A &amp; B<br/>x",
            "create folder name: A & B\nx",
        ),
        ("XML", "<b>status</b>", "status"),
        (
            "markdown",
            "**create** folder **name:** close\\_date \\* A &amp; B * C",
            "create folder name: close_date * A & B * C",
        ),
        ("markdown", "<at>Workbot</at> status", "status"),
        ("plain", "create folder name: A &amp; B **x** \\_", "create folder name: A &amp; B **x** \\_"),
        ("later", "create folder name: A&nbsp;B", "create folder name: A B"),
    ] {
        assert_eq!(said_with(text, format, json!([]), Value::Null, "Workbot"), means, "{format} {text}");
    }
}

#[test]
fn nested_markup_is_read_until_a_further_pass_changes_nothing() {
    let mut text = "status".to_owned();
    for depth in 1..=12 {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        text = format!("<p>{escaped}</p>");
        let once = plain_text(&text, json!([]));
        assert_eq!(plain_text(&once, json!([])), once, "{depth}");
        assert_eq!(once == "status", depth <= 8, "{depth}: {once}");
    }
}

#[test]
fn unclosed_markup_is_read_to_the_end_of_the_text() {
    // With a scan for each piece, any of these would take minutes.
    for part in [
        "<at>",
        "<at ",
        "<at \"",
        "<quoted messageId=\"1\">",
        "@Workbot ",
        "<blockquote itemtype=\"x/Reply\">",
        "&amp;",
        "<!--",
        "<at>a</at>",
        "\u{200D}",
    ] {
        let text = part.repeat(100_000 / part.len());
        assert!(plain_text(&text, json!([bot(json!({}))])).len() <= text.len(), "{part}");
        assert!(html(&text).len() <= text.len(), "{part}");
    }
}

#[test]
fn a_slash_command_is_its_command_with_and_without_the_slash() {
    for text in [
        COMMAND.to_owned(),
        format!("/{COMMAND}"),
        format!("/Workbot {COMMAND}"),
        format!("/workbot: {COMMAND}"),
        format!("<at>Workbot</at> /{COMMAND}"),
        format!("@Workbot /{COMMAND}"),
    ] {
        assert_eq!(plain_text(&text, json!([])), COMMAND, "{text}");
    }
    assert_eq!(plain_text("/personal_connections", json!([])), "personal_connections");
    for other in ["// create", "/", "/ create", "/5", "a / b", "create folder name: /plans/2026"] {
        assert_eq!(plain_text(other, json!([])), other);
    }
}
