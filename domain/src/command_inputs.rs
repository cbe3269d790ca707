//! Inputs in a line of text: `name: Acme amount: 5000 close_date: 2026-12-31`, typed or pasted as a list.

use crate::catalog::{Input, Recipe};
use crate::quotation_marks::quoted;

/// Marks before an item of a list.
const LIST_MARKS: [&str; 15] =
    ["-", "*", "+", "•", "–", "—", "·", "◦", "○", "●", "▪", "■", "‣", "\u{2043}", "\u{2219}"];

/// Marks of emphasis in Markdown; the longest match counts.
const EMPHASIS: [&str; 8] = ["***", "**", "*", "___", "__", "_", "~~", "`"];

const COLONS: [char; 2] = [':', '：'];

/// Splits a text at the names of inputs. Returns the input ids with the values as written.
///
/// A value in quotes may contain anything. With exactly one input, text before the first `name:` is its
/// value. If an input is given twice, the first value counts.
pub(crate) fn split<'a>(text: &str, recipe: &'a Recipe) -> Vec<(&'a str, String)> {
    let reader = Reader { recipe };
    let mut found = Vec::<(&str, String)>::new();
    // The index in `found` of the input that the text belongs to; `None` if that input was given before.
    let mut current = None;
    let (mut rest, mut line_begins) = (text.trim_start(), true);
    if let [only] = recipe.inputs.as_slice() {
        let (value, tail) = reader.value(rest);
        found.push((only.id.as_str(), value.to_owned()));
        current = Some(0);
        if !value.is_empty() {
            (rest, line_begins) = next_word(tail);
        }
    }
    while !rest.is_empty() {
        if let Some((id, tail)) = reader.name_in_line(rest, line_begins) {
            if let Some((_, value)) = current.and_then(|at| found.get_mut(at)) {
                value.truncate(value.trim_end().trim_end_matches([',', ';']).len());
            }
            let mut tail = tail.trim_start_matches(' ');
            current = match found.iter().position(|(other, _)| *other == id) {
                Some(before) => Some(before).filter(|at| found.get(*at).is_some_and(is_blank)),
                None => {
                    found.push((id, String::new()));
                    Some(found.len() - 1)
                }
            };
            if let Some((_, given)) = current.and_then(|at| found.get_mut(at)) {
                let (value, after) = reader.value(tail);
                value.clone_into(given);
                tail = after;
            }
            (rest, line_begins) = next_word(tail);
            continue;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let tail = rest.get(end..).unwrap_or_default();
        let is_mark = reader.is_list_mark(rest, line_begins);
        let (next, next_line) = next_word(tail);
        if !is_mark && let Some((_, value)) = current.and_then(|at| found.get_mut(at)) {
            value.push_str(before(rest, next));
        }
        (rest, line_begins) = (next, next_line);
    }
    let cleaned = |(id, value): (_, String)| (id, value.trim().trim_end_matches(',').trim().to_owned());
    found.into_iter().map(cleaned).filter(|(_, value)| !value.is_empty()).collect()
}

fn is_blank((_, value): &(&str, String)) -> bool {
    value.trim().is_empty()
}

/// Returns the text without leading spaces, and whether its first word starts a line.
fn next_word(text: &str) -> (&str, bool) {
    let next = text.trim_start();
    (next, before(text, next).contains('\n'))
}

/// Returns the part of a text before its suffix `end`. It compares lengths only, which keeps the split of a
/// long text linear.
fn before<'t>(text: &'t str, end: &str) -> &'t str {
    text.len().checked_sub(end.len()).and_then(|length| text.get(..length)).unwrap_or_default()
}

struct Reader<'a> {
    recipe: &'a Recipe,
}

