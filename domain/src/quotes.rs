//! Quotation marks, as people and keyboards put them around a value.

/// An opening mark and those that close it. Keyboards mix them: the straight mark closes most.
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

/// The text inside the quotes with which a text begins, and what follows. The first mark that closes them and after
/// which a text may go on so, counts: another stands for itself, as an apostrophe does.
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

/// The text without quotes around the whole of it.
#[must_use]
pub fn unquoted(text: &str) -> &str {
    let text = text.trim();
    quoted(text, str::is_empty).map_or(text, |(inside, _)| inside.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_of_every_language_are_no_part_of_what_stands_in_them() {
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
