//! Intent recognition: a recipe's command, a built-in command, or something close to one.

use strsim::osa_distance;
use workbot_shared::{AppId, RecipeId};

use crate::catalog::{Catalog, Recipe};
use crate::quotation_marks::unquoted;
use crate::recipe_command::{Command, find_command, strip_command};

/// Maximum number of suggestions.
const MOST_SUGGESTIONS: usize = 3;

/// The recognised intent of a text.
#[derive(Debug, PartialEq)]
pub enum Intent<'a> {
    /// A recipe's command.
    Recipe(Command<'a>),
    /// Show the person's connections.
    Connections,
    /// Connect an app, or ask which one if the text names none.
    Connect(Option<&'a AppId>),
    /// Disconnect an app.
    Disconnect(&'a AppId),
    /// Show the waiting and running runs.
    Runs,
    /// Show the help.
    Help,
    /// Explain a recipe.
    HelpWith(&'a RecipeId, &'a Recipe),
    /// Show the commands that match a text.
    HelpAbout(String),
    /// No known command. Holds suggestions, most likely first; each is a complete text to send.
    Unknown(Vec<String>),
}

/// The built-in commands. The catalog's check refuses a recipe whose command starts with one.
pub const BUILT_IN: [&str; 10] = [
    "personal_connections",
    "personal connections",
    "connections",
    "verbindungen",
    "help",
    "hilfe",
    "status",
    "runs",
    "connect",
    "disconnect",
];

/// The built-in commands that take an argument.
const WITH_MORE: [&str; 4] = ["help", "hilfe", "connect", "disconnect"];

/// Recognises the intent of a text. Case and spacing are ignored. Only recipes that `is_offered` are
/// suggested.
#[must_use]
pub fn recognize<'a>(catalog: &'a Catalog, is_offered: &dyn Fn(&Recipe) -> bool, text: &str) -> Intent<'a> {
    let alone =
        |commands: &[&str]| commands.iter().any(|one| strip_command(text, one).as_deref() == Some(""));
    if alone(&["personal_connections", "personal connections", "connections", "verbindungen", "disconnect"]) {
        return Intent::Connections;
    }
    if alone(&["status", "runs"]) {
        return Intent::Runs;
    }
    if text.trim().is_empty() || alone(&["help", "hilfe"]) {
        return Intent::Help;
    }
    if let Some(what) = strip_command(text, "help").or_else(|| strip_command(text, "hilfe")) {
        return match find_command(catalog, &what) {
            Some(command) => Intent::HelpWith(command.id, command.recipe),
            None => Intent::HelpAbout(unquoted(&what).to_owned()),
        };
    }
    if let Some(name) = strip_command(text, "connect") {
        return match app_meant(catalog, &name) {
            Ok(app) => Intent::Connect(Some(app)),
            Err(Some(close)) => Intent::Unknown(vec![format!("connect {close}")]),
            Err(None) => Intent::Connect(None),
        };
    }
    if let Some(name) = strip_command(text, "disconnect") {
        return match app_meant(catalog, &name) {
            Ok(app) => Intent::Disconnect(app),
            Err(Some(close)) => Intent::Unknown(vec![format!("disconnect {close}")]),
            Err(None) => Intent::Connections,
        };
    }
    find_command(catalog, text)
        .map_or_else(|| Intent::Unknown(suggestions(catalog, is_offered, text)), Intent::Recipe)
}

/// Returns the app with this id or name, or the name of an app that is spelled similarly.
fn app_meant<'a>(catalog: &'a Catalog, name: &str) -> Result<&'a AppId, Option<&'a str>> {
    let name = unquoted(name).to_lowercase();
    let mut apps = catalog.apps.iter();
    let named = apps.find(|(id, app)| id.as_str() == name || app.name.to_lowercase() == name);
    named.map(|(id, _)| id).ok_or_else(|| {
        let names = catalog.apps.values().map(|app| app.name.as_str());
        names.filter_map(|app| Some((distance(&name, &app.to_lowercase())?, app))).min().map(|(_, app)| app)
    })
}

/// Returns the number of wrong letters, if it is at most a quarter of `meant` (one at least).
fn distance(text: &str, meant: &str) -> Option<usize> {
    let distance = osa_distance(text, meant);
    (distance <= (meant.chars().count() / 4).max(1)).then_some(distance)
}

