//! The last pages of a login, as values. `present::login_page` renders them.

use serde::{Deserialize, Serialize};

/// The page at which a login ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginPage {
    /// The login succeeded.
    Connected {
        /// The app's name.
        app: String,
        /// The label of the account.
        account: String,
        /// Whether it is a shared connection.
        #[serde(default)]
        shared: bool,
    },
    /// The ticket was used before.
    AlreadyConnected {
        /// The app's name.
        app: String,
    },
    /// The signed-in person is not the ticket's subject.
    SomeoneElse {
        /// The sign-in name.
        signed_in_as: String,
        /// The link that makes Entra ask for an account.
        again: String,
    },
    /// The ticket is for a shared connection, and the signed-in person is no admin (any more).
    NotAnAdmin {
        /// The sign-in name.
        signed_in_as: String,
    },
    /// The person declined at the app.
    Declined {
        /// The app's name.
        app: String,
    },
    /// The person cancelled the sign-in.
    SigninCancelled,
    /// The sign-in failed.
    SigninFailed,
    /// The ticket has expired.
    Expired,
    /// The link is incomplete, or not one of Workbot's.
    NotALink,
    /// The step was taken before.
    AlreadyTaken,
    /// The browser is not the one that opened the link.
    OtherBrowser,
    /// The authorization response came from another server than the app's.
    MixUp {
        /// The app's name.
        app: String,
    },
    /// The app did not respond.
    Unreachable {
        /// The app's name.
        app: String,
    },
    /// The app's response is unusable.
    Unreadable {
        /// The app's name.
        app: String,
    },
    /// The app refused for another reason.
    Refused {
        /// The app's name.
        app: String,
    },
    /// The account is outside the company boundary.
    OtherCompany {
        /// The app's name.
        app: String,
        /// The label of the account.
        account: String,
    },
    /// The account has no access to the organization that this deployment uses, or the person chose another.
    OtherOrganization {
        /// The app's name.
        app: String,
    },
    /// The app is not set up.
    NotSetUp {
        /// The app's name.
        app: String,
    },
    /// An admin froze the app.
    Frozen {
        /// The app's name.
        app: String,
    },
    /// Too many links are opened from this address or by this person.
    TooMany,
    /// The login takes longer than a browser should wait.
    StillWorking,
    /// Workbot failed.
    OurFault {
        /// What that means and what to do next, in the language of the page. `None`: nothing was connected.
        #[serde(default)]
        message: Option<String>,
        /// The id that finds the log line.
        correlation_id: String,
    },
    /// `/connect/done` without a result.
    Nothing,
}

impl LoginPage {
    /// Returns the HTTP status.
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
            | Self::OtherCompany { .. }
            | Self::OtherOrganization { .. } => 403,
            Self::AlreadyTaken => 409,
            Self::Expired => 410,
            Self::TooMany => 429,
            Self::OurFault { .. } => 500,
            Self::Unreachable { .. } | Self::Unreadable { .. } | Self::Refused { .. } => 502,
            Self::NotSetUp { .. } | Self::Frozen { .. } => 503,
        }
    }

    /// Returns the outcome of the login for the log.
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
            Self::OtherOrganization { .. } => "other_organization",
            Self::NotSetUp { .. } => "not_set_up",
            Self::Frozen { .. } => "frozen",
            Self::TooMany => "too_many",
            Self::StillWorking => "still_working",
            Self::OurFault { .. } => "failed",
            Self::Nothing => "nothing",
        }
    }

    /// Returns the name of the app that the page is about.
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
            | Self::OtherOrganization { app }
            | Self::NotSetUp { app }
            | Self::Frozen { app } => Some(app),
            _ => None,
        }
    }
}
