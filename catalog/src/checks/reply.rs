//! Checks a recipe's reply: its templates, and what its buttons start.

use workbot_shared::Language;

use super::action_refs::Known;
use super::constant_conditions::comparisons;
use super::templates::{Kind, Scope, below};
use crate::diagnostics::Checker;
use workbot_domain::catalog::{Button, Recipe, Reply};
use workbot_domain::template::Template;

/// The buttons that a card shows before it hides the others in a menu.
const MOST_BUTTONS: usize = 3;
/// The buttons that fit beside a row.
const MOST_ROW_BUTTONS: usize = 2;

/// A template of a reply.
pub(crate) struct ReplyTemplate<'a> {
    /// Its path in the file.
    pub(crate) path: Vec<String>,
    /// The template.
    pub(crate) template: &'a Template,
    /// Whether it belongs to a row, and so may use `item`.
    pub(crate) of_item: bool,
}

/// A recipe's replies in all its languages.
pub(crate) fn recipe_replies(recipe: &Recipe) -> impl Iterator<Item = &Reply> {
    with_paths(recipe).into_iter().map(|(_, reply)| reply)
}

fn with_paths(recipe: &Recipe) -> Vec<(Vec<&'static str>, &Reply)> {
    let others = Language::ALL.into_iter().filter_map(|language| {
        Some((vec![language.tag(), "reply"], recipe.translation(language)?.reply.as_ref()?))
    });
    std::iter::once((vec!["reply"], &recipe.reply)).chain(others).collect()
}

/// The templates of a recipe's replies in all its languages; without the inputs of buttons.
pub(crate) fn replies(recipe: &Recipe) -> Vec<ReplyTemplate<'_>> {
    with_paths(recipe).into_iter().flat_map(|(path, reply)| templates(&path, reply)).collect()
}

/// A path as the checker takes it.
pub(crate) fn strs(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

fn templates<'a>(path: &[&str], reply: &'a Reply) -> Vec<ReplyTemplate<'a>> {
    let mut all = Vec::new();
    let mut push = |names: &[&str], template: Option<&'a Template>, of_item| {
        let path = path.iter().chain(names).map(|&name| name.to_owned()).collect();
        all.extend(template.map(|template| ReplyTemplate { path, template, of_item }));
    };
    push(&["text"], Some(&reply.text), false);
    push(&["title"], reply.title.as_ref(), false);
    push(&["image"], reply.image.as_ref(), false);
    for (index, fact) in reply.facts.iter().enumerate() {
        push(&["facts", &index.to_string(), "value"], Some(&fact.value), false);
    }
    for (index, button) in reply.buttons.iter().enumerate() {
        push(&["buttons", &index.to_string(), "url"], button.url.as_ref(), false);
    }
    if let Some(list) = &reply.list {
        push(&["list", "items"], Some(&list.items), false);
        push(&["list", "title"], Some(&list.title), true);
        push(&["list", "text"], list.text.as_ref(), true);
        for (index, column) in list.columns.iter().enumerate() {
            push(&["list", "columns", &index.to_string(), "value"], Some(&column.value), true);
        }
        for (index, button) in list.buttons.iter().enumerate() {
            push(&["list", "buttons", &index.to_string(), "url"], button.url.as_ref(), true);
        }
    }
    all
}

/// Checks the replies of a recipe. `scope` holds its inputs and the outputs of its steps.
pub(crate) fn check(checker: &mut Checker<'_>, recipe: &Recipe, scope: &Scope, known: Known<'_>) {
    let of_item = scope.clone().any_value("item");
    for ReplyTemplate { path, template, of_item: is_of_item } in replies(recipe) {
        let path = strs(&path);
        let scope = if is_of_item { &of_item } else { scope };
        checker.template(&path, &template.0, Kind::Text, scope);
        comparisons(checker, &path, &template.0, Kind::Text, recipe);
        if template.0.contains("](http:") {
            checker.mistake(&path, "](http:", "an address in a reply must begin with `https://`");
        }
    }
    for (path, reply) in with_paths(recipe) {
        let row_buttons = reply.list.iter().map(|list| (&list.buttons, MOST_ROW_BUTTONS, true));
        let cards = std::iter::once((&reply.buttons, MOST_BUTTONS, false));
        for (buttons, most, is_of_item) in cards.chain(row_buttons) {
            let path =
                if is_of_item { below(&path, &["list", "buttons"]) } else { below(&path, &["buttons"]) };
            if buttons.len() > most {
                checker.mistake(&path, "", format!("at most {most} buttons fit here: remove some"));
            }
            for (index, one) in buttons.iter().enumerate() {
                let scope = if is_of_item { &of_item } else { scope };
                button(checker, &below(&path, &[&index.to_string()]), one, scope, known);
            }
        }
        if reply.list.as_ref().is_some_and(|list| !list.columns.is_empty() && !list.buttons.is_empty()) {
            let message = "a table has no buttons in its rows: remove `columns`, or the buttons";
            checker.mistake(&below(&path, &["list"]), "", message);
        }
        if recipe.reply.has_card() && !reply.has_card() {
            let message = "the card of `reply` is missing in this language: write the whole table";
            checker.mistake(&path, "", message);
        }
    }
}

