//! The text of a message, without the markup that Teams and its clients add.
//!
//! Sources: "Channel and group chat conversations with a bot" (mentions) and "Message formats"
//! (msteams-docs), the quote marks of the Teams SDKs, Skype's schema in the HTML of Teams.

mod character_references;
mod mentions;
mod tag_tokenizer;

use serde_json::Value;

use crate::character_normalization::normalised;
use character_references::{decoded, spaces_decoded};
use mentions::{MOST_PARTS, Mentions};
use tag_tokenizer::{Kind, Piece, Tag, pieces};

/// Maximum number of passes over a plain text.
const MOST_READINGS: usize = 8;

/// Maximum number of unclosed reply quotes. Beyond it no end is searched, because each search scans the whole
/// text.
const MOST_UNENDED: usize = 100;

/// The parts of a message activity that its text is read from.
pub(crate) struct Message<'a> {
    /// The field `text`.
    pub text: &'a str,
    /// The field `textFormat`: `plain`, `markdown` or `xml`.
    pub format: &'a str,
    /// The field `attachments`, which may contain the body as HTML.
    pub attachments: &'a [Value],
    /// The field `entities`, which contains the mentions.
    pub entities: &'a [Value],
    /// The id and the name of the bot.
    pub recipient: (&'a str, &'a str),
    /// Whether the message is from a channel or a group chat, where the bot gets only messages that mention
    /// it.
    pub in_group: bool,
}

/// The format of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// Text as typed, with mentions and quote marks.
    Plain,
    /// As plain text, with emphasis and escapes (CommonMark sections 2.4 and 6.2).
    Markdown,
    /// HTML, or the part of it that is XML.
    Html,
}

impl Message<'_> {
    /// Returns the text of the message, or of its HTML body if the text is empty. Quotes and mentions of the
    /// bot are removed, other mentions become names, and characters are [`normalised`].
    pub fn plain_text(&self) -> String {
        let mentions = Mentions::read(self.entities, self.recipient.0, self.recipient.1);
        let format = match self.format.trim().to_ascii_lowercase().as_str() {
            "xml" | "html" | "xhtml" => Format::Html,
            "markdown" => Format::Markdown,
            _ => Format::Plain,
        };
        let texts = [(self.text, format)].into_iter().chain(self.bodies().map(|body| (body, Format::Html)));
        texts
            .map(|(text, format)| self.read(text, format, &mentions))
            .find(|plain_text| !plain_text.is_empty())
            .unwrap_or_default()
    }

    /// Reads a text. A plain one is read until nothing changes, because a name may be written like markup.
    fn read(&self, text: &str, format: Format, mentions: &Mentions) -> String {
        let mut plain_text = self.once(text, format, mentions);
        if format != Format::Plain {
            return plain_text;
        }
        for _ in 1..MOST_READINGS {
            let again = self.once(&plain_text, Format::Plain, mentions);
            if again == plain_text {
                return plain_text;
            }
            plain_text = again;
        }
        // No client nests markup this deep. Without `<` no markup is left.
        plain_text.retain(|c| c != '<');
        self.once(&plain_text, Format::Plain, mentions)
    }

    /// Reads a text once. A plain text that is a block of HTML is read as HTML.
    fn once(&self, text: &str, format: Format, mentions: &Mentions) -> String {
        let text = normalised(text);
        let format = if format == Format::Plain && is_html(&text) { Format::Html } else { format };
        let pieces = pieces(&text, format == Format::Html);
        let takes_first = self.in_group && !mentions.has_bot() && !has_mention_of_bot(&pieces, mentions);
        let (mut text, was_addressed) = Reading {
            format,
            mentions,
            takes_first,
            plain_text: String::new(),
            addressed: false,
            unended: 0,
        }
        .of(&pieces);
        text = normalised(&text);
        let mut plain_text = text.trim();
        let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';' | '!');
        if was_addressed {
            plain_text = plain_text.trim_start_matches(is_between);
        }
        while let Some(tail) = mentions.after_address(plain_text).or_else(|| after_slash(plain_text)) {
            plain_text = tail.trim_start_matches(is_between);
        }
        plain_text.to_owned()
    }

    /// Returns the HTML bodies among the attachments.
    fn bodies(&self) -> impl Iterator<Item = &str> {
        self.attachments.iter().filter_map(|attachment| {
            let kind = attachment.get("contentType")?.as_str()?.split(';').next()?;
            let is_html = kind.trim().eq_ignore_ascii_case("text/html");
            attachment.get("content")?.as_str().filter(|_| is_html)
        })
    }
}

/// Returns the text after the slash of a slash command, as a person types it. The menu of Teams inserts the
/// command's name without it ("Expose slash commands from agents and apps", msteams-docs).
fn after_slash(text: &str) -> Option<&str> {
    text.strip_prefix('/').filter(|tail| tail.starts_with(char::is_alphabetic))
}

