//! Hints about messages: whether the person's was received, where the reply went, and why it cannot be
//! shown.

use serde_json::Value;
use workbot_shared::Language::{De, En};

use super::{Texts, named};
use crate::bot_name::bot;
use crate::template::{escape_markdown, markdown_link};

/// Maximum length of a link in a short text, in bytes.
const LONGEST_LINK: usize = 2000;

/// Returns a short text for a message that Teams refuses, for example because of its size. The text keeps the
/// summary of a card.
#[must_use]
pub fn shortened(words: Texts, end: Option<RunReply<'_>>, message: &Value) -> String {
    let link = end.as_ref().and_then(|end| markdown_link(end.link?));
    let link = link.filter(|link| link.len() <= LONGEST_LINK);
    let about = message.get("summary").and_then(Value::as_str);
    words.too_long(end, about, link.as_deref())
}

/// The reply of a run that is too long to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunReply<'a> {
    /// The name of the command.
    pub name: &'a str,
    /// Whether the run succeeded.
    pub ok: bool,
    /// The address of its record, as the app returned it. A link in the text may be part of a record's name.
    pub link: Option<&'a str>,
}

fn first(name: &str) -> String {
    escape_markdown(name.split_whitespace().next().unwrap_or_default())
}

impl Texts {
    /// The bot has written to the person in private; for a channel or group chat.
    #[must_use]
    pub fn wrote_in_private(self, name: &str) -> String {
        let sentence = match self.0 {
            En => "I've written to you in private",
            De => "Ich habe Ihnen privat geschrieben",
        };
        match first(name).as_str() {
            "" => format!("{sentence}."),
            first => format!("{sentence}, {first}."),
        }
    }

    /// The bot will write to the person in private later; for a channel or group chat.
    #[must_use]
    pub fn will_write(self, name: &str) -> String {
        let (sentence, first) = match self.0 {
            En => ("This takes a little longer. I'll write to you in private as soon as I can", first(name)),
            De => ("Das dauert etwas länger. Ich schreibe Ihnen privat, sobald es geht", first(name)),
        };
        if first.is_empty() { format!("{sentence}.") } else { format!("{sentence}, {first}.") }
    }

    /// A command has ended, and the bot cannot write to the person in private; for a channel or group chat.
    #[must_use]
    pub fn ended_unseen(self, name: &str, command: &str, ok: bool) -> String {
        let bot = bot();
        let (first, command) = (first(name), named(command));
        match self.0 {
            En => {
                let to = if first.is_empty() { first } else { format!("{first}, ") };
                let ended = if ok { "is done" } else { "has ended" };
                format!(
                    "{to}{command} {ended}, but I can't write to you in private yet. Open {bot} in Teams and choose *Add*; what came of it is listed in the {bot} tab."
                )
            }
            De => {
                let to = if first.is_empty() { first } else { format!("{first}, ") };
                let ended = if ok { "ist erledigt" } else { "ist beendet" };
                format!(
                    "{to}{command} {ended}, ich kann Ihnen aber noch nicht privat schreiben. Öffnen Sie {bot} in Teams und wählen Sie *Hinzufügen*. Das Ergebnis finden Sie auf der {bot}-Registerkarte."
                )
            }
        }
    }

    /// The text of [`shortened`]. `about` is the card's summary, `link` is in the form for Markdown.
    fn too_long(self, end: Option<RunReply<'_>>, about: Option<&str>, link: Option<&str>) -> String {
        let bot = bot();
        let about = about.filter(|about| !about.is_empty());
        let what = match (self.0, end, about) {
            (En, Some(RunReply { name, ok: true, .. }), _) => {
                format!("{} is done, but too long to show here.", named(name))
            }
            (En, Some(RunReply { name, ok: false, .. }), _) => {
                format!("{} has ended, but what came of it is too long to show here.", named(name))
            }
            (En, None, Some(about)) => format!("{}: too long to show here.", escape_markdown(about)),
            (En, None, None) => "This is too long to show here.".to_owned(),
            (De, Some(RunReply { name, ok: true, .. }), _) => {
                format!("{} ist erledigt, aber zu lang, um es hier zu zeigen.", named(name))
            }
            (De, Some(RunReply { name, ok: false, .. }), _) => {
                format!("{} ist beendet, das Ergebnis ist aber zu lang, um es hier zu zeigen.", named(name))
            }
            (De, None, Some(about)) => format!("{}: zu lang, um es hier zu zeigen.", escape_markdown(about)),
            (De, None, None) => "Das ist zu lang, um es hier zu zeigen.".to_owned(),
        };
        let next = match (self.0, link) {
            (En, Some(link)) => format!("[Open it]({link}), or see the {bot} tab."),
            (En, None) => format!("See the {bot} tab."),
            (De, Some(link)) => {
                format!("[Öffnen Sie es]({link}), oder sehen Sie auf der {bot}-Registerkarte nach.")
            }
            (De, None) => format!("Sehen Sie auf der {bot}-Registerkarte nach."),
        };
        format!("{what} {next}")
    }

