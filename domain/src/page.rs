//! The pages of a login, as a browser shows them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use workbot_shared::Language;

use crate::template::{TemplateError, render_html};
use crate::text::{Words, bot};

/// A page at which a login ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// It worked.
    Connected {
        /// The app's name.
        app: String,
        /// Who is connected.
        account: String,
        /// Whether it is the company's connection.
        #[serde(default)]
        shared: bool,
    },
    /// It had worked before.
    AlreadyConnected {
        /// The app's name.
        app: String,
    },
    /// Who signed in is not whom the link is for.
    SomeoneElse {
        /// Who signed in, as they know themselves.
        signed_in_as: String,
        /// The link, opened so that Entra asks for an account.
        again: String,
    },
    /// The link connects the company, and who signed in is no admin (any more).
    NotAnAdmin {
        /// Who signed in, as they know themselves.
        signed_in_as: String,
    },
    /// The person said no at the app.
    Declined {
        /// The app's name.
        app: String,
    },
    /// The person said no at the sign-in.
    SigninCancelled,
    /// The sign-in failed.
    SigninFailed,
    /// The link has expired.
    Expired,
    /// The link is not ours, or not whole.
    NotALink,
    /// The step was taken before.
    AlreadyTaken,
    /// The browser did not open the link itself.
    OtherBrowser,
    /// Another authorization server answered than the app's.
    MixUp {
        /// The app's name.
        app: String,
    },
    /// The app did not answer.
    Unreachable {
        /// The app's name.
        app: String,
    },
    /// The app answered, in a way that cannot be used.
    Unreadable {
        /// The app's name.
        app: String,
    },
    /// The app refused, for another reason than the person's no.
    Refused {
        /// The app's name.
        app: String,
    },
    /// The account belongs to another company.
    OtherCompany {
        /// The app's name.
        app: String,
        /// The account.
        account: String,
    },
    /// The app is not set up.
    NotSetUp {
        /// The app's name.
        app: String,
    },
    /// An admin stopped all use of the app.
    Frozen {
        /// The app's name.
        app: String,
    },
    /// Links are opened too often, from here or by this person.
    TooMany,
    /// It takes longer than a browser should wait.
    StillWorking,
    /// Our fault.
    OurFault {
        /// Finds the log line.
        correlation_id: String,
    },
    /// `/connect/done` without a result.
    Nothing,
}

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

impl Page {
    fn status(&self) -> u16 {
        match self {
            Self::Connected { .. } | Self::AlreadyConnected { .. } | Self::StillWorking | Self::Nothing => {
                200
            }
            Self::NotALink | Self::OtherBrowser | Self::MixUp { .. } => 400,
            Self::SomeoneElse { .. }
            | Self::NotAnAdmin { .. }
            | Self::Declined { .. }
            | Self::SigninCancelled
            | Self::SigninFailed
            | Self::OtherCompany { .. } => 403,
            Self::AlreadyTaken => 409,
            Self::Expired => 410,
            Self::TooMany => 429,
            Self::OurFault { .. } => 500,
            Self::Unreachable { .. } | Self::Unreadable { .. } | Self::Refused { .. } => 502,
            Self::NotSetUp { .. } | Self::Frozen { .. } => 503,
        }
    }

    /// What the login came to, in a word for the log.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Connected { .. } => "connected",
            Self::AlreadyConnected { .. } => "already_connected",
            Self::SomeoneElse { .. } => "someone_else",
            Self::NotAnAdmin { .. } => "not_an_admin",
            Self::Declined { .. } => "declined",
            Self::SigninCancelled => "signin_cancelled",
            Self::SigninFailed => "signin_failed",
            Self::Expired => "expired",
            Self::NotALink => "not_a_link",
            Self::AlreadyTaken => "already_taken",
            Self::OtherBrowser => "other_browser",
            Self::MixUp { .. } => "mix_up",
            Self::Unreachable { .. } => "unreachable",
            Self::Unreadable { .. } => "unreadable",
            Self::Refused { .. } => "refused",
            Self::OtherCompany { .. } => "other_company",
            Self::NotSetUp { .. } => "not_set_up",
            Self::Frozen { .. } => "frozen",
            Self::TooMany => "too_many",
            Self::StillWorking => "still_working",
            Self::OurFault { .. } => "failed",
            Self::Nothing => "nothing",
        }
    }

    /// The app that the page is about.
    fn app(&self) -> Option<&str> {
        match self {
            Self::Connected { app, .. }
            | Self::AlreadyConnected { app }
            | Self::Declined { app }
            | Self::MixUp { app }
            | Self::Unreachable { app }
            | Self::Unreadable { app }
            | Self::Refused { app }
            | Self::OtherCompany { app, .. }
            | Self::NotSetUp { app }
            | Self::Frozen { app } => Some(app),
            _ => None,
        }
    }

    /// The HTTP status and the HTML, in a language.
    ///
    /// # Errors
    /// A mistake in the page's template.
    pub fn render(&self, language: Language) -> Result<(u16, String), TemplateError> {
        let (words, status) = (Words(language), self.status());
        let (title, lines) = words.page(self);
        let again = if let Self::SomeoneElse { again, .. } = self { Some(again) } else { None };
        let values = json!({
            "language": language,
            "bot": bot(), "bot_initial": bot().chars().next(),
            "initial": self.app().and_then(|app| app.chars().next()),
            "title": title, "lines": lines, "good": status == 200,
            "again": again, "another_account": words.another_account(),
            "style": STYLE
        });
        Ok((status, render_html(TEMPLATE, &values)?))
    }
}

/// The Content-Security-Policy of the pages: nothing is loaded, nothing runs, one known style sheet applies.
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
    fn the_fixed_words_are_there_and_values_are_escaped() {
        let page = Page::Connected {
            app: "Salesforce".into(),
            account: "<b>ada</b>@contoso.com".into(),
            shared: false,
        };
        let (status, html) = page.render(Language::En).unwrap();
        assert_eq!(status, 200);
        assert!(html.contains("Successfully connected") && html.contains("&lt;b&gt;ada"), "{html}");
        let page = Page::SomeoneElse {
            signed_in_as: "bob@contoso.com".into(),
            again: "https://x/connect/00?a".into(),
        };
        let (status, html) = page.render(Language::En).unwrap();
        assert_eq!(status, 403);
        assert!(html.contains("This link was made for someone else") && html.contains("Use another account"));
    }

    #[test]
    fn a_page_is_in_the_language_that_it_is_asked_for_and_says_so() {
        let page =
            Page::SomeoneElse { signed_in_as: "bob@contoso.com".into(), again: "https://x/1?a".into() };
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
    fn the_policy_names_the_very_style_that_the_page_holds() {
        let (_, html) = Page::Expired.render(Language::En).unwrap();
        let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
        assert!(content_security_policy().contains(&format!("'sha256-{hash}'")));
        assert!(!html.contains("style=") && !html.contains("<script"));
    }
}
