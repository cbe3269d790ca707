//! The pages of folders and files.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::store::box_com::{Item, ROOT};
use crate::{Shared, html_page, time_formats};

/// `GET /box-account/folder/{id}`; the folder `0` shows what is in the roots of all people.
pub async fn folder(State(sandbox): State<Shared>, Path(id): Path<String>) -> Response {
    if id == ROOT {
        let entries = sandbox.read(|saved| entries(&saved.box_com.items, ROOT));
        return html_page::show(
            "item.html",
            json!({ "name": "All Files", "kind": "folder", "entries": entries }),
        );
    }
    show(&sandbox, "folder", &id)
}

/// `GET /box-account/file/{id}`.
pub async fn file(State(sandbox): State<Shared>, Path(id): Path<String>) -> Response {
    show(&sandbox, "file", &id)
}

fn show(sandbox: &Shared, kind: &str, id: &str) -> Response {
    let values = sandbox.read(|saved| {
        let store = &saved.box_com;
        let item = store.items.iter().find(|item| item.id == id && item.kind() == kind)?;
        let of_file = store.comments.iter().filter(|comment| comment.item == id);
        let comments: Vec<Value> = of_file
            .map(|comment| json!({ "message": comment.message, "created_by": comment.created_by }))
            .collect();
        Some(json!({
            "name": item.name,
            "kind": kind,
            "description": item.description,
            "size": item.file.as_ref().map(|file| file.size),
            "link": item.shared_link.as_ref().map(|link| link.to_json(item, &sandbox.settings.origin)),
            "parent": item.parent,
            "owner": item.owner,
            "created_by": item.created_by,
            "created": time_formats::rfc3339(item.created),
            "entries": entries(&store.items, id),
            "comments": comments,
        }))
    });
    match values {
        Some(values) => html_page::show("item.html", values),
        None => html_page::problem(StatusCode::NOT_FOUND, "Box", "This file or folder does not exist."),
    }
}

fn entries(items: &[Item], folder: &str) -> Vec<Value> {
    let own = items.iter().filter(|item| item.parent == folder);
    let entry = |item: &Item| json!({ "id": item.id, "kind": item.kind(), "name": item.name, "created_by": item.created_by });
    own.map(entry).collect()
}
