//! Apps whose revocation ends every grant of an account: nothing is revoked while another connection uses it.

use serde_json::json;
use workbot_e2e::{Browser, Chat, Company, Sandbox, eventually, unique};
use workbot_shared::{AppId, Receipt, RevocationOutcome};

const INCIDENT: &str = "create incident description: ";

/// Whether a command of this person still runs without a login.
fn still_works(chat: &Chat) {
    let before = chat.successes();
    chat.say(&format!("{INCIDENT}{}", unique("Still ")));
    eventually("the reply", || (chat.successes() == before + 1).then_some(()));
    assert_eq!(chat.status("servicenow"), "connected");
    assert!(Sandbox.live_grants("servicenow", &chat.upn) >= 1);
}

/// Whether a disconnect has this outcome, or goes on: the objects of 140 tenants are asked who uses the
/// account, which takes a busy machine longer than a receipt waits.
fn is_or_goes_on(receipt: &Receipt, outcome: RevocationOutcome) -> bool {
    receipt.outcome == outcome || receipt.outcome == RevocationOutcome::Retrying
}

/// The second login with one account fails at a step. At an app where a revocation ends every grant of an
/// account, the first login stays valid.
#[test]
fn a_discarded_login_keeps_the_connection_with_the_same_account() {
    let ada = Chat::connected_to("servicenow", "none", INCIDENT);
    let again = ada.tab_login_link("servicenow");
    Sandbox.fault(&json!({"where": "servicenow.rest", "match": ada.upn, "times": 1, "status": 500}));
    let page = Browser::new().log_in(&again, &ada.oid, &ada.upn, "allow");
    page.expect("could not be reached");
    still_works(&ada);

    // One link, finished in two tabs.
    let link = ada.tab_login_link("servicenow");
    let (mut first, mut second) = (ada.log_in_until_callback(&link), ada.log_in_until_callback(&link));
    first.0.go(&first.1).expect("Successfully connected");
    second.0.go(&second.1).expect("Already connected");
    still_works(&ada);
}

#[test]
fn an_account_in_use_by_another_tenant_is_not_revoked() {
    let (one, other) = (Company::new(), Company::new());
    let account = one.share("servicenow");
    other.connect("servicenow", &account);
    let directory = AppId::parse("servicenow").expect("an id");
    let left = one.call("POST", "shared/servicenow/disconnect", "").receipt();
    assert_eq!(
        (&left.app, is_or_goes_on(&left, RevocationOutcome::KeptForOther)),
        (&directory, true),
        "{left:?}"
    );
    other.call("PUT", "recipes/create-incident/settings", r#"{"verify_user_access":{"servicenow":false}}"#);
    let bob = other.person();
    bob.say(&format!("{INCIDENT}It hums"));
    bob.expect(&format!("as the shared connection ({account})"));
    let last = other.call("POST", "shared/servicenow/disconnect", "").receipt();
    assert!(is_or_goes_on(&last, RevocationOutcome::Revoked), "{last:?}");
    eventually("the revocation", || (Sandbox.live_grants("servicenow", &account) == 0).then_some(()));
}

#[test]
fn a_grant_wide_revocation_is_not_sent_while_another_connection_uses_the_account() {
    let company = Company::new();
    let ada = company.person();
    company.connect("servicenow", &ada.upn);
    ada.say("create incident It hums");
    Browser::new().log_in(&ada.expect_link(), &ada.oid, &ada.upn, "allow").expect("Successfully connected");
    ada.expect("as you (");
    let before = Sandbox.live_grants("servicenow", &ada.upn);
    let own = ada.call("POST", "connections/servicenow/disconnect", "").receipt();
    assert!(is_or_goes_on(&own, RevocationOutcome::KeptForOther), "{own:?}");
    let is_told = own.message.contains("Another connection uses the same");
    assert_eq!(is_told, own.outcome == RevocationOutcome::KeptForOther, "{own:?}");
    // The company's connection still works, and its disconnect ends the account's grants.
    company.call("PUT", "recipes/create-incident/settings", r#"{"verify_user_access":{"servicenow":false}}"#);
    ada.say("create incident It still hums");
    ada.expect("as the shared connection (");
    assert_eq!(Sandbox.live_grants("servicenow", &ada.upn), before, "nothing was revoked");
    let shared = company.call("POST", "shared/servicenow/disconnect", "").receipt();
    assert!(is_or_goes_on(&shared, RevocationOutcome::Revoked), "{shared:?}");
    eventually("the revocation", || (Sandbox.live_grants("servicenow", &ada.upn) == 0).then_some(()));
}
