//! The pages of records.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::tables::{Table, label};
use crate::{Shared, html_page, time_formats};

/// `GET /nav_to.do?uri=incident.do?sys_id=…`, the inner address encoded or not. Any other address shows a
/// list.
pub async fn navigate(State(sandbox): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let target = query.strip_prefix("uri=").unwrap_or_default();
    let target = percent_decode_str(target).decode_utf8_lossy();
    match target.split_once(".do?sys_id=") {
        Some((table, id)) => show(&sandbox, table, id),
        None => list(&sandbox, target.strip_suffix("_list.do")),
    }
}

fn show(sandbox: &Shared, table: &str, id: &str) -> Response {
    let found = sandbox.read(|saved| {
        let store = &saved.servicenow;
        let (record, table) = (store.record(table, id)?, Table::named(table)?);
        let journal = store.rows("sys_journal_field");
        let entries = journal.iter().filter(|entry| entry.value("element_id") == id);
        let notes: Vec<Value> =
            entries.map(|entry| json!([entry.value("element"), entry.value("value")])).collect();
        let fields: Vec<Value> = record
            .fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| {
                let person = store.accounts.user_with_id(value).map(|user| user.name.as_str());
                let shown = table.kind(name).map_or(value.as_str(), |kind| label(kind, value));
                json!([name, person.unwrap_or(shown)])
            })
            .collect();
        Some(json!({
            "title": record.name(),
            "object": record.table,
            "fields": fields,
            "notes": notes,
            "created_by": record.created_by,
            "created": time_formats::rfc3339(record.created),
        }))
    });
    match found {
        Some(values) => html_page::show("task.html", values),
        None => html_page::problem(StatusCode::NOT_FOUND, "ServiceNow", "Record not found"),
    }
}

fn list(sandbox: &Shared, table: Option<&str>) -> Response {
    let table = table.and_then(Table::named).map_or("incident", |table| table.name);
    let rows: Vec<Value> = sandbox.read(|saved| {
        let rows = saved.servicenow.rows(table);
        let shown = rows.iter().rev().map(|record| {
            json!({
                "id": record.sys_id,
                "name": record.name(),
                "about": record.value("short_description"),
                "created_by": record.created_by,
            })
        });
        shown.collect()
    });
    html_page::show("tasks.html", json!({ "table": table, "rows": rows }))
}
