//! The records that the shipped commands create in the apps.

use serde_json::{Value, json};
use workbot_e2e::{Chat, Company, Sandbox, text_of, unique};

/// A company with an API key for Freshdesk.
fn with_a_desk() -> Company {
    let company = Company::new();
    let key = unique("key-");
    Sandbox.post("freshdesk/keys", &json!({"key": key, "email": "desk@contoso.com"}));
    company.call("PUT", "shared/freshdesk", &json!({"api_key": key}).to_string());
    company
}

fn deal(chat: &Chat, name: &str) {
    chat.say(&format!("create opportunity name: {name} amount: 5000 close_date: 2026-12-31"));
    chat.expect(&format!("Created [{name}]"));
}

#[test]
fn a_ticket_has_its_persons_roster_address_as_requester() {
    let company = with_a_desk();
    let ada = company.person();
    let subject = unique("Printer ");
    ada.say(&format!("create ticket subject: {subject} description: It <b>hums</b>"));
    let reply = text_of(&ada.expect(&format!("Created ticket [{subject}]")));
    assert!(reply.contains(&format!("for {}", ada.upn)), "{reply}");

    let guest = company.person();
    let upn = format!("{}_fabrikam.com#EXT#@contoso.onmicrosoft.com", guest.oid);
    Sandbox.person(&company.tenant, &guest.oid, "Gus Guest", &upn);
    company.call("PUT", "recipes/create-ticket/settings", &json!({"guests": true}).to_string());
    guest.say(&format!("create ticket subject: {subject} description: It hums"));
    guest.expect("needs your email address");
    guest.say(&format!("create ticket subject: {subject} email: gus@fabrikam.com description: It hums"));
    guest.expect("for gus@fabrikam.com");
}

#[test]
fn an_incident_has_its_reporter_as_caller() {
    let chat = Chat::new();
    chat.connect_to("servicenow");
    chat.say(&format!("create incident description: {}", unique("It hums ")));
    chat.expect("Reported [INC");
    let records = Sandbox.created_at("servicenow", &chat.upn);
    let incident = records.iter().find(|record| record["table"] == "incident").expect("an incident");
    let (caller, opener) = (&incident["fields"]["caller_id"], &incident["fields"]["opened_by"]);
    assert!(caller.as_str().is_some_and(|id| !id.is_empty()) && caller == opener, "{incident}");
}

#[test]
fn a_deal_with_an_invalid_folder_name_completes() {
    let chat = Chat::new();
    ["salesforce", "box", "servicenow"].iter().for_each(|app| chat.connect_to(app));
    let name = unique("Acme / renewal ");
    deal(&chat, &name);
    chat.say(&format!("win deal opportunity: {name} share: yes notes: 20 people"));
    let reply = text_of(&chat.expect("is won in Salesforce"));
    assert!(reply.contains("The set-up is asked for in ServiceNow: [REQ"), "{reply}");
    let folder = Sandbox.created_at("box", &chat.upn).remove(0);
    assert_eq!(folder["name"], json!(name.replace('/', "-")));
    assert!(folder["shared_link"].is_object(), "its link lets others in: {folder}");
    let ordered: Vec<Value> = Sandbox.created_at("servicenow", &chat.upn);
    let item = ordered.iter().find(|record| record["table"] == "sc_req_item").expect("an ordered item");
    let text = item["fields"]["description"].as_str().expect("a description");
    assert!(text.starts_with("20 people") && text.contains("Folder: http"), "{text}");
    // A closed deal is not found again.
    chat.say(&format!("win deal opportunity: {name}"));
    chat.expect("There is no open opportunity named like");
}

#[test]
fn a_second_note_with_the_same_title_is_saved() {
    let chat = Chat::new();
    chat.connect_to("box");
    let title = unique("Q1/Q2 ");
    let file = title.replace('/', "-");
    chat.say(&format!("save note title: {title} text: first"));
    chat.expect(&format!("Saved [{file}.txt]"));
    chat.say(&format!("save note title: {title} text: second share: yes"));
    let reply = text_of(&chat.expect("There is a [note of this title]"));
    assert!(reply.contains("link for your company"), "{reply}");
    let files = Sandbox.created_at("box", &chat.upn);
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files[0]["shared_link"].is_null() && files[1]["shared_link"].is_object(), "{files:?}");
}
