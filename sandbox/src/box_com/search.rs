//! Search by name and description. It lags: a new item is found after a delay.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::api_request::{Parameters, reader, window};
use super::error_response::{ApiResult, Problem};
use super::json;
use crate::store::box_com::{Item, Store};
use crate::{Shared, clock};

/// The delay; minutes at Box itself.
const LAG_MS: u64 = 10_000;

/// `GET /search?query=`.
pub async fn search(
    State(sandbox): State<Shared>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> ApiResult {
    let caller = reader(&sandbox, &headers)?;
    let (limit, offset) = window(&parameters, 30, 200)?;
    let text = |name: &str| parameters.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let query = text("query")
        .ok_or_else(|| Problem::bad("missing_parameter", "query", "'query' is required"))?
        .to_lowercase();
    let lists = |name: &str, value: &str| {
        text(name).is_none_or(|list| list.split(',').any(|wanted| wanted.trim() == value))
    };
    let latest = clock::now_ms().saturating_sub(LAG_MS);
    let found: Vec<Value> = sandbox.read(|saved| {
        let store = &saved.box_com;
        let is_wanted = |item: &&Item| {
            let extension = item.name.rsplit_once('.').map_or("", |(_, extension)| extension);
            item.is_open_to(&caller.user)
                && item.created <= latest
                && says(item, &query)
                && lists("type", item.kind())
                && lists("file_extensions", extension)
                && text("ancestor_folder_ids").is_none_or(|list| is_below(store, item, list))
        };
        let show = |item| {
            let whole = json::whole(store, &caller.user, item, &sandbox.settings.origin);
            json::chosen(whole, text("fields"))
        };
        store.items.iter().filter(is_wanted).map(show).collect()
    });
    let total = found.len();
    let entries: Vec<Value> = found.into_iter().skip(offset).take(limit).collect();
    let response = json!({
        "type": "search_results_items",
        "total_count": total,
        "limit": limit,
        "offset": offset,
        "entries": entries,
    });
    Ok(Json(response).into_response())
}

/// Every word must occur.
fn says(item: &Item, query: &str) -> bool {
    let text = format!("{} {}", item.name, item.description).to_lowercase();
    query.split_whitespace().all(|word| text.contains(word.trim_matches('"')))
}

fn is_below(store: &Store, item: &Item, folders: &str) -> bool {
    let mut wanted = folders.split(',').map(str::trim);
    wanted.any(|id| id == "0" || store.above(item).any(|folder| folder.id == id))
}
