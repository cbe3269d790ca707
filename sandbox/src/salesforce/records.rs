//! Records: insertion, and their JSON.

use serde_json::{Map, Value, json};

use super::ids::id18;
use super::schema::{Object, SYSTEM_FIELDS};
use crate::store::accounts::User;
use crate::store::salesforce::{Record, Store};
use crate::{clock, time_formats};

impl Store {
    /// Inserts a record of this user; returns its id.
    pub(super) fn add_record(
        &mut self,
        user: &User,
        client_id: &str,
        object: &Object,
        fields: Map<String, Value>,
    ) -> String {
        let id = self.fresh_id(object.prefix);
        let now = clock::now_ms();
        self.records.push(Record {
            id: id.clone(),
            object: object.name.to_owned(),
            org: user.org.clone(),
            fields,
            created_by_id: user.id.clone(),
            created_by: user.username.clone(),
            client_id: client_id.to_owned(),
            created: now,
            modified_by_id: user.id.clone(),
            modified: now,
        });
        id
    }

    pub(super) fn fresh_id(&mut self, prefix: &str) -> String {
        self.serial += 1;
        id18(&format!("{prefix}xx{:010}", self.serial))
    }
}

impl Record {
    /// The value of a field, system fields included. The name has the spelling of `Object::readable`.
    pub fn value(&self, field: &str) -> Value {
        let stage = self.fields.get("StageName").and_then(Value::as_str);
        match field {
            "Id" => json!(self.id),
            "CreatedById" | "CreatedBy.Id" => json!(self.created_by_id),
            "CreatedBy.Username" => json!(self.created_by),
            "CreatedDate" => json!(time_formats::salesforce(self.created)),
            "LastModifiedById" => json!(self.modified_by_id),
            "LastModifiedDate" | "SystemModstamp" => json!(time_formats::salesforce(self.modified)),
            "IsDeleted" => json!(false),
            "IsClosed" => json!(stage.is_some_and(|stage| stage.starts_with("Closed"))),
            "IsWon" => json!(stage == Some("Closed Won")),
            "OwnerId" => self.fields.get("OwnerId").cloned().unwrap_or(json!(self.created_by_id)),
            other => self.fields.get(other).cloned().unwrap_or_default(),
        }
    }

    /// The JSON of a record: `attributes`, then these fields.
    pub fn to_json(&self, fields: &[&str]) -> Value {
        let url = format!("/services/data/v65.0/sobjects/{}/{}", self.object, self.id);
        let mut shown = Map::new();
        shown.insert("attributes".into(), json!({ "type": self.object, "url": url }));
        for field in fields {
            match field.split_once('.') {
                None => {
                    shown.insert((*field).to_owned(), self.value(field));
                }
                Some((parent, child)) => {
                    let nested =
                        shown.entry(parent).or_insert_with(|| json!({ "attributes": { "type": "User" } }));
                    if let Some(object) = nested.as_object_mut() {
                        object.insert(child.to_owned(), self.value(field));
                    }
                }
            }
        }
        Value::Object(shown)
    }

    /// All fields: the response of `GET` without `fields`.
    pub fn to_full_json(&self) -> Value {
        let own = Object::named(&self.object).into_iter().flat_map(Object::fields);
        let fields: Vec<&str> = SYSTEM_FIELDS.into_iter().chain(own.map(|(name, _)| name)).collect();
        self.to_json(&fields)
    }

    pub(super) fn title(&self) -> String {
        ["Name", "Subject", "LastName"]
            .iter()
            .find_map(|field| self.fields.get(*field).and_then(Value::as_str))
            .unwrap_or(&self.id)
            .to_owned()
    }
}
