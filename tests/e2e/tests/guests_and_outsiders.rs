//! Members, guests and outsiders: read from the roster of the conversation of their command.

use serde_json::{Value, json};
use workbot_e2e::{Chat, Company, Sandbox, text_of};

/// A company whose shared connection creates opportunities.
fn company() -> Company {
    let company = Company::new();
    company.connect_salesforce();
    company.verify("create-opportunity", "salesforce", false);
    company
}

fn made(name: &str) -> usize {
    Sandbox.creators("salesforce", name).len()
}

fn nothing_ran(chat: &Chat) {
    let ran = |sent: &Value| text_of(sent).contains("as the shared connection");
    assert!(!chat.sent().iter().any(ran), "{:?}", chat.sent());
}

#[test]
fn guests_run_only_recipes_open_to_guests() {
    let company = Company::new();
    company.connect_salesforce();
    let guest = company.person();
    let upn = format!("{}_fabrikam.com#EXT#@contoso.onmicrosoft.com", guest.oid);
    Sandbox.person(&company.tenant, &guest.oid, "Gus Guest", &upn);
    guest.say("find account Acme");
    guest.expect("not open to guests");
    company.call("PUT", "recipes/find-account/settings", &json!({"guests": true}).to_string());
    guest.say("find account Acme");
    guest.expect("as the shared connection (");
    let member = company.person();
    member.say("find account Acme");
    assert!(!text_of(&member.expect("as the shared connection (")).contains("guests"));
}

#[test]
fn a_guest_who_uninstalled_the_bot_stays_a_guest() {
    let company = company();
    let guest = company.person();
    let upn = format!("{}_fabrikam.com#EXT#@contoso.onmicrosoft.com", guest.oid);
    Sandbox.person(&company.tenant, &guest.oid, "Gus Guest", &upn);
    guest.say("status");
    guest.expect("Nothing is waiting");
    guest.deliver(&guest.activity(&json!({"type": "installationUpdate", "action": "remove"})));
    let channel = guest.in_channel().without_targeted();
    let name = channel.create_opportunity();
    channel.expect("I can't write to you in private yet");
    assert_eq!(made(&name), 0);
    // Once the recipe is open to guests, it runs; the bot still cannot write to them in private.
    company.call("PUT", "recipes/create-opportunity/settings", &json!({"guests": true}).to_string());
    let name = channel.create_opportunity();
    workbot_e2e::eventually("the opportunity", || (made(&name) == 1).then_some(()));
}

#[test]
fn an_outsider_is_refused_whatever_the_recipes_settings_are() {
    let company = company();
    company.call("PUT", "recipes/create-opportunity/settings", &json!({"guests": true}).to_string());
    let in_shared_channel = company.person().in_channel();
    let federated = company.person().in_group();
    let anonymous = company.person().in_group();
    in_shared_channel.shown_as(&json!({"tid": "fabrikam"}));
    federated.shown_as(&json!({"tid": "fabrikam"}));
    anonymous.shown_as(&json!({"role": "anonymous"}));
    for chat in [in_shared_channel, federated, anonymous] {
        let name = chat.create_opportunity();
        let refusal = chat.expect("only for people of the organization that Workbot belongs to");
        assert!(text_of(&refusal).contains("Nothing was changed"), "{refusal}");
        chat.say("connect salesforce");
        chat.expect("*Connect Salesforce* is only for people of the organization");
        assert_eq!(made(&name), 0);
        nothing_ran(&chat);
    }
}

#[test]
fn a_person_missing_on_the_roster_is_told_what_to_do_and_looked_up_again() {
    let company = company();
    let ada = company.person();
    let group = ada.in_group();
    group.taken_out();
    let name = group.create_opportunity();
    let message = ada_reads(&ada, "was not started");
    assert!(message.contains("choose *Add*"), "{message}");
    assert_eq!(made(&name), 0);
    group.shown_as(&json!({}));
    let name = group.create_opportunity();
    ada_reads(&ada, "as the shared connection (");
    assert_eq!(made(&name), 1);
}

/// The messages to a person in the chat that the bot creates with them.
fn ada_reads(ada: &Chat, words: &str) -> String {
    let about_them = |sent: &Value| sent["activity"]["recipient"]["id"] == json!(format!("29:{}", ada.oid));
    workbot_e2e::eventually(words, || {
        let sent = Sandbox.sent_to(&ada.oid, &ada.conversation);
        sent.iter().filter(|sent| about_them(sent)).map(text_of).find(|text| text.contains(words))
    })
}

#[test]
fn a_person_without_a_private_chat_is_told_so_in_the_channel_of_their_command() {
    let company = company();
    let channel = company.person().in_channel().without_targeted();
    let their_chat = format!("[{{\"id\":\"29:{}\"}}]", channel.oid);
    let body = json!({"error": {"code": "BotNotInConversationRoster", "message": "…"}});
    Sandbox.fault(&json!({"where": "connector", "match": their_chat, "status": 403, "body": body}));
    channel.say("find account Acme");
    channel.expect("I can't write to you in private yet");
}
