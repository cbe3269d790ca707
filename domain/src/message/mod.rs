//! What a message says: its text, without what Teams and its clients put into it.
//!
//! Sources: "Channel and group chat conversations with a bot" (mentions), "Message formats" (msteams-docs), the quote marks
//! of the Teams SDKs, Skype's schema in the HTML of Teams.

mod character_references;
mod markup;
mod mentions;

use serde_json::Value;

use crate::characters::normalised;
use character_references::{decoded, spaces_decoded};
use markup::{Kind, Piece, Tag, pieces};
use mentions::{MOST_PARTS, Mentions};

/// A plain text is not read more often.
const MOST_READINGS: usize = 8;

/// After so many replies that do not end, the end of no other is looked for: each time the whole text is gone through.
const MOST_UNENDED: usize = 100;

/// A message, as far as it says something.
pub(crate) struct Message<'a> {
    /// `text`.
    pub text: &'a str,
    /// `textFormat`: `plain`, `markdown` or `xml`.
    pub format: &'a str,
    /// `attachments`; the body as HTML may be one.
    pub attachments: &'a [Value],
    /// `entities`; mentions are some.
    pub entities: &'a [Value],
    /// The id and the name of the bot.
    pub recipient: (&'a str, &'a str),
    /// Whether it came from a channel or a group chat, where the bot gets what mentions it.
    pub in_group: bool,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// As typed, with mentions and quote marks.
    Plain,
    /// The same, with emphasis and escapes (CommonMark sections 2.4 and 6.2).
    Markdown,
    /// HTML, or the part of it that is XML.
    Html,
}

impl Message<'_> {
    /// What is said: the text, or where it says nothing the body that is HTML. No quote marks, no mention of the bot; of
    /// another's the name; characters as in [`normalised`].
    pub fn said(&self) -> String {
        let mentions = Mentions::read(self.entities, self.recipient.0, self.recipient.1);
        let format = match self.format.trim().to_ascii_lowercase().as_str() {
            "xml" | "html" | "xhtml" => Format::Html,
            "markdown" => Format::Markdown,
            _ => Format::Plain,
        };
        let texts = [(self.text, format)].into_iter().chain(self.bodies().map(|body| (body, Format::Html)));
        texts
            .map(|(text, format)| self.read(text, format, &mentions))
            .find(|said| !said.is_empty())
            .unwrap_or_default()
    }

    /// Reads a text; a plain one until there is nothing more to read in it, since a name may be written as if it were markup.
    fn read(&self, text: &str, format: Format, mentions: &Mentions) -> String {
        let mut said = self.once(text, format, mentions);
        if format != Format::Plain {
            return said;
        }
        for _ in 1..MOST_READINGS {
            let again = self.once(&said, Format::Plain, mentions);
            if again == said {
                return said;
            }
            said = again;
        }
        // Markup in markup that deep is none that a client writes. Without its marks there is nothing more to read.
        said.retain(|c| c != '<');
        self.once(&said, Format::Plain, mentions)
    }

    /// Reads a text once. A plain one that is a block of HTML is HTML.
    fn once(&self, text: &str, format: Format, mentions: &Mentions) -> String {
        let text = normalised(text);
        let format = if format == Format::Plain && is_html(&text) { Format::Html } else { format };
        let pieces = pieces(&text, format == Format::Html);
        let takes_first = self.in_group && !mentions.has_bot() && !has_mention_of_bot(&pieces, mentions);
        let (mut text, was_addressed) =
            Reading { format, mentions, takes_first, said: String::new(), addressed: false, unended: 0 }
                .of(&pieces);
        text = normalised(&text);
        let mut said = text.trim();
        let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';' | '!');
        if was_addressed {
            said = said.trim_start_matches(is_between);
        }
        while let Some(tail) = mentions.after_address(said) {
            said = tail.trim_start_matches(is_between);
        }
        said.to_owned()
    }

    /// The bodies that are HTML.
    fn bodies(&self) -> impl Iterator<Item = &str> {
        self.attachments.iter().filter_map(|attachment| {
            let kind = attachment.get("contentType")?.as_str()?.split(';').next()?;
            let is_html = kind.trim().eq_ignore_ascii_case("text/html");
            attachment.get("content")?.as_str().filter(|_| is_html)
        })
    }
}

/// Whether a text is HTML although nothing says so: it is one block, or several.
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

/// Whether a mention among these pieces is of the bot.
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

