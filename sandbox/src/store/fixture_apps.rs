//! The data of the apps with a fixture.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::accounts::Accounts;

/// Users and grants, by app.
#[derive(Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Store(BTreeMap<String, Accounts>);

impl Store {
    /// Users and grants of an app.
    pub fn accounts(&self, app: &str) -> &Accounts {
        static NONE: LazyLock<Accounts> = LazyLock::new(Accounts::default);
        self.0.get(app).unwrap_or(&NONE)
    }

    /// The same, to be changed.
    pub fn accounts_mut(&mut self, app: &str) -> &mut Accounts {
        self.0.entry(app.to_owned()).or_default()
    }
}

/// The calls that the apps received.
#[derive(Default)]
pub struct Journal {
    /// Calls that fit a documented request, oldest first.
    pub calls: Vec<DocumentedCall>,
    /// Requests that fit none, in plain words.
    pub unexpected: Vec<String>,
}

/// A call that fits a documented request.
#[derive(Clone, Debug)]
pub struct DocumentedCall {
    /// The app.
    pub app: &'static str,
    /// `authorize`, `token`, `refresh`, `revoke`, `account`, `organization`, or the name of an action.
    pub name: String,
    /// Whether it asked for the next page.
    pub is_next_page: bool,
    /// The values that stood where the documented request has a parameter.
    pub parameters: Vec<(String, Value)>,
    /// The status of the response.
    pub status: u16,
}
