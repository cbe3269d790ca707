//! Records, what their objects allow, and the pages on which a person sees them.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{CONTOSO, FABRIKAM};
use crate::{Shared, clock, pages};

/// One record.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Record {
    /// The 18-character id.
    pub id: String,
    /// The object's name, e.g. `Opportunity`.
    pub object: String,
    /// The organisation.
    pub org: String,
    /// The fields that were set.
    pub fields: Map<String, Value>,
    /// The creator's user id.
    pub created_by_id: String,
    /// The creator's login name.
    pub created_by: String,
    /// The client that the creator used.
    pub client_id: String,
    /// When it was created, in ms.
    pub created: u64,
    /// Who changed it last.
    pub modified_by_id: String,
    /// When it was changed last, in ms.
    pub modified: u64,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text, ids included.
    Text,
    /// A number.
    Number,
    /// `YYYY-MM-DD`.
    Date,
}

/// An object: its name, the prefix of its ids, its fields, the required ones first.
pub struct Object {
    /// The API name.
    pub name: &'static str,
    /// The first three characters of its ids.
    pub prefix: &'static str,
    required: usize,
    fields: &'static [(&'static str, Kind)],
}

use Kind::{Date, Number, Text};

const OBJECTS: [Object; 6] = [
    Object {
        name: "Opportunity",
        prefix: "006",
        required: 3,
        fields: &[
            ("Name", Text),
            ("StageName", Text),
            ("CloseDate", Date),
            ("Amount", Number),
            ("Probability", Number),
            ("AccountId", Text),
            ("Description", Text),
            ("Type", Text),
            ("LeadSource", Text),
            ("NextStep", Text),
            ("OwnerId", Text),
        ],
    },
    Object {
        name: "Account",
        prefix: "001",
        required: 1,
        fields: &[
            ("Name", Text),
            ("Industry", Text),
            ("Phone", Text),
            ("Website", Text),
            ("Description", Text),
            ("AnnualRevenue", Number),
            ("BillingCity", Text),
            ("Type", Text),
            ("OwnerId", Text),
        ],
    },
    Object {
        name: "Contact",
        prefix: "003",
        required: 1,
        fields: &[
            ("LastName", Text),
            ("FirstName", Text),
            ("Email", Text),
            ("Phone", Text),
            ("AccountId", Text),
            ("Title", Text),
            ("OwnerId", Text),
        ],
    },
    Object {
        name: "Lead",
        prefix: "00Q",
        required: 2,
        fields: &[
            ("LastName", Text),
            ("Company", Text),
            ("FirstName", Text),
            ("Email", Text),
            ("Phone", Text),
            ("Status", Text),
            ("OwnerId", Text),
        ],
    },
    Object {
        name: "Case",
        prefix: "500",
        required: 0,
        fields: &[
            ("Subject", Text),
            ("Description", Text),
            ("Status", Text),
            ("Priority", Text),
            ("Origin", Text),
            ("AccountId", Text),
            ("ContactId", Text),
            ("OwnerId", Text),
        ],
    },
    Object {
        name: "Task",
        prefix: "00T",
        required: 0,
        fields: &[
            ("Subject", Text),
            ("Description", Text),
            ("Status", Text),
            ("Priority", Text),
            ("ActivityDate", Date),
            ("WhatId", Text),
            ("WhoId", Text),
            ("OwnerId", Text),
        ],
    },
];

/// An error of the REST API, one element of its array.
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// Salesforce's word for it.
    pub code: &'static str,
    /// For a person.
    pub message: String,
    /// The fields that it is about.
    pub fields: Vec<String>,
}

impl Problem {
    /// A problem that is not about fields.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), fields: Vec::new() }
    }
}

impl Object {
    /// The object of that name, in any case.
    pub fn named(name: &str) -> Option<&'static Self> {
        OBJECTS.iter().find(|object| object.name.eq_ignore_ascii_case(name))
    }

    /// A field that a query may name, in its own spelling.
    pub fn readable(&self, field: &str) -> Option<&'static str> {
        const SYSTEM: [&str; 11] = [
            "Id",
            "CreatedById",
            "CreatedDate",
            "LastModifiedById",
            "LastModifiedDate",
            "SystemModstamp",
            "IsDeleted",
            "CreatedBy.Username",
            "CreatedBy.Id",
            "IsClosed",
            "IsWon",
        ];
        let own = self.fields.iter().map(|(name, _)| *name);
        own.chain(SYSTEM).find(|known| known.eq_ignore_ascii_case(field))
    }

    /// The fields of a create or an update, in their own spelling.
    pub fn accept(&self, given: Map<String, Value>, is_new: bool) -> Result<Map<String, Value>, Problem> {
        let bad = |code, message: String, field: &str| Problem {
            fields: vec![field.to_owned()],
            ..Problem::new(StatusCode::BAD_REQUEST, code, message)
        };
        let mut accepted = Map::new();
        for (field, value) in given {
            let known = self.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(&field));
            let Some((name, kind)) = known else {
                let message = format!("No such column '{field}' on sobject of type {}", self.name);
                return Err(bad("INVALID_FIELD", message, &field));
            };
            let value = kind.read(value).map_err(|shown| {
                let message = format!(
                    "Cannot deserialize instance of {} from VALUE_STRING value {shown}",
                    kind.label()
                );
                bad("JSON_PARSER_ERROR", message, name)
            })?;
            accepted.insert((*name).to_owned(), value);
        }
        let is_missing = |name: &str| match accepted.get(name) {
            None => is_new,
            Some(value) => value.is_null() || value == "",
        };
        let missing: Vec<String> = self
            .fields
            .iter()
            .take(self.required)
            .filter(|(name, _)| is_missing(name))
            .map(|(name, _)| (*name).to_owned())
            .collect();
        if !missing.is_empty() {
            return Err(Problem {
                message: format!("Required fields are missing: [{}]", missing.join(", ")),
                fields: missing,
                ..Problem::new(StatusCode::BAD_REQUEST, "REQUIRED_FIELD_MISSING", "")
            });
        }
        Ok(accepted)
    }
}