impl<'a> Reader<'a> {
    /// Returns the input whose name stands here; at the start of a line also after a list mark.
    fn name_in_line<'t>(&self, text: &'t str, line_begins: bool) -> Option<(&'a str, &'t str)> {
        let listed = || after_list_mark(text).filter(|_| line_begins);
        self.name_at(text).or_else(|| self.name_at(listed()?.trim_start_matches(' ')))
    }

    /// Returns the input whose name stands here with a colon, with or without emphasis; and the text after
    /// it.
    fn name_at<'t>(&self, text: &'t str) -> Option<(&'a str, &'t str)> {
        self.emphasized(text, "").or_else(|| {
            let mark = EMPHASIS.iter().find(|mark| text.starts_with(**mark))?;
            self.emphasized(text.strip_prefix(mark)?, mark)
        })
    }

    /// Returns the input whose name stands here with a colon, and a mark before or after the colon; and the
    /// text after it. An id wins over a label, and a longer label over a shorter one.
    fn emphasized<'t>(&self, text: &'t str, mark: &str) -> Option<(&'a str, &'t str)> {
        let named = |name: &str, input: &'a Input| Some((input.id.as_str(), after_name(text, name, mark)?));
        let inputs = &self.recipe.inputs;
        inputs.iter().find_map(|input| named(&input.id, input)).or_else(|| {
            let labels = inputs
                .iter()
                .flat_map(|input| self.recipe.labels(input).filter_map(move |label| named(label, input)));
            labels.min_by_key(|(_, tail)| tail.len())
        })
    }

    /// Returns the quoted value that a text starts with, or an empty one; and the text after it.
    fn value<'t>(&self, text: &'t str) -> (&'t str, &'t str) {
        let goes_on = |tail: &str| {
            let (next, line_begins) = next_word(tail.trim_start_matches([',', ';']));
            next.is_empty()
                || next.len() < tail.len()
                    && (self.name_in_line(next, line_begins).is_some()
                        || self.is_list_mark(next, line_begins))
        };
        match quoted(text, goes_on) {
            Some((value, tail)) => (value, tail.trim_start_matches([',', ';'])),
            None => ("", text),
        }
    }

    /// Whether a text starts with a list mark that stands alone before a parameter. A number counts only at
    /// the start of a line. There a mark at the end of the text counts too.
    fn is_list_mark(&self, text: &str, line_begins: bool) -> bool {
        let after =
            after_list_mark(text).filter(|after| after.is_empty() || after.starts_with(char::is_whitespace));
        let is_number = text.starts_with(|c: char| c.is_ascii_digit());
        after.is_some_and(|after| {
            let tail = after.trim_start();
            let is_last = tail.is_empty() && !is_number;
            line_begins && is_last || (line_begins || !is_number) && self.name_at(tail).is_some()
        })
    }
}

/// Returns the text after the mark or number of a list item.
fn after_list_mark(text: &str) -> Option<&str> {
    LIST_MARKS.iter().find_map(|mark| text.strip_prefix(mark)).or_else(|| {
        let after = text.trim_start_matches(|c: char| c.is_ascii_digit());
        after.strip_prefix(['.', ')']).filter(|_| (1..=3).contains(&before(text, after).len()))
    })
}

/// Whether two names are the same in a line of text.
///
/// ```
/// use workbot_domain::command_inputs::are_one_name;
///
/// assert!(are_one_name("close_date", "Close date"));
/// assert!(!are_one_name("close_date", "closed"));
/// ```
#[must_use]
pub fn are_one_name(one: &str, other: &str) -> bool {
    after_name(&format!("{one}:"), other, "") == Some("")
}

/// Returns the text after a name, its colon, and a mark before or after the colon. Case is ignored, and so is
/// whether the words are joined by a space, `_` or `-`.
fn after_name<'t>(text: &'t str, name: &str, mark: &str) -> Option<&'t str> {
    let rest = after_words(text, name)?;
    match rest.strip_prefix(mark) {
        Some(rest) => after_colon(rest),
        None => rest.trim_start_matches(' ').strip_prefix(COLONS)?.trim_start_matches(' ').strip_prefix(mark),
    }
}

