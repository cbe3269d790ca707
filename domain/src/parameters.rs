//! Parameters in a line of text: `name: Acme amount: 5000 close_date: 2026-12-31`, typed, or pasted as a list.

use crate::catalogue::{Input, Recipe};
use crate::quotes::quoted;

/// What stands before a parameter in a list.
const LIST_MARKS: [&str; 15] =
    ["-", "*", "+", "•", "–", "—", "·", "◦", "○", "●", "▪", "■", "‣", "\u{2043}", "\u{2219}"];

/// Splits a text at the names of inputs: the ids, and the values as they are written. A value may be put in quotes, and
/// then holds anything. What stands before the first name is the value of the only input, if there is just one.
pub(crate) fn split<'a>(text: &str, recipe: &'a Recipe) -> Vec<(&'a str, String)> {
    let reader = Reader { recipe };
    let mut found = Vec::<(&str, String)>::new();
    let (mut rest, mut line_begins) = (text.trim_start(), true);
    if let [only] = recipe.inputs.as_slice() {
        let (value, tail) = reader.value(rest);
        found.push((only.id.as_str(), value.to_owned()));
        (rest, line_begins) = next_word(tail);
    }
    while !rest.is_empty() {
        if let Some((id, tail)) = reader.name_at(rest) {
            if let Some((_, value)) = found.last_mut() {
                value.truncate(value.trim_end().trim_end_matches([',', ';']).len());
            }
            let (value, tail) = reader.value(tail.trim_start_matches(' '));
            found.push((id, value.to_owned()));
            (rest, line_begins) = next_word(tail);
            continue;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let is_mark = reader.is_list_mark(word, tail.trim_start(), line_begins);
        let (next, next_line) = next_word(tail);
        if !is_mark && let Some((_, value)) = found.last_mut() {
            value.push_str(rest.strip_suffix(next).unwrap_or(word));
        }
        (rest, line_begins) = (next, next_line);
    }
    let cleaned = |(id, value): (_, String)| (id, value.trim().trim_end_matches(',').trim().to_owned());
    found.into_iter().map(cleaned).filter(|(_, value)| !value.is_empty()).collect()
}

/// A text without the spaces before its first word, and whether a line begins with that word.
fn next_word(text: &str) -> (&str, bool) {
    let next = text.trim_start();
    (next, text.strip_suffix(next).is_some_and(|spaces| spaces.contains('\n')))
}

struct Reader<'a> {
    recipe: &'a Recipe,
}

impl<'a> Reader<'a> {
    /// The input whose name stands here, with a colon; and what follows. An id comes before a label, a longer label
    /// before a shorter one.
    fn name_at<'t>(&self, text: &'t str) -> Option<(&'a str, &'t str)> {
        let named = |name: &str, input: &'a Input| Some((input.id.as_str(), after_name(text, name)?));
        let inputs = &self.recipe.inputs;
        inputs.iter().find_map(|input| named(&input.id, input)).or_else(|| {
            let labels = inputs
                .iter()
                .flat_map(|input| self.recipe.labels(input).filter_map(move |label| named(label, input)));
            labels.min_by_key(|(_, tail)| tail.len())
        })
    }

    /// The value in quotes with which a text begins, or nothing; and what follows.
    fn value<'t>(&self, text: &'t str) -> (&'t str, &'t str) {
        let goes_on = |tail: &str| {
            let (next, line_begins) = next_word(tail.trim_start_matches([',', ';']));
            let listed = || {
                let (mark, tail) = next.split_once(char::is_whitespace)?;
                Some(self.is_list_mark(mark, tail.trim_start(), line_begins))
            };
            next.is_empty()
                || next.len() < tail.len()
                    && (self.name_at(next).is_some()
                        || listed().unwrap_or_else(|| self.is_list_mark(next, "", line_begins)))
        };
        match quoted(text, goes_on) {
            Some((value, tail)) => (value, tail.trim_start_matches([',', ';'])),
            None => ("", text),
        }
    }

    /// Whether a word before a parameter is the mark of a list. A number is one at the start of a line only, and a mark
    /// before nothing too.
    fn is_list_mark(&self, word: &str, tail: &str, line_begins: bool) -> bool {
        let numbered = || {
            let number = word.strip_suffix(['.', ')']);
            number.is_some_and(|number| {
                (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
            })
        };
        let is_mark = LIST_MARKS.contains(&word);
        (is_mark && (self.name_at(tail).is_some() || line_begins && tail.is_empty()))
            || (line_begins && numbered() && self.name_at(tail).is_some())
    }
}