impl Kind {
    fn label(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "double",
            Self::Date => "date",
        }
    }

    /// Salesforce takes numbers as texts too, but no text that is none. The error is the value as given.
    fn read(self, value: Value) -> Result<Value, String> {
        match (self, value) {
            (_, Value::Null) => Ok(Value::Null),
            (Self::Number, Value::Number(number)) => Ok(number.into()),
            (Self::Number, Value::String(text)) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(json!(number)),
                _ => Err(text),
            },
            (Self::Date, Value::String(text)) => match text.parse::<chrono::NaiveDate>() {
                Ok(_) if text.len() == 10 => Ok(text.into()),
                _ => Err(text),
            },
            (Self::Text, Value::String(text)) => Ok(text.into()),
            (_, other) => Err(other.to_string()),
        }
    }
}

impl Record {
    /// A field's value, system fields included; the name is spelled as `Object::readable` says.
    pub fn value(&self, field: &str) -> Value {
        let stage = self.fields.get("StageName").and_then(Value::as_str);
        match field {
            "Id" => json!(self.id),
            "CreatedById" | "CreatedBy.Id" => json!(self.created_by_id),
            "CreatedBy.Username" => json!(self.created_by),
            "CreatedDate" => json!(clock::salesforce(self.created)),
            "LastModifiedById" => json!(self.modified_by_id),
            "LastModifiedDate" | "SystemModstamp" => json!(clock::salesforce(self.modified)),
            "IsDeleted" => json!(false),
            "IsClosed" => json!(stage.is_some_and(|stage| stage.starts_with("Closed"))),
            "IsWon" => json!(stage == Some("Closed Won")),
            "OwnerId" => self.fields.get("OwnerId").cloned().unwrap_or(json!(self.created_by_id)),
            other => self.fields.get(other).cloned().unwrap_or_default(),
        }
    }

    /// The record in an answer: `attributes`, then these fields.
    pub fn shown(&self, fields: &[&str]) -> Value {
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

    /// All fields, as `GET` without `fields` answers.
    pub fn shown_whole(&self) -> Value {
        let own = Object::named(&self.object).map_or(&[][..], |object| object.fields);
        let system = [
            "Id",
            "CreatedById",
            "CreatedDate",
            "LastModifiedById",
            "LastModifiedDate",
            "SystemModstamp",
            "IsDeleted",
        ];
        let fields: Vec<&str> = system.into_iter().chain(own.iter().map(|(name, _)| *name)).collect();
        self.shown(&fields)
    }

    fn title(&self) -> String {
        ["Name", "Subject", "LastName"]
            .iter()
            .find_map(|field| self.fields.get(*field).and_then(Value::as_str))
            .unwrap_or(&self.id)
            .to_owned()
    }
}

/// `GET /salesforce-org/{org}/`: what a person sees as the list of opportunities, newest first.
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
    let name = match org.as_str() {
        CONTOSO => "Contoso",
        FABRIKAM => "Fabrikam",
        other => other,
    };
    pages::show("records.html", json!({ "org": org, "name": name, "records": records }))
}

/// `GET /salesforce-org/{org}/{id}`: a record, and who created it.
pub async fn show(State(sandbox): State<Shared>, Path((org, id)): Path<(String, String)>) -> Response {
    let record = sandbox.read(|saved| {
        let mut all = saved.salesforce.records.iter();
        all.find(|record| record.org == org && record.id == id).cloned()
    });
    let Some(record) = record else {
        return pages::problem(
            StatusCode::NOT_FOUND,
            "Salesforce",
            "The record you asked for does not exist.",
        );
    };
    let fields: Vec<(&String, String)> =
        record.fields.iter().map(|(name, value)| (name, plain(value))).collect();
    let title = record.title();
    let created = clock::rfc3339(record.created);
    pages::show(
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
