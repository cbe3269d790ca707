//! The properties with generated examples: some are noise, most are almost valid.
#![allow(missing_docs, clippy::unwrap_used)]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use workbot_properties as properties;

/// Words with a meaning: for the bot, in Markdown, in a template, in a query, in a path.
const WORDS: [&str; 40] = [
    "create",
    "opportunity",
    "name:",
    "amount:",
    "close_date:",
    "2026-12-31",
    "5000",
    "1.234,5",
    "find",
    "account",
    "help",
    "connect",
    "disconnect",
    "Salesforce",
    "personal_connections",
    "\"",
    "“",
    ":",
    ",",
    "\\",
    "](https://evil.example)",
    "[x]",
    "<at>",
    "</at>",
    "{{ 7*7 }}",
    "{% raw %}",
    "' OR '1'='1",
    "%25",
    "../",
    "/..",
    "?",
    "#",
    "&x=1",
    "\u{202e}",
    "\u{0}",
    "\r\n",
    "ü",
    "🙂",
    "create folder",
    "win deal",
];

fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![4 => select(&WORDS[..]).prop_map(str::to_owned), 1 => ".{0,12}"];
    (vec(word, 0..12), select(vec![" ", "", "  ", "\n"])).prop_map(|(words, between)| words.join(between))
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        words().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let name = prop_oneof![
            3 => select(vec![
                "id", "name", "records", "result", "entries", "error", "message", "success", "attributes", "url",
                "errorCode", "type", "code", "items", "value", "next", "sys_id", "fields", "data", "verb", "recipe",
            ]).prop_map(str::to_owned),
            1 => ".{0,8}",
        ];
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((name, inner), 0..6).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// An activity with some fields changed.
fn activity() -> impl Strategy<Value = Vec<u8>> {
    let fields = select(vec![
        "type",
        "id",
        "from",
        "recipient",
        "conversation",
        "channelData",
        "text",
        "value",
        "name",
        "locale",
    ]);
    (vec((fields, json_value()), 0..3), words()).prop_map(|(changes, text)| {
        let mut activity = json!({
            "type": "message", "id": "1", "channelId": "msteams", "serviceUrl": "https://smba.trafficmanager.net/emea/",
            "from": {"id": "29:1", "name": "Ada", "aadObjectId": "ada"}, "recipient": {"id": "28:bot"},
            "conversation": {"id": "a:1", "conversationType": "personal", "tenantId": "contoso"},
            "channelData": {"tenant": {"id": "contoso"}}, "text": text,
        });
        let object = activity.as_object_mut().unwrap();
        object.extend(changes.into_iter().map(|(name, value)| (name.to_owned(), value)));
        activity.to_string().into_bytes()
    })
}

/// A message at the MCP endpoint with some members changed.
fn agent_message() -> impl Strategy<Value = Vec<u8>> {
    let methods = select(vec![
        "initialize",
        "server/discover",
        "ping",
        "tools/list",
        "tools/call",
        "resources/list",
        "x",
    ]);
    let members = select(vec!["jsonrpc", "id", "method", "params", "result", "error"]);
    let params = select(vec![
        "name",
        "arguments",
        "_meta",
        "requestState",
        "inputResponses",
        "protocolVersion",
        "capabilities",
    ]);
    (methods, vec((members, odd()), 0..2), vec((params, odd()), 0..3)).prop_map(|(method, members, params)| {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
        });
        let mut given = json!({"name": "find_account", "arguments": {"name": "Acme"}, "_meta": meta});
        let named = params.into_iter().map(|(name, value)| (name.to_owned(), value));
        given.as_object_mut().unwrap().extend(named);
        let mut message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": given});
        let named = members.into_iter().map(|(name, value)| (name.to_owned(), value));
        message.as_object_mut().unwrap().extend(named);
        message.to_string().into_bytes()
    })
}

