//! `LIKE` patterns.

use super::quoted_string::escaped;

/// One element of a `LIKE` pattern.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    /// This character, ignoring case.
    Exactly(String),
    /// `_`: one character.
    One,
    /// `%`: any text.
    Any,
}

/// The right side of a `LIKE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern(Vec<Part>);

impl Pattern {
    /// The pattern of a quoted string, in which `\%` and `\_` are literal.
    pub fn parse(quoted: &str) -> Result<Self, String> {
        let mut characters = quoted.chars().peekable();
        let mut parts = Vec::new();
        while let Some(character) = characters.next() {
            parts.push(match character {
                '%' => Part::Any,
                '_' => Part::One,
                '\\' => match characters.next_if(|next| "%_".contains(*next)) {
                    Some(itself) => Part::exactly(itself),
                    None => Part::exactly(escaped(&mut characters, quoted)?),
                },
                other => Part::exactly(other),
            });
        }
        Ok(Self(parts))
    }

    /// Whether the whole text matches.
    pub fn fits(&self, text: &str) -> bool {
        fit(&self.0, &text.chars().collect::<Vec<_>>())
    }
}

fn fit(parts: &[Part], text: &[char]) -> bool {
    match parts.split_first() {
        None => text.is_empty(),
        Some((Part::Any, rest)) => {
            (0..=text.len()).any(|passed| text.get(passed..).is_some_and(|tail| fit(rest, tail)))
        }
        Some((part, rest)) => {
            text.split_first().is_some_and(|(first, tail)| part.is(*first) && fit(rest, tail))
        }
    }
}

impl Part {
    fn exactly(character: char) -> Self {
        Self::Exactly(fold(character))
    }

    fn is(&self, character: char) -> bool {
        match self {
            Self::Exactly(wanted) => *wanted == fold(character),
            Self::One | Self::Any => true,
        }
    }
}

/// SOQL ignores case.
fn fold(character: char) -> String {
    character.to_lowercase().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(quoted: &str, text: &str) -> bool {
        Pattern::parse(quoted).unwrap().fits(text)
    }

    #[test]
    fn a_percent_sign_stands_for_any_text_and_an_underscore_for_one_character() {
        assert!(fits("%acme%", "The ACME Labs"));
        assert!(fits("%", ""));
        assert!(fits("a%b%c", "a-b-b-c"));
        assert!(!fits("a%b%c", "a-c-b"));
        assert!(fits("A_me", "acme"));
        assert!(!fits("A_me", "Ame"));
    }

    #[test]
    fn an_escaped_wildcard_stands_for_itself() {
        assert!(fits(r"Ter\%%", "Ter% of all"));
        assert!(!fits(r"Ter\%%", "Terra"));
        assert!(fits(r"a\_b", "a_b"));
        assert!(!fits(r"a\_b", "axb"));
        assert!(fits(r"a\\%", r"a\b"), "an escaped backslash leaves the wildcard alone");
    }
}