/// Returns suggestions: first commands with a similar spelling, then commands that share a word.
fn suggestions(catalog: &Catalog, is_offered: &dyn Fn(&Recipe) -> bool, text: &str) -> Vec<String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let recipes =
        catalog.recipes.values().filter(|recipe| is_offered(recipe)).map(|recipe| recipe.command.as_str());
    let mut alike: Vec<_> =
        recipes.clone().chain(BUILT_IN).filter_map(|command| misspelled(command, &words)).collect();
    alike.sort();
    let mut suggestions: Vec<_> = alike.into_iter().map(|(_, guess)| guess).collect();
    let mut sharing: Vec<_> = recipes
        .map(|command| (shared_words(command, &words), command))
        .filter(|(shared, command)| {
            *shared > 0 && !suggestions.iter().any(|guess| guess.starts_with(command))
        })
        .collect();
    sharing.sort_by_key(|(shared, _)| std::cmp::Reverse(*shared));
    suggestions.extend(sharing.into_iter().map(|(_, command)| command.to_owned()));
    suggestions.truncate(MOST_SUGGESTIONS);
    suggestions
}

/// Returns the number of wrong letters and the corrected text, if the text starts with a misspelled
/// `command`. The rest of the text is kept if the command takes an argument.
fn misspelled(command: &str, words: &[&str]) -> Option<(usize, String)> {
    let count = command.split_whitespace().count();
    let (first, rest) = words.split_at_checked(count)?;
    let slip = distance(&first.join(" ").to_lowercase(), &command.to_lowercase())?;
    let alone = BUILT_IN.contains(&command) && !WITH_MORE.contains(&command);
    let rest = if alone { &[] } else { rest };
    Some((slip, [&[command], rest].concat().join(" ")))
}

/// Counts the words of a command that a text contains. Words of up to three letters do not count.
fn shared_words(command: &str, words: &[&str]) -> usize {
    let holds =
        |word: &&str| word.chars().count() > 3 && words.iter().any(|typed| typed.eq_ignore_ascii_case(word));
    command.split_whitespace().filter(holds).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;

    fn guessed(text: &str) -> Vec<String> {
        match recognize(&real_catalog(), &|_| true, text) {
            Intent::Unknown(suggestions) => suggestions,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn built_in_commands_are_recognised() {
        let catalog = real_catalog();
        let salesforce = AppId::parse("salesforce").unwrap();
        for (text, meant) in [
            ("personal_connections", Intent::Connections),
            (" Personal  Connections ", Intent::Connections),
            ("connections", Intent::Connections),
            ("disconnect", Intent::Connections),
            ("status", Intent::Runs),
            ("RUNS", Intent::Runs),
            ("help", Intent::Help),
            ("Hilfe", Intent::Help),
            ("", Intent::Help),
            ("help something else", Intent::HelpAbout("something else".into())),
            ("hilfe: „Box“", Intent::HelpAbout("Box".into())),
            ("connect", Intent::Connect(None)),
            ("connect nothing like it", Intent::Connect(None)),
            ("connect Salesforce", Intent::Connect(Some(&salesforce))),
            ("connect „Salesforce“", Intent::Connect(Some(&salesforce))),
            ("status.", Intent::Runs),
            ("help!", Intent::Help),
            ("connect: Salesforce", Intent::Connect(Some(&salesforce))),
            ("disconnect SALESFORCE", Intent::Disconnect(&salesforce)),
            ("disconnect nothing like it", Intent::Connections),
        ] {
            assert_eq!(recognize(&catalog, &|_| true, text), meant, "{text}");
        }
        let microsoft = AppId::parse("microsoft-graph").unwrap();
        assert_eq!(
            recognize(&catalog, &|_| true, "connect microsoft 365"),
            Intent::Connect(Some(&microsoft))
        );
    }

    #[test]
    fn help_explains_a_command() {
        let catalog = real_catalog();
        let Intent::HelpWith(id, recipe) = recognize(&catalog, &|_| true, "help create  opportunity") else {
            panic!()
        };
        assert_eq!((id.as_str(), recipe.command.as_str()), ("create-opportunity", "create opportunity"));
    }

    #[test]
    fn a_misspelled_command_is_corrected_and_its_values_stay() {
        assert_eq!(guessed("creat oportunity name: Acme"), ["create opportunity name: Acme"]);
        assert_eq!(guessed("conections"), ["connections"]);
        assert_eq!(guessed("connections please"), ["connections"]);
        assert_eq!(guessed("conect salesforce"), ["connect salesforce"]);
        assert_eq!(guessed("connect salesforec"), ["connect Salesforce"]);
        assert_eq!(guessed("disconnect sevicenow"), ["disconnect ServiceNow"]);
        assert_eq!(guessed("statsu"), ["status"]);
    }

    #[test]
    fn a_free_sentence_gets_the_commands_that_share_a_word() {
        assert_eq!(guessed("I want a new opportunity please"), ["create opportunity"]);
        assert!(guessed("create something").len() <= MOST_SUGGESTIONS);
        assert!(guessed("good morning").is_empty());
    }

    #[test]
    fn an_exact_command_wins_over_a_similar_one() {
        let catalog = real_catalog();
        assert!(matches!(recognize(&catalog, &|_| true, "find account Acme"), Intent::Recipe(_)));
    }
}