/// An address, often one that imitates another.
fn address() -> impl Strategy<Value = String> {
    let parts = vec![
        "https://",
        "http://",
        "agent.example",
        "127.0.0.1",
        "localhost",
        "[::1]",
        "10.0.0.1",
        "evil.example",
        "@",
        ":80",
        "/",
        "/callback",
        "/client.json",
        "?a=1",
        "#x",
        "\\",
        "..",
        "%2f",
        "javascript:",
        "app:",
        " ",
        "2130706433",
    ];
    vec(select(parts), 0..6).prop_map(|parts| parts.concat())
}

/// A query or form of the authorization server.
fn agent_form() -> impl Strategy<Value = String> {
    let right = [
        ("client_id", "c"),
        ("response_type", "code"),
        ("redirect_uri", "https://agent.example/callback?a=1"),
        ("state", "s"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("resource", "https://workbot.contoso.com/mcp"),
        ("grant_type", "authorization_code"),
    ];
    let changed = prop_oneof![3 => address(), 1 => words()];
    (vec((0..right.len(), changed), 0..3), any::<bool>()).prop_map(move |(changes, twice)| {
        let mut pairs: Vec<_> = right.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        for (at, value) in changes {
            if twice { pairs.push((right[at].0, value)) } else { pairs[at].1 = value }
        }
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    })
}

/// A metadata document of a client.
fn agent_document() -> impl Strategy<Value = Vec<u8>> {
    let members = select(vec!["client_name", "redirect_uris", "token_endpoint_auth_method", "client_secret"]);
    (vec(address(), 0..4), words(), vec((members, odd()), 0..2)).prop_map(|(redirect_uris, name, changes)| {
        let mut document = json!({"client_name": name, "redirect_uris": redirect_uris});
        let named = changes.into_iter().map(|(name, value)| (name.to_owned(), value));
        document.as_object_mut().unwrap().extend(named);
        document.to_string().into_bytes()
    })
}

/// A value that does not belong into a field, often an almost valid one.
fn odd() -> impl Strategy<Value = Value> {
    let near = select(vec![
        json!(null),
        json!({}),
        json!([]),
        json!(""),
        json!(" "),
        json!("contoso"),
        json!("CONTOSO"),
        json!("fabrikam"),
        json!("ada"),
        json!("bob"),
        json!("msteams"),
        json!("MsTeams"),
        json!("webchat"),
        json!(["contoso"]),
        json!(["ada"]),
        json!([{"id": "contoso"}]),
        json!([["contoso"]]),
        json!({"id": "contoso"}),
        json!({"id": "fabrikam"}),
        json!({"id": ["contoso"]}),
        json!({"id": 7}),
        json!({"id": null}),
        json!({"tenant": {"id": "fabrikam"}}),
        json!({"tenant": [{"id": "fabrikam"}]}),
        json!({"aadObjectId": "bob"}),
        json!({"tenantId": "fabrikam"}),
        json!("https://smba.trafficmanager.net/emea"),
        json!("https://evil.example/"),
        json!("user"),
        json!("guest"),
        json!("invoke"),
        json!("event"),
        json!(0),
        json!(7),
        json!(true),
        json!(false),
        json!(1.5),
    ]);
    prop_oneof![3 => near, 1 => json_value()]
}

/// An almost valid key of an issuer.
fn key() -> impl Strategy<Value = Value> {
    let fields = select(vec!["kty", "kid", "n", "e", "endorsements", "x5c"]);
    vec((fields, odd()), 0..4).prop_map(|changes| {
        let mut key = json!({"kty": "RSA", "kid": "good", "n": "another", "e": "AQAB"});
        key.as_object_mut().unwrap().extend(changes.into_iter().map(|(name, odd)| (name.to_owned(), odd)));
        key
    })
}

/// Characters that clients insert into texts, and the texts.
fn marks() -> impl Strategy<Value = String> {
    let mark = select(vec![
        "<at>",
        "</at>",
        "<AT id=\"0\">",
        "<at>Workbot</at>",
        "<at>Sales &amp; Bot</at>",
        "<at>&lt;at&gt;Bob&lt;/at&gt;</at>",
        "<quoted messageId=\"1\"/>",
        "<quoted>",
        "</quoted>",
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<br>",
        "<li>",
        "<blockquote itemtype=\"http://schema.skype.com/Reply\">",
        "</blockquote>",
        "<img alt=\"🙂\">",
        "<!--",
        "-->",
        "&nbsp;",
        "&amp;",
        "&lt;",
        "&#8203;",
        "&amp;lt;at&amp;gt;",
        "@Workbot",
        "@sales & bot",
        ",",
        ":",
        "\u{200B}",
        "\u{200D}",
        "\u{200C}",
        "\u{FE0F}",
        "\u{FEFF}",
        "\u{202E}",
        "\u{AD}",
        "\u{A0}",
        "\u{3000}",
        "\r",
        "\n",
        "\u{2028}",
        "\u{2212}",
        "\u{2011}",
        "\u{E0067}",
        "\u{1F3F4}",
        "👩",
        "🚀",
        "می",
        "क्",
        "x",
        "5",
        "１",
        " ",
        "\\",
        "*",
        "**",
        "_",
        "\"",
        "‘",
    ]);
    vec(prop_oneof![6 => mark.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)], 0..16)
        .prop_map(|marks| marks.concat())
}

