//! The words, quoted texts and signs of a query.

use std::iter::Peekable;
use std::vec::IntoIter;

/// One of them. A text is as it stood between its quotes: what it means depends on the operator before it.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A keyword, a name, a number or a date.
    Word(String),
    /// What stood between quotes, escapes included.
    Text(String),
    /// An operator, a bracket or a comma.
    Sign(String),
}

/// What is left to read of a query.
pub struct Tokens(Peekable<IntoIter<Token>>);

impl Tokens {
    /// The error is a sentence for `MALFORMED_QUERY`, as all errors here are.
    pub fn of(query: &str) -> Result<Self, String> {
        Ok(Self(split(query)?.into_iter().peekable()))
    }

    /// The next one, whatever it is.
    pub fn next(&mut self) -> Option<Token> {
        self.0.next()
    }

    /// A word has to follow.
    pub fn word(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            other => Err(unexpected(other)),
        }
    }

    /// A number has to follow.
    pub fn count(&mut self) -> Result<usize, String> {
        let word = self.word()?;
        word.parse().map_err(|_| unexpected(Some(Token::Word(word))))
    }

    /// A quoted text has to follow.
    pub fn text(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(text),
            other => Err(unexpected(other)),
        }
    }

    /// This keyword has to follow.
    pub fn keyword(&mut self, keyword: &str) -> Result<(), String> {
        if self.take_keyword(keyword) { Ok(()) } else { Err(unexpected(self.next())) }
    }

    /// This sign has to follow.
    pub fn sign(&mut self, sign: &str) -> Result<(), String> {
        if self.take_sign(sign) { Ok(()) } else { Err(unexpected(self.next())) }
    }

    /// Passes this keyword if it follows.
    pub fn take_keyword(&mut self, keyword: &str) -> bool {
        let is_it = |token: &Token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(keyword));
        self.0.next_if(is_it).is_some()
    }

    /// Passes this sign if it follows.
    pub fn take_sign(&mut self, sign: &str) -> bool {
        self.0.next_if(|token| matches!(token, Token::Sign(found) if found == sign)).is_some()
    }

    /// Nothing may follow.
    pub fn end(&mut self) -> Result<(), String> {
        match self.next() {
            None => Ok(()),
            other => Err(unexpected(other)),
        }
    }
}

/// The sentence about a token that does not belong there.
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

/// Up to the closing quote; a backslash keeps the next character from being one.
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
