//! The apps with OAuth 2.0.

use crate::oauth::App;
use crate::{box_com, fixture_app, salesforce, servicenow};

/// The apps with OAuth 2.0 that have no fixture.
static APPS: [&App; 3] = [&salesforce::APP, &servicenow::APP, &box_com::APP];

/// The app with this name.
pub fn named(name: &str) -> Option<&'static App> {
    let written = APPS.iter().find(|app| app.name == name).copied();
    written.or_else(|| fixture_app::named(name).map(|app| &app.oauth))
}

/// The app of an endpoint group and a path.
pub fn at(place: &str, path: &str) -> Option<&'static App> {
    match place.split_once('.')?.0 {
        "apps" => fixture_app::at(path).filter(|app| app.fixture.login.is_some()).map(|app| &app.oauth),
        name => named(name),
    }
}
