//! The last pages of a login, as HTML.

mod text;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest, Sha256};
use workbot_shared::Language;

use super::text::Texts;
use crate::bot_name::bot;
use crate::login_page::LoginPage;
use crate::template::{TemplateError, render_html};

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

impl LoginPage {
    /// Returns the HTTP status and the HTML in a language.
    ///
    /// # Errors
    /// [`TemplateError`] for a mistake in the page's template.
    pub fn render(&self, language: Language) -> Result<(u16, String), TemplateError> {
        let (words, status) = (Texts(language), self.status());
        let (title, lines) = words.page(self);
        let again = if let Self::SomeoneElse { again, .. } = self { Some(again) } else { None };
        let values = json!({
            "language": language,
            "bot": bot(), "bot_initial": bot().chars().next(),
            "initial": self.app().and_then(|app| app.chars().next()),
            "title": title, "lines": lines, "good": status == 200,
            "again": again, "another_account": words.another_account(),
        });
        Ok((status, render_html(&TEMPLATE.replace("/* page.css */", STYLE), &values)?))
    }
}

/// Returns the Content-Security-Policy of the pages. They load nothing, run no script, and apply one style
/// sheet, which the policy identifies by its hash.
#[must_use]
pub fn content_security_policy() -> String {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_words_are_present_and_values_are_escaped() {
        let page = LoginPage::Connected {
            app: "Salesforce".into(),
            account: "<b>ada</b>@contoso.com".into(),
            shared: false,
        };
        let (status, html) = page.render(Language::En).unwrap();
        assert_eq!(status, 200);
        assert!(html.contains("Successfully connected") && html.contains("&lt;b&gt;ada"), "{html}");
        let page = LoginPage::SomeoneElse {
            signed_in_as: "bob@contoso.com".into(),
            again: "https://x/connect/00?a".into(),
        };
        let (status, html) = page.render(Language::En).unwrap();
        assert_eq!(status, 403);
        assert!(html.contains("This link was made for someone else") && html.contains("Use another account"));
    }

    #[test]
    fn a_page_has_the_requested_language_and_declares_it() {
        let page =
            LoginPage::SomeoneElse { signed_in_as: "bob@contoso.com".into(), again: "https://x/1?a".into() };
        for (language, words) in [
            (
                Language::En,
                ["<html lang=\"en\">", "This link was made for someone else", "Use another account"],
            ),
            (Language::De, ["<html lang=\"de\">", "Dieser Link ist für eine andere Person", "Anderes Konto"]),
        ] {
            let (status, html) = page.render(language).unwrap();
            assert!(status == 403 && words.iter().all(|words| html.contains(words)), "{html}");
        }
    }

    #[test]
    fn the_policy_has_the_hash_of_the_pages_style() {
        let (_, html) = LoginPage::Expired.render(Language::En).unwrap();
        let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
        assert!(content_security_policy().contains(&format!("'sha256-{hash}'")));
        assert!(!html.contains("style=") && !html.contains("<script"));
    }
}
