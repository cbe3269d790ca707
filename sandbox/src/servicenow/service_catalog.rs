//! The Service Catalog API: items and orders.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::error_response::{ApiResult, Problem};
use super::ids::sys_id;
use super::table_api::{Parameters, caller, good};
use super::tables::Table;
use crate::Shared;

/// Name, description and required variable.
const ITEMS: [(&str, &str, &str); 2] = [
    ("Customer set-up", "Everything that a new customer needs", "description"),
    ("Standard laptop", "A laptop for somebody new", "model"),
];

/// `GET /api/sn_sc/servicecatalog/items`, by words in `sysparm_text`.
pub async fn items(
    State(sandbox): State<Shared>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> ApiResult {
    caller(&sandbox, &headers)?;
    let words = parameters.get("sysparm_text").map(|text| text.to_lowercase()).unwrap_or_default();
    let fits = |(name, about, _): &&(&str, &str, &str)| {
        let text = format!("{name} {about}").to_lowercase();
        words.split_whitespace().all(|word| text.contains(word))
    };
    let shown = |(name, about, _): &(&str, &str, &str)| json!({ "sys_id": sys_id(name), "name": name, "short_description": about, "type": "catalog_item" });
    let found: Vec<Value> = ITEMS.iter().filter(fits).map(shown).collect();
    Ok(good(StatusCode::OK, &found.into()))
}

/// `POST /api/sn_sc/servicecatalog/items/{item}/order_now`: creates a request with the ordered item.
pub async fn order(
    State(sandbox): State<Shared>,
    Path(item): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let caller = caller(&sandbox, &headers)?;
    let refused = |message: &str| Problem::new(StatusCode::BAD_REQUEST, message, None);
    let given: Value =
        serde_json::from_slice(&body).map_err(|_| refused("Exception while reading request"))?;
    let known = ITEMS.iter().find(|(name, ..)| sys_id(name) == item);
    let (name, _, variable) = known.ok_or_else(|| refused("Item is not available"))?;
    let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if text("sysparm_quantity").is_empty() {
        return Err(refused("Quantity is required"));
    }
    let filled = given.pointer(&format!("/variables/{variable}")).and_then(Value::as_str);
    let filled = filled.unwrap_or_default().to_owned();
    let about = given.pointer("/variables/short_description").and_then(Value::as_str);
    let about = about.unwrap_or(name).to_owned();
    if filled.is_empty() {
        return Err(refused("Mandatory Variables are required"));
    }
    if !caller.user.may_write() {
        return Err(Problem::failed("Insufficient rights to order this item"));
    }
    let requested_for = Some(text("sysparm_requested_for")).filter(|id| !id.is_empty());
    let requested_for = requested_for.unwrap_or_else(|| caller.user.id.clone());
    let missing = || Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "No such table", None);
    let (requests, ordered) =
        (Table::named("sc_request").ok_or_else(missing)?, Table::named("sc_req_item").ok_or_else(missing)?);
    let request = sandbox.change(|saved| {
        let store = &mut saved.servicenow;
        let fields = [("requested_for", requested_for.clone())];
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let request = store.insert(requests, &caller.user, &caller.client_id, fields);
        let fields = [
            ("request", request.sys_id.clone()),
            ("requested_for", requested_for),
            ("cat_item", item.clone()),
            ("short_description", about),
            ("description", filled),
        ];
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        store.insert(ordered, &caller.user, &caller.client_id, fields);
        request
    });
    let number = request.number.clone().unwrap_or_default();
    let result = json!({
        "sys_id": request.sys_id, "number": number, "request_number": number, "request_id": request.sys_id,
        "parent_id": null, "parent_table": "task", "table": "sc_request",
    });
    Ok(good(StatusCode::OK, &result))
}