fn after_words<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let joins = |c: char| matches!(c, ' ' | '_' | '-');
    let mut rest = text;
    let mut words = name.split(joins).filter(|word| !word.is_empty()).peekable();
    words.peek()?;
    while let Some(word) = words.next() {
        let mut letters = rest.chars();
        if !word.chars().all(|c| letters.next().is_some_and(|other| is_alike(c, other))) {
            return None;
        }
        rest = letters.as_str();
        if words.peek().is_some() {
            rest = rest.strip_prefix(joins)?.trim_start_matches(joins);
        }
    }
    Some(rest)
}

fn after_colon(text: &str) -> Option<&str> {
    let is_apart = |tail: &&str| tail.is_empty() || tail.starts_with(char::is_whitespace);
    // The French spelling has a space before the colon.
    let spaced = || text.trim_start_matches(' ').strip_prefix(COLONS).filter(is_apart);
    text.strip_prefix(COLONS).or_else(spaced)
}

/// Whether two characters are the same in a name. Phones write a typographic apostrophe.
fn is_alike(one: char, other: char) -> bool {
    let straight = |c| if c == '’' { '\'' } else { c };
    straight(one).to_lowercase().eq(straight(other).to_lowercase())
}

#[cfg(test)]
mod tests {
    use crate::catalog::tests::real_catalog;
    use workbot_shared::{Language, RecipeId};

    /// The inputs of a recipe in a text, in a language.
    fn given(recipe: &str, text: &str, language: Language) -> String {
        let catalog = real_catalog().in_language(language);
        let found = super::split(text, &catalog.recipes[&RecipeId::parse(recipe).unwrap()]);
        found.into_iter().map(|(id, value)| format!("{id}={value}")).collect::<Vec<_>>().join("|")
    }

    const ALL: &str = "name=Acme|amount=5|close_date=2026-12-31";

    #[test]
    fn a_label_names_an_input_like_its_id_in_every_language() {
        for text in [
            "name: Acme amount: 5 close_date: 2026-12-31",
            "Name: Acme AMOUNT: 5 Close date: 2026-12-31",
            "name:Acme amount:5 close  date:2026-12-31",
            "name : Acme amount : 5 close-date : 2026-12-31",
            "name： Acme amount：5 CLOSE_DATE：2026-12-31",
            "Name: Acme Betrag: 5 Abschlussdatum: 2026-12-31",
            "name: Acme, betrag: 5; abschlussdatum: 2026-12-31,",
        ] {
            for language in Language::ALL {
                assert_eq!(given("create-opportunity", text, language), ALL, "{text}");
            }
        }
        let ticket = "subject: Printer Requester’s email: ada@contoso.com Beschreibung: no paper";
        assert_eq!(
            given("create-ticket", ticket, Language::En),
            "subject=Printer|email=ada@contoso.com|description=no paper"
        );
    }

    #[test]
    fn list_marks_are_no_part_of_a_value() {
        for text in [
            "- name: Acme\n- amount: 5\n- close_date: 2026-12-31",
            "\n* name: Acme\n\n* amount: 5\n* close date: 2026-12-31\n",
            "• name: Acme\n• amount: 5\n• close_date: 2026-12-31\n•",
            "– name: Acme\n — amount: 5\n ·  close_date: 2026-12-31",
            "1. name: Acme\n2. amount: 5\n3) close_date: 2026-12-31",
            "- name: Acme - amount: 5 - close_date: 2026-12-31",
            "name: \"Acme\"\n- amount: 5\n- close_date: 2026-12-31\n-",
            "name: „Acme“,\n2. amount: „5“\n3. close_date: «2026-12-31»",
            "-name: Acme\n-amount: 5\n-close_date: 2026-12-31",
            "*name: Acme\n*amount: 5\n*close date: 2026-12-31",
            "•name: Acme\n\n •amount: 5\n–close_date: 2026-12-31",
            "1.name: Acme\n2.amount: 5\n3)close_date: 2026-12-31",
            "**name:** Acme\n**amount:** 5\n**close_date:** 2026-12-31",
            "*name*: Acme\n_amount_: 5\n__Close date__: 2026-12-31",
            "- **name**: Acme\n- **amount:** 5\n- *close_date:* 2026-12-31",
            "-**name**: Acme\n1._amount_: 5\n12. ***close_date***: 2026-12-31",
            "**name:** Acme **amount:** 5 **close_date:** 2026-12-31",
            "**name** : Acme\n`amount`: 5\n~~close_date~~: 2026-12-31",
            "**name:**Acme\n**amount：** 5\n**close-date :** 2026-12-31",
            "name: \"Acme\"\n-amount: 5\n**close_date**: 2026-12-31",
        ] {
            assert_eq!(given("create-opportunity", text, Language::En), ALL, "{text}");
        }
    }

