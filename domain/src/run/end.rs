//! Why a run ends. A run carries this closed value; `present` makes the words of it when they are sent.

use serde::{Deserialize, Serialize};
use workbot_shared::AppId;

use crate::event::OutcomeLabel;
use crate::roster::MembershipError;

/// Why a run ends. Its stored form is that of its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// It did what it was to do.
    Succeeded {
        /// The recipe's own reply, in Markdown: the company's words. Empty where all was said, and once the run is over.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reply: String,
    },
    /// The person cancelled it.
    Cancelled,
    /// It waited for too long.
    Expired,
    /// The person disconnected an app that it would use.
    Disconnected {
        /// The app.
        app: AppId,
    },
    /// An admin disconnected an app that it would use.
    DisconnectedByAdmin {
        /// The app.
        app: AppId,
    },
    /// The recipe was changed or removed while the run waited.
    CommandChanged,
    /// An admin switched the recipe off.
    SwitchedOff,
    /// The recipe is not open to guests.
    NotForGuests,
    /// People of other organizations run nothing.
    NotForOutsiders,
    /// Teams does not list the person, or the bot, in the conversation of the command.
    NotOnRoster,
    /// The bot cannot write to the person, who would have to be asked.
    Unreachable,
    /// Another run, asked for in the same moment, asks for the same.
    AlreadyUnderWay,
    /// A template of the recipe gives no value.
    RecipeMistake,
    /// The recipe needs the person's mail address, which is not known.
    EmailUnknown,
    /// An admin stopped all use of the app.
    Frozen {
        /// The app.
        app: AppId,
    },
    /// The app lacks its registration.
    NotSetUp {
        /// The app.
        app: AppId,
    },
    /// The shared connection is missing.
    NoSharedConnection {
        /// The app.
        app: AppId,
    },
    /// A policy of the app refuses the access now.
    RefusedByPolicy {
        /// The app.
        app: AppId,
    },
    /// The app refused the call.
    Refused {
        /// The app.
        app: AppId,
        /// Why, in its own words. Empty once the run is over.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        message: String,
    },
    /// No request can be made of these values.
    InvalidRequest {
        /// The app.
        app: AppId,
    },
    /// A read brought more than a run keeps.
    TooMuch {
        /// The app.
        app: AppId,
    },
    /// The app cannot be used now. Nothing was done.
    AppUnavailable {
        /// The app.
        app: AppId,
    },
    /// A write went out and no response came.
    OutcomeUnknown {
        /// The app.
        app: AppId,
    },
    /// Something of ours did not work for long.
    Unavailable,
}

impl RunEnd {
    /// Whether the run did what it was to do.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded { .. })
    }

    /// Its word in the log. It says why, and holds no text of a person or an app.
    #[must_use]
    pub fn as_word(&self) -> &'static str {
        match self {
            Self::Succeeded { .. } => "succeeded",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Disconnected { .. } => "disconnected",
            Self::DisconnectedByAdmin { .. } => "disconnected_by_admin",
            Self::CommandChanged => "command_changed",
            Self::SwitchedOff => "switched_off",
            Self::NotForGuests => "not_for_guests",
            Self::NotForOutsiders => "not_for_outsiders",
            Self::NotOnRoster => "not_on_roster",
            Self::Unreachable => "unreachable",
            Self::AlreadyUnderWay => "already_under_way",
            Self::RecipeMistake => "recipe_mistake",
            Self::EmailUnknown => "email_unknown",
            Self::Frozen { .. } => "frozen",
            Self::NotSetUp { .. } => "not_set_up",
            Self::NoSharedConnection { .. } => "no_shared_connection",
            Self::RefusedByPolicy { .. } => "refused_by_policy",
            Self::Refused { .. } => "refused",
            Self::InvalidRequest { .. } => "invalid_request",
            Self::TooMuch { .. } => "too_much",
            Self::AppUnavailable { .. } => "app_unavailable",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::Unavailable => "unavailable",
        }
    }

    /// How the run ended, for the log.
    #[must_use]
    pub fn outcome(&self) -> OutcomeLabel {
        if self.is_success() { OutcomeLabel::Done } else { OutcomeLabel::Refused }
    }

    /// The app that ended it, if one did.
    #[must_use]
    pub fn app(&self) -> Option<&AppId> {
        match self {
            Self::Disconnected { app }
            | Self::DisconnectedByAdmin { app }
            | Self::Frozen { app }
            | Self::NotSetUp { app }
            | Self::NoSharedConnection { app }
            | Self::RefusedByPolicy { app }
            | Self::Refused { app, .. }
            | Self::InvalidRequest { app }
            | Self::TooMuch { app }
            | Self::AppUnavailable { app }
            | Self::OutcomeUnknown { app } => Some(app),
            _ => None,
        }
    }

    /// The reason alone, as it is kept of a run that is over.
    #[must_use]
    pub fn without_texts(self) -> Self {
        match self {
            Self::Succeeded { .. } => Self::Succeeded { reply: String::new() },
            Self::Refused { app, .. } => Self::Refused { app, message: String::new() },
            other => other,
        }
    }
}

