//! The fields of a new ticket, and their validation errors in Freshdesk's format.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::store::freshdesk::Draft;

/// The sources of a ticket: email, portal, phone, chat, feedback widget, outbound email.
const SOURCES: [u64; 6] = [1, 2, 3, 7, 9, 10];
const PORTAL: u64 = 2;
const KINDS: [&str; 5] = ["Question", "Incident", "Problem", "Feature Request", "Refund"];

/// One element of `errors`.
#[derive(Debug, PartialEq, Serialize)]
pub struct FieldError {
    field: String,
    message: String,
    code: &'static str,
}

impl Draft {
    /// Parses the fields of a request, or returns an error for each invalid one.
    pub fn read(mut given: Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields { given: &mut given, objections: Vec::new() };
        let draft = Self {
            subject: fields.text("subject"),
            description: fields.text("description"),
            email: fields.email(),
            status: fields.one_of("status", &[2, 3, 4, 5], None),
            priority: fields.one_of("priority", &[1, 2, 3, 4], None),
            source: fields.one_of("source", &SOURCES, Some(PORTAL)),
            kind: fields.kind(),
            tags: fields.tags(),
        };
        let mut objections = fields.objections;
        objections.extend(given.into_iter().map(|(field, _)| FieldError {
            field,
            message: "Unexpected/invalid field in request".to_owned(),
            code: "invalid_field",
        }));
        if objections.is_empty() { Ok(draft) } else { Err(objections) }
    }
}

/// The remaining fields, and the errors so far.
struct Fields<'a> {
    given: &'a mut Map<String, Value>,
    objections: Vec<FieldError>,
}

const TEXT: &str = "It should be a/an String";

impl Fields<'_> {
    fn object(&mut self, field: &str, code: &'static str, message: String) {
        self.objections.push(FieldError { field: field.to_owned(), message, code });
    }

    fn mismatch(&mut self, field: &str, value: &Value, wanted: &str) {
        let message = format!("Value set is of type {}.{wanted}", type_of(value));
        self.object(field, "datatype_mismatch", message);
    }

    fn text(&mut self, field: &str) -> String {
        match self.given.remove(field) {
            None => self.object(field, "missing_field", TEXT.to_owned()),
            Some(Value::String(text)) if text.trim().is_empty() => {
                let message = "It should not be blank as this is a mandatory field";
                self.object(field, "invalid_value", message.to_owned());
            }
            Some(Value::String(text)) => return text,
            Some(other) => self.mismatch(field, &other, TEXT),
        }
        String::new()
    }

    fn email(&mut self) -> String {
        let before = self.objections.len();
        let email = self.text("email");
        if self.objections.len() == before && !is_address(&email) {
            let message = "It should be in the 'valid email address' format";
            self.object("email", "invalid_value", message.to_owned());
        }
        email
    }

    fn one_of(&mut self, field: &str, allowed: &[u64], default: Option<u64>) -> u64 {
        let list: Vec<String> = allowed.iter().map(u64::to_string).collect();
        let wanted = format!("It should be one of these values: '{}'", list.join(","));
        match (self.given.remove(field), default) {
            (None | Some(Value::Null), Some(default)) => return default,
            (None, None) => self.object(field, "missing_field", wanted),
            (Some(Value::Number(number)), _) => match number.as_u64() {
                Some(number) if allowed.contains(&number) => return number,
                _ => self.object(field, "invalid_value", wanted),
            },
            (Some(other), _) => self.mismatch(field, &other, &wanted),
        }
        0
    }

    fn kind(&mut self) -> Option<String> {
        let wanted = format!("It should be one of these values: '{}'", KINDS.join(","));
        match self.given.remove("type")? {
            Value::Null => {}
            Value::String(kind) if KINDS.contains(&kind.as_str()) => return Some(kind),
            Value::String(_) => self.object("type", "invalid_value", wanted),
            other => self.mismatch("type", &other, &wanted),
        }
        None
    }

    fn tags(&mut self) -> Vec<String> {
        match self.given.remove("tags") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(tags)) => {
                let texts = tags.iter().map(|tag| tag.as_str().map(str::to_owned));
                texts.collect::<Option<_>>().unwrap_or_else(|| {
                    let message = "It should contain elements of type String only";
                    self.object("tags", "datatype_mismatch", message.to_owned());
                    Vec::new()
                })
            }
            Some(other) => {
                self.mismatch("tags", &other, "It should be a/an Array");
                Vec::new()
            }
        }
    }
}

/// Something, one `@`, and a domain with a dot.
fn is_address(email: &str) -> bool {
    email.split_once('@').is_some_and(|(name, domain)| {
        let is_plain = |text: &str| !text.contains(|c: char| c.is_whitespace() || "@<>,".contains(c));
        !name.is_empty()
            && is_plain(name)
            && is_plain(domain)
            && domain.split('.').all(|part| !part.is_empty())
            && domain.contains('.')
    })
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_f64() => "Float",
        Value::Number(_) => "Integer",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "key/value pair",
    }
}