    #[test]
    fn a_list_mark_inside_a_value_stays() {
        for (text, means) in [
            ("name: -5 amount: -5", "name=-5|amount=-5"),
            ("name: - 5 amount: - 5", "name=- 5|amount=- 5"),
            ("name: Phase 1. amount: 5", "name=Phase 1.|amount=5"),
            ("name: **Acme** _x_ amount: *5*", "name=**Acme** _x_|amount=*5*"),
            ("name: x -amount: 5", "name=x -amount: 5"),
            ("name: x\n-5\n1.5\namount: 5", "name=x\n-5\n1.5|amount=5"),
            ("name: x\n--amount: 5\n**amount: 7", "name=x\n--amount: 5\n**amount: 7"),
            ("name: x\n1234.amount: 5\n1amount: 5", "name=x\n1234.amount: 5\n1amount: 5"),
            ("name: A - B * C – D", "name=A - B * C – D"),
            ("name: one\n- two\n- three", "name=one\n- two\n- three"),
            ("name: Rename: x filename: y", "name=Rename: x filename: y"),
            ("name: http://name.example amount: 5", "name=http://name.example|amount=5"),
            ("name: yes, sir, amount: 5", "name=yes, sir|amount=5"),
            ("name: call name :) amount: 5", "name=call name :)|amount=5"),
        ] {
            assert_eq!(given("create-opportunity", text, Language::En), means, "{text}");
        }
    }

    #[test]
    fn quotes_around_a_value_are_removed_and_others_stay() {
        for (text, means) in [
            ("name: „Acme GmbH“ amount: 5", "name=Acme GmbH|amount=5"),
            ("name: «Acme SA», amount: 5", "name=Acme SA|amount=5"),
            ("name: ‘O’Brien’ amount: 5", "name=O’Brien|amount=5"),
            ("name: 'O'Brien & Sons' amount: '5'", "name=O'Brien & Sons|amount=5"),
            ("name: O'Brien amount: 5'", "name=O'Brien|amount=5'"),
            ("name: \"the amount: deal\" amount: 5", "name=the amount: deal|amount=5"),
            ("name: \"x\" and \"amount: 5\" amount: 1", "name=x\" and \"amount: 5|amount=1"),
            ("name: \"Acme\" Corp amount: 5", "name=\"Acme\" Corp|amount=5"),
            ("name: \"Acme amount: 5", "name=\"Acme|amount=5"),
            ("name: The „big“ deal amount: 5", "name=The „big“ deal|amount=5"),
        ] {
            assert_eq!(given("create-opportunity", text, Language::En), means, "{text}");
        }
        assert_eq!(given("find-account", "„name: x“", Language::En), "name=name: x");
        for listed in ["1. name: x", "-name: x", "**name:** x", "- *name*: x"] {
            assert_eq!(given("find-account", listed, Language::En), "name=x", "{listed}");
        }
        assert_eq!(given("find-account", "\"Acme\" Labs", Language::En), "name=\"Acme\" Labs");
    }
}