    /// The message was received.
    #[must_use]
    pub fn working_on_it(self) -> &'static str {
        match self.0 {
            En => "Working on it…",
            De => "Ich kümmere mich darum…",
        }
    }

    /// The message may not have been received.
    #[must_use]
    pub fn may_be_lost(self) -> &'static str {
        match self.0 {
            En => {
                "This takes longer than it should. If you hear nothing more within a few minutes, say it again."
            }
            De => {
                "Das dauert länger als üblich. Wenn Sie in ein paar Minuten nichts weiter hören, sagen Sie es noch einmal."
            }
        }
    }

    /// The bot cannot write to the person in private.
    #[must_use]
    pub fn cannot_write(self, name: &str) -> String {
        let bot = bot();
        let first = first(name);
        match self.0 {
            En => {
                let to = if first.is_empty() { String::new() } else { format!("{first}, ") };
                format!(
                    "{to}I can't write to you in private yet. Open {bot} in Teams, choose *Add*, and say it again there."
                )
            }
            De => {
                let to = if first.is_empty() { "Ich".to_owned() } else { format!("{first}, ich") };
                format!(
                    "{to} kann Ihnen noch nicht privat schreiben. Öffnen Sie {bot} in Teams, wählen Sie *Hinzufügen* und sagen Sie es dort noch einmal."
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_that_is_too_long_is_replaced_by_a_short_text_with_the_link_of_its_run() {
        let list =
            format!("Found [x\\](https://evil.example):\n{}", "- [B](https://b.example)\n".repeat(9000));
        let sentence = |words, end: Option<(&str, bool, Option<&str>)>, message: Value| {
            let end = end.map(|(name, ok, link)| RunReply { name, ok, link });
            shortened(Texts(words), end, &message)
        };
        assert_eq!(
            sentence(En, Some(("Find *it*", true, Some("https://a.example/1)"))), json!({ "text": list })),
            "*Find \\*it\\** is done, but too long to show here. [Open it](https://a.example/1%29), or see the Workbot tab."
        );
        assert_eq!(
            sentence(En, Some(("Find it", true, None)), json!({ "text": list })),
            "*Find it* is done, but too long to show here. See the Workbot tab."
        );
        assert_eq!(
            sentence(En, Some(("Find it", false, Some("javascript:1"))), json!({ "text": "x" })),
            "*Find it* has ended, but what came of it is too long to show here. See the Workbot tab."
        );
        assert_eq!(
            sentence(En, None, json!({ "summary": "Your connections", "attachments": [] })),
            "Your connections: too long to show here. See the Workbot tab."
        );
        assert_eq!(sentence(En, None, json!({})), "This is too long to show here. See the Workbot tab.");
        let long = format!("https://{}", "x".repeat(3000));
        assert_eq!(
            sentence(De, Some(("Suchen", true, Some(&long))), json!({ "text": "x" })),
            "*Suchen* ist erledigt, aber zu lang, um es hier zu zeigen. Sehen Sie auf der Workbot-Registerkarte nach."
        );
    }

    #[test]
    fn nobody_is_asked_to_repeat_a_finished_command() {
        for words in [Texts(En), Texts(De)] {
            for ok in [true, false] {
                let hint = words.ended_unseen("Ada Lovelace", "Create opportunity", ok);
                assert!(hint.starts_with("Ada, *Create opportunity*"), "{hint}");
                assert!(!hint.contains("again") && !hint.contains("noch einmal"), "{hint}");
            }
            assert!(words.cannot_write("Ada").contains(if words.0 == En {
                "say it again"
            } else {
                "noch einmal"
            }));
        }
        assert_eq!(
            Texts(En).will_write(""),
            "This takes a little longer. I'll write to you in private as soon as I can."
        );
    }
}
