//! The approval of a change, beside the tables.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};

use super::error_response::{ApiResult, Problem};
use super::json::DisplayOptions;
use super::table_api::{Parameters, caller, fields, good, save};
use super::tables::Table;
use crate::Shared;

/// `PATCH /api/sn_chg_rest/change/{sys_id}/approvals`: decides the caller's own pending approval.
pub async fn decide_change(
    State(sandbox): State<Shared>,
    Path(change): Path<String>,
    Query(parameters): Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let caller = caller(&sandbox, &headers)?;
    let fields = fields(&headers, &body)?;
    let look = DisplayOptions::read(&parameters, &sandbox.settings.origin);
    let table = Table::named("sysapproval_approver").ok_or_else(Problem::not_found)?;
    let shown = sandbox.change(|saved| {
        let store = &mut saved.servicenow;
        let pending = store.rows(table.name).into_iter().find(|approval| {
            approval.value("sysapproval") == change
                && approval.value("approver") == caller.user.id
                && approval.value("state") == "requested"
        });
        let approval = save(store, table, pending.ok_or_else(Problem::not_found)?, &caller, fields)?;
        Ok(look.show(store, &approval))
    })?;
    Ok(good(StatusCode::OK, &shown))
}
