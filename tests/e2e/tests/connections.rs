//! A person's own connections: the list, Disconnect and Delete, in the chat and in the API.

use serde_json::{Value, json};
use workbot_e2e::{Browser, Chat, Response, Sandbox, agent, eventually, text_of, worker};
use workbot_shared::{ConnectionRow, ConnectionStatus, Connections, LoginLink, RevocationOutcome};

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

/// Asks for the list and returns the newest card.
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
fn an_empty_list_explains_how_to_connect() {
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

    // Repeating it is safe.
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
fn another_persons_connection_is_inaccessible() {
    let (ada, bob) = (Chat::new(), Chat::new());
    ada.connect();
    assert!(press(&bob, "connection.delete", true).contains("You have no connections yet"));
    assert_eq!(live_grants(&ada), 1);
}

#[test]
fn in_a_group_the_list_goes_to_the_personal_chat() {
    let chat = Chat::new();
    chat.connect();
    let group = chat.in_group().without_targeted();
    group.say("personal_connections");
    assert!(text_of(&group.expect("written to you in private")).contains("Test"));
    chat.expect("Your connections");
    // A button pressed in the group shows nothing there either.
    let turn = group.press("connection.refresh", &json!({"verb": "connection.refresh"}));
    assert!(turn.body["value"].as_str().unwrap().contains("written to you in private"), "{}", turn.body);
    assert!(!turn.body.to_string().contains(&chat.upn));
    assert!(group.sent().iter().all(|sent| !text_of(sent).contains(&chat.upn)));
}

/// An API request of this person's tab.
fn call(chat: &Chat, method: &str, path: &str, body: &str) -> Response {
    chat.call(method, &format!("connections{path}"), body)
}

fn salesforce(chat: &Chat) -> ConnectionRow {
    let response = call(chat, "GET", "", "");
    assert_eq!(response.status, 200, "{}", response.body);
    let list: Connections = serde_json::from_str(&response.body).expect("a list");
    list.connections.into_iter().find(|row| row.app.as_str() == "salesforce").expect("a row for Salesforce")
}

fn link(chat: &Chat, body: &str) -> String {
    let response = call(chat, "POST", "/salesforce/login", body);
    serde_json::from_str::<LoginLink>(&response.body).expect("a link").url
}

#[test]
fn the_api_connects_lists_disconnects_and_deletes() {
    let chat = Chat::new();
    assert_eq!(salesforce(&chat).status, ConnectionStatus::NotConnected);
    Browser::new().log_in(&link(&chat, ""), &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    let row = salesforce(&chat);
    assert_eq!((row.status, row.account.as_deref()), (ConnectionStatus::Connected, Some(chat.upn.as_str())));
    assert!(row.connected_at.is_some() && row.scopes.contains(&"api".to_owned()), "{row:?}");

    let left = call(&chat, "POST", "/salesforce/disconnect", "").receipt();
    assert_eq!((left.outcome, left.status), (RevocationOutcome::Revoked, ConnectionStatus::Disconnected));
    assert_eq!(live_grants(&chat), 0);
    // Chat and tab show the same state.
    assert_eq!(salesforce(&chat).status, ConnectionStatus::Disconnected);
    assert!(list(&chat).contains("– Disconnected"));
    let again = call(&chat, "POST", "/salesforce/disconnect", "").receipt();
    assert_eq!(again.outcome, RevocationOutcome::NothingToDo);

    let gone = call(&chat, "DELETE", "/salesforce", "").receipt();
    assert_eq!((gone.outcome, gone.status), (RevocationOutcome::NothingToDo, ConnectionStatus::NotConnected));
    assert!(list(&chat).contains("You have no connections yet"));
    assert_eq!(call(&chat, "DELETE", "/salesforce", "").receipt().outcome, RevocationOutcome::NothingToDo);
}

#[test]
fn switching_the_account_replaces_the_connection_only_when_it_succeeds_and_revokes_the_old_grant() {
    let chat = Chat::new();
    chat.connect();
    let other = format!("second-{}", chat.upn);
    Sandbox.post("salesforce/users", &json!({"username": other}));
    let body = r#"{"switch_account":true}"#;
    // After a declined consent the old connection still works.
    Browser::new().log_in(&link(&chat, body), &chat.oid, &other, "deny").expect("Nothing was connected");
    assert_eq!(salesforce(&chat).account.as_deref(), Some(chat.upn.as_str()));
    let mut browser = Browser::new();
    browser.log_in(&link(&chat, body), &chat.oid, &other, "allow").expect("Successfully connected");
    assert!(browser.visited.iter().any(|url| url.contains("/salesforce/") && url.contains("prompt=login")));
    assert_eq!(salesforce(&chat).account.as_deref(), Some(other.as_str()));
    eventually("the old grant's revocation", || (live_grants(&chat) == 0).then_some(()));
    let name = chat.create_opportunity();
    chat.expect(&format!("Created [{name}]"));
    assert_eq!(Sandbox.created_by(&other).len(), 1);
}

#[test]
fn the_connection_routes_require_a_token_and_a_known_path() {
    let chat = Chat::new();
    for path in ["", "/salesforce/login", "/salesforce/disconnect"] {
        let url = format!("{}/api/connections{path}", worker());
        let response = if path.is_empty() { agent().get(url).call() } else { agent().post(url).send("") };
        assert_eq!(Response::read(response.expect("the worker")).status, 401, "{path}");
    }
    assert_eq!(call(&chat, "POST", "/nothing/login", "").status, 404);
    for body in ["{", r#"{"switch":true}"#, r#"{"switch_account":"yes"}"#] {
        assert_eq!(call(&chat, "POST", "/salesforce/login", body).status, 400, "{body}");
    }
    assert_eq!(call(&chat, "DELETE", "", "").status, 405);
}
