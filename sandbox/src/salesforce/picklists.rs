//! The picklists of the User Interface API.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::error_response::{ApiResult, Problem};
use super::rest::{caller, good};
use super::schema::Object;
use crate::Shared;

/// The default record type.
const MASTER: &str = "012000000000000AAA";

/// The stages of a new organization, and a custom one.
const STAGES: [&str; 11] = [
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Id. Decision Makers",
    "Perception Analysis",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Legal Review",
    "Closed Won",
    "Closed Lost",
];

/// `GET /ui-api/object-info/{object}/picklist-values/{record type}/{field}`.
pub async fn values(
    State(sandbox): State<Shared>,
    Path((org, object, record_type, field)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> ApiResult {
    caller(&sandbox, &org, &headers)?;
    let object = Object::named(&object).ok_or_else(Problem::not_found)?;
    if (object.name, field.as_str(), record_type.as_str()) != ("Opportunity", "StageName", MASTER) {
        return Err(Problem::not_found());
    }
    let value = |stage: &&str| json!({ "attributes": null, "label": stage, "validFor": [], "value": stage });
    let values: Vec<Value> = STAGES.iter().map(value).collect();
    let url =
        format!("/services/data/v65.0/ui-api/object-info/{}/picklist-values/{MASTER}/{field}", object.name);
    let response =
        json!({ "controllerValues": {}, "defaultValue": null, "eTag": "1", "url": url, "values": values });
    Ok(good(StatusCode::OK, response))
}
