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
use workbot_vault::workspace;

use crate::deployment::Deployment;
use crate::directed_world::{A_MINUTE, Directed};
use crate::person::Person;

const LEDGER: &str = "ledger";
const ARCHIVE: &str = "ledger-archive";

/// Logs in to Ledger; it redirects back with this realm.
fn logs_in(world: &Directed, person: &Rc<Person>, realm: &str) -> LoginPage {
    logs_in_to(world, person, LEDGER, realm)
}

fn logs_in_to(world: &Directed, person: &Rc<Person>, app: &str, realm: &str) -> LoginPage {
    realm.clone_into(&mut world.world().ledger.realm.borrow_mut());
    let owner = Owner::User(person.subject().user);
    let login = VaultRequest::CreateLoginLink {
        app: AppId::parse(app).unwrap(),
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
    leaves_app(world, person, LEDGER)
}

fn leaves_app(world: &Directed, person: &Person, app: &str) -> Receipt {
    let leave = VaultRequest::Disconnect {
        app: AppId::parse(app).unwrap(),
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

#[test]
fn a_grant_is_kept_while_another_app_with_the_same_client_uses_it() {
    let world = Directed::new();
    let (ada, bob) = (world.person(1), world.person(2));
    // The vendor knows one account.
    for (person, app) in [(&ada, LEDGER), (&ada, ARCHIVE), (&bob, ARCHIVE)] {
        let page = logs_in_to(&world, person, app, "91");
        assert!(matches!(page, LoginPage::Connected { .. }), "{page:?}");
    }
    world.passes(A_MINUTE);
    let revocations = || world.world().ledger.requests_to("/clients/").len();
    assert_eq!(leaves_app(&world, &bob, ARCHIVE).outcome, RevocationOutcome::KeptForOther);
    assert_eq!(leaves_app(&world, &ada, ARCHIVE).outcome, RevocationOutcome::KeptForOther);
    assert_eq!(revocations(), 0, "Ledger itself is still in use");
    assert!(matches!(logs_in_to(&world, &ada, ARCHIVE, "91"), LoginPage::Connected { .. }));
    assert_eq!(leaves(&world, &ada).outcome, RevocationOutcome::Revoked, "one token is revoked there");
    let before = revocations();
    assert_eq!(leaves_app(&world, &ada, ARCHIVE).outcome, RevocationOutcome::Revoked);
    assert!(revocations() > before);
}

#[test]
fn nothing_but_the_revocation_itself_is_sent_to_a_frozen_app() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.person(1));
    assert_eq!(logs_in(&world, &ada, "91"), connected());
    let freezes = |frozen| {
        let (isolate, admin) = (world.deployment.isolate(), admin.admin());
        let app = AppId::parse(LEDGER).unwrap();
        let noted = (isolate.fresh_id(), admin.froze(&app, frozen, isolate.now()));
        world.done(async move {
            workspace::freeze(&isolate, &Deployment::tenant(), app, frozen, noted).await.unwrap();
        });
    };
    // The access token expires, so the revocation needs a refresh first.
    world.passes(Duration::from_secs(2 * 3600));
    freezes(true);
    assert_eq!(leaves(&world, &ada).outcome, RevocationOutcome::Retrying);
    world.passes(A_MINUTE * 30);
    let sent = |path: &str| world.world().ledger.requests_to(path).len();
    assert_eq!((sent("/refresh"), sent("/clients/")), (0, 0));
    freezes(false);
    world.until("the revocation", || sent("/clients/") == 1);
    assert_eq!(sent("/refresh"), 1);
}
