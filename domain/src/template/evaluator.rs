//! The evaluator of a template: statements, and the text between them.
//!
//! Statements are read but not executed in the branches that do not apply.

use serde_json::{Value as Json, json};
use workbot_shared::Language;

use super::expression::{Expressions, Outcome};
use super::value::Value;

/// Adds a value to the output in the form of its place.
pub(super) type Write<'a> = &'a dyn Fn(&mut String, &Value) -> Result<(), &'static str>;

/// A template under evaluation.
pub(super) struct Evaluator<'t, 'v> {
    source: Expressions<'t, 'v>,
    /// Whether the last tag removes the white space after it.
    trims: bool,
    write: Write<'v>,
    out: String,
}

impl<'t, 'v> Evaluator<'t, 'v> {
    pub(super) fn new(text: &'t str, values: &'v Json, language: Language, write: Write<'v>) -> Self {
        // A file's last line end is not part of its template.
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        Self { source: Expressions::new(text, values, language), trims: false, write, out: String::new() }
    }

    /// Evaluates the text. `live` is false to read it only.
    pub(super) fn text(mut self, live: bool) -> Outcome<String> {
        match self.block(live)? {
            "" => Ok(self.out),
            word => Err(format!("`{word}` has no beginning").into()),
        }
    }

    fn end(&mut self, end: &str) -> Outcome<()> {
        self.trims = self.source.end(end)?;
        Ok(())
    }