/// A text that is being read.
struct Reading<'a> {
    format: Format,
    mentions: &'a Mentions,
    /// Whether a mention with which the text begins is of the bot, if nothing says whom it is of: the bot gets a message of
    /// a group because it is mentioned in it.
    takes_first: bool,
    said: String,
    /// Whether the bot was mentioned before anything was said.
    addressed: bool,
    /// How many replies did not end.
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
        (self.said, self.addressed)
    }

    fn text(&mut self, text: &str) {
        match self.format {
            Format::Plain => self.said.push_str(&spaces_decoded(text)),
            Format::Markdown => self.said.push_str(&decoded(&without_emphasis(text))),
            Format::Html => {
                let is_apart = |said: &str| said.is_empty() || said.ends_with(char::is_whitespace);
                // A line of the source is no line of the text (HTML, "collapse white space").
                for (at, word) in text.split([' ', '\n']).enumerate() {
                    if at > 0 && !is_apart(&self.said) {
                        self.said.push(' ');
                    }
                    self.said.push_str(&decoded(word));
                }
            }
        }
    }

    /// Reads a tag and what belongs to it; returns what follows.
    fn tag<'p, 't>(
        &mut self,
        tag: &Tag<'t>,
        from: &'p [Piece<'t>],
        tail: &'p [Piece<'t>],
    ) -> &'p [Piece<'t>] {
        let is_html = self.format == Format::Html;
        match (tag.name.as_str(), tag.kind) {
            ("quoted", Kind::Opens) => {
                self.said.push(' ');
                after_quoted(tail)
            }
            ("quoted", _) => {
                self.said.push(' ');
                tail
            }
            ("blockquote", Kind::Opens) if tag.is_of("Reply") => {
                self.said.push('\n');
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

    /// A tag that is none of ours.
    fn literal<'p, 't>(&mut self, tag: &Tag<'t>, tail: &'p [Piece<'t>]) -> &'p [Piece<'t>] {
        if self.format != Format::Html {
            self.said.push_str(tag.source);
        }
        tail
    }

    /// A tag of HTML: what it looks like in a text.
    fn html(&mut self, name: &str, tag: &Tag<'_>) {
        match name {
            "br" | "p" | "div" | "li" | "ul" | "ol" | "tr" | "table" | "blockquote" | "pre" | "hr" | "h1"
            | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.said.truncate(self.said.trim_end_matches(' ').len());
                // The end of a block and the start of the next are one line end; two breaks are two.
                if name == "br" || !self.said.is_empty() && !self.said.ends_with('\n') {
                    self.said.push('\n');
                }
            }
            "td" | "th" if !self.said.ends_with(char::is_whitespace) => self.said.push(' '),
            // An emoji is a picture, which has it as its text.
            "img" | "emoji" => {
                let text = decoded(tag.attribute("alt").unwrap_or_default()).into_owned();
                if !text.contains(|c: char| c.is_ascii_alphanumeric()) {
                    self.said.push_str(&text);
                }
            }
            _ => {}
        }
    }

    /// A mention, or several side by side; returns what follows. None, if it does not end.
    fn mention<'p, 't>(&mut self, from: &'p [Piece<'t>]) -> Option<&'p [Piece<'t>]> {
        let (first, mut tail) = mention(from)?;
        if !self.mentions.is_bot(&first) {
            let mut names = vec![first];
            let mut tails = vec![tail];
            // Side by side: nothing but space is between them.
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
            let is_first = self.takes_first && !self.addressed && self.said.trim().is_empty();
            if count == 0 && is_first && self.mentions.is_nobody(names.first()?) {
                count = 1;
            }
            if count == 0 {
                if self.said.ends_with(char::is_alphanumeric) {
                    self.said.push(' ');
                }
                self.said.push_str(&decoded(names.first()?));
                return tails.first().copied();
            }
            tail = tails.get(count - 1).copied()?;
        }
        self.addressed |= self.said.trim().is_empty();
        self.said.push(' ');
        Some(tail)
    }
}

/// The name in the mention with which pieces begin, and what follows.
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

/// What follows a text of spaces.
fn after_space<'p, 't>(pieces: &'p [Piece<'t>]) -> &'p [Piece<'t>] {
    match pieces.split_first() {
        Some((Piece::Text(text), tail)) if spaces_decoded(text).trim().is_empty() => tail,
        _ => pieces,
    }
}

/// What follows the end of a quote mark that was opened; if none is closed before the next is opened, it had no content.
fn after_quoted<'p, 't>(pieces: &'p [Piece<'t>]) -> &'p [Piece<'t>] {
    let next = pieces.iter().position(|piece| matches!(piece, Piece::Tag(tag) if tag.name == "quoted"));
    next.and_then(|at| match pieces.get(at..)?.split_first()? {
        (Piece::Tag(tag), tail) if tag.kind == Kind::Closes => Some(tail),
        _ => None,
    })
    .unwrap_or(pieces)
}

/// What follows an element of HTML with the elements of the same name in it; none, if it does not end.
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

/// Markdown without strong emphasis, and with what its escapes mean.
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
