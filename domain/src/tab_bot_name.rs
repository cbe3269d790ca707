//! The bot's name in the tab's HTML.

use crate::template::escape_html;

/// The bot's name in the tab's HTML. The tab's scripts read the name from the title.
pub const NAME_IN_HTML: &str = "Workbot";

/// Returns the tab's HTML with the deployment's name of the bot.
#[must_use]
pub fn call_bot(html: &str, name: &str) -> String {
    html.replace(NAME_IN_HTML, &escape_html(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tabs_html_has_the_deployments_name_of_the_bot() {
        let html = "<title>Workbot</title><p>Loading Workbot</p>";
        assert_eq!(call_bot(html, "A<b>&"), "<title>A&lt;b&gt;&amp;</title><p>Loading A&lt;b&gt;&amp;</p>");
    }
}
