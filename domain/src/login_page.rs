//! The pages at which a login ends, as values. `present::login_page` makes what a browser shows.

use serde::{Deserialize, Serialize};

/// A page at which a login ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginPage {
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

impl LoginPage {
    /// Its HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
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
    #[must_use]
    pub fn app(&self) -> Option<&str> {
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
}
