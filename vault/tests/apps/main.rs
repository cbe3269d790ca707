//! Every app of the catalog that has a fixture, driven from the login to the disconnect in the simulated
//! world. Its vendor is played by the sandbox from `sandbox/fixtures/<id>.toml`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may fail; clippy knows only functions marked #[test] as tests"
)]
// The simulated world is that of the other tests, which use more of it.
#![allow(dead_code)]

mod catalog;
mod checks;
mod company_app;
mod local_run;
mod personal_app;
mod stage;

#[path = "../world/browser.rs"]
mod browser;
#[path = "../world/database.rs"]
mod database;
#[path = "../world/deployment.rs"]
mod deployment;
#[path = "../world/directed_world.rs"]
mod directed_world;
#[path = "../world/executor.rs"]
mod executor;
#[path = "../world/fault_rates.rs"]
mod fault_rates;
#[path = "../world/faults.rs"]
mod faults;
#[path = "../world/ground_truth.rs"]
mod ground_truth;
#[path = "../world/kv.rs"]
mod kv;
#[path = "../world/ledger_app_vendor.rs"]
mod ledger_app_vendor;
#[path = "../world/network.rs"]
mod network;
#[path = "../world/person.rs"]
mod person;
#[path = "../world/ports.rs"]
mod ports;
#[path = "../world/sandbox_settings.rs"]
mod sandbox_settings;
#[path = "../world/seeded_random.rs"]
mod seeded_random;
#[path = "../world/simulated_edge.rs"]
mod simulated_edge;
#[path = "../world/world.rs"]
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use workbot_domain::catalog::App;
use workbot_sandbox::fixture;
use workbot_shared::{AppId, Auth};
use workbot_vault::installed_catalog;

/// The apps whose stand-ins are modules of the sandbox.
const WITHOUT_FIXTURE: [&str; 4] = ["box", "freshdesk", "salesforce", "servicenow"];

#[test]
fn every_app_does_what_its_file_says_at_a_vendor_that_does_what_its_pages_say() {
    installed_catalog::install(catalog::with_a_recipe_per_action());
    let (fixtures, problems) = fixture::load();
    let problems = Mutex::new(problems);
    let apps = &installed_catalog::catalog().apps;
    for id in fixtures.keys().filter(|id| !apps.keys().any(|app| app.as_str() == *id)) {
        problems.lock().unwrap().push(format!("{id}: there is a fixture, but no app"));
    }
    let wanted = std::env::var("APP").ok();
    let is_wanted = |id: &AppId| {
        wanted.as_deref().is_none_or(|app| app == id.as_str()) && !WITHOUT_FIXTURE.contains(&id.as_str())
    };
    let queue = Mutex::new(apps.iter().filter(|(id, _)| is_wanted(id)));
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((id, app)) = { queue.lock().unwrap().next() } {
                    let found = drive(id, app);
                    problems.lock().unwrap().extend(found);
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

/// Drives an app, and returns what is wrong.
fn drive(id: &'static AppId, app: &'static App) -> Vec<String> {
    let Some(fixture) = fixture::all().get(id.as_str()) else {
        return vec![format!("{id}: there is no sandbox/fixtures/{id}.toml")];
    };
    let run = || {
        let mut problems = match app.auth {
            Auth::Oauth2 => personal_app::drive(id, app, fixture),
            Auth::ApiKey | Auth::Basic => company_app::drive(id, app, fixture),
        };
        problems.extend(local_run::drive(id, app, fixture));
        problems
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(problems) => problems,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
            vec![format!("{id}: {text}")]
        }
    }
}
