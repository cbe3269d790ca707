//! Characters as clients write them: what cannot be seen is left out, and what looks alike is alike.
//!
//! Phones, editors and copied pages put in marks that nobody typed: zero-width spaces, marks of direction, hyphens that
//! do not break, spaces of every width. Sources: Unicode Standard chapter 23 (special areas and format characters),
//! UAX #31 section 2.3 (where a joiner is part of a word), UTS #51 (emoji sequences).

use std::iter::Peekable;
use std::str::Chars;

/// A text with one kind of space, of line end and of hyphen, and without what cannot be seen. Letters, digits and emoji
/// stay.
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

/// A character in place of those that look like it.
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

/// The text without what cannot be seen, and with one character for those that look alike.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    let mut rest = text.chars().map(unified).peekable();
    // The last character that can be seen.
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        let stays = match c {
            // Zero width joiner and non-joiner.
            '\u{200C}' | '\u{200D}' => {
                is_joined(before) || (is_pictograph(before) || before == '\u{FE0F}') && is_pictograph(next)
            }
            // Variation selectors choose between shapes of the character before; of a digit, that of a keycap.
            '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => match before {
                '0'..='9' | '#' | '*' => next == '\u{20E3}',
                MINUS => false,
                before => !before.is_ascii() && !before.is_whitespace(),
            },
            // Tags spell the region of a flag.
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

/// Format characters (general category Cf) that are no part of a word, other characters without a shape, and controls.
/// Signs of Arabic and other scripts that are Cf and have a shape stay.
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

/// Whether a character is of a script in which a joiner is part of a word: Arabic, the scripts of India and their kin.
fn is_joined(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{109F}' | '\u{1700}'..='\u{1CFF}' | '\u{A800}'..='\u{ABFF}' | '\u{FB50}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFE}' | '\u{10A00}'..='\u{11FFF}' | '\u{1E900}'..='\u{1E95F}')
}

/// Whether a character may be part of a sequence of emoji: pictographs and their skin tones.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}') && c != MINUS && !is_invisible(c)
}

/// Characters of full width (Halfwidth and Fullwidth Forms) as ASCII, and every dash as a hyphen: for what is no prose,
/// such as a number or a day.
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
    fn what_cannot_be_seen_is_left_out_wherever_it_stands() {
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
    fn emoji_and_words_that_need_a_joiner_stay_as_they_are() {
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
    fn spaces_line_ends_and_hyphens_are_of_one_kind() {
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
    fn what_is_no_prose_is_ascii() {
        assert_eq!(as_ascii("２０２６–１２‒３１：＋５，５"), "2026-12-31:+5,5");
        assert_eq!(as_ascii("−5 é"), "-5 é");
    }
}
