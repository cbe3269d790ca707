//! The part of SOQL that recipes use: `SELECT … FROM … [WHERE … AND …] [ORDER BY …] [LIMIT n] [OFFSET n]`.

mod like_pattern;
mod quoted_string;
mod tokens;

use std::cmp::Ordering;

use serde_json::{Value, json};

use self::like_pattern::Pattern;
use self::tokens::{Token, Tokens, unexpected};
use super::schema::Object;
use crate::store::salesforce::Record;

/// A parsed query.
pub struct Query {
    /// The selected fields.
    pub fields: Vec<String>,
    /// The object.
    pub object: String,
    conditions: Vec<Condition>,
    order: Vec<(String, bool)>,
    limit: Option<usize>,
    offset: usize,
}

struct Condition {
    field: String,
    test: Test,
}

enum Test {
    /// Equal to one of these.
    OneOf(Vec<Value>),
    /// Equal to none of these.
    NoneOf(Vec<Value>),
    /// In one of these relations to the value.
    Ordered(&'static [Ordering], Value),
    Like(Pattern),
}

impl Query {
    /// The error is the message of `MALFORMED_QUERY`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = Tokens::of(text)?;
        tokens.keyword("SELECT")?;
        let mut fields = vec![tokens.word()?];
        while tokens.take_sign(",") {
            fields.push(tokens.word()?);
        }
        tokens.keyword("FROM")?;
        let mut query = Self {
            fields,
            object: tokens.word()?,
            conditions: Vec::new(),
            order: Vec::new(),
            limit: None,
            offset: 0,
        };
        if tokens.take_keyword("WHERE") {
            query.conditions.push(Condition::read(&mut tokens)?);
            while tokens.take_keyword("AND") {
                query.conditions.push(Condition::read(&mut tokens)?);
            }
        }
        if tokens.take_keyword("ORDER") {
            tokens.keyword("BY")?;
            query.order.push(ordering(&mut tokens)?);
            while tokens.take_sign(",") {
                query.order.push(ordering(&mut tokens)?);
            }
        }
        if tokens.take_keyword("LIMIT") {
            query.limit = Some(tokens.count()?);
        }
        if tokens.take_keyword("OFFSET") {
            query.offset = tokens.count()?;
        }
        tokens.end()?;
        Ok(query)
    }

    /// The fields used outside of `SELECT`.
    pub fn named_fields(&self) -> impl Iterator<Item = &str> {
        let conditions = self.conditions.iter().map(|condition| condition.field.as_str());
        conditions.chain(self.order.iter().map(|(field, _)| field.as_str()))
    }

    /// The matching records, in order.
    pub fn run<'a>(&self, mut records: Vec<&'a Record>, object: &Object) -> Vec<&'a Record> {
        let value = |record: &Record, field: &str| {
            object.readable(field).map(|field| record.value(field)).unwrap_or_default()
        };
        records.retain(|record| {
            self.conditions.iter().all(|condition| condition.test.holds(&value(record, &condition.field)))
        });
        records.sort_by(|left, right| {
            self.order
                .iter()
                .map(|(field, descending)| {
                    let order = compare(&value(left, field), &value(right, field)).unwrap_or(Ordering::Equal);
                    if *descending { order.reverse() } else { order }
                })
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        });
        let rest = records.into_iter().skip(self.offset);
        rest.take(self.limit.unwrap_or(usize::MAX)).collect()
    }
}

impl Condition {
    fn read(tokens: &mut Tokens) -> Result<Self, String> {
        let field = tokens.word()?;
        let operator = match tokens.next() {
            Some(Token::Sign(sign)) => sign,
            Some(Token::Word(word)) => word.to_ascii_uppercase(),
            other => return Err(unexpected(other)),
        };
        let test = match operator.as_str() {
            "=" => Test::OneOf(vec![literal(tokens)?]),
            "!=" | "<>" => Test::NoneOf(vec![literal(tokens)?]),
            "<" => Test::Ordered(&[Ordering::Less], literal(tokens)?),
            ">" => Test::Ordered(&[Ordering::Greater], literal(tokens)?),
            "<=" => Test::Ordered(&[Ordering::Less, Ordering::Equal], literal(tokens)?),
            ">=" => Test::Ordered(&[Ordering::Greater, Ordering::Equal], literal(tokens)?),
            "LIKE" => Test::Like(Pattern::parse(&tokens.text()?)?),
            "IN" => {
                tokens.sign("(")?;
                let mut values = vec![literal(tokens)?];
                while tokens.take_sign(",") {
                    values.push(literal(tokens)?);
                }
                tokens.sign(")")?;
                Test::OneOf(values)
            }
            _ => return Err(unexpected(Some(Token::Sign(operator)))),
        };
        Ok(Self { field, test })
    }
}

impl Test {
    fn holds(&self, value: &Value) -> bool {
        let is = |wanted: &Value| compare(value, wanted) == Some(Ordering::Equal);
        match self {
            Self::OneOf(values) => values.iter().any(is),
            Self::NoneOf(values) => !values.iter().any(is),
            Self::Ordered(orders, wanted) => {
                compare(value, wanted).is_some_and(|order| orders.contains(&order))
            }
            Self::Like(pattern) => value.as_str().is_some_and(|text| pattern.fits(text)),
        }
    }
}

/// Strings are compared ignoring case, nulls come first, values of different types are not comparable.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Null, _) => Some(Ordering::Less),
        (_, Value::Null) => Some(Ordering::Greater),
        (Value::String(left), Value::String(right)) => Some(left.to_lowercase().cmp(&right.to_lowercase())),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn ordering(tokens: &mut Tokens) -> Result<(String, bool), String> {
    let field = tokens.word()?;
    let descending = tokens.take_keyword("DESC");
    if !descending {
        tokens.take_keyword("ASC");
    }
    if tokens.take_keyword("NULLS") {
        tokens.word()?;
    }
    Ok((field, descending))
}

fn literal(tokens: &mut Tokens) -> Result<Value, String> {
    match tokens.next() {
        Some(Token::Text(quoted)) => quoted_string::text(&quoted).map(Value::from),
        Some(Token::Word(word)) => Ok(match word.to_ascii_lowercase().as_str() {
            "true" => json!(true),
            "false" => json!(false),
            "null" => Value::Null,
            // Dates and times have no quotes and are compared as strings.
            _ => word.parse::<f64>().map_or_else(|_| json!(word), |number| json!(number)),
        }),
        other => Err(unexpected(other)),
    }
}
