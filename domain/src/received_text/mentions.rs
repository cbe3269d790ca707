//! Mentions: the bot's are removed from a message, and other people's become their names.

use serde_json::Value;
use std::collections::BTreeSet;

use super::character_references::decoded;
use super::tag_tokenizer::{Piece, pieces};
use crate::bot_name::bot;
use crate::character_normalization::normalised;

/// The names in the mentions of a message, folded for comparison.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    /// The bot's names in its mentions.
    bot: BTreeSet<String>,
    /// Whether a mention of the bot has no name.
    is_nameless: bool,
    /// The bot's names in mentions without a tag.
    untagged: BTreeSet<String>,
    /// The bot's name in this chat, and the deployment's name.
    own: BTreeSet<String>,
    /// The names of others in their mentions.
    others: BTreeSet<String>,
}

impl Mentions {
    /// Reads the entities of an activity. `id` and `name` are the recipient's.
    pub fn read(entities: &[Value], id: &str, name: &str) -> Self {
        let own = [folded(name), folded(bot())].into_iter().filter(|name| !name.is_empty()).collect();
        let mut mentions = Self { own, ..Self::default() };
        let is_mention = |entity: &&Value| {
            entity
                .get("type")
                .and_then(Value::as_str)
                .is_some_and(|kind| kind.eq_ignore_ascii_case("mention"))
        };
        for entity in entities.iter().filter(is_mention) {
            let text = |pointer: &str| entity.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let mentioned = text("/mentioned/id").trim();
            // The entity has no id, so only its name counts.
            if mentioned.is_empty() || id.is_empty() {
                continue;
            }
            let is_bot = mentioned.eq_ignore_ascii_case(id);
            let shown = text("/text");
            let named = [folded(text("/mentioned/name")), folded(&without_tags(shown))];
            let names = if is_bot { &mut mentions.bot } else { &mut mentions.others };
            mentions.is_nameless |= is_bot && named.iter().all(String::is_empty);
            names.extend(named.into_iter().filter(|name| !name.is_empty()));
            if is_bot && !shown.contains('<') {
                mentions.untagged.insert(folded(shown));
            }
        }
        mentions
    }

    /// Whether a mention with this name is of the bot. A client that splits a name mentions each of its
    /// words.
    pub fn is_bot(&self, name: &str) -> bool {
        let name = folded(name);
        if self.bot.contains(&name) {
            return true;
        }
        if self.others.contains(&name) || name.is_empty() {
            return false;
        }
        let is_part = |whole: &str| format!(" {whole} ").contains(&format!(" {name} "));
        self.is_nameless || self.own.contains(&name) || self.bot.iter().any(|whole| is_part(whole))
    }

    /// Whether no entity says who a mention with this name is of.
    pub fn is_nobody(&self, name: &str) -> bool {
        !self.is_bot(name) && !self.others.contains(&folded(name))
    }

    /// Whether an entity mentions the bot.
    pub fn has_bot(&self) -> bool {
        self.is_nameless || !self.bot.is_empty()
    }

    /// Returns how many of these adjacent mentions, from the first on, form the bot's name together.
    pub fn is_bot_together(&self, names: &[&str]) -> usize {
        let is_whole = |count: &usize| {
            let named = names.get(..*count).unwrap_or_default();
            [" ", ""].iter().any(|between| {
                let whole = folded(&named.join(between));
                self.own.contains(&whole) || self.bot.contains(&whole)
            })
        };
        (2..=names.len().min(MOST_PARTS)).rev().find(is_whole).unwrap_or_default()
    }

    /// Returns the text after the bot's name, if the text starts with it: after an `@` or a `/`, or as in an
    /// entity without a tag.
    pub fn after_address<'t>(&self, text: &'t str) -> Option<&'t str> {
        let by_hand = text.strip_prefix(['@', '/']).map(|tail| (tail, self.bot.iter().chain(&self.own)));
        let by_hand =
            by_hand.into_iter().flat_map(|(tail, names)| names.filter_map(|name| after_folded(tail, name)));
        let untagged = self.untagged.iter().filter_map(|name| after_folded(text, name));
        by_hand.chain(untagged).min_by_key(|tail| tail.len())
    }
}

