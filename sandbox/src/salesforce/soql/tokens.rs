//! The tokens of a query.

use std::iter::Peekable;
use std::vec::IntoIter;

/// One token. A quoted string keeps its escapes: its meaning depends on the operator before it.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A keyword, a name, a number or a date.
    Word(String),
    /// A quoted string, escapes included.
    Text(String),
    /// An operator, a bracket or a comma.
    Sign(String),
}

/// The rest of a query.
pub struct Tokens(Peekable<IntoIter<Token>>);

impl Tokens {
    /// All errors here are messages of `MALFORMED_QUERY`.
    pub fn of(query: &str) -> Result<Self, String> {
        Ok(Self(split(query)?.into_iter().peekable()))
    }

    /// The next token.
    pub fn next(&mut self) -> Option<Token> {
        self.0.next()
    }

    /// Expects a word.
    pub fn word(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            other => Err(unexpected(other)),
        }
    }

    /// Expects a number.
    pub fn count(&mut self) -> Result<usize, String> {
        let word = self.word()?;
        word.parse().map_err(|_| unexpected(Some(Token::Word(word))))
    }

    /// Expects a quoted string.
    pub fn text(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(text),
            other => Err(unexpected(other)),
        }
    }

    /// Expects this keyword.
    pub fn keyword(&mut self, keyword: &str) -> Result<(), String> {
        if self.take_keyword(keyword) { Ok(()) } else { Err(unexpected(self.next())) }
    }

    /// Expects this sign.
    pub fn sign(&mut self, sign: &str) -> Result<(), String> {
        if self.take_sign(sign) { Ok(()) } else { Err(unexpected(self.next())) }
    }

    /// Skips this keyword if it follows.
    pub fn take_keyword(&mut self, keyword: &str) -> bool {
        let is_it = |token: &Token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(keyword));
        self.0.next_if(is_it).is_some()
    }

    /// Skips this sign if it follows.
    pub fn take_sign(&mut self, sign: &str) -> bool {
        self.0.next_if(|token| matches!(token, Token::Sign(found) if found == sign)).is_some()
    }

    /// Expects the end.
    pub fn end(&mut self) -> Result<(), String> {
        match self.next() {
            None => Ok(()),
            other => Err(unexpected(other)),
        }
    }
}

/// The message about an unexpected token.
pub fn unexpected(token: Option<Token>) -> String {
    match token {
        None => "unexpected token: <EOF>".to_owned(),
        Some(Token::Word(text) | Token::Text(text) | Token::Sign(text)) => {
            format!("unexpected token: '{text}'")
        }
    }
}

fn split(query: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut characters = query.chars().peekable();
    while let Some(first) = characters.next() {
        if first.is_whitespace() {
            continue;
        }
        if first == '\'' {
            tokens.push(Token::Text(quoted(&mut characters)?));
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

/// Reads up to the closing quote. A backslash escapes the next character.
fn quoted(characters: &mut impl Iterator<Item = char>) -> Result<String, String> {
    let mut text = String::new();
    loop {
        match characters.next() {
            Some('\'') => return Ok(text),
            Some('\\') => {
                text.push('\\');
                text.extend(characters.next());
            }
            Some(character) => text.push(character),
            None => return Err(unexpected(None)),
        }
    }
}
