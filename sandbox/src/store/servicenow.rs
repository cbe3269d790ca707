//! The data of ServiceNow.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::accounts::Accounts;

/// The data of ServiceNow.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Store {
    /// Users, sessions and grants.
    #[serde(flatten)]
    pub accounts: Accounts,
    /// Records of all tables, except users.
    pub records: Vec<Record>,
    /// The last number of each kind.
    pub(crate) numbers: BTreeMap<String, u64>,
    /// Whether the initial records were inserted, so that deleted ones do not come back.
    pub(crate) records_seeded: bool,
    pub(crate) serial: u64,
}

/// One record of one table.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Record {
    /// 32 hex digits.
    pub sys_id: String,
    /// The table.
    pub table: String,
    /// `INC0010001`, in tables with numbers.
    pub number: Option<String>,
    /// The fields, without the system's.
    pub fields: BTreeMap<String, String>,
    /// The creator's login name.
    pub created_by: String,
    /// The creator's client.
    pub client_id: String,
    /// When, in ms.
    pub created: u64,
    /// The login name of the last editor.
    pub updated_by: String,
    /// When, in ms.
    pub updated: u64,
    /// The number of changes.
    pub mod_count: u32,
}