    /// Evaluates until a tag that ends a block or begins another branch; returns its word, or an empty one at
    /// the end of the text.
    fn block(&mut self, live: bool) -> Outcome<&'t str> {
        loop {
            let is_tag = |&(at, _): &(usize, _)| {
                self.source.rest.get(at + 1..).is_some_and(|rest| rest.starts_with(['{', '%', '#']))
            };
            let at =
                self.source.rest.match_indices('{').find(is_tag).map_or(self.source.rest.len(), |(at, _)| at);
            let (literal, tag) = self.source.rest.split_at(at);
            let mut characters = tag.chars().skip(1);
            let kind = characters.next();
            let sign = characters.next();
            let literal = if self.trims { literal.trim_start() } else { literal };
            let literal = if sign == Some('-') { literal.trim_end() } else { literal };
            if live {
                self.out.push_str(literal);
            }
            let Some(kind) = kind else {
                self.source.rest = "";
                return Ok("");
            };
            let skipped = if matches!(sign, Some('-' | '+')) { 3 } else { 2 };
            self.source.rest = tag.get(skipped..).unwrap_or_default();
            match kind {
                '#' => {
                    let (comment, rest) =
                        self.source.rest.split_once("#}").ok_or("a comment has no end: write `#}`")?;
                    self.trims = comment.ends_with('-');
                    self.source.rest = rest;
                }
                '{' => {
                    let value = self.source.expression()?;
                    self.end("}}")?;
                    if live {
                        (self.write)(&mut self.out, &value)?;
                    }
                }
                _ => match self.source.identifier()? {
                    word @ ("elif" | "else" | "endif" | "endfor") => return Ok(word),
                    "if" => self.conditional(live)?,
                    "for" => self.repetition(live)?,
                    "set" => self.definition(live)?,
                    word => {
                        return Err(
                            format!("no such statement `{word}`: there are `if`, `for` and `set`").into()
                        );
                    }
                },
            }
        }
    }

    fn conditional(&mut self, live: bool) -> Outcome<()> {
        let mut taken = !live;
        let mut holds = self.condition(!taken)?;
        loop {
            self.end("%}")?;
            let runs = !taken && holds;
            taken |= runs;
            holds = match self.block(runs)? {
                "elif" => self.condition(!taken)?,
                "else" => true,
                "endif" => return self.end("%}"),
                _ => return Err("`if` without `endif`".into()),
            };
        }
    }

    fn condition(&mut self, live: bool) -> Outcome<bool> {
        let value = self.source.expression()?;
        Ok(live && value.is_true()?)
    }

    fn repetition(&mut self, live: bool) -> Outcome<()> {
        let name = self.source.name()?;
        if !self.source.word("in") {
            return Err("a loop has the form `for name in list`".into());
        }
        let list = self.source.either()?;
        self.end("%}")?;
        let items = if live { list.items()? } else { Vec::new() };
        let (body, trims, known, count) =
            (self.source.rest, self.trims, self.source.locals.len(), items.len());
        let counts = body.contains("loop");
        let mut end = None;
        for (place, item) in items.into_iter().enumerate() {
            (self.source.rest, self.trims) = (body, trims);
            if counts {
                let place = json!({
                    "index": place + 1, "index0": place, "first": place == 0, "last": place + 1 == count,
                    "length": count, "revindex": count - place, "revindex0": count - place - 1,
                });
                self.source.locals.push(("loop", place.into()));
            }
            self.source.locals.push((name, item));
            end = Some(self.block(true)?);
            self.source.locals.truncate(known);
        }
        let mut end = match end {
            Some(end) => end,
            None => self.block(false)?,
        };
        if end == "else" {
            self.end("%}")?;
            end = self.block(live && count == 0)?;
        }
        if end == "endfor" { self.end("%}") } else { Err("`for` without `endfor`".into()) }
    }

    fn definition(&mut self, live: bool) -> Outcome<()> {
        let name = self.source.name()?;
        if !self.source.symbol("=") {
            return Err("`set` has the form `set name = value`".into());
        }
        let value = self.source.expression()?;
        if let (true, Value::Failed(why)) = (live, &value) {
            return Err((*why).into());
        }
        if live {
            self.source.locals.push((name, value));
        }
        self.end("%}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(template: &str) -> Outcome<String> {
        let values =
            json!({ "list": ["a", "b"], "none": null, "text": "Grüße", "nested": { "0": 1, "in": 2 } });
        let write = |out: &mut String, value: &Value| {
            out.push_str(&value.shown()?);
            Ok(())
        };
        Evaluator::new(template, &values, Language::En, &write).text(true)
    }

    #[test]
    fn a_loop_counts_its_items() {
        let counted =
            "{% for x in list %}{{ loop.index }}/{{ loop.length }}{{ x }}{{ loop.last }} {% endfor %}";
        assert_eq!(text(counted).unwrap(), "1/2aFalse 2/2bTrue ");
        assert_eq!(text("{% for x in none %}{{ x }}{% else %}empty{% endfor %}").unwrap(), "empty");
        assert!(text("{% for x in nothing %}{% endfor %}").is_err());
    }

    #[test]
    fn a_branch_that_does_not_apply_fails_for_its_words_only() {
        assert_eq!(text("{% if none %}{{ a.b.c | day }}{% else %}x{% endif %}").unwrap(), "x");
        assert_eq!(text("{{ text or a.b.c }}{{ 'y' if list else a.b.c }}").unwrap(), "Grüßey");
        assert!(text("{% if none %}{{ a | unheard }}{% endif %}").unwrap_err().contains("`unheard`"));
    }

    #[test]
    fn white_space_is_removed_where_a_tag_says_so() {
        assert_eq!(text("a \n{{- text -}}\n b {#- c -#} d\n").unwrap(), "aGrüßebd");
        assert_eq!(text("{% if list -%}\n a {%- endif %} b\r\n").unwrap(), "a b");
    }

    #[test]
    fn members_items_and_parts_are_found_by_name_and_number() {
        assert_eq!(text("{{ nested.in }}{{ nested['0'] }}{{ list.1 }}{{ list[-2] }}").unwrap(), "21ba");
        assert_eq!(text("{{ text[2:4] }}{{ text[-2:] }}{{ text[:-9] }}{{ list[1:] }}").unwrap(), "üßße['b']");
    }
}
