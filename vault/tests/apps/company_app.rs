//! An app that an admin connects for the company, with a key or a password.

use serde_json::json;
use std::rc::Rc;
use workbot_domain::catalog::App;
use workbot_domain::owner::VaultId;
use workbot_sandbox::fixture::Fixture;
use workbot_shared::{AppId, Auth, Language, SharedSecret};
use workbot_vault::protocol::{VaultRequest, VaultResponse};

use crate::checks::performs;
use crate::deployment::Deployment;
use crate::person::Person;
use crate::stage::Stage;

/// The user whose rights the key has at the stand-in.
const KEY_USER: &str = "integration@contoso.com";

/// Drives it: the key, actions, and a key without rights.
pub fn drive(id: &'static AppId, file: &'static App, fixture: &'static Fixture) -> Vec<String> {
    let stage = Stage::new(id, file, fixture);
    stage.put_user(KEY_USER, "full");
    let (admin, ada) = (stage.person(0), stage.person(1));
    if connect(&stage, &admin) {
        for action in stage.actions() {
            performs(&stage, &ada, action);
        }
        if let Some(action) = stage.any_action() {
            let label = format!("as the shared connection ({})", fixture.account.expected.label);
            stage.plays(&ada, action, &label);
            dies(&stage, &admin, &ada, action);
        }
        stage.put_user(KEY_USER, "none");
        for action in stage.actions() {
            let own = fixture.actions[action].details.forbidden.as_ref();
            let Some(words) = &own.unwrap_or(&fixture.api.forbidden).says else { continue };
            stage.plays(&ada, action, words);
        }
    }
    stage.finish()
}

/// The app no longer knows the key, until an admin enters it again.
fn dies(stage: &Stage, admin: &Rc<Person>, ada: &Rc<Person>, action: &str) {
    stage.control("users", &json!({"username": KEY_USER, "active": false}));
    stage.plays(ada, action, "is not connected for your company yet");
    stage.control("users", &json!({"username": KEY_USER}));
    if connect(stage, admin) {
        stage.plays(ada, action, &format!("played {action}"));
    }
}

pub fn connect(stage: &Stage, admin: &Rc<Person>) -> bool {
    let key = stage.fixture.api.key.clone().unwrap_or_default();
    let secret = match (stage.file.auth, key.split_once(':')) {
        (Auth::Basic, Some((user, password))) => {
            SharedSecret::Password { user: user.to_owned(), password: password.to_owned() }
        }
        _ => SharedSecret::Key { api_key: key },
    };
    let request =
        VaultRequest::SetSecret { app: stage.id.clone(), secret, by: admin.admin(), language: Language::En };
    let vault = VaultId::shared(&Deployment::tenant());
    let deployment = Rc::clone(&stage.world.deployment);
    let response = stage.world.done(async move { deployment.ask(&vault, request).await.ok() });
    match response {
        Some(VaultResponse::Connections(_)) => true,
        Some(VaultResponse::SecretRefused(why)) => {
            stage.problem(format!("the key is refused: {why}"));
            false
        }
        _ => {
            stage.problem("the key is not stored");
            false
        }
    }
}
