//! The Markdown of messages and cards as HTML. All else that looks like HTML is text, as it may come from
//! people or from records of the apps.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Formats Markdown. Links open web addresses only; of an image its description is left.
pub fn to_html(text: &str) -> String {
    let mut open_links = Vec::new();
    let events = Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH).filter_map(|event| match event {
        // A mention.
        Event::InlineHtml(tag) if &*tag == "<at>" => Some(Event::Start(Tag::Strong)),
        Event::InlineHtml(tag) if &*tag == "</at>" => Some(Event::End(TagEnd::Strong)),
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Image { .. } | Tag::HtmlBlock) | Event::End(TagEnd::Image | TagEnd::HtmlBlock) => {
            None
        }
        Event::Start(Tag::Link { link_type, dest_url, id, .. }) => {
            let is_web = is_web_address(&dest_url);
            open_links.push(is_web);
            let title = CowStr::Borrowed("");
            is_web.then_some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::End(TagEnd::Link) => open_links.pop().unwrap_or(false).then_some(event),
        other => Some(other),
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    page
}

/// An address that a page may link to: no script, no data.
pub fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_bold_and_lists_are_formatted() {
        let html = to_html("**Done** in [Acme](https://a.example/1?a=1&b=2):\n\n- one\n- two");
        assert!(html.contains("<strong>Done</strong>"), "{html}");
        assert!(html.contains(r#"<a href="https://a.example/1?a=1&amp;b=2">Acme</a>"#), "{html}");
        assert!(html.contains("<li>one</li>"), "{html}");
        assert_eq!(to_html("<at>Ada</at> hello"), "<p><strong>Ada</strong> hello</p>\n");
    }

    #[test]
    fn everything_else_is_text() {
        for text in
            ["<script>x</script>", "a <img src=x onerror=y> b", "<div\nonclick=x>", "&lt;b onclick=x&gt;"]
        {
            let html = to_html(text);
            for tag in ["<script", "<img", "<div", "<b "] {
                assert!(!html.contains(tag), "{text}: {html}");
            }
        }
        for text in ["[x](javascript:alert(1))", "[x](data:text/html,x)", "![x](https://a.example/p.png)"] {
            assert_eq!(to_html(text), "<p>x</p>\n", "{text}");
        }
        let quoted = to_html(r#"[x](https://a.example/"onclick="y "z\" onclick=y")"#);
        assert!(!quoted.contains("\" onclick") && !quoted.contains("\"onclick"), "{quoted}");
    }
}
