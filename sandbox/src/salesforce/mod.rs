//! Salesforce: login and consent, OAuth with its odd corners, identity, and the REST calls that recipes use.

mod external;
mod identity;
mod oauth;
mod objects;
mod picklists;
mod records;
mod rest;
mod seed;
mod soql;
mod tokens;

use std::collections::HashMap;

use axum::Router;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use oauth::APP;
pub use records::Record;

use self::objects::Object;
use crate::oauth::{Accounts, User};
use crate::{Shared, clock};

/// The organisation of most users.
pub const CONTOSO: &str = "00Dxx0000001gPLEAY";
/// Another company's organisation.
pub const FABRIKAM: &str = "00Dxx0000002fAbEAI";

/// Everything Salesforce keeps.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Store {
    /// Users, sessions and grants.
    #[serde(flatten)]
    pub accounts: Accounts,
    /// Records of all organisations.
    pub records: Vec<Record>,
    /// Who deletes the first accounts does not want them back.
    accounts_seeded: bool,
    serial: u64,
}

/// The rest of long query results.
#[derive(Default)]
pub struct Pending {
    cursors: HashMap<String, Vec<Value>>,
}

impl Store {
    /// Adds a record of this user's; its id.
    fn add_record(
        &mut self,
        user: &User,
        client_id: &str,
        object: &Object,
        fields: Map<String, Value>,
    ) -> String {
        let id = self.fresh_id(object.prefix);
        let now = clock::now_ms();
        self.records.push(Record {
            id: id.clone(),
            object: object.name.to_owned(),
            org: user.org.clone(),
            fields,
            created_by_id: user.id.clone(),
            created_by: user.username.clone(),
            client_id: client_id.to_owned(),
            created: now,
            modified_by_id: user.id.clone(),
            modified: now,
        });
        id
    }

    fn fresh_id(&mut self, prefix: &str) -> String {
        self.serial += 1;
        id18(&format!("{prefix}xx{:010}", self.serial))
    }
}

/// The login host, and below `/salesforce-org/{org}` each organisation's own.
pub fn routes() -> Router<Shared> {
    let data = "/salesforce-org/{org}/services/data/v65.0";
    Router::new()
        .merge(crate::oauth::routes(&APP))
        .route("/salesforce/services/oauth2/token", post(tokens::token))
        .route("/salesforce/services/oauth2/revoke", post(tokens::revoke))
        .route("/salesforce/services/oauth2/userinfo", get(identity::userinfo))
        .route("/salesforce/id/{org}/{user}", get(identity::identity))
        .route("/salesforce-org/{org}/services/data", get(rest::versions))
        .route(&format!("{data}/query"), get(rest::query))
        .route(&format!("{data}/query/{{cursor}}"), get(rest::next_page))
        .route(&format!("{data}/limits"), get(rest::limits))
        .route(&format!("{data}/sobjects/{{object}}"), post(rest::create))
        .route(
            &format!("{data}/sobjects/{{object}}/{{id}}"),
            get(rest::read).patch(rest::update).delete(rest::delete),
        )
        .route(
            &format!("{data}/sobjects/{{object}}/{{field}}/{{value}}"),
            get(external::read).patch(external::upsert),
        )
        .route(
            &format!("{data}/ui-api/object-info/{{object}}/picklist-values/{{record_type}}/{{field}}"),
            get(picklists::values),
        )
        .route("/salesforce-org/{org}/", get(records::list))
        .route("/salesforce-org/{org}/{id}", get(records::show))
}

/// The 18-character form of an id: three characters that say which letters of the first 15 are capitals.
fn id18(id15: &str) -> String {
    let bytes = id15.as_bytes();
    let suffix = bytes.chunks(5).map(|chunk| {
        let bits = chunk
            .iter()
            .enumerate()
            .filter(|(_, byte)| byte.is_ascii_uppercase())
            .fold(0_u8, |bits, (place, _)| bits | 1 << place);
        char::from(if bits < 26 { b'A' + bits } else { b'0' + bits - 26 })
    });
    id15.chars().chain(suffix).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_end_in_their_case_checksum() {
        assert_eq!(id18("00Dxx0000001gPL"), CONTOSO);
        assert_eq!(id18("00Dxx0000002fAb"), FABRIKAM);
    }
}