/// Whether a text of unknown format is HTML: it consists of one or more blocks.
fn is_html(text: &str) -> bool {
    let text = text.trim();
    let is_block = |tag: &Tag<'_>| {
        matches!(tag.name.as_str(), "div" | "p" | "html" | "body" | "blockquote" | "ul" | "ol")
    };
    text.starts_with('<')
        && text.ends_with('>')
        && matches!(pieces(text, true).as_slice(), [Piece::Tag(first), .., Piece::Tag(last)]
            if is_block(first) && is_block(last) && last.kind == Kind::Closes)
}

/// Whether one of these pieces mentions the bot.
fn has_mention_of_bot(pieces: &[Piece<'_>], mentions: &Mentions) -> bool {
    let mut rest = pieces;
    while let Some((_, tail)) = rest.split_first() {
        if mention(rest).is_some_and(|(name, _)| mentions.is_bot(&name)) {
            return true;
        }
        rest = tail;
    }
    false
}

/// The state of reading a text.
struct Reading<'a> {
    format: Format,
    mentions: &'a Mentions,
    /// Whether an unidentified mention at the start of the text is of the bot. A bot gets a message of a
    /// group because the message mentions it.
    takes_first: bool,
    plain_text: String,
    /// Whether the bot was mentioned before any other text.
    addressed: bool,
    /// The number of unclosed reply quotes.
    unended: usize,
}

impl Reading<'_> {
    fn of(mut self, pieces: &[Piece<'_>]) -> (String, bool) {
        let mut rest = pieces;
        while let Some((piece, tail)) = rest.split_first() {
            rest = match piece {
                Piece::Text(text) => {
                    self.text(text);
                    tail
                }
                Piece::Tag(tag) => self.tag(tag, rest, tail),
            };
        }
        (self.plain_text, self.addressed)
    }

    fn text(&mut self, text: &str) {
        match self.format {
            Format::Plain => self.plain_text.push_str(&spaces_decoded(text)),
            Format::Markdown => self.plain_text.push_str(&decoded(&without_emphasis(text))),
            Format::Html => {
                let is_apart =
                    |plain_text: &str| plain_text.is_empty() || plain_text.ends_with(char::is_whitespace);
                // A line end in HTML source is white space (HTML, "collapse white space").
                for (at, word) in text.split([' ', '\n']).enumerate() {
                    if at > 0 && !is_apart(&self.plain_text) {
                        self.plain_text.push(' ');
                    }
                    self.plain_text.push_str(&decoded(word));
                }
            }
        }
    }

    /// Reads a tag and its element. Returns the pieces after it.
    fn tag<'p, 't>(
        &mut self,
        tag: &Tag<'t>,
        from: &'p [Piece<'t>],
        tail: &'p [Piece<'t>],
    ) -> &'p [Piece<'t>] {
        let is_html = self.format == Format::Html;
        match (tag.name.as_str(), tag.kind) {
            ("quoted", Kind::Opens) => {
                self.plain_text.push(' ');
                after_quoted(tail)
            }
            ("quoted", _) => {
                self.plain_text.push(' ');
                tail
            }
            ("blockquote", Kind::Opens) if tag.is_of("Reply") => {
                self.plain_text.push('\n');
                let after = || after_element(tag, tail);
                let after = if self.unended < MOST_UNENDED { after() } else { None };
                self.unended += usize::from(after.is_none());
                after.unwrap_or(tail)
            }
            ("script" | "style" | "head" | "title", Kind::Opens) if is_html => {
                after_element(tag, tail).unwrap_or_default()
            }
            ("at", Kind::Empty) => tail,
            ("at", Kind::Opens) => self.mention(from).unwrap_or_else(|| self.literal(tag, tail)),
            ("span", Kind::Opens) if is_html && tag.is_of("Mention") => self.mention(from).unwrap_or(tail),
            (name, _) if is_html => {
                self.html(name, tag);
                tail
            }
            _ => self.literal(tag, tail),
        }
    }

    /// Keeps a tag without meaning as text, or drops it in HTML.
    fn literal<'p, 't>(&mut self, tag: &Tag<'t>, tail: &'p [Piece<'t>]) -> &'p [Piece<'t>] {
        if self.format != Format::Html {
            self.plain_text.push_str(tag.source);
        }
        tail
    }

    /// Replaces an HTML tag by its textual effect.
    fn html(&mut self, name: &str, tag: &Tag<'_>) {
        match name {
            "br" | "p" | "div" | "li" | "ul" | "ol" | "tr" | "table" | "blockquote" | "pre" | "hr" | "h1"
            | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.plain_text.truncate(self.plain_text.trim_end_matches(' ').len());
                // The end of a block and the start of the next are one line end; two breaks are two.
                if name == "br" || !self.plain_text.is_empty() && !self.plain_text.ends_with('\n') {
                    self.plain_text.push('\n');
                }
            }
            "td" | "th" if !self.plain_text.ends_with(char::is_whitespace) => self.plain_text.push(' '),
            // Emoji are images with the emoji as alternative text.
            "img" | "emoji" => {
                let text = decoded(tag.attribute("alt").unwrap_or_default()).into_owned();
                if !text.contains(|c: char| c.is_ascii_alphanumeric()) {
                    self.plain_text.push_str(&text);
                }
            }
            _ => {}
        }
    }

    /// Reads one or more adjacent mentions. Returns the pieces after them, or `None` for an unclosed mention.
    fn mention<'p, 't>(&mut self, from: &'p [Piece<'t>]) -> Option<&'p [Piece<'t>]> {
        let (first, mut tail) = mention(from)?;
        if !self.mentions.is_bot(&first) {
            let mut names = vec![first];
            let mut tails = vec![tail];
            // Adjacent: only white space is between them.
            while let Some((name, after)) = mention(after_space(tail)) {
                names.push(name);
                tails.push(after);
                tail = after;
                if names.len() == MOST_PARTS {
                    break;
                }
            }
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let mut count = self.mentions.is_bot_together(&names);
            let is_first = self.takes_first && !self.addressed && self.plain_text.trim().is_empty();
            if count == 0 && is_first && self.mentions.is_nobody(names.first()?) {
                count = 1;
            }
            if count == 0 {
                if self.plain_text.ends_with(char::is_alphanumeric) {
                    self.plain_text.push(' ');
                }
                self.plain_text.push_str(&decoded(names.first()?));
                return tails.first().copied();
            }
            tail = tails.get(count - 1).copied()?;
        }
        self.addressed |= self.plain_text.trim().is_empty();
        self.plain_text.push(' ');
        Some(tail)
    }
}

