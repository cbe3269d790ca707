//! One's own connections: the list, Disconnect and Delete in the chat.

use serde_json::{Value, json};
use workbot_e2e::{Chat, Sandbox, eventually, text_of};

fn press(chat: &Chat, verb: &str, confirmed: bool) -> String {
    let mut data = json!({"verb": verb, "connection": "salesforce"});
    if confirmed {
        data["confirmed"] = json!(true);
    }
    let turn = chat.press(verb, &data);
    assert_eq!(turn.status, 200);
    assert_eq!(turn.body["type"], "application/vnd.microsoft.card.adaptive", "{}", turn.body);
    turn.body["value"].to_string()
}

/// Asks for the list and returns the newest one.
fn list(chat: &Chat) -> String {
    let lists = |chat: &Chat| -> Vec<Value> {
        chat.sent().into_iter().filter(|sent| text_of(sent).contains("Your connections")).collect()
    };
    let before = lists(chat).len();
    chat.say("personal_connections");
    eventually("the list", || lists(chat).get(before).map(text_of))
}

fn live_grants(chat: &Chat) -> usize {
    Sandbox.grants(&chat.upn).iter().filter(|grant| grant["revoked"].is_null()).count()
}

#[test]
fn an_empty_list_says_how_to_begin() {
    assert!(list(&Chat::new()).contains("You have no connections yet"));
}

#[test]
fn a_connection_is_listed_disconnected_and_asked_for_again() {
    let chat = Chat::new();
    chat.connect();
    let shown = list(&chat);
    for words in
        ["Salesforce", &chat.upn, "✓ Connected", "last used", "Disconnect", "Delete", "\"id\":\"connection\""]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }

    let asked = press(&chat, "connection.disconnect", false);
    assert!(asked.contains("Disconnect Salesforce (") && asked.contains("Keep"), "{asked}");
    assert_eq!(live_grants(&chat), 1, "nothing is done before it is confirmed");

    let receipt = press(&chat, "connection.disconnect", true);
    assert!(receipt.contains("revoked at Salesforce") && receipt.contains("Disconnected"), "{receipt}");
    assert_eq!(live_grants(&chat), 0);
    assert!(list(&chat).contains("– Disconnected"));

    // It is safe to repeat.
    let again = press(&chat, "connection.disconnect", true);
    assert!(again.contains("nothing left to revoke"), "{again}");

    // The next command asks for a login.
    let before = chat.sent().len();
    chat.create_opportunity();
    eventually("a new login card", || chat.sent().iter().skip(before).find_map(workbot_e2e::login_link));
}

#[test]
fn a_deleted_connection_is_forgotten() {
    let chat = Chat::new();
    chat.connect();
    press(&chat, "connection.delete", false);
    let receipt = press(&chat, "connection.delete", true);
    assert!(receipt.contains("Salesforce deleted") && receipt.contains("revoked at Salesforce"), "{receipt}");
    assert_eq!(live_grants(&chat), 0);
    assert!(list(&chat).contains("You have no connections yet"));
    assert!(press(&chat, "connection.delete", true).contains("You have no connections yet"));
}

#[test]
fn another_persons_connection_is_out_of_reach() {
    let (ada, bob) = (Chat::new(), Chat::new());
    ada.connect();
    assert!(press(&bob, "connection.delete", true).contains("You have no connections yet"));
    assert_eq!(live_grants(&ada), 1);
}

#[test]
fn in_a_group_the_list_goes_to_the_personal_chat() {
    let chat = Chat::new();
    chat.connect();
    let group = chat.in_group();
    group.say("personal_connections");
    group.expect("written to you in private");
    chat.expect("Your connections");
    assert!(group.sent().iter().all(|sent| !text_of(sent).contains(&chat.upn)));
}
