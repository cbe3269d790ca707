//! Normalisation of characters as clients send them.
//!
//! Phones, editors and copied pages insert characters that nobody typed: zero-width spaces, direction marks,
//! non-breaking hyphens, spaces of every width. Sources: Unicode Standard chapter 23 (special areas and
//! format characters), UAX #31 section 2.3 (joiners inside words), UTS #51 (emoji sequences).

use std::iter::Peekable;
use std::str::Chars;

/// Returns the text with one kind of space, line end and hyphen, and without invisible characters. Letters,
/// digits and emoji stay.
///
/// ```
/// use workbot_domain::character_normalization::normalised;
///
/// assert_eq!(normalised("close\u{200B}\u{A0}deal\r\nname: Co\u{2011}op"), "close deal\nname: Co-op");
/// ```
#[must_use]
pub fn normalised(text: &str) -> String {
    let seen = visible(&text.replace("\r\n", "\n"));
    let mut normalised = String::with_capacity(seen.len());
    let mut rest = seen.chars().peekable();
    while let Some(c) = rest.next() {
        normalised.push(if c == MINUS && is_number(&rest) { '-' } else { c });
    }
    normalised
}

const MINUS: char = '\u{2212}';

/// Maps a character to the usual one of the same appearance.
fn unified(c: char) -> char {
    match c {
        '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        '\u{2010}' | '\u{2011}' | '\u{FE63}' | '\u{FF0D}' => '-',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// Whether a number follows.
fn is_number(rest: &Peekable<Chars<'_>>) -> bool {
    let mut rest = rest.clone();
    rest.next_if(|c| matches!(c, '.' | ','));
    rest.next().is_some_and(char::is_numeric)
}

/// Removes invisible characters and unifies similar ones.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    let mut rest = text.chars().map(unified).peekable();
    // The last visible character.
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        let stays = match c {
            // Zero width joiner and non-joiner.
            '\u{200C}' | '\u{200D}' => {
                is_joined(before) || (is_pictograph(before) || before == '\u{FE0F}') && is_pictograph(next)
            }
            // Variation selectors choose the shape of the preceding character; after a digit, that of a
            // keycap.
            '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => match before {
                '0'..='9' | '#' | '*' => next == '\u{20E3}',
                MINUS => false,
                before => !before.is_ascii() && !before.is_whitespace(),
            },
            // Tag characters spell the region of a flag.
            '\u{E0020}'..='\u{E007F}' => matches!(before, '\u{1F3F4}' | '\u{E0020}'..='\u{E007E}'),
            c => !is_invisible(c),
        };
        if stays {
            visible.push(c);
        }
        if stays && !matches!(c, '\u{200C}' | '\u{200D}') {
            before = c;
        }
    }
    visible
}

/// Whether a character is invisible: a format character (general category Cf) outside words, another
/// character without a shape, or a control. Arabic signs and others that are Cf and have a shape stay.
fn is_invisible(c: char) -> bool {
    match c {
        '\n' => false,
        '\u{AD}'
        | '\u{34F}'
        | '\u{61C}'
        | '\u{17B4}'
        | '\u{17B5}'
        | '\u{180E}'
        | '\u{200B}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFC}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E001F}' => true,
        c => c.is_control(),
    }
}

/// Whether a character belongs to a script in which joiners are part of words: Arabic, the Indic scripts and
/// related ones.
fn is_joined(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{109F}' | '\u{1700}'..='\u{1CFF}' | '\u{A800}'..='\u{ABFF}' | '\u{FB50}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFE}' | '\u{10A00}'..='\u{11FFF}' | '\u{1E900}'..='\u{1E95F}')
}

/// Whether a character may be part of an emoji sequence: a pictograph or a skin tone.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}') && c != MINUS && !is_invisible(c)
}

/// Maps full-width characters (Halfwidth and Fullwidth Forms) to ASCII and every dash to a hyphen. Use it for
/// numbers and dates, not for prose.
///
/// ```
/// use workbot_domain::character_normalization::as_ascii;
///
/// assert_eq!(as_ascii("２０２６–１２–３１"), "2026-12-31");
/// ```
#[must_use]
pub fn as_ascii(text: &str) -> String {
    let ascii = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => '-',
        c => c,
    };
    text.chars().map(ascii).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_removed_anywhere() {
        for mark in [
            '\u{AD}',
            '\u{34F}',
            '\u{61C}',
            '\u{180E}',
            '\u{200B}',
            '\u{200C}',
            '\u{200D}',
            '\u{200E}',
            '\u{200F}',
            '\u{202A}',
            '\u{202E}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{206F}',
            '\u{2800}',
            '\u{3164}',
            '\u{FE0F}',
            '\u{FEFF}',
            '\u{FFF9}',
            '\u{FFFC}',
            '\u{E0001}',
            '\u{E0041}',
            '\u{0}',
            '\u{8}',
            '\u{7F}',
            '\u{9F}',
        ] {
            let marked = format!("{mark}crea{mark}te {mark}folder{mark}");
            assert_eq!(normalised(&marked), "create folder", "U+{:04X}", u32::from(mark));
        }
    }

    #[test]
    fn emoji_and_words_that_need_a_joiner_stay_unchanged() {
        for text in [
            "👨\u{200D}👩\u{200D}👧\u{200D}👦",
            "👩🏽\u{200D}🚀",
            "🏳\u{FE0F}\u{200D}🌈",
            "❤\u{FE0F}",
            "❤\u{FE0F}\u{200D}🔥",
            "1\u{FE0F}\u{20E3}",
            "©\u{FE0F}",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "می\u{200C}خواهم",
            "ه\u{200D}",
            "क्\u{200D}ष",
            "ന്\u{200D}",
            "葛\u{E0100}",
            "\u{600}١٢",
        ] {
            assert_eq!(normalised(text), text, "{text}");
        }
    }

    #[test]
    fn spaces_line_ends_and_hyphens_are_unified() {
        for (written, means) in [
            ("a\u{A0}b\u{202F}c\u{2009}d\u{3000}e\tf\u{1680}g\u{205F}h", "a b c d e f g h"),
            ("a\r\nb\rc\u{2028}d\u{2029}e\u{85}f\u{B}g\u{C}h\ni", "a\nb\nc\nd\ne\nf\ng\nh\ni"),
            ("2026\u{2011}12\u{2010}31 \u{FF0D}\u{FE63}", "2026-12-31 --"),
            ("\u{2212}5 \u{2212},5 \u{2212}\u{200B}7 a\u{2212}b", "-5 -,5 -7 a\u{2212}b"),
            ("Q3 – Q4 — ende", "Q3 – Q4 — ende"),
        ] {
            assert_eq!(normalised(written), means, "{written:?}");
        }
    }

    #[test]
    fn numbers_and_dates_are_mapped_to_ascii() {
        assert_eq!(as_ascii("２０２６–１２‒３１：＋５，５"), "2026-12-31:+5,5");
        assert_eq!(as_ascii("−5 é"), "-5 é");
    }
}
