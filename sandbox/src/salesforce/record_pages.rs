//! The pages of records.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::APP;
use crate::{Shared, html_page, time_formats};

/// `GET /salesforce-org/{org}/`: the list of opportunities, newest first.
pub async fn list(State(sandbox): State<Shared>, Path(org): Path<String>) -> Response {
    let records: Vec<Value> = sandbox.read(|saved| {
        let all = saved.salesforce.records.iter().rev();
        all.filter(|record| record.org == org && record.object == "Opportunity")
            .map(|record| {
                json!({
                    "id": record.id,
                    "name": record.title(),
                    "amount": plain(&record.value("Amount")),
                    "close_date": plain(&record.value("CloseDate")),
                    "created_by": record.created_by,
                })
            })
            .collect()
    });
    let name = APP.company_name(&org);
    html_page::show("records.html", json!({ "org": org, "name": name, "records": records }))
}

/// `GET /salesforce-org/{org}/{id}`: a record with its creator.
pub async fn show(State(sandbox): State<Shared>, Path((org, id)): Path<(String, String)>) -> Response {
    let record = sandbox.read(|saved| {
        let mut all = saved.salesforce.records.iter();
        all.find(|record| record.org == org && record.id == id).cloned()
    });
    let Some(record) = record else {
        return html_page::problem(
            StatusCode::NOT_FOUND,
            "Salesforce",
            "The record you asked for does not exist.",
        );
    };
    let fields: Vec<(&String, String)> =
        record.fields.iter().map(|(name, value)| (name, plain(value))).collect();
    let title = record.title();
    let created = time_formats::rfc3339(record.created);
    html_page::show(
        "record.html",
        json!({
            "org": org,
            "object": record.object,
            "title": title,
            "fields": fields,
            "created_by": record.created_by,
            "created": created,
        }),
    )
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