/// The data of a form of some recipe.
fn form() -> impl Strategy<Value = Vec<u8>> {
    let inputs: Vec<String> = properties::real()
        .recipes
        .values()
        .flat_map(|recipe| recipe.inputs.iter().map(|input| input.id.clone()))
        .collect();
    let value = prop_oneof![
        json_value(),
        words().prop_map(Value::from),
        select(vec!["2026-12-31", "12", "true", "yes", "Acme", "high", "../x", "a/b"]).prop_map(Value::from),
    ];
    vec((select(inputs), value), 0..20)
        .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>()).to_string().into_bytes())
}

/// A file of the project with one line changed, removed, doubled or moved.
fn broken_file(folder: &'static str) -> impl Strategy<Value = String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let texts: Vec<String> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    (select(texts), any::<prop::sample::Index>(), 0..5_usize, words()).prop_map(|(text, at, how, words)| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let at = at.index(lines.len());
        match how {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, words),
            2 => lines[at].push_str(&words),
            3 => lines.insert(at, lines[at].clone()),
            _ => lines.swap(0, at),
        }
        lines.join("\n")
    })
}

/// Path segments that could change the target of a request.
fn dots() -> impl Strategy<Value = String> {
    let known = select(vec![".", "..", "%2e", "%2E%2e", ".%2e", "..\t", "\n.", "..\\", "./", "/..", ""]);
    prop_oneof![3 => known.prop_map(str::to_owned), 1 => "[./\\\\%2eE\t\n ]{0,6}"]
}

