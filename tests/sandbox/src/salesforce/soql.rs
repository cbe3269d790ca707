//! As much SOQL as recipes use: `SELECT … FROM … [WHERE … AND …] [ORDER BY …] [LIMIT n] [OFFSET n]`.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::objects::Object;
use super::records::Record;

/// A parsed query.
pub struct Query {
    /// The fields asked for.
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
    operator: String,
    values: Vec<Value>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(String),
}

impl Query {
    /// The error is a sentence for `MALFORMED_QUERY`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = Tokens(tokens(text)?.into_iter().peekable());
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
            query.conditions.push(tokens.condition()?);
            while tokens.take_keyword("AND") {
                query.conditions.push(tokens.condition()?);
            }
        }
        if tokens.take_keyword("ORDER") {
            tokens.keyword("BY")?;
            query.order.push(tokens.ordering()?);
            while tokens.take_sign(",") {
                query.order.push(tokens.ordering()?);
            }
        }
        if tokens.take_keyword("LIMIT") {
            query.limit = Some(tokens.count()?);
        }
        if tokens.take_keyword("OFFSET") {
            query.offset = tokens.count()?;
        }
        match tokens.0.next() {
            None => Ok(query),
            Some(token) => Err(unexpected(Some(token))),
        }
    }

    /// The fields named outside of `SELECT`.
    pub fn named_fields(&self) -> impl Iterator<Item = &str> {
        let conditions = self.conditions.iter().map(|condition| condition.field.as_str());
        conditions.chain(self.order.iter().map(|(field, _)| field.as_str()))
    }

    /// The records that fit, in order.
    pub fn run<'a>(&self, mut records: Vec<&'a Record>, object: &Object) -> Vec<&'a Record> {
        let value = |record: &Record, field: &str| {
            object.readable(field).map(|field| record.value(field)).unwrap_or_default()
        };
        records.retain(|record| {
            self.conditions.iter().all(|condition| condition.holds(&value(record, &condition.field)))
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
    fn holds(&self, value: &Value) -> bool {
        let is = |wanted: &Value| compare(value, wanted) == Some(Ordering::Equal);
        let first = self.values.first().unwrap_or(&Value::Null);
        let order = compare(value, first);
        match self.operator.as_str() {
            "=" | "IN" => self.values.iter().any(is),
            "!=" | "<>" => !self.values.iter().any(is),
            "<" => order == Some(Ordering::Less),
            ">" => order == Some(Ordering::Greater),
            "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            ">=" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            // LIKE: nothing else gets through the parser.
            _ => match (value, first) {
                (Value::String(text), Value::String(pattern)) => {
                    let fold = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
                    is_like(&fold(text), &fold(pattern))
                }
                _ => false,
            },
        }
    }
}

/// Texts are compared without case, nulls come first, different kinds not at all.
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

/// `%` stands for any text, `_` for one character.
fn is_like(text: &[char], pattern: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, _) => text.is_empty(),
        (Some(('%', rest)), None) => is_like(text, rest),
        (Some(('%', rest)), Some((_, tail))) => is_like(text, rest) || is_like(tail, pattern),
        (Some(('_', rest)), Some((_, tail))) => is_like(tail, rest),
        (Some((wanted, rest)), Some((given, tail))) => wanted == given && is_like(tail, rest),
        (Some(_), None) => false,
    }
}

struct Tokens(std::iter::Peekable<std::vec::IntoIter<Token>>);

impl Tokens {
    fn word(&mut self) -> Result<String, String> {
        match self.0.next() {
            Some(Token::Word(word)) => Ok(word),
            other => Err(unexpected(other)),
        }
    }

    fn keyword(&mut self, keyword: &str) -> Result<(), String> {
        match self.0.next() {
            Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword) => Ok(()),
            other => Err(unexpected(other)),
        }
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let is_it = |token: &Token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(keyword));
        self.0.next_if(is_it).is_some()
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        self.0.next_if(|token| matches!(token, Token::Sign(found) if found == sign)).is_some()
    }

    fn count(&mut self) -> Result<usize, String> {
        let word = self.word()?;
        word.parse().map_err(|_| unexpected(Some(Token::Word(word))))
    }

    fn ordering(&mut self) -> Result<(String, bool), String> {
        let field = self.word()?;
        let descending = self.take_keyword("DESC");
        if !descending {
            self.take_keyword("ASC");
        }
        if self.take_keyword("NULLS") {
            self.word()?;
        }
        Ok((field, descending))
    }

    fn condition(&mut self) -> Result<Condition, String> {
        let field = self.word()?;
        let operator = match self.0.next() {
            Some(Token::Sign(sign)) if ["=", "!=", "<>", "<", ">", "<=", ">="].contains(&sign.as_str()) => {
                sign
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("LIKE") => "LIKE".to_owned(),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("IN") => "IN".to_owned(),
            other => return Err(unexpected(other)),
        };
        let mut values = Vec::new();
        if operator == "IN" {
            if !self.take_sign("(") {
                return Err(unexpected(self.0.next()));
            }
            values.push(self.literal()?);
            while self.take_sign(",") {
                values.push(self.literal()?);
            }
            if !self.take_sign(")") {
                return Err(unexpected(self.0.next()));
            }
        } else {
            values.push(self.literal()?);
        }
        Ok(Condition { field, operator, values })
    }

    fn literal(&mut self) -> Result<Value, String> {
        match self.0.next() {
            Some(Token::Text(text)) => Ok(text.into()),
            Some(Token::Word(word)) => Ok(match word.to_ascii_lowercase().as_str() {
                "true" => json!(true),
                "false" => json!(false),
                "null" => Value::Null,
                // Dates and times stand without quotes and are compared as texts.
                _ => word.parse::<f64>().map_or_else(|_| json!(word), |number| json!(number)),
            }),
            other => Err(unexpected(other)),
        }
    }
}

fn unexpected(token: Option<Token>) -> String {
    match token {
        None => "unexpected token: <EOF>".to_owned(),
        Some(Token::Word(text) | Token::Text(text) | Token::Sign(text)) => {
            format!("unexpected token: '{text}'")
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(first) = characters.next() {
        if first.is_whitespace() {
            continue;
        }
        if first == '\'' {
            let mut literal = String::new();
            loop {
                match characters.next() {
                    Some('\'') => break,
                    Some('\\') => match characters.next() {
                        Some('n') => literal.push('\n'),
                        Some('t') => literal.push('\t'),
                        Some(escaped) => literal.push(escaped),
                        None => return Err("unexpected token: <EOF>".to_owned()),
                    },
                    Some(character) => literal.push(character),
                    None => return Err("unexpected token: <EOF>".to_owned()),
                }
            }
            tokens.push(Token::Text(literal));
            continue;
        }
        let is_word = |character: &char| character.is_alphanumeric() || "_.-:+".contains(*character);
        if is_word(&first) {
            let mut word = String::from(first);
            while let Some(next) = characters.next_if(is_word) {
                word.push(next);
            }
            tokens.push(Token::Word(word));
            continue;
        }
        let mut sign = String::from(first);
        if "<>!".contains(first)
            && let Some(next) = characters.next_if(|next| "=>".contains(*next))
        {
            sign.push(next);
        }
        tokens.push(Token::Sign(sign));
    }
    Ok(tokens)
}
