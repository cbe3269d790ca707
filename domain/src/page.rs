//! The pages of a login, as a browser shows them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::template::{TemplateError, render_html};

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
    /// The app did not answer.
    Unreachable {
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

struct Shown {
    status: u16,
    good: bool,
    title: String,
    lines: Vec<String>,
    again: Option<String>,
}

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

impl Page {
    fn shown(&self) -> Shown {
        let page = |status: u16, title: &str, lines: &[&str]| Shown {
            status,
            good: status == 200,
            title: title.to_owned(),
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            again: None,
        };
        let ask_again = "Go back to Teams and ask Workbot for a new link.";
        match self {
            Self::Connected { app, account, shared } => page(
                200,
                "Successfully connected",
                &[
                    &if *shared {
                        format!("Workbot now acts in {app} as {account} for your company.")
                    } else {
                        format!("Workbot now acts in {app} as {account}.")
                    },
                    "You can close this page and return to Teams.",
                ],
            ),
            Self::AlreadyConnected { app } => page(
                200,
                "Already connected",
                &[
                    &format!("This login to {app} is finished."),
                    "You can close this page and return to Teams.",
                ],
            ),
            Self::SomeoneElse { signed_in_as, again } => Shown {
                again: Some(again.clone()),
                ..page(
                    403,
                    "This link was made for someone else",
                    &[
                        &format!("You are signed in as {signed_in_as}. Nothing was connected."),
                        "Ask Workbot for your own link, or use the account that the link was made for.",
                    ],
                )
            },
            Self::NotAnAdmin { signed_in_as } => page(
                403,
                "Only an admin can connect this",
                &[
                    &format!("You are signed in as {signed_in_as}. Nothing was connected."),
                    "Ask your Teams admin for the role Workbot.Admin, then open the link again.",
                ],
            ),
            Self::Declined { app } => page(
                403,
                "Nothing was connected",
                &[&format!("You declined access at {app}. Ask again any time.")],
            ),
            Self::SigninCancelled => page(
                403,
                "Nothing was connected",
                &["You cancelled the sign-in.", "Open the link again when you want to go on."],
            ),
            Self::SigninFailed => page(
                403,
                "The sign-in did not work",
                &[
                    "Nothing was connected.",
                    "Open the link again; if it keeps failing, tell your Workbot admin.",
                ],
            ),
            Self::Expired => page(410, "This link has expired", &["Nothing was connected.", ask_again]),
            Self::NotALink => page(
                400,
                "This link does not work",
                &["It is incomplete or was changed on its way.", ask_again],
            ),
            Self::AlreadyTaken => page(
                409,
                "This step was already taken",
                &["Nothing was changed.", "If the login is not finished, open the link from Teams again."],
            ),
            Self::OtherBrowser => page(
                400,
                "This login began in another browser",
                &[
                    "Nothing was connected.",
                    "Open the link from Teams again, and stay in one browser; cookies must be allowed.",
                ],
            ),
            Self::Unreachable { app } => page(
                502,
                &format!("{app} could not be reached"),
                &["Nothing was connected.", "Open the link from Teams again in a few minutes."],
            ),
            Self::Refused { app } => page(
                502,
                &format!("{app} did not accept the login"),
                &[
                    "Nothing was connected.",
                    "Open the link from Teams again; if it keeps failing, tell your Workbot admin.",
                ],
            ),
            Self::OtherCompany { app, account } => page(
                403,
                "This account belongs to another company",
                &[
                    &format!(
                        "{account} is not part of the {app} that your company connected. Nothing was connected."
                    ),
                    "Open the link from Teams again and log in with your work account.",
                ],
            ),
            Self::NotSetUp { app } => page(
                503,
                &format!("{app} is not set up here"),
                &["Nothing was connected.", "Ask your Workbot admin to set it up."],
            ),
            Self::Frozen { app } => page(
                503,
                &format!("{app} is stopped here for the moment"),
                &["Nothing was connected.", "Ask your Workbot admin when it can be used again."],
            ),
            Self::StillWorking => page(
                200,
                "Almost there",
                &[
                    "The login takes longer than usual and goes on by itself.",
                    "Return to Teams: Workbot tells you when it is done.",
                ],
            ),
            Self::OurFault { correlation_id } => page(
                500,
                "Something went wrong on our side",
                &["Nothing was connected.", &format!("If you report it, mention {correlation_id}.")],
            ),
            Self::Nothing => {
                page(200, "Nothing to do here", &["You can close this page and return to Teams."])
            }
        }
    }

    /// The app that the page is about.
    fn app(&self) -> Option<&str> {
        match self {
            Self::Connected { app, .. }
            | Self::AlreadyConnected { app }
            | Self::Declined { app }
            | Self::Unreachable { app }
            | Self::Refused { app }
            | Self::OtherCompany { app, .. }
            | Self::NotSetUp { app }
            | Self::Frozen { app } => Some(app),
            _ => None,
        }
    }

    /// The HTTP status and the HTML.
    ///
    /// # Errors
    /// A mistake in the page's template.
    pub fn render(&self) -> Result<(u16, String), TemplateError> {
        let shown = self.shown();
        let initial = self.app().and_then(|app| app.chars().next()).map(String::from);
        let values = json!({
            "initial": initial,
            "title": shown.title, "lines": shown.lines, "good": shown.good, "again": shown.again, "style": STYLE
        });
        Ok((shown.status, render_html(TEMPLATE, &values)?))
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
        let (status, html) = page.render().unwrap();
        assert_eq!(status, 200);
        assert!(html.contains("Successfully connected") && html.contains("&lt;b&gt;ada"), "{html}");
        let page = Page::SomeoneElse {
            signed_in_as: "bob@contoso.com".into(),
            again: "https://x/connect/00?a".into(),
        };
        let (status, html) = page.render().unwrap();
        assert_eq!(status, 403);
        assert!(html.contains("This link was made for someone else") && html.contains("Use another account"));
    }

    #[test]
    fn the_policy_names_the_very_style_that_the_page_holds() {
        let (_, html) = Page::Expired.render().unwrap();
        let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
        assert!(content_security_policy().contains(&format!("'sha256-{hash}'")));
        assert!(!html.contains("style=") && !html.contains("<script"));
    }
}
