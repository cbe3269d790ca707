//! ServiceNow: login and consent, OAuth with one error for everything, and the Table API of one instance.

mod catalog;
mod more;
mod oauth;
mod pages;
mod paging;
mod problem;
mod query;
mod records;
mod rest;
mod rules;
mod seed;
mod shown;
mod tables;
mod tokens;

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::{get, patch, post};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use oauth::APP;
pub use records::Record;
pub use tables::Table;

use crate::Shared;
use crate::oauth::Accounts;

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
    numbers: BTreeMap<String, u64>,
    /// Who deletes the first records does not want them back.
    records_seeded: bool,
    serial: u64,
}

/// 32 hex digits that stand for something.
fn sys_id(of: &str) -> String {
    format!("{:x}", Sha256::digest(of)).chars().take(32).collect()
}

/// The instance, its address being `/servicenow`.
pub fn routes() -> Router<Shared> {
    let table = "/servicenow/api/now/table/{table}";
    Router::new()
        .merge(crate::oauth::routes(&APP))
        .route("/servicenow/oauth_token.do", post(tokens::token))
        .route("/servicenow/oauth_revoke_token.do", get(tokens::revoke).post(tokens::revoke))
        .route(table, get(rest::list).post(rest::create))
        .route(&format!("{table}/{{sys_id}}"), get(rest::read).patch(rest::update).put(rest::update))
        .route("/servicenow/api/now/ui/user/current_user", get(more::current_user))
        .route("/servicenow/api/sn_chg_rest/change/{sys_id}/approvals", patch(more::decide_change))
        .route("/servicenow/api/sn_sc/servicecatalog/items", get(catalog::items))
        .route("/servicenow/api/sn_sc/servicecatalog/items/{item}/order_now", post(catalog::order))
        .route("/servicenow/nav_to.do", get(pages::navigate))
}
