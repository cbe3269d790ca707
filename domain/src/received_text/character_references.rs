//! Character references of XML and HTML (XML 1.0 section 4.1, HTML section 13.5). Only the named references
//! that keyboards and editors produce are known, because the whole list would be larger than all other code
//! that reads texts.

use std::borrow::Cow;

/// The names of U+00A0 to U+00FF.
const LATIN_1: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo",
    "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot",
    "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",
    "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute",
    "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash",
    "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde",
    "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc",
    "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave",
    "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

/// Other names.
const OTHERS: [(&str, char); 34] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("OElig", 'Œ'),
    ("oelig", 'œ'),
    ("Scaron", 'Š'),
    ("scaron", 'š'),
    ("Yuml", 'Ÿ'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("zwnj", '\u{200C}'),
    ("zwj", '\u{200D}'),
    ("lrm", '\u{200E}'),
    ("rlm", '\u{200F}'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("lsaquo", '‹'),
    ("rsaquo", '›'),
    ("bull", '•'),
    ("hellip", '…'),
    ("euro", '€'),
    ("trade", '™'),
    ("minus", '−'),
    ("NewLine", '\n'),
    ("Tab", '\t'),
];

/// Maximum length of a reference in bytes, without `&` and `;`.
const LONGEST: usize = 10;

/// Decodes all references. Unknown ones stay.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    decoded_if(text, |_| true)
}

/// Decodes only no-break spaces. Teams leaves their references in plain texts.
pub(super) fn spaces_decoded(text: &str) -> Cow<'_, str> {
    decoded_if(text, |c| c == '\u{A0}')
}

fn decoded_if(text: &str, counts: impl Fn(char) -> bool) -> Cow<'_, str> {
    let mut pieces = text.split('&');
    let first = pieces.next().unwrap_or_default();
    if first.len() == text.len() {
        return Cow::Borrowed(text);
    }
    let mut decoded = first.to_owned();
    for piece in pieces {
        let reference =
            piece.find(';').filter(|end| *end <= LONGEST).and_then(|end| piece.split_at_checked(end));
        match reference.and_then(|(name, tail)| Some((meant(name)?, tail.strip_prefix(';')?))) {
            Some((c, tail)) if counts(c) => {
                decoded.push(c);
                decoded.push_str(tail);
            }
            _ => {
                decoded.push('&');
                decoded.push_str(piece);
            }
        }
    }
    Cow::Owned(decoded)
}

/// Returns the character of a reference.
fn meant(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| *c != '\0');
    }
    let latin = LATIN_1.iter().zip('\u{A0}'..='\u{FF}').find(|(known, _)| **known == name).map(|(_, c)| c);
    latin.or_else(|| OTHERS.iter().find(|(known, _)| *known == name).map(|(_, c)| *c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_once_and_unknown_ones_stay() {
        for (written, means) in [
            ("Sales &amp; Bot", "Sales & Bot"),
            ("&lt;at&gt; &quot;x&quot; &apos;&#39;&#x27;", "<at> \"x\" '''"),
            ("M&uuml;ller &szlig; &bdquo;x&ldquo; 5&nbsp;&euro;", "Müller ß „x“ 5\u{A0}€"),
            ("&#128512; &#x1F600;", "😀 😀"),
            ("&amp;amp;", "&amp;"),
            ("A & B &; &unknown; &amp &#xD800; &#0; &", "A & B &; &unknown; &amp &#xD800; &#0; &"),
        ] {
            assert_eq!(decoded(written), means, "{written}");
        }
        assert_eq!(spaces_decoded("a&nbsp;b&#160;c &amp; &lt;"), "a\u{A0}b\u{A0}c &amp; &lt;");
    }
}
