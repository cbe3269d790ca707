//! The expressions of templates, which are read and evaluated at the same time.
//!
//! Expressions have no effects, so all of them are evaluated, and a value that fails is an error only where
//! it is used.

use serde_json::Value as Json;
use std::borrow::Cow;
use workbot_shared::Language;

use super::filters;
use super::value::Value;

/// Why a template cannot be evaluated: a mistake in its text, or the first value that failed.
pub(super) type Failure = Cow<'static, str>;

pub(super) type Outcome<T> = Result<T, Failure>;

/// A text of expressions, and the values that they know.
pub(super) struct Expressions<'t, 'v> {
    /// What is not read yet.
    pub(super) rest: &'t str,
    /// What loops and `set` have named; the last counts.
    pub(super) locals: Vec<(&'t str, Value<'v>)>,
    values: &'v Json,
    language: Language,
}

/// Words that are no names of values.
const OPERATORS: [&str; 7] = ["and", "or", "not", "in", "if", "else", "is"];

impl<'t, 'v> Expressions<'t, 'v> {
    pub(super) fn new(text: &'t str, values: &'v Json, language: Language) -> Self {
        Self { rest: text, locals: Vec::new(), values, language }
    }

    /// Evaluates a text that is a single expression.
    pub(super) fn single(mut self) -> Outcome<Value<'v>> {
        let value = self.expression()?;
        self.space();
        if self.rest.is_empty() { Ok(value) } else { Err(self.unexpected()) }
    }

    // Expressions, from the weakest operator to the strongest

    pub(super) fn expression(&mut self) -> Outcome<Value<'v>> {
        let mut value = self.either()?;
        if self.word("if") {
            let condition = self.either()?;
            if !self.word("else") {
                return Err("a value with `if` needs an `else`".into());
            }
            let other = self.expression()?;
            value = match condition.is_true() {
                Ok(true) => value,
                Ok(false) => other,
                Err(why) => Value::Failed(why),
            };
        }
        Ok(value)
    }

    pub(super) fn either(&mut self) -> Outcome<Value<'v>> {
        let mut value = self.both()?;
        while self.word("or") {
            let other = self.both()?;
            value = match value.is_true() {
                Ok(true) => value,
                Ok(false) => other,
                Err(why) => Value::Failed(why),
            };
        }
        Ok(value)
    }

    fn both(&mut self) -> Outcome<Value<'v>> {
        let mut value = self.negation()?;
        while self.word("and") {
            let other = self.negation()?;
            value = match value.is_true() {
                Ok(true) => other,
                Ok(false) => value,
                Err(why) => Value::Failed(why),
            };
        }
        Ok(value)
    }

    fn negation(&mut self) -> Outcome<Value<'v>> {
        if !self.word("not") {
            return self.comparison();
        }
        let value = self.negation()?;
        Ok(value.is_true().map(|truth| Json::Bool(!truth).into()).into())
    }

    fn comparison(&mut self) -> Outcome<Value<'v>> {
        let value = self.concatenation()?;
        let operator = ["==", "!=", "<=", ">=", "<", ">"].into_iter().find(|operator| self.symbol(operator));
        let operator = operator.or_else(|| self.word("in").then_some("in"));
        let operator = match operator {
            Some(operator) => operator,
            None if self.word("not") => "not in",
            None => return Ok(value),
        };
        if operator == "not in" && !self.word("in") {
            return Err(self.unexpected());
        }
        let other = self.concatenation()?;
        let holds = match operator {
            "in" => other.has(&value),
            "not in" => other.has(&value).map(|has| !has),
            _ => value.compared(other).map(|order| match operator {
                "==" => order.is_eq(),
                "!=" => order.is_ne(),
                "<=" => order.is_le(),
                ">=" => order.is_ge(),
                "<" => order.is_lt(),
                _ => order.is_gt(),
            }),
        };
        Ok(holds.map(|holds| Json::Bool(holds).into()).into())
    }

    fn concatenation(&mut self) -> Outcome<Value<'v>> {
        let mut value = self.filtered()?;
        while self.symbol("~") {
            let other = self.filtered()?;
            let text = value.shown().and_then(|text| Ok(text.into_owned() + &*other.shown()?));
            value = match text {
                Ok(text) if matches!((&value, &other), (Value::Safe(_), Value::Safe(_))) => Value::Safe(text),
                Ok(text) => text.into(),
                Err(why) => Value::Failed(why),
            };
        }
        Ok(value)
    }

    fn filtered(&mut self) -> Outcome<Value<'v>> {
        let mut value = self.operand()?;
        while self.symbol("|") {
            let name = self.identifier()?;
            let filter = filters::named(name)
                .ok_or_else(|| format!("no such filter `{name}`: docs/adding-a-recipe.md lists them all"))?;
            let mut arguments = Vec::new();
            if self.symbol("(") {
                while !self.symbol(")") {
                    if !arguments.is_empty() && !self.symbol(",") {
                        return Err(self.unexpected());
                    }
                    arguments.push(self.expression()?);
                }
            }
            value = filters::apply(filter, value, &arguments, self.language).into();
        }
        Ok(value)
    }

    fn operand(&mut self) -> Outcome<Value<'v>> {
        let mut value = self.primary()?;
        loop {
            if self.symbol(".") {
                let digits =
                    self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                value = match self.rest.split_at(digits) {
                    ("", _) => value.member(self.identifier()?),
                    (number, rest) => {
                        self.rest = rest;
                        value.at(&number.parse::<u32>().map_or(Value::Undefined, |at| Json::from(at).into()))
                    }
                };
            } else if self.symbol("[") {
                let none = || Value::from(Json::Null);
                let start = if self.comes(":") { none() } else { self.expression()? };
                value = if self.symbol(":") {
                    let stop = if self.comes("]") { none() } else { self.expression()? };
                    value.slice(&start, &stop).into()
                } else {
                    value.at(&start)
                };
                if !self.symbol("]") {
                    return Err(self.unexpected());
                }
            } else {
                return Ok(value);
            }
        }
    }

    fn primary(&mut self) -> Outcome<Value<'v>> {
        self.space();
        match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => self.string(quote),
            Some('0'..='9' | '-') => self.number(),
            Some('(') => {
                self.symbol("(");
                let value = self.expression()?;
                if self.symbol(")") { Ok(value) } else { Err(self.unexpected()) }
            }
            Some('[') => {
                self.symbol("[");
                let mut items = Vec::new();
                while !self.symbol("]") {
                    if !items.is_empty() && !self.symbol(",") {
                        return Err(self.unexpected());
                    }
                    items.push(self.expression()?);
                }
                let items = items.into_iter().map(|item| item.json().map(Cow::into_owned));
                Ok(items.collect::<Result<_, _>>().map(|items| Json::Array(items).into()).into())
            }
            _ => Ok(match self.name()? {
                "true" | "True" => Json::Bool(true).into(),
                "false" | "False" => Json::Bool(false).into(),
                "none" | "None" => Json::Null.into(),
                name => match self.locals.iter().rev().find(|(known, _)| *known == name) {
                    Some((_, value)) => value.clone(),
                    None => self.values.get(name).map_or(Value::Undefined, Value::from),
                },
            }),
        }
    }

    fn number(&mut self) -> Outcome<Value<'v>> {
        let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let whole = usize::from(self.rest.starts_with('-'));
        let whole = whole + digits(self.rest.get(whole..).unwrap_or_default());
        let fraction = self.rest.get(whole..).and_then(|rest| rest.strip_prefix('.')).map_or(0, digits);
        let length = if fraction > 0 { whole + 1 + fraction } else { whole };
        let (number, rest) = self.rest.split_at(length);
        let is_other = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let number = crate::json::value(number.as_bytes()).ok().filter(|_| !rest.starts_with(is_other));
        let number = number.ok_or_else(|| self.unexpected())?;
        self.rest = rest;
        Ok(number.into())
    }

    fn string(&mut self, quote: char) -> Outcome<Value<'v>> {
        let mut text = String::new();
        let mut characters = self.rest.chars();
        characters.next();
        loop {
            match characters.next().ok_or("a text has no end")? {
                '\\' => text.push(match characters.next() {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some(character @ ('\\' | '/' | '"' | '\'')) => character,
                    _ => return Err("the escapes of a text are `\\n`, `\\t`, `\\\\` and quotes".into()),
                }),
                character if character == quote => break,
                character => text.push(character),
            }
        }
        self.rest = characters.as_str();
        Ok(text.into())
    }

    // Tokens

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Whether this symbol comes next, and no longer one, and not the end of the tag.
    fn comes(&mut self, symbol: &str) -> bool {
        self.space();
        self.rest.strip_prefix(symbol).is_some_and(|rest| symbol != "=" || !rest.starts_with('='))
    }

    pub(super) fn symbol(&mut self, symbol: &str) -> bool {
        let comes = self.comes(symbol);
        if comes {
            self.rest = self.rest.get(symbol.len()..).unwrap_or_default();
        }
        comes
    }

    /// The name that comes next.
    pub(super) fn identifier(&mut self) -> Outcome<&'t str> {
        self.space();
        let (name, rest) = self.split_name();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.unexpected());
        }
        self.rest = rest;
        Ok(name)
    }

    /// The name of a value.
    pub(super) fn name(&mut self) -> Outcome<&'t str> {
        self.space();
        if OPERATORS.contains(&self.split_name().0) { Err(self.unexpected()) } else { self.identifier() }
    }

    fn split_name(&self) -> (&'t str, &'t str) {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        self.rest.split_at(self.rest.len() - rest.len())
    }

    pub(super) fn word(&mut self, word: &str) -> bool {
        self.space();
        let (name, rest) = self.split_name();
        if name == word {
            self.rest = rest;
        }
        name == word
    }

    /// Reads the end of a tag; returns whether it removes the white space after it.
    pub(super) fn end(&mut self, end: &str) -> Outcome<bool> {
        self.space();
        let signed = self.rest.strip_prefix(['-', '+']);
        let rest = signed.unwrap_or(self.rest).strip_prefix(end).ok_or_else(|| self.unexpected())?;
        let trims = self.rest.starts_with('-');
        self.rest = rest;
        Ok(trims)
    }

    pub(super) fn unexpected(&self) -> Failure {
        let rest: String = self.rest.chars().take(20).collect();
        format!(
            "what begins with `{rest}` is not understood here: docs/adding-a-recipe.md describes the language"
        )
        .into()
    }
}