/// Maximum number of mentions that a client splits a name into.
pub(super) const MOST_PARTS: usize = 8;

/// Folds a name for comparison: references decoded, spaces unified, case ignored.
fn folded(name: &str) -> String {
    let name = normalised(&decoded(name));
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Removes the tags of a text.
fn without_tags(text: &str) -> String {
    let plain = |piece| match piece {
        Piece::Text(text) => Some(text),
        Piece::Tag(_) => None,
    };
    pieces(text, true).into_iter().filter_map(plain).collect()
}

/// Returns the text after a folded name, if the text starts with it and a word ends there.
fn after_folded<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut letters = text.chars();
    for c in name.chars() {
        letters
            .next()
            .filter(|other| other.to_lowercase().eq(c.to_lowercase()) || c == ' ' && other.is_whitespace())?;
    }
    let tail = letters.as_str();
    (!name.is_empty() && !tail.starts_with(char::is_alphanumeric)).then_some(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mentions(entities: Value) -> Mentions {
        Mentions::read(entities.as_array().unwrap(), "28:Bot", "Sales & Workbot")
    }

    #[test]
    fn the_bot_is_recognised_by_each_of_its_names_and_by_their_parts() {
        let known = mentions(json!([
            {"type": "mention", "mentioned": {"id": "28:bot", "name": "Helper"}},
            {"type": "Mention", "text": "<at id=\"1\">Old &amp; Bot</at>", "mentioned": {"id": "28:BOT"}},
            {"type": "mention", "text": null, "mentioned": {"id": "29:bob", "name": "Bob Noyce"}},
            {"type": "mention", "mentioned": null}, {"type": "clientInfo"}, 7,
        ]));
        for name in [
            "Helper",
            "HELPER",
            "old & bot",
            "Old  &amp; Bot",
            "Old",
            "Sales &amp; Workbot",
            "Workbot",
            "sales\u{A0}& Work\u{200B}bot",
        ] {
            assert!(known.is_bot(name), "{name}");
        }
        for name in ["Bob Noyce", "Noyce", "Helper 2", ""] {
            assert!(!known.is_bot(name), "{name}");
        }
        assert_eq!(known.is_bot_together(&["Sales", "&amp;", "Workbot", "Bob"]), 3);
        assert_eq!(known.is_bot_together(&["Sales", "Bob"]), 0);
    }

    #[test]
    fn a_nameless_mention_of_the_bot_has_the_name_that_belongs_to_nobody_else() {
        let known = mentions(json!([
            {"type": "mention", "mentioned": {"id": "28:bot", "name": null}},
            {"type": "mention", "mentioned": {"id": "29:bob", "name": "Bob"}},
        ]));
        assert!(known.is_bot("Helper") && !known.is_bot("Bob"));
    }

    #[test]
    fn a_colleague_with_the_bots_name_is_a_colleague() {
        let known =
            mentions(json!([{"type": "mention", "mentioned": {"id": "29:x", "name": "Sales & Workbot"}}]));
        assert!(!known.is_bot("Sales & Workbot"));
    }

    #[test]
    fn the_bot_may_be_addressed_without_a_tag() {
        let known = mentions(json!([{"type": "mention", "text": "Helper", "mentioned": {"id": "28:bot"}}]));
        assert_eq!(known.after_address("helper: help"), Some(": help"));
        assert_eq!(known.after_address("Helpers help"), None);
        let known = mentions(json!([]));
        assert_eq!(known.after_address("@sales & workbot, help"), Some(", help"));
        for text in ["@sales & workbots", "sales & workbot help", "@sales", "@", "x @sales & workbot"] {
            assert_eq!(known.after_address(text), None, "{text}");
        }
    }
}
