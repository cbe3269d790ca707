//! Access that the company's vault hands out: from memory, and exact all the same.

use serde_json::json;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::connection::disconnect::Removal;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::owner::VaultId;
use workbot_shared::Language;
use workbot_vault::ports::ObjectClass;
use workbot_vault::protocol::{VaultRequest, VaultResponse, ask};

use crate::deployment::Deployment;
use crate::directed_world::{A_MINUTE, Directed};
use crate::person::{App, Person};
use crate::world::Object;

const AS_SHARED: &str = "as the shared connection (";

fn companys() -> VaultId {
    VaultId::shared(&Deployment::tenant())
}

/// The object of the company's vault.
fn companys_object(world: &Directed) -> Rc<Object> {
    world.world().object(ObjectClass::Vault, &companys().name())
}

/// A company whose admin shared Salesforce, and a person whose run used it a moment ago.
fn in_use() -> (Directed, Rc<Person>, Rc<Person>) {
    let world = Directed::new();
    world
        .world()
        .control("salesforce/oauth", &json!({"rotation": "reuse_kills", "access_token_seconds": 7200}));
    let (admin, ada) = (world.person(0), world.person(1));
    world.shares(&admin, App::Salesforce);
    // The journal is written to KV, and the directory is up to date.
    world.passes(A_MINUTE * 20);
    finds(&world, &ada);
    world.passes(A_MINUTE);
    (world, admin, ada)
}

/// The person's command succeeds with the company's connection.
fn finds(world: &Directed, person: &Rc<Person>) -> String {
    let before = world.heard(person, AS_SHARED).len();
    world.says(person, "find account Acme");
    world.until("the reply", || world.heard(person, AS_SHARED).len() > before);
    world.heard(person, AS_SHARED).pop().unwrap()
}

/// Asks the company's vault for access, as this number of runs at once. Returns the responses as JSON.
fn all_ask(world: &Directed, count: usize, request: impl Fn() -> VaultRequest) -> Vec<serde_json::Value> {
    let isolate = world.deployment.isolate();
    let requests: Vec<_> = (0..count).map(|_| request()).collect();
    world.done(async move {
        let (vault, id) = (companys(), CorrelationId::default());
        let asked = requests.iter().map(|request| ask(&isolate, &vault, request, &id));
        let responses = futures_util::future::join_all(asked).await;
        let access = |response| match response {
            Ok(VaultResponse::SharedAccess(access)) => serde_json::to_value(access).unwrap(),
            _ => panic!("no access"),
        };
        responses.into_iter().map(access).collect()
    })
}

fn get() -> VaultRequest {
    VaultRequest::GetSharedAccess { apps: vec![App::Salesforce.id()] }
}

fn requests(world: &Directed, place: &str) -> usize {
    world.world().truth.borrow().sent_to(place)
}

#[test]
fn access_that_was_handed_out_before_costs_the_companys_vault_no_statement_and_no_commit() {
    let (world, _, ada) = in_use();
    let object = companys_object(&world);
    let before = object.database.cost.get();
    for _ in 0..5 {
        finds(&world, &ada);
    }
    assert_eq!(object.database.cost.get(), before);
}

#[test]
fn the_last_use_of_a_shared_connection_is_recorded_once_an_hour() {
    let (world, _, ada) = in_use();
    let object = companys_object(&world);
    let last_used = || object.database.look("SELECT last_used_at FROM connection").pop().unwrap();
    let shown = || {
        let list = VaultRequest::ListConnections { language: Language::En };
        let deployment = Rc::clone(&world.deployment);
        let rows = world.done(async move { deployment.ask(&companys(), list).await });
        let Ok(VaultResponse::Connections(rows)) = rows else { panic!("no list") };
        rows.into_iter().find(|row| row.app == App::Salesforce.id()).unwrap().last_used_at
    };
    let (first, listed) = (last_used(), shown());
    world.passes(A_MINUTE * 30);
    finds(&world, &ada);
    assert_eq!(last_used(), first);
    assert_ne!(shown(), listed, "the list shows it");
    world.passes(A_MINUTE * 30);
    finds(&world, &ada);
    assert_ne!(last_used(), first);
}