impl From<MembershipError> for RunEnd {
    fn from(refusal: MembershipError) -> Self {
        match refusal {
            MembershipError::NoGuests => Self::NotForGuests,
            MembershipError::NoOutsiders => Self::NotForOutsiders,
        }
    }
}

/// The end of a run, as it is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Why it ends.
    pub end: RunEnd,
    /// The account that asked the app which ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl From<RunEnd> for Ending {
    fn from(end: RunEnd) -> Self {
        Self { end, account: None }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::Value;

    /// Every end there is.
    pub(crate) fn every_end() -> Vec<RunEnd> {
        let app = || AppId::parse("box").unwrap();
        vec![
            RunEnd::Succeeded { reply: "Created [Acme](https://a.example)".into() },
            RunEnd::Cancelled,
            RunEnd::Expired,
            RunEnd::Disconnected { app: app() },
            RunEnd::DisconnectedByAdmin { app: app() },
            RunEnd::CommandChanged,
            RunEnd::SwitchedOff,
            RunEnd::NotForGuests,
            RunEnd::NotForOutsiders,
            RunEnd::NotOnRoster,
            RunEnd::Unreachable,
            RunEnd::AlreadyUnderWay,
            RunEnd::RecipeMistake,
            RunEnd::EmailUnknown,
            RunEnd::Frozen { app: app() },
            RunEnd::NotSetUp { app: app() },
            RunEnd::NoSharedConnection { app: app() },
            RunEnd::RefusedByPolicy { app: app() },
            RunEnd::Refused { app: app(), message: "no".into() },
            RunEnd::InvalidRequest { app: app() },
            RunEnd::TooMuch { app: app() },
            RunEnd::AppUnavailable { app: app() },
            RunEnd::OutcomeUnknown { app: app() },
            RunEnd::Unavailable,
        ]
    }

    #[test]
    fn the_stored_word_of_an_end_is_the_one_in_the_log() {
        for end in every_end() {
            let stored = serde_json::to_value(&end).unwrap();
            let word = match &stored {
                Value::String(word) => word.clone(),
                stored => stored.as_object().unwrap().keys().next().unwrap().clone(),
            };
            assert_eq!(word, end.as_word());
            assert_eq!(serde_json::from_value::<RunEnd>(stored).unwrap(), end);
        }
        assert!(serde_json::from_str::<RunEnd>("\"rained_off\"").is_err(), "an unknown word is an error");
    }

    #[test]
    fn what_is_kept_of_an_end_holds_no_text() {
        for end in every_end() {
            let kept = end.clone().without_texts();
            assert_eq!((kept.as_word(), kept.app()), (end.as_word(), end.app()));
            let stored = serde_json::to_string(&kept).unwrap();
            assert!(!stored.contains("Acme") && !stored.contains("message"), "{stored}");
        }
    }
}
