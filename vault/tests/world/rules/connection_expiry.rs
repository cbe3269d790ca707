//! How connections change over time.

use serde_json::json;
use workbot_shared::Language;
use workbot_vault::protocol::{VaultRequest, VaultResponse};

use crate::directed_world::{A_DAY, A_MINUTE, Directed};
use crate::person::{App, login_links};

#[test]
fn an_idle_connection_ends_with_a_notice_before_and_after() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce]);
    world.passes(A_DAY * 50);
    let bob = world.connected(2, &[App::Salesforce]);
    world.commands(&ada, App::Box);
    world.passes(A_DAY * 34);
    let said = |words: &str| world.heard(&ada, words).len();
    assert_eq!(said("You have not used Salesforce"), 1);
    assert_eq!((world.status(&ada, App::Salesforce), world.live(App::Salesforce, &ada)), ("connected", 1));
    world.passes(A_DAY * 3);
    assert_eq!(said("You have not used Salesforce"), 1, "once");
    world.passes(A_DAY * 5);
    let ended = world.hears(&ada, "so it was ended");
    assert!(ended.contains("Access was revoked at Salesforce") && ended.contains("login.refresh"), "{ended}");
    assert_eq!((world.status(&ada, App::Salesforce), world.live(App::Salesforce, &ada)), ("disconnected", 0));
    assert_eq!(world.status(&bob, App::Salesforce), "connected");
    // After 90 days the history is deleted too.
    world.passes(A_DAY * 51);
    let all = VaultRequest::ListHistory { before: None, limit: 20, language: Language::En };
    let Some(VaultResponse::History(activity)) = world.asks(&ada, all) else { panic!("no history") };
    assert_eq!(activity.entries.len(), 0);
}

#[test]
fn the_list_shows_the_last_use_to_the_minute_also_after_a_restart() {
    let world = Directed::new();
    let admin = world.person(0);
    world.sets(&admin, "find-account", json!({"verify_user_access": {"salesforce": true}}));
    let ada = world.connected(1, &[App::Salesforce]);
    let used = || world.row(&ada, App::Salesforce).last_used_at;
    let mut before = None;
    for command in [
        "find account name: Acme",
        "find account name: Acme",
        "create opportunity name: A amount: 1 close_date: 2026-12-31",
    ] {
        world.says(&ada, command);
        world.passes(A_MINUTE * 5);
        let shown = used();
        assert!(shown > before, "{command}: {shown:?}, {before:?}");
        world.dies(&ada);
        assert_eq!(used(), shown, "{command}");
        before = shown;
    }
    // A new login has not been used.
    world.leaves(&ada, App::Salesforce);
    world.connect(&ada, App::Salesforce);
    assert_eq!(used(), None);
}

#[test]
fn an_expiring_login_is_renewed_by_one_button() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::ServiceNow]);
    world.passes(A_DAY * 60);
    world.commands(&ada, App::ServiceNow);
    world.until("the reply", || world.successes(&ada) == 1);
    world.passes(A_DAY * 34);
    let card = world.hears(&ada, "Your login to ServiceNow");
    assert!(card.contains("runs out on"), "{card}");
    assert_eq!(world.links(&ada).len(), 0, "a link in it would have ended long before it is read");
    let presses = ada.clone();
    let pressed =
        world.done(async move { presses.press("login.refresh", json!({"connection": "servicenow"})).await });
    let link = login_links(&pressed.unwrap()).remove(0);
    world.logs_in(&ada, &link);
    world.passes(A_DAY * 50);
    assert_eq!(world.status(&ada, App::ServiceNow), "connected");
    let told = world.heard(&ada, "Your login to ServiceNow").len();
    assert_eq!(told, 1, "the new login lasts another 100 days");
}
