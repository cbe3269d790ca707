//! What an app's file says beyond the standards: the account in the token response, an organization from a
//! list, parameters of the callback, and a revocation in the vendor's own way.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::connection::disconnect::Removal;
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::Owner;
use workbot_shared::{AppId, Language, Receipt, RevocationOutcome};
use workbot_vault::protocol::{VaultRequest, VaultResponse};

use crate::directed_world::Directed;
use crate::person::Person;

fn ledger() -> AppId {
    AppId::parse("ledger").unwrap()
}

/// Logs in to Ledger; it redirects back with this realm.
fn logs_in(world: &Directed, person: &Rc<Person>, realm: &str) -> LoginPage {
    realm.clone_into(&mut world.world().ledger.realm.borrow_mut());
    let owner = Owner::User(person.subject().user);
    let login = VaultRequest::CreateLoginLink {
        app: ledger(),
        owner,
        switch_account: false,
        name: person.oid.clone(),
    };
    let Some(VaultResponse::Link(link)) = world.asks(person, login) else { panic!("no login link") };
    world.logs_in(person, &link.url)
}

fn connected() -> LoginPage {
    LoginPage::Connected { app: "Ledger".into(), account: "ada@ledger.example".into(), shared: false }
}

fn leaves(world: &Directed, person: &Person) -> Receipt {
    let leave = VaultRequest::Disconnect {
        app: ledger(),
        removal: Removal::Disconnect,
        by: None,
        language: Language::En,
    };
    match world.asks(person, leave) {
        Some(VaultResponse::Disconnected(receipt)) => receipt,
        _ => panic!("unexpected response to a disconnect"),
    }
}

/// The revocation of an access token.
fn revocation(token: &str) -> String {
    let client = STANDARD.encode("client-at-ledger:the-secret-of-ledger");
    format!("DELETE /clients/client-at-ledger/token Basic {client} {{\"access_token\":\"{token}\"}}")
}

#[test]
fn a_login_takes_the_account_from_the_token_response_and_the_organization_from_a_list() {
    let world = Directed::new();
    let ada = world.person(1);
    assert_eq!(logs_in(&world, &ada, "91"), connected());
    let asked = world.world().ledger.requests_to("/companies");
    assert_eq!(asked, ["GET /91/companies Ledger-token access-1 "]);
    assert_eq!(world.world().ledger.requests_to("/clients/"), Vec::<String>::new());
}

#[test]
fn a_login_to_another_organization_is_refused_and_its_grant_revoked() {
    let world = Directed::new();
    let ada = world.person(1);
    // 92 is none of the account's companies; the parameter of the callback alone proves nothing.
    assert_eq!(logs_in(&world, &ada, "92"), LoginPage::OtherOrganization { app: "Ledger".into() });
    world.until("the revocation", || !world.world().ledger.requests_to("/clients/").is_empty());
    assert_eq!(world.world().ledger.requests_to("/clients/"), [revocation("access-1")]);
    assert_eq!(world.number(&ada, "SELECT count(*) FROM connection WHERE app = 'ledger'"), Some(0));
}

#[test]
fn a_parameter_of_the_callback_that_is_too_long_is_not_kept() {
    let world = Directed::new();
    let ada = world.person(1);
    let page = logs_in(&world, &ada, &"9".repeat(201));
    assert_eq!(page, LoginPage::Unreadable { app: "Ledger".into() });
    assert_eq!(world.world().ledger.requests_to("/companies"), Vec::<String>::new());
}

#[test]
fn an_access_token_is_revoked_in_the_vendors_way() {
    let world = Directed::new();
    let ada = world.person(1);
    assert_eq!(logs_in(&world, &ada, "91"), connected());
    assert_eq!(leaves(&world, &ada).outcome, RevocationOutcome::Revoked);
    // The job may send it a second time.
    let sent = world.world().ledger.requests_to("/clients/");
    assert!(!sent.is_empty() && sent.iter().all(|sent| *sent == revocation("access-1")), "{sent:?}");
    assert_eq!(world.world().ledger.requests_to("/refresh"), Vec::<String>::new());
}

#[test]
fn an_expired_access_token_is_refreshed_before_its_revocation() {
    let world = Directed::new();
    let ada = world.person(1);
    assert_eq!(logs_in(&world, &ada, "91"), connected());
    world.passes(Duration::from_secs(2 * 3600));
    assert_eq!(leaves(&world, &ada).outcome, RevocationOutcome::Revoked);
    let refreshes = world.world().ledger.requests_to("/refresh");
    let [refresh] = refreshes.as_slice() else { panic!("{refreshes:?}") };
    assert!(
        refresh.contains("refresh_token=refresh-1") && refresh.contains("redirect_uri=http"),
        "{refresh}"
    );
    assert_eq!(world.world().ledger.requests_to("/clients/"), [revocation("access-2")]);
}

#[test]
fn a_grant_whose_refresh_token_is_dead_counts_as_revoked() {
    let world = Directed::new();
    let ada = world.person(1);
    assert_eq!(logs_in(&world, &ada, "91"), connected());
    world.passes(Duration::from_secs(2 * 3600));
    world.world().ledger.is_refresh_dead.set(true);
    assert_eq!(leaves(&world, &ada).outcome, RevocationOutcome::Revoked);
    assert_eq!(world.world().ledger.requests_to("/clients/"), Vec::<String>::new());
}
