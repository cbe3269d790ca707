//! Forms: missing and invalid inputs are asked for.

#![allow(clippy::indexing_slicing, reason = "a test may fail")]

use serde_json::{Value, json};
use workbot_e2e::{Browser, Chat, Sandbox, unique};

/// The data of a form's button with these inputs.
fn sent_with(card: &Value, inputs: &Value) -> Value {
    let action = card["actions"][0].clone();
    assert_eq!(action["verb"], "recipe.submit", "{card}");
    let mut data = action["data"].clone();
    data.as_object_mut().unwrap().extend(inputs.as_object().unwrap().clone());
    data
}

fn card_of(sent: &Value) -> Value {
    sent["activity"]["attachments"][0]["content"].clone()
}

#[test]
fn a_form_asks_for_missing_inputs_and_marks_invalid_ones() {
    let chat = Chat::new();
    chat.say("create opportunity amount: much");
    let form = card_of(&chat.expect("needs a little more"));
    assert!(form.to_string().contains("**Amount** must be a number"), "{form}");

    let name = unique("Deal ");
    let half = json!({"name": name, "amount": "5000", "close_date": ""});
    let response = chat.press("recipe.submit", &sent_with(&form, &half)).body;
    assert_eq!(response["type"], "application/vnd.microsoft.card.adaptive");
    let again = &response["value"];
    assert!(again.to_string().contains("**Close date** is missing"), "{again}");
    assert!(again.to_string().contains(&name), "what was typed stays: {again}");

    let whole = sent_with(again, &json!({"name": name, "amount": "5000", "close_date": "2026-12-31"}));
    let response = chat.press("recipe.submit", &whole).body;
    assert!(response["value"].to_string().contains("Going on"), "{response}");
    Browser::new()
        .log_in(&chat.expect_link(), &chat.oid, &chat.upn, "allow")
        .expect("Successfully connected");
    chat.expect(&format!("Created [{name}]"));
    // Submitting an old card again has no effect.
    let response = chat.press("recipe.submit", &whole).body;
    assert!(response["value"].to_string().contains("already finished"), "{response}");
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 1);
}

#[test]
fn a_form_belongs_to_the_person_who_was_asked() {
    let (ada, bob) = (Chat::new(), Chat::new());
    ada.say("create opportunity");
    let form = card_of(&ada.expect("needs a little more"));
    let whole = json!({"name": "X", "amount": "1", "close_date": "2026-12-31"});
    let response = bob.press("recipe.submit", &sent_with(&form, &whole)).body;
    assert!(response["value"].to_string().contains("not yours"), "{response}");
    let cancelled = ada.press("run.cancel", &form["actions"][1]["data"]).body;
    assert!(cancelled["value"].to_string().contains("was cancelled"), "{cancelled}");
    let response = ada.press("recipe.submit", &sent_with(&form, &whole)).body;
    assert!(response["value"].to_string().contains("already finished"), "{response}");
}

#[test]
fn a_form_without_a_run_starts_one() {
    let chat = Chat::new();
    let name = unique("Deal ");
    let data = json!({
        "verb": "recipe.submit", "recipe": "create-opportunity", "name": name, "amount": 5, "close_date": "2026-12-31"
    });
    assert_eq!(chat.press("recipe.submit", &data).status, 200);
    chat.expect("login needed");
    let data = json!({"verb": "recipe.submit", "recipe": "create-opportunity", "name": name});
    chat.press("recipe.submit", &data);
    chat.expect("needs a little more");
}

#[test]
fn choices_are_read_from_the_app_as_the_person() {
    let chat = Chat::new();
    let insert = |table: &str, fields: Value| {
        Sandbox.post("servicenow/records", &json!({"table": table, "username": chat.upn, "fields": fields}))
    };
    let change = insert("change_request", json!({"short_description": "Patch the mail server"}));
    let other = insert("change_request", json!({"short_description": "Not theirs to decide"}));
    let approver = Sandbox.post("servicenow/users", &json!({"username": chat.upn}))["id"].clone();
    let approval = json!({
        "sysapproval": change["sys_id"], "document_id": change["sys_id"], "source_table": "change_request",
        "state": "requested", "approver": approver
    });
    insert("sysapproval_approver", approval);
    chat.say("approve change");
    Browser::new()
        .log_in(&chat.expect_link(), &chat.oid, &chat.upn, "allow")
        .expect("Successfully connected");
    let form = card_of(&chat.expect("needs a little more"));
    let number = change["number"].as_str().unwrap();
    assert!(form.to_string().contains(number), "{form}");
    assert!(!form.to_string().contains(other["number"].as_str().unwrap()), "{form}");
    chat.press("recipe.submit", &sent_with(&form, &json!({"change": number, "decision": "approved"})));
    chat.expect("is approved: Patch the mail server");
}

#[test]
fn a_stage_is_one_of_the_companys_choices_or_its_short_name() {
    let chat = Chat::new();
    chat.connect_to("salesforce");
    let name = chat.create_opportunity();
    chat.expect(&format!("Created [{name}]"));
    let stage = || Sandbox.created_by(&chat.upn)[0]["fields"]["StageName"].clone();
    for (typed, set) in [("negotiation", "Negotiation/Review"), ("Legal Review", "Legal Review")] {
        chat.say(&format!("set stage opportunity: {name} stage: {typed}"));
        chat.expect(&format!("is now at *{set}*"));
        assert_eq!(stage(), json!(set));
    }
    chat.say(&format!("set stage opportunity: {name} stage: Wonderful"));
    chat.expect("must be one of the choices");
    assert_eq!(stage(), json!("Legal Review"));
}
