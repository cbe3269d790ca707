//! Tags in a text, as far as clients write them (WHATWG HTML section 13.2.5, loosely).

/// A piece of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece<'a> {
    /// Text without markup.
    Text(&'a str),
    /// A tag.
    Tag(Tag<'a>),
}

/// A tag.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tag<'a> {
    /// The tag as written.
    pub source: &'a str,
    /// The name in lower case.
    pub name: String,
    /// The kind of the tag.
    pub kind: Kind,
    attributes: &'a str,
}

/// The kind of a tag: opening, closing, or self-closing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Opens,
    Closes,
    Empty,
}

/// Splits a text into tags and the texts between them. A malformed tag is text. Comments and declarations are
/// dropped if the text is HTML.
pub(super) fn pieces(text: &str, is_html: bool) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut rest, mut plain) = (text, 0);
    // The search continues in `rest` after its first `plain` bytes.
    while let Some(at) = rest.get(plain..).and_then(|tail| tail.find('<')) {
        let start = plain + at;
        let (before, tail) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let comment = if is_html { comment(tail) } else { None };
        let tag = if comment.is_none() { tag(tail) } else { None };
        let Some(length) = comment.or(tag.as_ref().map(|tag| tag.source.len())) else {
            plain = start + 1;
            continue;
        };
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.extend(tag.map(Piece::Tag));
        (rest, plain) = (tail.get(length..).unwrap_or_default(), 0);
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Returns the length of the comment, declaration or processing instruction that a text starts with.
fn comment(text: &str) -> Option<usize> {
    let end = match text.strip_prefix("<!--") {
        Some(_) => "-->",
        None if text.starts_with("<!") || text.starts_with("<?") => ">",
        None => return None,
    };
    Some(text.find(end).map_or(text.len(), |at| at + end.len()))
}

/// Returns the tag that a text starts with.
fn tag(text: &str) -> Option<Tag<'_>> {
    let inside = text.strip_prefix('<')?;
    let length = length(inside)?;
    let (inside, source) = (inside.get(..length)?, text.get(..length + 2)?);
    let (closes, inside) = match inside.trim_start().strip_prefix('/') {
        Some(tail) => (true, tail.trim_start()),
        None => (false, inside.trim_start()),
    };
    let inside = inside.trim_end();
    let (inside, is_empty) = inside.strip_suffix('/').map_or((inside, false), |inside| (inside, true));
    let end =
        inside.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | ':')).unwrap_or(inside.len());
    let (name, attributes) = inside.split_at_checked(end)?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let ends = attributes.is_empty() || attributes.starts_with(char::is_whitespace);
    let kind = match (closes, is_empty) {
        (true, _) => Kind::Closes,
        (false, true) => Kind::Empty,
        (false, false) => Kind::Opens,
    };
    (is_name && ends).then(|| Tag { source, name: name.to_ascii_lowercase(), kind, attributes })
}

/// Returns the length of a tag's content: up to a `>` outside quotes. A `<` there belongs to another tag.
fn length(inside: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '<') => return None,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

impl Tag<'_> {
    /// Returns the value of an attribute, without quotes.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut rest = self.attributes.trim_start();
        while !rest.is_empty() {
            let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
            let (found, tail) = rest.split_at_checked(end)?;
            let mut value = "";
            rest = tail.trim_start();
            if let Some(tail) = rest.strip_prefix('=') {
                let tail = tail.trim_start();
                (value, rest) = match tail.chars().next().filter(|c| matches!(c, '"' | '\'')) {
                    Some(quote) => tail.get(1..)?.split_once(quote)?,
                    None => tail.split_at_checked(tail.find(char::is_whitespace).unwrap_or(tail.len()))?,
                };
                rest = rest.trim_start();
            }
            if found.eq_ignore_ascii_case(name) {
                return Some(value);
            }
        }
        None
    }

    /// Whether the element has this type of Skype's schema, e.g. `http://schema.skype.com/Reply`.
    pub fn is_of(&self, kind: &str) -> bool {
        self.attribute("itemtype").is_some_and(|schema| {
            schema.rsplit('/').next().is_some_and(|last| last.trim().eq_ignore_ascii_case(kind))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, is_html: bool) -> String {
        let shown = |piece: &Piece<'_>| match piece {
            Piece::Text(text) => format!("'{text}'"),
            Piece::Tag(tag) => format!("{:?} {}", tag.kind, tag.name),
        };
        pieces(text, is_html).iter().map(shown).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn tags_are_found_in_every_spelling_and_anything_else_is_text() {
        for (text, means) in [
            ("<at>Bob</at>", "Opens at, 'Bob', Closes at"),
            ("a <AT id=\"0\">Bob</ AT > b", "'a ', Opens at, 'Bob', Closes at, ' b'"),
            ("<quoted messageId=\"1\"/>", "Empty quoted"),
            ("< quoted messageId='a>b' / >x", "Empty quoted, 'x'"),
            ("1 < 2 > 1 <", "'1 < 2 > 1 <'"),
            ("<at <at>x</at>", "'<at ', Opens at, 'x', Closes at"),
            ("<at \"x", "'<at \"x'"),
            ("<>", "'<>'"),
            ("<ada@contoso.com>", "'<ada@contoso.com>'"),
            ("<!-- x -->y", "'<!-- x -->y'"),
        ] {
            assert_eq!(shown(text, false), means, "{text}");
        }
        assert_eq!(shown("<!DOCTYPE html>a<!-- <b> -->b<!-- c", true), "'a', 'b'");
    }

    #[test]
    fn attributes_are_found_in_every_spelling() {
        let text = "<blockquote itemscope ItemType = 'http://schema.skype.com/Reply' itemid=5 alt=\"\">";
        let pieces = pieces(text, true);
        let [Piece::Tag(tag)] = pieces.as_slice() else { panic!("a tag") };
        assert_eq!((tag.attribute("itemid"), tag.attribute("ITEMSCOPE")), (Some("5"), Some("")));
        assert_eq!((tag.attribute("alt"), tag.attribute("item")), (Some(""), None));
        assert!(tag.is_of("reply") && !tag.is_of("Mention"));
    }
}
