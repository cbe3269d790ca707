//! An app to which each person logs in.

use serde_json::{Value, json};
use std::rc::Rc;
use workbot_domain::catalog::App;
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::Owner;
use workbot_sandbox::fixture::Fixture;
use workbot_shared::{AppId, RevocationOutcome};
use workbot_vault::ports::SqlValue;
use workbot_vault::protocol::{VaultRequest, VaultResponse};

use crate::checks::performs;
use crate::directed_world::A_MINUTE;
use crate::person::Person;
use crate::stage::Stage;

/// Drives it: login, actions, refresh, dead tokens, disconnect, and a person without rights.
pub fn drive(id: &'static AppId, file: &'static App, fixture: &'static Fixture) -> Vec<String> {
    let stage = Stage::new(id, file, fixture);
    let ada = stage.person(1);
    if log_in(&stage, &ada, false) {
        identifies(&stage, &ada);
        for action in stage.actions() {
            performs(&stage, &ada, action);
        }
        busy(&stage, &ada);
        expires(&stage, &ada);
        dies(&stage, &ada);
        disconnects(&stage, &ada);
        lacks_rights(&stage);
    }
    stage.finish()
}

/// Logs in from the tab, as usual or by "Switch account".
pub fn log_in(stage: &Stage, person: &Rc<Person>, switch_account: bool) -> bool {
    let request = VaultRequest::CreateLoginLink {
        app: stage.id.clone(),
        owner: Owner::User(person.subject().user),
        switch_account,
        name: person.oid.clone(),
    };
    let Some(VaultResponse::Link(link)) = stage.world.asks(person, request) else {
        stage.problem("there is no login link");
        return false;
    };
    let page = stage.world.logs_in(person, &link.url);
    let is_connected = matches!(page, LoginPage::Connected { .. });
    if !is_connected {
        stage.problem(format!("the login ends with {page:?}"));
    }
    let calls = stage.calls();
    for name in ["authorize", "token"] {
        if is_connected && calls.iter().filter(|call| call.name == name).count() != 1 {
            stage.problem(format!("the login makes no single request `{name}`"));
        }
    }
    is_connected
}

/// The account is the one that the vendor's response names.
fn identifies(stage: &Stage, person: &Person) {
    let query =
        format!("SELECT account_label, account_id, instance FROM connection WHERE app = '{}'", stage.id);
    let rows = stage.world.object(person).database.look(&query);
    let text = |value: &SqlValue| match value {
        SqlValue::Text(text) => Some(text.clone()),
        _ => None,
    };
    let found: Vec<_> = rows.first().into_iter().flatten().map(text).collect();
    let account = &stage.fixture.account.expected;
    let expected = vec![Some(account.label.clone()), Some(account.id.clone()), account.instance.clone()];
    if found != expected {
        stage.problem(format!("the account is {found:?}, expected {expected:?} (label, id, instance)"));
    }
}

/// The app is busy for one call.
fn busy(stage: &Stage, person: &Rc<Person>) {
    let (Some(busy), Some(action)) = (&stage.fixture.api.busy, stage.any_action()) else { return };
    let path = format!("/apps/{}/", stage.id);
    stage.world.fault(&json!({
        "where": "apps.rest", "match": path, "times": 1,
        "status": busy.status, "headers": busy.headers, "body": body(&busy.body),
    }));
    performs(stage, person, action);
}

fn body(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// The app no longer accepts the access token, twice: each time one refresh and one repeat.
fn expires(stage: &Stage, person: &Rc<Person>) {
    let Some(action) = stage.any_action() else { return };
    if stage.fixture.refresh.is_none() {
        return;
    }
    for _ in 0..2 {
        stage.calls();
        stage.world.expire_access(stage.app(), person);
        stage.plays(person, action, &format!("played {action}"));
        let names: Vec<String> = stage.calls().into_iter().map(|call| call.name).collect();
        let starts = [action, "refresh", action];
        if names.len() < 3 || !names.iter().zip(starts).all(|(name, start)| name == start) {
            stage.problem(format!("after an expiry the calls are {names:?}, expected {starts:?}"));
        }
    }
}

/// The app ends the grant: the person is asked to log in, and the command goes on.
fn dies(stage: &Stage, person: &Rc<Person>) {
    let Some(action) = stage.any_action() else { return };
    let links = stage.world.links(person).len();
    let whose = json!({"username": person.upn});
    stage.world.world().control(&format!("{}/revoke-grants", stage.id), &whose);
    stage.world.says(person, &crate::catalog::command(stage.id, action));
    stage.world.world().run(A_MINUTE, || stage.world.links(person).len() > links);
    let row = stage.world.row(person, stage.app());
    if row.status.as_word() != "needs_login" {
        let (status, reason) = (row.status.as_word(), row.reason);
        stage.problem(format!("after the end of the grant the connection is {status} ({reason:?})"));
        return;
    }
    let refused = row.reason.as_deref();
    if stage.fixture.refresh.is_some() && refused != Some("grant_gone") {
        stage.problem(format!("the refusal of a refresh is understood as {refused:?}, expected grant_gone"));
    }
    stage.calls();
    let words = format!("played {action}");
    let before = stage.world.heard(person, &words).len();
    let Some(link) = stage.world.links(person).pop() else { return };
    let page = stage.world.logs_in(person, &link);
    if !matches!(page, LoginPage::Connected { .. }) {
        stage.problem(format!("the second login ends with {page:?}"));
    }
    if !stage.world.world().run(A_MINUTE, || stage.world.heard(person, &words).len() > before) {
        stage.problem(format!("{action} does not go on after the second login"));
    }
    stage.calls();
}

/// A disconnect revokes as the vendor documents, or says where a person removes the access.
fn disconnects(stage: &Stage, person: &Rc<Person>) {
    stage.calls();
    let Some(receipt) = stage.world.leaves(person, stage.app()) else {
        return stage.problem("there is nothing to disconnect");
    };
    let is_over = || stage.world.live(stage.app(), person) == 0;
    if stage.fixture.revoke.is_some() {
        stage.world.world().run(A_MINUTE, is_over);
    }
    let revocations = stage.calls().iter().filter(|call| call.name == "revoke").count();
    let outcome = receipt.outcome;
    let is_documented = stage.fixture.revoke.is_some();
    if (revocations > 0) != is_documented || (is_documented && !is_over()) {
        stage.problem(format!(
            "{revocations} revocations, documented: {is_documented}; the outcome is {outcome:?}"
        ));
    }
    if stage.fixture.revoke.is_none() && (outcome != RevocationOutcome::Unsupported || receipt.link.is_none())
    {
        stage.problem(format!(
            "without a revocation the receipt has outcome {outcome:?}, link {:?}",
            receipt.link
        ));
    }
}

/// A person without rights reads the vendor's own words.
fn lacks_rights(stage: &Stage) {
    let bob = stage.person(2);
    if !log_in(stage, &bob, true) {
        return;
    }
    stage.put_user(&bob.upn, "none");
    for action in stage.actions() {
        let own = stage.fixture.actions[action].details.forbidden.as_ref();
        let Some(words) = &own.unwrap_or(&stage.fixture.api.forbidden).says else { continue };
        stage.plays(&bob, action, words);
    }
}