/// Returns the name in the mention at the start of the pieces, and the pieces after it.
fn mention<'p, 't>(from: &'p [Piece<'t>]) -> Option<(String, &'p [Piece<'t>])> {
    let (Piece::Tag(open), tail) = from.split_first()? else { return None };
    if open.kind != Kind::Opens || open.name != "at" && !open.is_of("Mention") {
        return None;
    }
    let is_end = |piece: &Piece<'_>| matches!(piece, Piece::Tag(tag) if tag.name == open.name);
    let end = tail.iter().position(is_end)?;
    let (inside, tail) = tail.split_at_checked(end)?;
    let (Piece::Tag(close), tail) = tail.split_first()? else { return None };
    let name = inside.iter().filter_map(|piece| match piece {
        Piece::Text(text) => Some(*text),
        Piece::Tag(_) => None,
    });
    (close.kind == Kind::Closes).then(|| (name.collect(), tail))
}

/// Skips a text of white space.
fn after_space<'p, 't>(pieces: &'p [Piece<'t>]) -> &'p [Piece<'t>] {
    match pieces.split_first() {
        Some((Piece::Text(text), tail)) if spaces_decoded(text).trim().is_empty() => tail,
        _ => pieces,
    }
}

/// Returns the pieces after an opened quote mark. If none is closed before the next one opens, the quote has
/// no content.
fn after_quoted<'p, 't>(pieces: &'p [Piece<'t>]) -> &'p [Piece<'t>] {
    let next = pieces.iter().position(|piece| matches!(piece, Piece::Tag(tag) if tag.name == "quoted"));
    next.and_then(|at| match pieces.get(at..)?.split_first()? {
        (Piece::Tag(tag), tail) if tag.kind == Kind::Closes => Some(tail),
        _ => None,
    })
    .unwrap_or(pieces)
}

/// Returns the pieces after an HTML element, counting nested elements of the same name. `None` for an
/// unclosed element.
fn after_element<'p, 't>(opened: &Tag<'t>, pieces: &'p [Piece<'t>]) -> Option<&'p [Piece<'t>]> {
    let mut depth = 1_usize;
    let end = pieces.iter().position(|piece| {
        match piece {
            Piece::Tag(tag) if tag.name == opened.name && tag.kind == Kind::Opens => depth += 1,
            Piece::Tag(tag) if tag.name == opened.name && tag.kind == Kind::Closes => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    pieces.get(end? + 1..)
}

/// Removes strong emphasis from Markdown and resolves its escapes.
fn without_emphasis(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => plain.push(rest.next_if(char::is_ascii_punctuation).unwrap_or(c)),
            '*' if rest.next_if_eq(&'*').is_some() => {}
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests;
