//! The data of Salesforce.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::accounts::Accounts;

/// The data of Salesforce.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Store {
    /// Users, sessions and grants.
    #[serde(flatten)]
    pub accounts: Accounts,
    /// Records of all organisations.
    pub records: Vec<Record>,
    /// Whether the initial accounts were inserted, so that deleted ones do not come back.
    pub(crate) accounts_seeded: bool,
    pub(crate) serial: u64,
}

/// One record.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Record {
    /// The 18-character id.
    pub id: String,
    /// The object's name, e.g. `Opportunity`.
    pub object: String,
    /// The organisation.
    pub org: String,
    /// The fields that were set.
    pub fields: Map<String, Value>,
    /// The creator's user id.
    pub created_by_id: String,
    /// The creator's login name.
    pub created_by: String,
    /// The client that the creator used.
    pub client_id: String,
    /// When it was created, in ms.
    pub created: u64,
    /// The last editor.
    pub modified_by_id: String,
    /// When it was changed last, in ms.
    pub modified: u64,
}

/// The rest of long query results.
#[derive(Default)]
pub struct Pending {
    pub(crate) cursors: HashMap<String, Vec<Value>>,
}
