//! Access rules, data policies and approvals.

use std::collections::BTreeMap;

use super::error_response::Problem;
use super::tables::Table;
use crate::oauth::User;
use crate::store::servicenow::{Record, Store};

/// The fields of a request.
pub type Fields = BTreeMap<String, String>;

/// Whether this user may insert into the table.
pub fn may_insert(table: &Table, user: &User) -> Result<(), Problem> {
    match table.is_open && user.may_write() {
        true => Ok(()),
        false => Err(Problem::failed("ACL Exception Insert Failed due to security constraints")),
    }
}

/// Whether this user may make this change of the record.
pub fn may_update(table: &Table, record: &Record, user: &User, fields: &Fields) -> Result<(), Problem> {
    let closed = || Err(Problem::failed("ACL Exception Update Failed due to security constraints"));
    match table.name {
        _ if !user.may_write() => closed(),
        "sysapproval_approver" => may_decide(record, user, fields),
        "incident" => is_resolution_complete(record, fields),
        _ if table.is_open => Ok(()),
        _ => closed(),
    }
}

/// A resolved incident needs a resolution.
fn is_resolution_complete(record: &Record, fields: &Fields) -> Result<(), Problem> {
    if fields.get("state").map(String::as_str) != Some("6") {
        return Ok(());
    }
    let is_missing = |name: &&str| {
        let value = fields.get(*name).cloned().unwrap_or_else(|| record.value(name));
        value.is_empty()
    };
    let missing: Vec<&str> = ["close_code", "close_notes"].into_iter().filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!("Data Policy Exception: The following fields are mandatory: {}", missing.join(", "));
    Err(Problem::failed(&detail))
}

/// Only its approver decides an approval, once. A rejection needs a reason.
fn may_decide(record: &Record, user: &User, fields: &Fields) -> Result<(), Problem> {
    let state = record.value("state");
    let wanted = fields.get("state").unwrap_or(&state);
    if record.value("approver") != user.id || (state != "requested" && *wanted != state) {
        return Err(Problem::failed("ACL Exception Update Failed due to security constraints"));
    }
    if *wanted == "rejected" && state != "rejected" && fields.get("comments").is_none_or(String::is_empty) {
        return Err(Problem::failed("Rejection comments are required"));
    }
    Ok(())
}

impl Store {
    /// The effect of an approval on its record: one rejection rejects it, all approvals together approve it.
    pub(super) fn conclude(&mut self, approval: &Record) {
        let about = approval.value("sysapproval");
        let states: Vec<String> = self
            .rows("sysapproval_approver")
            .iter()
            .filter(|other| other.value("sysapproval") == about)
            .map(|other| other.value("state"))
            .collect();
        let outcome = if states.iter().any(|state| state == "rejected") {
            "rejected"
        } else if states.iter().all(|state| state == "approved") {
            "approved"
        } else {
            return;
        };
        if let Some(task) = self.records.iter_mut().find(|record| record.sys_id == about) {
            task.fields.insert("approval".to_owned(), outcome.to_owned());
        }
    }
}
