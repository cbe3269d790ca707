//! Why a run ends, as a closed set. `present` renders the text when the reply is sent.

use serde::{Deserialize, Serialize};
use workbot_shared::AppId;

use super::ReplyCard;
use crate::connection::GuardrailError;
use crate::log_event::OutcomeLabel;
use crate::membership::MembershipError;

/// Why a run ends. The stored form is the variant's name in snake case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// All steps were done or skipped.
    Succeeded {
        /// The recipe's rendered reply, in Markdown. Empty where the reply was sent already, and once the run
        /// is over.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reply: String,
        /// The card below the reply.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        card: Option<Box<ReplyCard>>,
    },
    /// The person cancelled the run.
    Cancelled,
    /// The agent that asked for the run no longer acts for the person.
    AgentEnded,
    /// The run waited longer than [`WAIT_TIMEOUT`](super::WAIT_TIMEOUT).
    Expired,
    /// The person disconnected an app that the run needs.
    Disconnected {
        /// The disconnected app.
        app: AppId,
    },
    /// An admin disconnected an app that the run needs.
    DisconnectedByAdmin {
        /// The disconnected app.
        app: AppId,
    },
    /// An admin disconnected everything of the person.
    OffBoarded,
    /// The recipe was changed or removed while the run waited.
    CommandChanged,
    /// An admin disabled the recipe.
    SwitchedOff,
    /// The recipe is closed to guests.
    NotForGuests,
    /// The person belongs to another organization.
    NotForOutsiders,
    /// Teams does not list the person, or the bot, in the conversation of the command.
    NotOnRoster,
    /// The run needs an input or a login, and the bot cannot write to the person.
    Unreachable,
    /// Another run of the same command, given at the same moment, already waits for the login.
    AlreadyUnderWay,
    /// A template of the recipe yields no value.
    RecipeMistake,
    /// The recipe needs the person's email address, which is unknown.
    EmailUnknown,
    /// An admin froze the app.
    Frozen {
        /// The frozen app.
        app: AppId,
    },
    /// The deployment lacks the app's registration.
    NotSetUp {
        /// The app without a registration.
        app: AppId,
    },
    /// The tenant has no usable shared connection to the app.
    NoSharedConnection {
        /// The app without a shared connection.
        app: AppId,
    },
    /// The app's policy refuses access now; the tokens are kept.
    RefusedByPolicy {
        /// The app that refuses access.
        app: AppId,
    },
    /// A guardrail of the person's connection forbids the call.
    RefusedByGuardrail {
        /// The app of the connection.
        app: AppId,
        /// What is forbidden.
        guardrail: GuardrailError,
    },
    /// The app refused the call.
    Refused {
        /// The app that refused.
        app: AppId,
        /// The app's error message. Empty once the run is over.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        message: String,
    },
    /// The values make no valid request.
    InvalidRequest {
        /// The app whose request is invalid.
        app: AppId,
    },
    /// The output of a read exceeds the limit [`MOST_KEPT`](super::MOST_KEPT).
    TooMuch {
        /// The app that was read.
        app: AppId,
    },
    /// The app is unavailable. Nothing was done.
    AppUnavailable {
        /// The unavailable app.
        app: AppId,
    },
    /// A write was sent and its outcome is unknown.
    OutcomeUnknown {
        /// The app that was written to.
        app: AppId,
    },
    /// Workbot itself failed repeatedly.
    Unavailable,
}

impl RunEnd {
    /// Whether the run succeeded.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded { .. })
    }

    /// Returns the word for the log: the reason, without any text of a person or an app. It equals the stored
    /// name.
    #[must_use]
    pub fn as_word(&self) -> &'static str {
        match self {
            Self::Succeeded { .. } => "succeeded",
            Self::Cancelled => "cancelled",
            Self::AgentEnded => "agent_ended",
            Self::Expired => "expired",
            Self::Disconnected { .. } => "disconnected",
            Self::DisconnectedByAdmin { .. } => "disconnected_by_admin",
            Self::OffBoarded => "off_boarded",
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
            Self::RefusedByGuardrail { .. } => "refused_by_guardrail",
            Self::Refused { .. } => "refused",
            Self::InvalidRequest { .. } => "invalid_request",
            Self::TooMuch { .. } => "too_much",
            Self::AppUnavailable { .. } => "app_unavailable",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::Unavailable => "unavailable",
        }
    }

    /// Returns the outcome label for the log.
    #[must_use]
    pub fn outcome(&self) -> OutcomeLabel {
        if self.is_success() { OutcomeLabel::Done } else { OutcomeLabel::Refused }
    }

    /// Returns the app that caused the end, if one did.
    #[must_use]
    pub fn app(&self) -> Option<&AppId> {
        match self {
            Self::Disconnected { app }
            | Self::DisconnectedByAdmin { app }
            | Self::Frozen { app }
            | Self::NotSetUp { app }
            | Self::NoSharedConnection { app }
            | Self::RefusedByPolicy { app }
            | Self::RefusedByGuardrail { app, .. }
            | Self::Refused { app, .. }
            | Self::InvalidRequest { app }
            | Self::TooMuch { app }
            | Self::AppUnavailable { app }
            | Self::OutcomeUnknown { app } => Some(app),
            _ => None,
        }
    }

    /// Returns the reason without texts, as it is stored for a run that is over.
    #[must_use]
    pub fn without_texts(self) -> Self {
        match self {
            Self::Succeeded { .. } => Self::Succeeded { reply: String::new(), card: None },
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

/// The end of a run, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Why the run ends.
    pub end: RunEnd,
    /// The label of the account with which the app was called, if a call ended the run.
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

    /// One value of each variant.
    pub(crate) fn every_end() -> Vec<RunEnd> {
        let app = || AppId::parse("box").unwrap();
        vec![
            RunEnd::Succeeded { reply: "Created [Acme](https://a.example)".into(), card: None },
            RunEnd::Cancelled,
            RunEnd::AgentEnded,
            RunEnd::Expired,
            RunEnd::Disconnected { app: app() },
            RunEnd::DisconnectedByAdmin { app: app() },
            RunEnd::OffBoarded,
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
            RunEnd::RefusedByGuardrail { app: app(), guardrail: GuardrailError::ReadOnly },
            RunEnd::Refused { app: app(), message: "no".into() },
            RunEnd::InvalidRequest { app: app() },
            RunEnd::TooMuch { app: app() },
            RunEnd::AppUnavailable { app: app() },
            RunEnd::OutcomeUnknown { app: app() },
            RunEnd::Unavailable,
        ]
    }

    #[test]
    fn the_stored_word_of_an_end_equals_the_word_in_the_log() {
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
    fn the_stored_end_of_a_finished_run_holds_no_text() {
        for end in every_end() {
            let kept = end.clone().without_texts();
            assert_eq!((kept.as_word(), kept.app()), (end.as_word(), end.app()));
            let stored = serde_json::to_string(&kept).unwrap();
            assert!(!stored.contains("Acme") && !stored.contains("message"), "{stored}");
        }
    }
}