/// Whether two names cannot be told apart in a line of text.
#[cfg(any(test, feature = "source"))]
pub(crate) fn are_one_name(one: &str, other: &str) -> bool {
    after_name(&format!("{one}:"), other) == Some("")
}

/// What follows a name and its colon. Case does not matter, nor whether its words are joined by a space, `_` or `-`.
fn after_name<'t>(text: &'t str, name: &str) -> Option<&'t str> {
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
    match rest.strip_prefix([':', '：']) {
        Some(tail) => Some(tail),
        // As it is written in French.
        None => rest
            .trim_start_matches(' ')
            .strip_prefix([':', '：'])
            .filter(|tail| tail.is_empty() || tail.starts_with(char::is_whitespace)),
    }
}

/// Whether two characters are the same in a name: phones write another apostrophe.
fn is_alike(one: char, other: char) -> bool {
    let straight = |c| if c == '’' { '\'' } else { c };
    straight(one).to_lowercase().eq(straight(other).to_lowercase())
}

#[cfg(test)]
mod tests {
    use crate::catalogue::source::tests::real_catalogue;
    use workbot_shared::{Language, RecipeId};

    /// The values of a recipe's inputs in a text, in a language.
    fn given(recipe: &str, text: &str, language: Language) -> String {
        let catalogue = real_catalogue().in_language(language);
        let found = super::split(text, &catalogue.recipes[&RecipeId::parse(recipe).unwrap()]);
        found.into_iter().map(|(id, value)| format!("{id}={value}")).collect::<Vec<_>>().join("|")
    }

    const ALL: &str = "name=Acme|amount=5|close_date=2026-12-31";

    #[test]
    fn a_label_names_an_input_as_its_id_does_in_every_language() {
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
    fn the_marks_of_a_list_are_no_part_of_a_value() {
        for text in [
            "- name: Acme\n- amount: 5\n- close_date: 2026-12-31",
            "\n* name: Acme\n\n* amount: 5\n* close date: 2026-12-31\n",
            "• name: Acme\n• amount: 5\n• close_date: 2026-12-31\n•",
            "– name: Acme\n — amount: 5\n ·  close_date: 2026-12-31",
            "1. name: Acme\n2. amount: 5\n3) close_date: 2026-12-31",
            "- name: Acme - amount: 5 - close_date: 2026-12-31",
            "name: \"Acme\"\n- amount: 5\n- close_date: 2026-12-31\n-",
            "name: „Acme“,\n2. amount: „5“\n3. close_date: «2026-12-31»",
        ] {
            assert_eq!(given("create-opportunity", text, Language::En), ALL, "{text}");
        }
    }

    #[test]
    fn what_looks_like_a_mark_in_a_value_stays() {
        for (text, means) in [
            ("name: -5 amount: -5", "name=-5|amount=-5"),
            ("name: - 5 amount: - 5", "name=- 5|amount=- 5"),
            ("name: Phase 1. amount: 5", "name=Phase 1.|amount=5"),
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
    fn quotes_around_a_value_are_no_part_of_it_and_others_are() {
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
        assert_eq!(given("find-account", "\"Acme\" Labs", Language::En), "name=\"Acme\" Labs");
    }
}
