//! The addresses of all parties, and the sandbox's view of the deployment.

use workbot_sandbox::Settings;
use workbot_sandbox::fixture;
use workbot_sandbox::settings::Client;

/// The address of the worker.
pub const WORKER: &str = "http://localhost:8787";
/// The only tenant.
pub const TENANT: &str = "00000000-0000-0000-0000-0000000000001";

/// The address of all other parties.
pub const SANDBOX: &str = "http://localhost:8788";

fn client(id: &str) -> Client {
    Client { id: id.to_owned(), secret: format!("the-secret-of-{id}") }
}

/// The sandbox's settings for the deployment.
pub fn settings() -> Settings {
    Settings {
        port: 8788,
        origin: SANDBOX.to_owned(),
        worker: WORKER.to_owned(),
        playground: "http://localhost:8789".to_owned(),
        state: "nowhere".into(),
        bot: client("the-bot"),
        bot_tenant: TENANT.to_owned(),
        salesforce: Some(client("client-at-salesforce")),
        servicenow: Some(client("client-at-servicenow")),
        box_com: Some(client("client-at-box")),
        fixture_apps: fixture::all()
            .keys()
            .map(|app| (app.clone(), client(&format!("client-at-{app}"))))
            .collect(),
    }
}
