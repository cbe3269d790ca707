//! The conversation besides recipes: help, suggestions, connecting an app, open runs, the welcome message.

#![allow(clippy::indexing_slicing, reason = "a test may fail")]

use serde_json::{Value, json};
use workbot_e2e::{Browser, Chat, Company, eventually, text_of, unique};

fn card_of(sent: &Value) -> Value {
    sent["activity"]["attachments"][0]["content"].clone()
}

/// The data of the button with this title.
fn button(card: &Value, title: &str) -> Value {
    fn find(value: &Value, title: &str) -> Option<Value> {
        match value {
            Value::Object(object) if object.get("title") == Some(&json!(title)) => {
                object.get("data").cloned()
            }
            Value::Object(object) => object.values().find_map(|value| find(value, title)),
            Value::Array(items) => items.iter().find_map(|item| find(item, title)),
            _ => None,
        }
    }
    find(card, title).unwrap_or_else(|| panic!("no button {title}: {card}"))
}

#[test]
fn help_offers_the_enabled_commands_and_starts_one() {
    let company = Company::new();
    let chat = company.person();
    company.call("PUT", "recipes/save-note/settings", &json!({"enabled": false}).to_string());
    chat.say("help");
    let help = card_of(&chat.expect("What I can do for you"));
    let text = help.to_string();
    assert!(text.contains("create opportunity") && !text.contains("save note"), "{text}");
    assert!(text.contains("personal_connections") && text.contains("status"), "{text}");
    chat.press("recipe.submit", &button(&help, "Create opportunity"));
    chat.expect("Create opportunity needs a little more");

    chat.say("help create opportunity");
    let explained = text_of(&chat.expect("Or in one line"));
    assert!(
        explained.contains("Close date") && explained.contains("create opportunity name: "),
        "{explained}"
    );
}

#[test]
fn a_suggestion_corrects_a_typo_and_keeps_the_inputs() {
    let chat = Chat::new();
    let name = unique("Deal ");
    chat.say(&format!("creat oportunity name: {name} amount: 5 close_date: 2026-12-31"));
    let card = card_of(&chat.expect("Did you mean"));
    let meant = card["actions"][0]["data"].clone();
    chat.deliver(&chat.activity(&json!({"value": meant})));
    chat.expect("login needed");
    chat.say("good morning");
    chat.expect("What I can do for you");
}

#[test]
fn an_app_is_connected_and_disconnected_without_a_command() {
    let chat = Chat::new();
    chat.say("connect");
    let mut which = button(&card_of(&chat.expect("Which app would you like to connect")), "Connect");
    which["connection"] = json!("box");
    chat.press("login.refresh", &which);
    let asked = chat.expect("Box: login needed");
    assert!(text_of(&asked).contains("To run your commands as you"), "{asked}");
    Browser::new()
        .log_in(&chat.expect_link(), &chat.oid, &chat.upn, "allow")
        .expect("Successfully connected");
    let done = chat.expect(&format!("Box connected as {}", chat.upn));
    assert_eq!(done["activity_id"], asked["activity_id"], "the same card");
    assert!(!text_of(&done).contains("Going on"), "nothing goes on: {done}");

    chat.say("connect box");
    let again = card_of(&chat.expect("Box is connected as"));
    assert!(again.to_string().contains("Switch account"), "{again}");
    chat.say("disconnect box");
    let confirm = card_of(&chat.expect(&format!("Disconnect Box ({})", chat.upn)));
    let response = chat.press("connection.disconnect", &button(&confirm, "Disconnect")).body;
    assert!(response["value"].to_string().contains("revoked at Box"), "{response}");
    chat.say("disconnect box");
    chat.expect("Box is not connected");
    chat.say("connect freshdesk");
    chat.expect("one key for the whole company");
    chat.say("conect servicenow");
    let guess = card_of(&chat.expect("Did you mean"));
    assert_eq!(guess["actions"][0]["data"]["said"], "connect servicenow");
}

#[test]
fn waiting_runs_are_listed_and_can_be_cancelled() {
    let chat = Chat::new();
    chat.say("status");
    chat.expect("Nothing is waiting or running");
    chat.create_opportunity();
    let asked = chat.expect("Salesforce: login needed");
    chat.say("connect box");
    chat.expect("Box: login needed");
    chat.say("runs");
    let list = card_of(&chat.expect("waits for your login"));
    assert_eq!(list.to_string().matches("waits for your login").count(), 2, "{list}");
    let response = chat.press("run.cancel", &button(&list, "Cancel")).body;
    assert!(response["value"].to_string().contains("*Create opportunity* was cancelled"), "{response}");
    eventually("the end of the card that asked", || {
        let ends = |sent: &&Value| {
            sent["activity_id"] == asked["activity_id"] && text_of(sent).contains("was cancelled")
        };
        chat.sent().iter().find(ends).map(|_| ())
    });
    chat.say("status");
    eventually("a list of what is left", || {
        let lists = |sent: &&Value| text_of(sent).matches("waits for your login").count() == 1;
        chat.sent().iter().find(lists).map(|list| assert!(text_of(list).contains("Connect Box"), "{list}"))
    });
}

#[test]
fn installing_the_bot_sends_a_welcome_and_removing_it_keeps_connections() {
    let chat = Chat::new();
    chat.deliver(&chat.activity(&json!({"type": "installationUpdate", "action": "add"})));
    let welcome = card_of(&chat.expect("Three things to try"));
    assert_eq!(welcome["actions"].as_array().map(Vec::len), Some(3), "{welcome}");
    let group = chat.in_group();
    group.deliver(&group.activity(&json!({"type": "installationUpdate", "action": "add"})));
    group.expect("Mention me with a command");
    chat.connect();
    let turn = chat.deliver(&chat.activity(&json!({"type": "installationUpdate", "action": "remove"})));
    assert_eq!(turn.status, 200);
    assert_eq!(chat.status("salesforce"), "connected");
}

#[test]
fn in_a_group_help_is_private_too() {
    let chat = Chat::new();
    chat.say("status");
    chat.expect("Nothing is waiting");
    let group = chat.in_group().without_targeted();
    group.say("help");
    chat.expect("What I can do for you");
    group.expect("written to you in private");
}
