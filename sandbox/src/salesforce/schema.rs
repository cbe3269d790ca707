//! The schema of records: objects and fields, and their validation.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// The type of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text, ids included.
    Text,
    /// A number.
    Number,
    /// `YYYY-MM-DD`.
    Date,
}

/// The external id field of every object, as an administrator would add it.
pub const EXTERNAL_ID: &str = "Workbot_Key__c";

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

use super::error_response::Problem;

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

/// The fields that every record has and nobody sets.
pub const SYSTEM_FIELDS: [&str; 7] = [
    "Id",
    "CreatedById",
    "CreatedDate",
    "LastModifiedById",
    "LastModifiedDate",
    "SystemModstamp",
    "IsDeleted",
];

impl Object {
    /// The object of a name, ignoring case.
    pub fn named(name: &str) -> Option<&'static Self> {
        OBJECTS.iter().find(|object| object.name.eq_ignore_ascii_case(name))
    }

    /// The fields that can be set, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, Kind)> {
        self.fields.iter().copied().chain([(EXTERNAL_ID, Text)])
    }

    /// A field of a query, in its canonical spelling.
    pub fn readable(&self, field: &str) -> Option<&'static str> {
        const DERIVED: [&str; 4] = ["CreatedBy.Username", "CreatedBy.Id", "IsClosed", "IsWon"];
        let own = self.fields().map(|(name, _)| name);
        own.chain(SYSTEM_FIELDS).chain(DERIVED).find(|known| known.eq_ignore_ascii_case(field))
    }

    /// The fields of an insert or update, in their canonical spelling.
    pub fn accept(&self, given: Map<String, Value>, is_new: bool) -> Result<Map<String, Value>, Problem> {
        let bad = |code, message: String, field: &str| Problem {
            fields: vec![field.to_owned()],
            ..Problem::new(StatusCode::BAD_REQUEST, code, message)
        };
        let mut accepted = Map::new();
        for (field, value) in given {
            let known = self.fields().find(|(name, _)| name.eq_ignore_ascii_case(&field));
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
            accepted.insert(name.to_owned(), value);
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

    /// Salesforce also accepts numbers as strings. The error is the given value.
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
