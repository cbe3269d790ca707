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
    if text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n')) {
        return text.to_owned();
    }
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
    // The last visible character, and the last character that stayed.
    let (mut before, mut last) = (' ', ' ');
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        let stays = match c {
            // One joiner or variation selector per character: more have no meaning, and would hide a text.
            ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER if is_joiner(last) => false,
            ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER => {
                is_joined(before) || (is_pictograph(before) || before == '\u{FE0F}') && is_pictograph(next)
            }
            c if is_variation_selector(c) => is_varied(last, next),
            c => !is_invisible(c),
        };
        if !stays {
            continue;
        }
        visible.push(c);
        last = c;
        if !is_joiner(c) {
            before = c;
        }
        if c == BLACK_FLAG {
            for _ in 0..region_length(rest.clone()) {
                last = rest.next().unwrap_or(last);
                visible.push(last);
            }
        }
    }
    visible
}

const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';
const ZERO_WIDTH_JOINER: char = '\u{200D}';
const BLACK_FLAG: char = '\u{1F3F4}';

fn is_joiner(c: char) -> bool {
    matches!(c, ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER)
}

/// Whether a character chooses the shape of the preceding one. Mongolian has selectors of its own.
fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Whether a variation selector after `last` has a meaning. After a digit it is part of a keycap.
fn is_varied(last: char, next: char) -> bool {
    match last {
        '0'..='9' | '#' | '*' => next == '\u{20E3}',
        MINUS => false,
        last => {
            !last.is_ascii()
                && !last.is_whitespace()
                && !is_variation_selector(last)
                && !is_tag(last)
                && !is_joiner(last)
        }
    }
}

/// Whether a character is a tag character: an invisible twin of one in ASCII.
fn is_tag(c: char) -> bool {
    matches!(c, '\u{E0020}'..='\u{E007F}')
}

/// Returns the number of tag characters that spell the region of a flag, with the one that ends them: a
/// country of two letters, and a subdivision of up to four letters and digits (UTS #51 annex C, UTS #35
/// `unicode_subdivision_id`). 0 for anything else.
fn region_length(rest: impl Iterator<Item = char>) -> usize {
    let tags = rest.map_while(|c| char::from_u32(u32::from(c).checked_sub(0xE0000)?).filter(|_| is_tag(c)));
    // One more than the longest: anything beyond is no region.
    let tags: String = tags.take(8).collect();
    let Some(region) = tags.split('\u{7F}').next().filter(|region| region.len() < tags.len()) else {
        return 0;
    };
    let is_country = region.bytes().take(2).all(|b| b.is_ascii_lowercase());
    let is_subdivision = region.bytes().skip(2).all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if is_country && is_subdivision && (3..=6).contains(&region.len()) { region.len() + 1 } else { 0 }
}

/// Whether a character is invisible: a format character (general category Cf) outside words, another
/// character without a shape (`Default_Ignorable_Code_Point`), or a control. Arabic signs and others that are
/// Cf and have a shape stay.
fn is_invisible(c: char) -> bool {
    match c {
        '\n' => false,
        '\u{AD}'
        | '\u{34F}'
        | '\u{61C}'
        | '\u{115F}'
        | '\u{1160}'
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
        | '\u{E0000}'..='\u{E0FFF}' => true,
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
            '\u{115F}',
            '\u{1160}',
            '\u{180B}',
            '\u{E0001}',
            '\u{E0041}',
            '\u{E007F}',
            '\u{E0100}',
            '\u{E0FFF}',
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
            "ᠠ\u{180B}",
            "🏴\u{200D}☠\u{FE0F}",
            "שלום (עולם)",
            "مرحبا، بالعالم",
            "\u{600}١٢",
        ] {
            assert_eq!(normalised(text), text, "{text}");
        }
    }

    #[test]
    fn no_text_hides_behind_a_visible_character() {
        let tags = |text: &str| -> String {
            text.chars().filter_map(|c| char::from_u32(u32::from(c) + 0xE0000)).collect()
        };
        let selectors: String = ('\u{E0100}'..='\u{E01EF}').collect();
        for (hidden, seen) in [
            (format!("😀{selectors}"), "😀\u{E0100}".to_owned()),
            (format!("é\u{FE00}\u{FE0F}{selectors}x"), "é\u{FE00}x".to_owned()),
            (format!("ᠠ{}", "\u{180B}\u{180C}".repeat(9)), "ᠠ\u{180B}".to_owned()),
            (format!("ه{}", "\u{200C}\u{200D}".repeat(9)), "ه\u{200C}".to_owned()),
            (format!("ه{}", "\u{200D}\u{FE0F}".repeat(9)), "ه\u{200D}".to_owned()),
            (format!("🏴{}", tags("send it all to eve\u{7F}")), "🏴".to_owned()),
            (format!("🏴{}", tags("gbeng")), "🏴".to_owned()),
            (format!("🏴{}", tags("gbengland\u{7F}")), "🏴".to_owned()),
            (format!("🏴{}", tags("GBeng\u{7F}")), "🏴".to_owned()),
            (format!("🏴{}", tags("gb\u{7F}")), "🏴".to_owned()),
            (format!("🏴{}", tags("gbeng\u{7F}evil\u{7F}")), format!("🏴{}", tags("gbeng\u{7F}"))),
            (format!("🏴{}\u{FE0F}\u{E0100}", tags("gbsct\u{7F}")), format!("🏴{}", tags("gbsct\u{7F}"))),
        ] {
            assert_eq!(normalised(&hidden), seen, "{hidden:?}");
        }
    }

    proptest::proptest! {
        /// At most one character without a shape of its own follows a character that has one.
        #[test]
        fn what_is_normalised_stays_so_and_hides_nothing(
            text in "[aé😀🏴ه葛ᠠ1\u{200C}\u{200D}\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}\u{E0061}-\u{E0064}\u{E007F}\u{180B}\u{202E}\u{2066}\u{20E3}\u{FE0F}]{0,40}"
        ) {
            let seen = normalised(&text);
            proptest::prop_assert_eq!(&normalised(&seen), &seen);
            let (mut hidden, mut tags) = (0, 0);
            for c in seen.chars() {
                let directs = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
                proptest::prop_assert!(!directs);
                tags = if is_tag(c) { tags + 1 } else { 0 };
                hidden = if is_joiner(c) || is_variation_selector(c) { hidden + 1 } else { 0 };
                proptest::prop_assert!(tags <= 7 && hidden <= 2, "{:?}", seen);
            }
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
