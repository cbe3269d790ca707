//! Quoted strings with SOQL's escapes ("Quoted String Escape Sequences" in its reference).

use std::iter::Peekable;
use std::str::Chars;

/// The value of a quoted string. The error is the message of `MALFORMED_QUERY`.
pub fn text(quoted: &str) -> Result<String, String> {
    let mut characters = quoted.chars().peekable();
    let mut text = String::new();
    while let Some(character) = characters.next() {
        text.push(if character == '\\' { escaped(&mut characters, quoted)? } else { character });
    }
    Ok(text)
}

/// The meaning of the character after a backslash.
pub(super) fn escaped(characters: &mut Peekable<Chars<'_>>, quoted: &str) -> Result<char, String> {
    let illegal = |sequence: String| {
        format!(
            "Invalid string literal '{quoted}'. Illegal character sequence '\\{sequence}' in string literal."
        )
    };
    Ok(match characters.next() {
        Some('n' | 'N') => '\n',
        Some('r' | 'R') => '\r',
        Some('t' | 'T') => '\t',
        Some('b' | 'B') => '\u{8}',
        Some('f' | 'F') => '\u{c}',
        Some(itself @ ('"' | '\'' | '\\')) => itself,
        Some('u') => {
            let digits: String = characters.by_ref().take(4).collect();
            let code = (digits.len() == 4).then(|| u32::from_str_radix(&digits, 16).ok()).flatten();
            code.and_then(char::from_u32).ok_or_else(|| illegal(format!("u{digits}")))?
        }
        other => return Err(illegal(other.map(String::from).unwrap_or_default())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_escapes_are_those_of_the_reference() {
        assert_eq!(text(r#"\'\"\\\n\T\u00e9"#).unwrap(), "'\"\\\n\té");
        for wrong in [r"\%", r"\_", r"\x", r"\u12", "\\"] {
            assert!(text(wrong).is_err(), "{wrong}");
        }
    }
}