#[test]
fn a_frozen_app_gets_no_request_of_a_run_after_the_freeze() {
    let (world, admin, ada) = in_use();
    world.freezes(&admin, App::Salesforce, true);
    let before = requests(&world, "salesforce");
    world.says(&ada, "find account Acme");
    world.hears(&ada, "blocked");
    assert_eq!(requests(&world, "salesforce"), before);
    world.freezes(&admin, App::Salesforce, false);
    finds(&world, &ada);
}

#[test]
fn a_shared_connection_that_was_disconnected_is_handed_out_to_nobody() {
    let (world, admin, ada) = in_use();
    let leave = VaultRequest::Disconnect {
        app: App::Salesforce.id(),
        removal: Removal::Disconnect,
        by: Some(admin.admin()),
        language: Language::En,
    };
    let deployment = Rc::clone(&world.deployment);
    world.done(async move { _ = deployment.ask(&companys(), leave).await });
    let before = requests(&world, "salesforce.rest");
    let [access] = &all_ask(&world, 1, get)[..] else { panic!("one response") };
    assert_eq!(access["salesforce"], json!({"Err": "needs_login"}));
    world.says(&ada, "find account Acme");
    world.passes(A_MINUTE);
    assert_eq!(requests(&world, "salesforce.rest"), before);
}

#[test]
fn a_new_login_of_the_company_is_used_at_once() {
    let (world, admin, ada) = in_use();
    let before = all_ask(&world, 1, get);
    world.shares(&admin, App::Salesforce);
    assert_ne!(all_ask(&world, 1, get), before);
    finds(&world, &ada);
}

#[test]
fn a_thousand_runs_with_an_expired_token_cause_one_refresh_and_get_the_same_new_token() {
    let (world, admin, ada) = in_use();
    let old = all_ask(&world, 1, get).pop();
    world.passes(Duration::from_secs(7200));
    let (token, calls) = (requests(&world, "salesforce.token"), requests(&world, "salesforce.rest"));
    let got = all_ask(&world, 1000, get);
    assert_eq!(requests(&world, "salesforce.token"), token + 1);
    assert!(got.iter().all(|access| access["salesforce"]["Ok"]["tokens"].is_string() && *access == got[0]));
    assert_ne!(old.as_ref(), got.first());
    // The end of the token is known, so nobody sends it to the app to learn that.
    finds(&world, &ada);
    assert_eq!(requests(&world, "salesforce.rest"), calls + 1);
    assert_eq!(world.grants(App::Salesforce, &admin)[0]["refreshes"], json!(1));
}

#[test]
fn a_thousand_runs_with_a_refused_token_cause_one_refresh_also_those_that_come_after_it() {
    let (world, admin, _) = in_use();
    let refused = all_ask(&world, 1, get).remove(0);
    let revision = refused["salesforce"]["Ok"]["revision"].as_str().unwrap().to_owned();
    world.expire_access(App::Salesforce, &admin);
    let renew =
        || VaultRequest::RenewSharedAccess { app: App::Salesforce.id(), revision: revision.clone().into() };
    let token = requests(&world, "salesforce.token");
    let (object, mut all) = (companys_object(&world), all_ask(&world, 1000, renew));
    // The new tokens are written to KV, and their journal is deleted.
    world.passes(A_MINUTE * 20);
    let before = object.database.cost.get();
    all.extend(all_ask(&world, 1000, renew));
    let after = object.database.cost.get();
    assert_eq!(requests(&world, "salesforce.token"), token + 1);
    assert!(all.iter().all(|access| access["salesforce"]["Ok"]["tokens"].is_string() && *access == all[0]));
    assert_ne!(all[0]["salesforce"]["Ok"]["revision"], json!(revision));
    assert_eq!(after.commits, before.commits);
    assert!(
        after.statements - before.statements <= 20,
        "{} statements",
        after.statements - before.statements
    );
}
