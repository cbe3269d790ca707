//! Events: one log line and one data point for each.
//!
//! An event is a closed set of typed fields, so no token and no text of a message gets into it by accident.
//! It names no person. Events of one request share a [`CorrelationId`].

use serde::Serialize;
use serde_json::Value;
use std::error::Error;
use workbot_shared::{AppId, ErrorCode, RecipeId, RevocationOutcome, TenantId};

use crate::activity::TurnEvent;
use crate::config::Problem;
use crate::correlation_id::CorrelationId;
use crate::json;
use crate::route::Route;

/// The cause of a failure: the text of one of Workbot's errors, or a literal of the source. Nothing else can
/// be logged as a cause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Cause(String);

impl Cause {
    /// Creates a cause from an error. Workbot's errors hold no secret and no text of a person.
    #[must_use]
    pub fn of(error: &dyn Error) -> Self {
        Self(error.to_string())
    }

    /// Creates a cause from a literal.
    #[must_use]
    pub fn named(words: &'static str) -> Self {
        Self(words.to_owned())
    }
}

/// The kind of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnKind {
    /// A message.
    Message,
    /// A button.
    CardAction,
    /// An installation.
    Installed,
    /// An uninstallation.
    Uninstalled,
}

impl TurnKind {
    /// Returns the kind of an act.
    #[must_use]
    pub fn of(act: &TurnEvent) -> Self {
        match act {
            TurnEvent::Message(_) => Self::Message,
            TurnEvent::CardAction { .. } => Self::CardAction,
            TurnEvent::Installed => Self::Installed,
            TurnEvent::Uninstalled => Self::Uninstalled,
        }
    }
}

/// The outcome of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeLabel {
    /// It succeeded.
    Done,
    /// The turn was delivered before.
    Repeated,
    /// The person is over a limit.
    TooMany,
    /// The app, or one of Workbot's rules, refused.
    Refused,
    /// The person has to log in.
    NeedsLogin,
    /// Nothing was done; it is retried.
    NotNow,
    /// The outcome is unknown.
    Unknown,
    /// The app refused the access token before its expiry, and the renewed one too.
    TokenDead,
    /// The app is frozen.
    Frozen,
    /// Workbot failed.
    Failed,
}

/// Who or what ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DisconnectedBy {
    /// Its owner. In the log also an admin, for a shared connection.
    Owner,
    /// An admin.
    Admin,
    /// The person uninstalled the bot.
    Uninstall,
    /// The connection was idle for too long.
    Idle,
}

/// Why a connection ends soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryReason {
    /// The connection is idle.
    Idle,
    /// The login expires at the app.
    App,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "docs/deploy.md says what each event means; the fields are the same in all")]
pub enum Event {
    /// A person sent a message or pressed a button.
    Turn {
        kind: TurnKind,
        outcome: OutcomeLabel,
        #[serde(skip_serializing_if = "Option::is_none")]
        recipe: Option<RecipeId>,
        ms: u64,
    },
    /// A browser's login ended. `outcome` is the word of its last page.
    Login { app: AppId, shared: bool, outcome: &'static str, ms: u64 },
    /// An access token was refreshed, or the refresh failed.
    Refresh { app: AppId, shared: bool, outcome: OutcomeLabel, ms: u64 },
    /// An app was called for a step of a run.
    Step { recipe: RecipeId, app: AppId, action: String, shared: bool, outcome: OutcomeLabel, ms: u64 },
    /// A run ended. `reason` is the word of its `RunEnd`; `ms` counts from its command.
    Run { recipe: RecipeId, outcome: OutcomeLabel, reason: &'static str, ms: u64 },
    /// An app was connected.
    Connected { app: AppId, shared: bool },
    /// A connection was disconnected or deleted.
    Disconnected { app: AppId, shared: bool, delete: bool, by: DisconnectedBy, outcome: RevocationOutcome },
    /// A connection ends soon. The owner of a private one was notified.
    EndsSoon { app: AppId, shared: bool, by: ExpiryReason },
    /// A request got an error response.
    Refused {
        status: u16,
        code: ErrorCode,
        path: Route,
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<Cause>,
    },
    /// An app refuses Workbot's registration.
    AppSetup { app: AppId, status: u16 },
    /// An app refused a refresh without a known error code. `error` is the app's own code, if it has one.
    TokenErrorUnknown { app: AppId, status: u16, error: String },
    /// The exchange of an authorization code failed.
    ExchangeFailed { app: AppId, cause: Cause },
    /// An authorization response came from another server than the login's.
    MixUp { app: AppId, cause: Cause },
    /// The sign-in at Entra failed.
    SigninFailed { app: AppId, cause: Cause },
    /// A revocation was given up after a day.
    RevocationGivenUp { app: AppId },
    /// The language model did not respond, or not as demanded. `status` is 0 without a response.
    LanguageModelFailed { status: u16 },
    /// Teams did not accept a message.
    SendFailed { cause: Cause },
    /// Teams did not identify a person.
    MembershipUnknown { status: u16 },
    /// A job failed and is retried. `job` is its key.
    JobFailed { job: String, cause: Cause },
    /// A job was parked.
    JobParked { job: String },
    /// The job table of an object could not be read or written.
    JobsFailed { cause: Cause },
    /// The platform did not set an alarm.
    AlarmNotSet,
    /// A request to a vault failed.
    VaultFailed { cause: Cause },
    /// A Durable Object did not respond.
    ObjectFailed { cause: Cause },
    /// A run's progress could not be shown.
    ProgressFailed { cause: Cause },
    /// The tables of an object could not be migrated.
    MigrationFailed { cause: Cause },
    /// The platform's rate limiter failed.
    RateLimitFailed { cause: Cause },
    /// A connection needs a master key that is not configured.
    MasterKeyMissing { kid: String },
    /// A key rotation is in progress.
    RetiredKeyInUse { kid: String, connections: i64, revocations: i64 },
    /// A vault could not wrap its data keys with the active master key.
    RewrapFailed,
    /// The configuration has mistakes.
    Misconfigured { problems: Vec<String> },
}

impl Event {
    /// Creates the event for missing or malformed variables, of the bot or of an app.
    #[must_use]
    pub fn misconfigured(problems: &[Problem]) -> Self {
        Self::Misconfigured { problems: problems.iter().map(ToString::to_string).collect() }
    }

    /// Whether Workbot or the platform is at fault. The log line is then an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        match self {
            Self::Turn { outcome, .. } => *outcome == OutcomeLabel::Failed,
            Self::Login { .. }
            | Self::Refresh { .. }
            | Self::Step { .. }
            | Self::Run { .. }
            | Self::Connected { .. }
            | Self::Disconnected { .. }
            | Self::EndsSoon { .. }
            | Self::RetiredKeyInUse { .. } => false,
            Self::Refused { status, .. } => *status >= 500,
            _ => true,
        }
    }
}

