//! Encoded queries: `state=1^ORstate=2^short_descriptionLIKEvpn^ORDERBYDESCnumber`. As in ServiceNow, an
//! invalid part is ignored: the result has too many rows instead of an error.

use std::cmp::Ordering;

use crate::oauth::User;
use crate::store::servicenow::{Record, Store};

/// A parsed query.
pub struct Query {
    /// A disjunction of queries. Each is a conjunction of disjunctions of conditions.
    alternatives: Vec<Vec<Vec<Condition>>>,
    order: Vec<(String, bool)>,
}

struct Condition {
    field: String,
    operator: &'static str,
    value: String,
}

/// Longer operators first: `>` is a prefix of `>=`.
const OPERATORS: [&str; 14] = [
    "!=",
    ">=",
    "<=",
    "=",
    ">",
    "<",
    "NOT LIKE",
    "LIKE",
    "NOT IN",
    "IN",
    "STARTSWITH",
    "ENDSWITH",
    "ISNOTEMPTY",
    "ISEMPTY",
];

impl Query {
    /// Parses a query. `javascript:gs.getUserID()` and `…getUserName()` mean the caller.
    pub fn parse(text: &str, user: &User, is_field: impl Fn(&str) -> bool) -> Self {
        let text = text
            .replace("javascript:gs.getUserID()", &user.id)
            .replace("javascript:gs.getUserName()", &user.username);
        let mut query = Self { alternatives: Vec::new(), order: Vec::new() };
        for alternative in text.split("^NQ") {
            let mut all: Vec<Vec<Condition>> = Vec::new();
            for part in alternative.split('^') {
                if let Some(field) = part.strip_prefix("ORDERBYDESC") {
                    query.order.push((field.to_owned(), true));
                } else if let Some(field) = part.strip_prefix("ORDERBY") {
                    query.order.push((field.to_owned(), false));
                } else {
                    let (is_or, part) = part.strip_prefix("OR").map_or((false, part), |part| (true, part));
                    let condition = Condition::parse(part).filter(|condition| is_field(&condition.field));
                    match (condition, all.last_mut().filter(|_| is_or)) {
                        (None, _) => {}
                        (Some(condition), Some(any)) => any.push(condition),
                        (Some(condition), None) => all.push(vec![condition]),
                    }
                }
            }
            query.alternatives.push(all);
        }
        query.order.retain(|(field, _)| is_field(field));
        query
    }

    /// The matching rows, in order.
    pub fn run(&self, store: &Store, mut rows: Vec<Record>) -> Vec<Record> {
        let holds = |row: &Record, condition: &Condition| {
            store.value(row, &condition.field).is_some_and(|value| condition.holds(&value))
        };
        rows.retain(|row| {
            self.alternatives
                .iter()
                .any(|all| all.iter().all(|any| any.iter().any(|condition| holds(row, condition))))
        });
        rows.sort_by(|one, other| {
            let mut by = self.order.iter().map(|(field, is_descending)| {
                let value = |row| store.value(row, field).unwrap_or_default();
                let order = compare(&value(one), &value(other));
                if *is_descending { order.reverse() } else { order }
            });
            by.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
        rows
    }
}

impl Condition {
    fn parse(part: &str) -> Option<Self> {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
        let (field, rest) = part.split_at_checked(part.find(|c| !is_name(c))?)?;
        let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator))?;
        let value = rest.strip_prefix(operator)?;
        // Other scripts are not supported.
        let is_readable = !field.is_empty() && !value.starts_with("javascript:");
        is_readable.then(|| Self { field: field.to_owned(), operator, value: value.to_lowercase() })
    }

    fn holds(&self, value: &str) -> bool {
        let value = value.to_lowercase();
        let wanted = self.value.as_str();
        let is_listed = || wanted.split(',').any(|one| one.trim() == value);
        match self.operator {
            "=" => value == wanted,
            "!=" => value != wanted,
            ">" => compare(&value, wanted).is_gt(),
            "<" => compare(&value, wanted).is_lt(),
            ">=" => compare(&value, wanted).is_ge(),
            "<=" => compare(&value, wanted).is_le(),
            "LIKE" => value.contains(wanted),
            "NOT LIKE" => !value.contains(wanted),
            "STARTSWITH" => value.starts_with(wanted),
            "ENDSWITH" => value.ends_with(wanted),
            "IN" => is_listed(),
            "NOT IN" => !is_listed(),
            "ISEMPTY" => value.is_empty(),
            _ => !value.is_empty(),
        }
    }
}

/// Numbers as numbers, everything else as text.
fn compare(one: &str, other: &str) -> Ordering {
    match (one.parse::<i64>(), other.parse::<i64>()) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        _ => one.cmp(other),
    }
}
