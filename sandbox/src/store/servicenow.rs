//! What ServiceNow keeps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::accounts::Accounts;

/// Everything ServiceNow keeps.
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
    /// Who deletes the first records does not want them back.
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
    /// The login name of who made it.
    pub created_by: String,
    /// The client with which it was made.
    pub client_id: String,
    /// When, in ms.
    pub created: u64,
    /// The login name of who changed it last.
    pub updated_by: String,
    /// When, in ms.
    pub updated: u64,
    /// How often it was changed.
    pub mod_count: u32,
}
