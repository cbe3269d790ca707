//! Quotation marks around a value, as people and keyboards write them.

/// An opening mark and the marks that close it. Keyboards mix them: the straight mark closes most.
const PAIRS: [(char, &[char]); 18] = [
    ('"', &['"', '”', '“']),
    ('“', &['”', '"', '“']),
    ('”', &['”', '"']),
    ('„', &['“', '”', '"', '„']),
    ('‟', &['”', '"']),
    ('«', &['»']),
    ('»', &['«', '»']),
    ('‹', &['›']),
    ('›', &['‹', '›']),
    ('\'', &['\'', '’', '‘']),
    ('‘', &['’', '\'', '‘']),
    ('’', &['’', '\'']),
    ('‚', &['‘', '’', '\'']),
    ('`', &['`', '\'', '´']),
    ('´', &['´', '`']),
    ('「', &['」']),
    ('『', &['』']),
    ('＂', &['＂']),
];

/// Returns the text inside the quotes that a text starts with, and the text after them. The first closing
/// mark that `goes_on` accepts counts; an earlier one, such as an apostrophe, is part of the value.
#[must_use]
pub fn quoted(text: &str, goes_on: impl Fn(&str) -> bool) -> Option<(&str, &str)> {
    let opening = text.chars().next()?;
    let (_, closing) = PAIRS.iter().find(|(mark, _)| *mark == opening)?;
    let inside = text.get(opening.len_utf8()..)?;
    inside.match_indices(*closing).find_map(|(at, mark)| {
        let after = inside.get(at + mark.len()..)?;
        goes_on(after).then(|| (inside.get(..at).unwrap_or_default(), after))
    })
}

/// Returns the text without quotes around the whole of it.
#[must_use]
pub fn unquoted(text: &str) -> &str {
    let text = text.trim();
    quoted(text, str::is_empty).map_or(text, |(inside, _)| inside.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_of_every_language_are_removed_from_a_value() {
        for text in [
            "\"x\"",
            "“x”",
            "„x“",
            "„x”",
            "„x\"",
            "”x”",
            "«x»",
            "»x«",
            "»x»",
            "‹x›",
            "›x‹",
            "'x'",
            "‘x’",
            "‚x‘",
            "‚x’",
            "’x’",
            "`x`",
            "「x」",
            "『x』",
            " « x » ",
        ] {
            assert_eq!(unquoted(text), "x", "{text}");
        }
    }

    #[test]
    fn a_mark_that_closes_nothing_stays() {
        for text in
            ["O'Brien", "’n Sync", "\"Acme", "Acme\"", "5'", "\"", "'", "\"Acme\" Labs", "«x”", "", "x"]
        {
            assert_eq!(unquoted(text), text, "{text}");
        }
        assert_eq!(unquoted("‘O’Brien’"), "O’Brien");
        assert_eq!(unquoted("\"the \"big\" deal\""), "the \"big\" deal");
    }
}
