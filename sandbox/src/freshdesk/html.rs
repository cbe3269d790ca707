//! Descriptions are HTML: Freshdesk stores the HTML as a block, and also returns its text.

/// The description as the API shows it.
pub fn block(description: &str) -> String {
    if description.starts_with('<') { description.to_owned() } else { format!("<div>{description}</div>") }
}

/// Its text. A `<` that does not begin a tag stays.
pub fn text(description: &str) -> String {
    let mut text = String::new();
    let mut rest = description;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        text.push_str(before);
        let is_tag = tag.chars().nth(1).is_some_and(|next| next.is_ascii_alphabetic() || "/!".contains(next));
        rest = match tag.split_once('>') {
            Some((_, after)) if is_tag => after,
            _ => {
                text.push('<');
                tag.strip_prefix('<').unwrap_or_default()
            }
        };
    }
    text.push_str(rest);
    // `&amp;` last: the text after it is not an entity.
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")];
    entities.into_iter().fold(text, |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_a_reader_of_the_markup_sees() {
        assert_eq!(text("<p>It shows <b>49</b> &amp; more</p>"), "It shows 49 & more");
        assert_eq!(text("1 < 2 > 1, <3"), "1 < 2 > 1, <3");
        assert_eq!(text("&amp;lt;"), "&lt;");
    }

    #[test]
    fn plain_text_becomes_a_block() {
        assert_eq!(block("It hums"), "<div>It hums</div>");
        assert_eq!(block("<p>It hums</p>"), "<p>It hums</p>");
    }
}
