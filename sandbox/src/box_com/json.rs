//! The API's JSON of items, users and lists.

use serde_json::{Map, Value, json};

use super::APP;
use crate::store::accounts::User;
use crate::store::box_com::{Item, ROOT, Store};
use crate::time_formats;

/// The fields of an item that appear only if `fields` names them.
const ON_REQUEST: [&str; 4] = ["extension", "comment_count", "permissions", "enterprise"];

/// The object's fields that `fields` names, or the default fields.
pub fn chosen(mut whole: Value, fields: Option<&str>) -> Value {
    let asked: Option<Vec<&str>> = fields.map(|list| list.split(',').map(str::trim).collect());
    if let Some(object) = whole.as_object_mut() {
        object.retain(|name, _| match &asked {
            None => !ON_REQUEST.contains(&name.as_str()),
            Some(asked) => ["type", "id", "etag"].contains(&name.as_str()) || asked.contains(&name.as_str()),
        });
    }
    whole
}

/// The mini representation of an item.
pub fn mini(item: &Item) -> Value {
    let mut mini = json!({
        "type": item.kind(),
        "id": item.id,
        "sequence_id": item.etag.to_string(),
        "etag": item.etag.to_string(),
        "name": item.name,
    });
    if let (Some(file), Some(object)) = (&item.file, mini.as_object_mut()) {
        object.insert("sha1".into(), json!(file.sha1));
        let version = json!({ "type": "file_version", "id": file.id, "sha1": file.sha1 });
        object.insert("file_version".into(), version);
    }
    mini
}

/// The mini representation of a user.
pub fn mini_user(user: &User) -> Value {
    json!({ "type": "user", "id": user.id, "name": user.name, "login": user.username })
}

fn root() -> Value {
    json!({ "type": "folder", "id": ROOT, "sequence_id": null, "etag": null, "name": "All Files" })
}

/// The user's root folder.
pub fn whole_root(store: &Store, user: &User) -> Value {
    let mut whole = root();
    if let Some(object) = whole.as_object_mut() {
        object.insert("path_collection".into(), json!({ "total_count": 0, "entries": [] }));
        object.insert("owned_by".into(), mini_user(user));
        object.insert("parent".into(), Value::Null);
        object.insert("item_status".into(), "active".into());
        object.insert("item_collection".into(), collection(store, user, ROOT));
    }
    whole
}

/// The full representation of an item.
pub fn whole(store: &Store, user: &User, item: &Item, origin: &str) -> Value {
    let person = |username: &str| store.accounts.user(username).map(mini_user);
    let mut path: Vec<Value> = store.above(item).map(mini).collect();
    let parent = path.first().cloned().unwrap_or_else(root);
    path.push(root());
    path.reverse();
    let (created, modified) =
        (time_formats::rfc3339_seconds(item.created), time_formats::rfc3339_seconds(item.modified));
    let mut whole = mini(item);
    let more = json!({
        "description": item.description,
        "size": item.file.as_ref().map_or(0, |file| file.size),
        "path_collection": { "total_count": path.len(), "entries": path },
        "created_at": created,
        "modified_at": modified,
        "trashed_at": null,
        "purged_at": null,
        "content_created_at": created,
        "content_modified_at": modified,
        "created_by": person(&item.created_by),
        "modified_by": person(&item.modified_by),
        "owned_by": person(&item.owner),
        "shared_link": item.shared_link.as_ref().map(|link| link.to_json(item, origin)),
        "parent": parent,
        "item_status": "active",
    });
    let own = match &item.file {
        Some(_) => json!({
            "extension": item.name.rsplit_once('.').map_or("", |(_, extension)| extension),
            "comment_count": store.comments.iter().filter(|comment| comment.item == item.id).count(),
        }),
        None => json!({
            "folder_upload_email": null,
            "item_collection": collection(store, user, &item.id),
        }),
    };
    if let Some(object) = whole.as_object_mut() {
        for part in [more, own] {
            object.extend(part.as_object().cloned().unwrap_or_else(Map::new));
        }
    }
    whole
}

fn collection(store: &Store, user: &User, folder: &str) -> Value {
    let children: Vec<Value> = store.children(user, folder).map(mini).collect();
    let total = children.len();
    let entries: Vec<Value> = children.into_iter().take(100).collect();
    json!({ "total_count": total, "entries": entries, "offset": 0, "limit": 100 })
}

/// The full representation of the current user.
pub fn whole_user(user: &User) -> Value {
    let since = "2026-01-05T09:00:00Z";
    json!({
        "type": "user",
        "id": user.id,
        "name": user.name,
        "login": user.username,
        "created_at": since,
        "modified_at": since,
        "language": "en",
        "timezone": "Europe/London",
        "space_amount": 10_737_418_240_u64,
        "space_used": 0,
        "max_upload_size": 2_147_483_648_u64,
        "status": if user.active { "active" } else { "inactive" },
        "job_title": "",
        "phone": "",
        "address": "",
        "avatar_url": format!("https://app.box.com/api/avatar/large/{}", user.id),
        "notification_email": null,
        "enterprise": { "type": "enterprise", "id": user.org, "name": APP.company_name(&user.org) },
    })
}
