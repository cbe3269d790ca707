//! Comments on files, and tasks about them.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::api_request::{Caller, number, object, reader, required, writer};
use super::error_response::{ApiResult, Problem};
use super::json;
use crate::store::box_com::{Comment, Store, Task};
use crate::{Shared, clock, time_formats};

/// The period in which an equal comment is rejected.
const SOON_MS: u64 = 60_000;

impl Comment {
    fn to_json(&self, store: &Store) -> Value {
        json!({
            "type": "comment",
            "id": self.id,
            "is_reply_comment": false,
            "message": self.message,
            "created_by": store.accounts.user(&self.created_by).map(json::mini_user),
            "created_at": time_formats::rfc3339_seconds(self.created),
            "modified_at": time_formats::rfc3339_seconds(self.created),
            "item": { "type": "file", "id": self.item },
        })
    }
}

impl Task {
    fn to_json(&self, store: &Store) -> Value {
        let assignments: Vec<Value> =
            self.assignments.iter().map(|(id, to)| self.assignment(store, id, to)).collect();
        json!({
            "type": "task",
            "id": self.id,
            "item": store.items.iter().find(|item| item.id == self.item).map(json::mini),
            "due_at": self.due_at,
            "action": self.action,
            "message": self.message,
            "task_assignment_collection": { "total_count": assignments.len(), "entries": assignments },
            "is_completed": false,
            "created_by": store.accounts.user(&self.created_by).map(json::mini_user),
            "created_at": time_formats::rfc3339_seconds(self.created),
            "completion_rule": self.completion_rule,
        })
    }

    fn assignment(&self, store: &Store, id: &str, to: &str) -> Value {
        json!({
            "type": "task_assignment",
            "id": id,
            "item": store.items.iter().find(|item| item.id == self.item).map(json::mini),
            "assigned_to": store.accounts.user(to).map(json::mini_user),
            "assigned_by": store.accounts.user(&self.created_by).map(json::mini_user),
            "message": self.message,
            "resolution_state": "incomplete",
        })
    }
}

/// The file of a request.
fn file<'a>(store: &Store, caller: &Caller, body: &'a Value) -> Result<&'a str, Problem> {
    let (kind, id) = (required(body, "/item/type")?, required(body, "/item/id")?);
    if kind != "file" {
        return Err(Problem::bad("invalid_parameter", "item.type", &format!("Invalid value '{kind}'.")));
    }
    store.item(&caller.user, "file", id).map(|_| id)
}

/// `POST /comments`.
pub async fn comment(State(sandbox): State<Shared>, headers: HeaderMap, body: Bytes) -> ApiResult {
    let caller = writer(&sandbox, &headers)?;
    let body = Value::from(object(&body)?);
    let message = required(&body, "/message")
        .or_else(|missing| body.get("tagged_message").and_then(Value::as_str).ok_or(missing))?;
    let response = sandbox.change(|saved| {
        let store = &mut saved.box_com;
        let item = file(store, &caller, &body)?;
        let now = clock::now_ms();
        let is_same = |known: &Comment| {
            known.item == item
                && known.message == message
                && known.created_by == caller.user.username
                && now < known.created + SOON_MS
        };
        if store.comments.iter().any(is_same) {
            let text = "A similar comment has been made recently";
            return Err(Problem::new(StatusCode::CONFLICT, "recent_similar_comment", text));
        }
        let comment = Comment {
            id: store.fresh_id(),
            item: item.to_owned(),
            message: message.to_owned(),
            created_by: caller.user.username.clone(),
            created: now,
        };
        store.comments.push(comment.clone());
        Ok(comment.to_json(store))
    })?;
    Ok((StatusCode::CREATED, Json(response)).into_response())
}

/// `GET /files/{id}/comments`.
pub async fn comments(
    State(sandbox): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult {
    let caller = reader(&sandbox, &headers)?;
    let id = number(&id)?;
    let entries: Vec<Value> = sandbox.read(|saved| {
        let store = &saved.box_com;
        store.item(&caller.user, "file", id)?;
        let own = store.comments.iter().filter(|comment| comment.item == id);
        Ok(own.map(|comment| comment.to_json(store)).collect())
    })?;
    let response = json!({ "total_count": entries.len(), "entries": entries, "offset": 0, "limit": 100 });
    Ok(Json(response).into_response())
}

/// `POST /tasks`.
pub async fn task(State(sandbox): State<Shared>, headers: HeaderMap, body: Bytes) -> ApiResult {
    let caller = writer(&sandbox, &headers)?;
    let body = Value::from(object(&body)?);
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let action = text("action").unwrap_or("review");
    if !["review", "complete"].contains(&action) {
        return Err(Problem::bad("invalid_parameter", "action", &format!("Invalid value '{action}'.")));
    }
    let response = sandbox.change(|saved| {
        let store = &mut saved.box_com;
        let item = file(store, &caller, &body)?;
        let task = Task {
            id: store.fresh_id(),
            item: item.to_owned(),
            action: action.to_owned(),
            message: text("message").unwrap_or_default().to_owned(),
            due_at: text("due_at").map(str::to_owned),
            completion_rule: text("completion_rule").unwrap_or("all_assignees").to_owned(),
            created_by: caller.user.username.clone(),
            created: clock::now_ms(),
            assignments: Vec::new(),
        };
        store.tasks.push(task.clone());
        Ok(task.to_json(store))
    })?;
    Ok((StatusCode::CREATED, Json(response)).into_response())
}

/// `POST /task_assignments`, by the id or the login name of the assignee.
pub async fn assign(State(sandbox): State<Shared>, headers: HeaderMap, body: Bytes) -> ApiResult {
    let caller = writer(&sandbox, &headers)?;
    let body = Value::from(object(&body)?);
    let task = required(&body, "/task/id")?;
    let to = required(&body, "/assign_to/id").or_else(|_| required(&body, "/assign_to/login"))?;
    let response = sandbox.change(|saved| {
        let store = &mut saved.box_com;
        let user = store.accounts.user_with_id(to).or_else(|| store.accounts.user(to));
        let user = user.cloned().ok_or_else(Problem::not_found)?;
        let about = store.tasks.iter().find(|known| known.id == task).map(|known| known.item.clone());
        store.item(&caller.user, "file", &about.ok_or_else(Problem::not_found)?)?;
        let id = store.fresh_id();
        let task = store.tasks.iter_mut().find(|known| known.id == task).ok_or_else(Problem::not_found)?;
        task.assignments.push((id.clone(), user.username.clone()));
        let task = task.clone();
        Ok(task.assignment(store, &id, &user.username))
    })?;
    Ok((StatusCode::CREATED, Json(response)).into_response())
}

/// `GET /files/{id}/tasks`.
pub async fn tasks(State(sandbox): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    let caller = reader(&sandbox, &headers)?;
    let id = number(&id)?;
    let entries: Vec<Value> = sandbox.read(|saved| {
        let store = &saved.box_com;
        store.item(&caller.user, "file", id)?;
        Ok(store.tasks.iter().filter(|task| task.item == id).map(|task| task.to_json(store)).collect())
    })?;
    Ok(Json(json!({ "total_count": entries.len(), "entries": entries })).into_response())
}
