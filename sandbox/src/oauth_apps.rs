//! The apps with OAuth 2.0.

use crate::oauth::App;
use crate::{box_com, salesforce, servicenow};

/// Every app with OAuth 2.0.
pub static APPS: [&App; 3] = [&salesforce::APP, &servicenow::APP, &box_com::APP];

/// The app with this name.
pub fn named(name: &str) -> Option<&'static App> {
    APPS.iter().find(|app| app.name == name).copied()
}

/// The app of an endpoint group.
pub fn at(place: &str) -> Option<&'static App> {
    named(place.split_once('.')?.0)
}