/// An almost valid token response.
fn token_answer() -> impl Strategy<Value = Vec<u8>> {
    let name = select(vec![
        "access_token",
        "refresh_token",
        "token_type",
        "expires_in",
        "scope",
        "error",
        "error_description",
        "ok",
        "data",
    ]);
    let value = prop_oneof![
        3 => select(vec!["Bearer", "mac", "7200", "", "a b,c", "00D!x", "invalid_grant", "ip restricted", "<b>", "a\nb"])
            .prop_map(Value::from),
        1 => json_value(),
    ];
    (vec((name, value), 0..6), 0..4_usize).prop_map(|(pairs, how)| {
        let fields: Map<_, _> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let json = Value::Object(fields).to_string();
        let form = pairs.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or("1")));
        match how {
            0 => json,
            1 => format!("\u{feff}{json}"),
            2 => form.collect::<Vec<_>>().join("&"),
            _ => json!({ "data": json }).to_string(),
        }
        .into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_token_in_a_response_is_missed(status in any::<u8>(), near in token_answer(), noise in vec(any::<u8>(), 0..200)) {
        properties::token_response(&[&[status][..], &near].concat());
        properties::token_response(&[&[0][..], &near].concat());
        properties::token_response(&[&[status][..], &noise].concat());
    }

    #[test]
    fn any_body_is_read_or_refused(noise in vec(any::<u8>(), 0..300), near in activity()) {
        properties::activity(&noise);
        properties::activity(&near);
    }

    #[test]
    fn an_unexpected_field_value_is_left_out_or_refused(which in any::<u8>(), odd in odd()) {
        properties::activity_field(&[&[which], odd.to_string().as_bytes()].concat());
    }

    #[test]
    fn an_unexpected_roster_value_makes_nobody_a_member(which in any::<u8>(), odd in odd()) {
        properties::roster_entry(&[&[which], odd.to_string().as_bytes()].concat());
    }

    #[test]
    fn an_unexpected_key_does_not_affect_other_keys(odd in odd(), key in key()) {
        properties::jwks(odd.to_string().as_bytes());
        properties::jwks(key.to_string().as_bytes());
    }

    #[test]
    fn json_is_read_with_or_without_a_byte_order_mark(noise in vec(any::<u8>(), 0..200), value in json_value(), cut in any::<prop::sample::Index>()) {
        properties::json_body(&noise);
        let whole = json!(value.to_string()).to_string().into_bytes();
        properties::json_body(&whole[..cut.index(whole.len() + 1)]);
        properties::json_body(&whole);
    }

    #[test]
    fn reading_a_message_is_idempotent(text in words(), marks in marks()) {
        properties::received_text(text.as_bytes());
        properties::received_text(marks.as_bytes());
    }

    #[test]
    fn no_letter_of_a_value_is_lost(text in words(), marks in marks()) {
        properties::input_value_in_message(text.as_bytes());
        properties::input_value_in_message(marks.as_bytes());
    }

    #[test]
    fn an_unsigned_token_is_refused(noise in vec(any::<u8>(), 0..200), parts in vec("[A-Za-z0-9_-]{0,40}", 0..5)) {
        properties::authorization_header(&noise);
        properties::authorization_header(format!("Bearer {}", parts.join(".")).as_bytes());
    }

    #[test]
    fn no_message_changes_the_target_of_a_request(text in words(), tail in words()) {
        properties::intent(text.as_bytes());
        for recipe in properties::real().recipes.values() {
            properties::intent(format!("{} {tail}", recipe.command).as_bytes());
        }
    }

    #[test]
    fn no_card_action_changes_the_target_of_a_request(near in form(), noise in json_value()) {
        properties::card_action(&near);
        properties::card_action(noise.to_string().as_bytes());
    }

    #[test]
    fn only_sealed_values_open(noise in vec(any::<u8>(), 0..300), bit in 0..400_usize) {
        properties::sealed_bytes(&noise);
        let mut one = vec![0; bit];
        one.push(1);
        properties::sealed_bytes(&one);
    }

    #[test]
    fn every_message_of_an_agent_is_read_or_refused(message in agent_message(), noise in vec(any::<u8>(), 0..200)) {
        properties::agent_message(&message);
        properties::agent_message(&noise);
    }

    #[test]
    fn a_browser_is_sent_to_redirect_uris_of_the_client_only(form in agent_form(), text in words()) {
        properties::agent_form(form.as_bytes());
        properties::agent_form(text.as_bytes());
    }

    #[test]
    fn a_client_is_at_a_public_address_with_redirect_uris_that_are_safe(document in agent_document(), id in address()) {
        properties::agent_client(&document);
        properties::agent_client(id.as_bytes());
    }

    #[test]
    fn every_app_response_has_an_outcome(which in any::<[u8; 2]>(), body in json_value()) {
        properties::app_response(&[&which[..], body.to_string().as_bytes()].concat());
    }

    #[test]
    fn foreign_text_is_escaped_in_a_reply(which in any::<u8>(), left_out in 0..16_u8, text in words()) {
        properties::recipe_reply(&[&[which, 0], text.as_bytes()].concat());
        properties::recipe_reply(&[&[which, left_out], text.as_bytes()].concat());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_request_keeps_the_segments_of_its_path(text in words(), dots in dots()) {
        properties::request_url(text.as_bytes());
        properties::request_url(dots.as_bytes());
    }

    #[test]
    fn a_broken_catalog_is_refused_with_file_and_line(app in broken_file("catalog/apps"), recipe in broken_file("catalog/recipes"), noise in words()) {
        properties::catalog_files(app.as_bytes());
        properties::catalog_files(format!("{app}\n===\n{recipe}").as_bytes());
        properties::catalog_files(noise.as_bytes());
    }
}