fn button(checker: &mut Checker<'_>, path: &[&str], button: &Button, scope: &Scope, known: Known<'_>) {
    let recipe = match (&button.url, &button.recipe) {
        (Some(_), None) => None,
        (None, Some(recipe)) => Some(recipe),
        _ => {
            checker.mistake(path, "", "a button has either a `url` or a `recipe`");
            return;
        }
    };
    for (name, tree) in &button.with {
        checker.tree(&below(path, &["with", name]), tree, scope);
    }
    let Some(recipe) = recipe else { return };
    let Some(started) = known.catalog.recipes.get(recipe) else {
        checker.mistake(&below(path, &["recipe"]), "", format!("there is no recipe `{recipe}`"));
        return;
    };
    for name in button.with.keys().filter(|name| !started.inputs.iter().any(|input| input.id == **name)) {
        let ids: Vec<_> = started.inputs.iter().map(|input| input.id.as_str()).collect();
        let message = format!("`{recipe}` has no input `{name}`: it has {}", ids.join(", "));
        checker.mistake(&below(path, &["with", name]), "", message);
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{only, recipe_mistakes};

    /// The mistakes of a recipe whose reply has these lines below its text.
    fn mistakes(reply: &str) -> Vec<String> {
        let text = "reply = \"\"\"\nNoted [it]({{ steps.first.link | link }})\n\
                    {% if steps.second %}and {{ steps.second.id }}{% endif %}\n\"\"\"\n";
        recipe_mistakes(text, &format!("\n[reply]\ntext = \"Noted\"\n{reply}\n"))
    }

    #[test]
    fn a_button_opens_an_address_or_starts_a_recipe_that_exists() {
        for (button, problem) in [
            ("", "a button has either a `url` or a `recipe`"),
            ("url = \"https://a.example\"\nrecipe = \"recipe\"", "either a `url` or a `recipe`"),
            ("recipe = \"nothing\"", "there is no recipe `nothing`"),
            ("recipe = \"recipe\"\nwith = { txt = \"x\" }", "`recipe` has no input `txt`: it has text, loud"),
            ("recipe = \"recipe\"\nwith = { text = \"{{ inputs.txt }}\" }", "`inputs.txt` does not exist"),
        ] {
            let mistake = only(mistakes(&format!("[[reply.buttons]]\ntitle = \"Next\"\n{button}")));
            assert!(mistake.contains(problem), "{mistake}");
        }
        assert_eq!(
            mistakes("[[reply.buttons]]\ntitle = \"Open\"\nurl = \"{{ steps.first.link }}\""),
            [""; 0]
        );
    }

    #[test]
    fn only_a_row_knows_its_item_and_a_table_has_no_buttons() {
        let row = |more: &str| {
            mistakes(&format!(
                "[reply.list]\nitems = \"{{{{ steps.first.id }}}}\"\ntitle = \"{{{{ item.Name }}}}\"\n{more}"
            ))
        };
        assert_eq!(row("text = \"{{ item.a.b or '' }}\""), [""; 0]);
        let outside = only(mistakes("title = \"{{ item }}\""));
        assert!(outside.contains("`item` is unknown"), "{outside}");
        let column = "columns = [{ title = \"A\", value = \"{{ item.a }}\" }]\n";
        let button = "[[reply.list.buttons]]\ntitle = \"Open\"\nurl = \"https://a.example\"";
        let table = only(row(&format!("{column}{button}")));
        assert!(table.contains("a table has no buttons"), "{table}");
        let many = only(row(&format!("{button}\n{button}\n{button}")));
        assert!(many.contains("at most 2 buttons fit here"), "{many}");
    }

    #[test]
    fn a_card_exists_in_every_language() {
        let mistake = only(mistakes("title = \"Note\"\n[de]\nreply = \"Notiert\""));
        assert!(mistake.contains("the card of `reply` is missing in this language"), "{mistake}");
    }
}
