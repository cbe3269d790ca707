//! An app as `cargo xtask dev` sets it up: its vendor is at addresses of the sandbox.

use workbot_domain::catalog::App;
use workbot_sandbox::fixture::Fixture;
use workbot_shared::{AppId, Auth};

use crate::company_app::connect;
use crate::personal_app::log_in;
use crate::stage::Stage;

/// Connects it and calls each action.
pub fn drive(id: &'static AppId, file: &'static App, fixture: &'static Fixture) -> Vec<String> {
    let stage = Stage::local(id, file, fixture);
    let (admin, ada) = (stage.person(0), stage.person(1));
    let is_connected = match file.auth {
        Auth::Oauth2 => log_in(&stage, &ada, false),
        Auth::ApiKey | Auth::Basic => connect(&stage, &admin),
    };
    if is_connected {
        for action in stage.actions() {
            stage.plays(&ada, action, &format!("played {action}"));
            let pages = stage.calls().iter().filter(|call| call.name == action).count();
            let expected = if fixture.actions[action].details.next.is_some() { 2 } else { 1 };
            if pages != expected {
                stage.problem(format!(
                    "{action}: in a local run there are {pages} calls, expected {expected}"
                ));
            }
        }
    }
    stage.finish()
}