/// An event with its context.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// The event.
    #[serde(flatten)]
    pub event: &'a Event,
    /// The request that caused it.
    #[serde(skip_serializing_if = "CorrelationId::is_empty")]
    pub correlation_id: &'a CorrelationId,
    /// The tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<&'a TenantId>,
}

/// A data point of Workers Analytics Engine.
#[derive(Debug, PartialEq)]
pub struct Point {
    /// The tenant.
    pub index: String,
    /// Event, app, recipe, outcome, action. A value that the event lacks is empty.
    pub blobs: [String; 5],
    /// The duration in milliseconds; 0 for an event without one.
    pub ms: f64,
}

impl Report<'_> {
    /// Returns the log line: one JSON object.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns the data point of an event with this log line.
    #[must_use]
    pub fn point(&self, line: &str) -> Point {
        // The fields are read from the log line, because a second serializer for all events would enlarge the
        // module.
        let fields: Value = json::value(line.as_bytes()).unwrap_or_default();
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Point {
            index: self.tenant.map(|tenant| tenant.as_str().to_owned()).unwrap_or_default(),
            blobs: ["event", "app", "recipe", "outcome", "action"].map(text),
            ms: fields.get("ms").and_then(Value::as_f64).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step() -> Event {
        Event::Step {
            recipe: RecipeId::parse("win-deal").unwrap(),
            app: AppId::parse("salesforce").unwrap(),
            action: "create_record".to_owned(),
            shared: false,
            outcome: OutcomeLabel::Done,
            ms: 412,
        }
    }

    #[test]
    fn a_line_is_one_json_object_with_the_documented_fields() {
        let tenant = TenantId::parse("T1").unwrap();
        let id = CorrelationId::from("23ae-2822".to_owned());
        let report = Report { event: &step(), correlation_id: &id, tenant: Some(&tenant) };
        assert_eq!(
            report.line(),
            r#"{"event":"step","recipe":"win-deal","app":"salesforce","action":"create_record","shared":false,"outcome":"done","ms":412,"correlation_id":"23ae-2822","tenant":"t1"}"#
        );
        let event = Event::VaultFailed { cause: Cause::named("a \"quote\"\nand a line") };
        let line = Report { event: &event, correlation_id: &CorrelationId::default(), tenant: None }.line();
        assert_eq!(line, r#"{"event":"vault_failed","cause":"a \"quote\"\nand a line"}"#);
    }

    #[test]
    fn a_data_point_has_every_field_in_its_place() {
        let tenant = TenantId::parse("t1").unwrap();
        let id = CorrelationId::default();
        let point = |event: &Event| {
            let report = Report { event, correlation_id: &id, tenant: Some(&tenant) };
            report.point(&report.line())
        };
        let of_step = point(&step());
        assert_eq!(of_step.blobs, ["step", "salesforce", "win-deal", "done", "create_record"]);
        assert_eq!((of_step.index.as_str(), of_step.ms), ("t1", 412.0));
        assert_eq!(point(&Event::AlarmNotSet).blobs, ["alarm_not_set", "", "", "", ""]);
    }

    #[test]
    fn only_our_own_failures_are_errors_in_the_log() {
        assert!(!step().is_error() && Event::AlarmNotSet.is_error());
        let refused =
            |status| Event::Refused { status, code: ErrorCode::Internal, path: Route::NONE, cause: None };
        assert!(!refused(401).is_error() && refused(503).is_error());
    }
}
