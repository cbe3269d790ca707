//! The effects of time on stored rows. While the worker is stopped, all times in one person's vault are moved
//! into the past.

use serde_json::{Value, json};
use std::time::Duration;
use workbot_e2e::{Browser, Chat, Sandbox, eventually, kill, login_link, start, text_of, unique};

use super::stored::passes;
use super::wake;

/// Lets days pass for a person and runs the jobs that are due then.
fn days_pass(days: u64, chat: &Chat) {
    chat.ended();
    kill();
    passes(Duration::from_secs(days * 24 * 3600), chat);
    start();
    wake(chat);
}

fn revoked(app: &str, chat: &Chat) -> usize {
    Sandbox.grants_at(app, &chat.upn).iter().filter(|grant| !grant["revoked"].is_null()).count()
}

#[test]
#[ignore = "kills the worker"]
fn an_idle_connection_ends_with_a_notice_before_and_after() {
    let (ada, bob) = (Chat::new(), Chat::new());
    ada.connect();
    bob.connect();
    let said = |words: &str| ada.sent().iter().filter(|sent| text_of(sent).contains(words)).count();
    days_pass(84, &ada);
    ada.expect("You have not used Salesforce");
    assert_eq!((ada.status("salesforce").as_str(), revoked("salesforce", &ada)), ("connected", 0));
    days_pass(3, &ada);
    assert_eq!(said("You have not used"), 1, "once");
    days_pass(5, &ada);
    let ended = text_of(&ada.expect("so it was ended"));
    assert!(ended.contains("Access was revoked at Salesforce") && ended.contains("login.refresh"), "{ended}");
    assert_eq!((ada.status("salesforce").as_str(), revoked("salesforce", &ada)), ("disconnected", 1));
    assert_eq!(bob.status("salesforce"), "connected");
    // After 90 days the history is deleted too.
    eventually("an empty activity", || {
        (ada.call("GET", "activity", "").json()["entries"] == json!([])).then_some(())
    });
}

#[test]
#[ignore = "kills the worker"]
fn an_expiring_login_is_renewed_by_one_button() {
    let command = "create incident description: ";
    let chat = Chat::connected_to("servicenow", "none", command);
    days_pass(60, &chat);
    chat.say(&format!("{command}{}", unique("Second ")));
    eventually("the second reply", || (chat.successes() == 2).then_some(()));
    days_pass(34, &chat);
    let card = chat.expect("Your login to ServiceNow");
    assert!(text_of(&card).contains("runs out on"), "{card}");
    assert!(login_link(&card).is_none(), "a link in it would have ended long before it is read");
    let answer = chat.press("login.refresh", &json!({"connection": "servicenow"}));
    let shown: Value = json!({"activity": answer.body});
    let link = login_link(&shown).unwrap_or_else(|| panic!("no link: {shown}"));
    Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    days_pass(50, &chat);
    assert_eq!(chat.status("servicenow"), "connected");
    let told = chat.sent().iter().filter(|sent| text_of(sent).contains("Your login to ServiceNow")).count();
    assert_eq!(told, 1, "the new login lasts another 100 days");
}
