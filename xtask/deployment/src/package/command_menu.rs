//! The menu of commands in Teams: the catalog's and the bot's own.

use serde_json::{Value, json};
use workbot_domain::catalog::{Catalog, Recipe};
use workbot_domain::present::text::Texts;
use workbot_shared::Language;

/// The maximum length of a list ("App manifest schema", Microsoft Teams documentation).
const MOST: usize = 12;
/// The maximum length of a title, in characters. Teams cuts longer ones.
const LONGEST_TITLE: usize = 32;
/// The maximum length of a description, in characters.
const LONGEST_DESCRIPTION: usize = 128;

/// A command of the menu.
struct Entry {
    title: String,
    description: String,
}

/// `bots[0].commandLists`: the menu of the personal chat, that of a mention in teams and group chats, and the
/// slash commands there ("Expose slash commands from agents and apps", msteams-docs). A slash command is a
/// targeted message: others see neither it nor its reply.
pub fn lists(catalog: &Catalog, language: Language) -> Value {
    let list = |Menu { scopes, trigger, entries }: Menu| {
        let command = |entry: Entry| json!({ "title": entry.title, "description": entry.description });
        let commands: Vec<_> = entries.into_iter().map(command).collect();
        json!({ "scopes": scopes, "triggers": [trigger], "commands": commands })
    };
    menus(catalog, language).map(list).into_iter().collect()
}

/// The descriptions in another language, by the keys of a localization file. The commands are the same in all
/// languages.
pub fn translations(catalog: &Catalog, language: Language) -> Vec<(String, String)> {
    let lists = menus(catalog, language).into_iter().enumerate();
    lists
        .flat_map(|(list, menu)| {
            menu.entries.into_iter().enumerate().map(move |(command, entry)| {
                let key = format!("bots[0].commandLists[{list}].commands[{command}].description");
                (key, entry.description)
            })
        })
        .collect()
}

/// A list of commands.
struct Menu {
    scopes: &'static [&'static str],
    /// What opens it: `mention` or `slash`.
    trigger: &'static str,
    entries: Vec<Entry>,
}

fn menus(catalog: &Catalog, language: Language) -> [Menu; 3] {
    let menu = |scopes, trigger, own| Menu { scopes, trigger, entries: menu(catalog, language, own) };
    let shared = &["team", "groupChat"];
    [
        menu(&["personal"], "mention", &["personal_connections", "status", "help"]),
        // Commands about a person's own data are not offered where others read them.
        menu(shared, "mention", &["help"]),
        menu(shared, "slash", &["personal_connections", "connect", "status", "help"]),
    ]
}

/// The recipes that fit beside the bot's own commands: first those that act as the person, otherwise in the
/// catalog's order. `help` lists all.
fn menu(catalog: &Catalog, language: Language, own: &[&str]) -> Vec<Entry> {
    let mut recipes: Vec<_> = catalog.recipes.values().collect();
    recipes.retain(|recipe| recipe.command.chars().count() <= LONGEST_TITLE);
    recipes.sort_by_key(|recipe| recipe.verify_user_access.is_empty());
    recipes.truncate(MOST.saturating_sub(own.len()));
    let own = own.iter().map(|command| own_entry(command, Texts(language)));
    recipes.into_iter().map(|recipe| entry(&recipe.in_language(language))).chain(own).collect()
}

fn entry(recipe: &Recipe) -> Entry {
    Entry { title: recipe.command.clone(), description: cut(&recipe.hint) }
}

fn own_entry(command: &str, words: Texts) -> Entry {
    let own = words.own_commands();
    // "connect *app*" is the entry of `connect`. For `help`, the list of commands says more.
    let is_meant = |name: &str| command != "help" && name.split(' ').next() == Some(command);
    let known = own.iter().find(|(name, _)| is_meant(name)).map(|(_, what)| *what);
    let mut letters = known.unwrap_or(words.what_i_can_do()).chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    Entry { title: command.to_owned(), description: first.chain(letters).collect() }
}

/// A line of help, cut after the last whole word that fits.
fn cut(hint: &str) -> String {
    if hint.chars().count() <= LONGEST_DESCRIPTION {
        return hint.to_owned();
    }
    let fits: String = hint.chars().take(LONGEST_DESCRIPTION - 1).collect();
    let whole = fits.rsplit_once(char::is_whitespace).map_or(fits.as_str(), |(whole, _)| whole);
    format!("{}…", whole.trim_end_matches([',', '.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project_files;

    fn titles(list: usize) -> Vec<String> {
        let lists = lists(&project_files::tests::real_catalog(), Language::En);
        let commands = lists[list]["commands"].as_array().unwrap();
        commands.iter().map(|command| command["title"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_personal_menu_has_the_bots_own_commands_after_the_recipes_that_act_as_the_person() {
        let titles = titles(0);
        assert_eq!(titles.len(), MOST);
        assert_eq!(titles[9..], ["personal_connections", "status", "help"]);
        assert!(titles.contains(&"ask support".to_owned()) && !titles.contains(&"ask helpdesk".to_owned()));
    }

    #[test]
    fn what_is_ones_own_is_not_offered_where_others_read() {
        let titles = titles(1);
        assert_eq!(titles.last().unwrap(), "help");
        assert!(!titles.contains(&"personal_connections".to_owned()), "{titles:?}");
    }

    #[test]
    fn slash_commands_are_private_so_they_include_the_bots_own_commands() {
        let titles = titles(2);
        assert_eq!(titles.len(), MOST);
        assert_eq!(titles[8..], ["personal_connections", "connect", "status", "help"]);
        let lists = lists(&project_files::tests::real_catalog(), Language::En);
        assert_eq!(lists[2]["commands"][9]["description"], "Log in to an app before a command needs it");
        assert_eq!(lists[2]["triggers"], json!(["slash"]));
        assert_eq!(lists[2]["scopes"], json!(["team", "groupChat"]));
    }

    #[test]
    fn every_list_keeps_to_the_limits_in_every_language_however_many_recipes_there_are() {
        let mut catalog = project_files::tests::real_catalog();
        let first = catalog.recipes.values().next().unwrap().clone();
        for number in 0..20 {
            let mut recipe = first.clone();
            recipe.command = format!("{number} {}", "a".repeat(number * 2));
            recipe.hint = "many words ".repeat(number + 1);
            recipe.de = None;
            catalog.recipes.insert(workbot_shared::RecipeId::parse(&format!("r{number}")).unwrap(), recipe);
        }
        for language in Language::ALL {
            for Menu { entries, .. } in menus(&catalog, language) {
                assert_eq!(entries.len(), MOST);
                for entry in entries {
                    assert!(entry.title.chars().count() <= LONGEST_TITLE, "{}", entry.title);
                    assert!(
                        entry.description.chars().count() <= LONGEST_DESCRIPTION,
                        "{}",
                        entry.description
                    );
                }
            }
        }
    }

    #[test]
    fn a_description_that_is_too_long_ends_at_a_word() {
        let cut = cut(&"report, ".repeat(30));
        assert!(cut.ends_with("report…") && cut.chars().count() <= LONGEST_DESCRIPTION, "{cut}");
    }
}
