//! What is reported of what happens: one line of the log, and one data point, for each event.
//!
//! An event is a closed set of typed fields, so that no token and no text of a message gets into it by accident. Nobody
//! is named in one: what belongs together is found by its [`CorrelationId`].

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::error::Error;
use workbot_shared::{AppId, ErrorCode, RecipeId, RevocationOutcome, TenantId};

use crate::config::Problem;
use crate::route::Route;

/// Finds everything that came of one request: eight hex digits in two groups, easy to read out. Empty where no request
/// stands behind what is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct CorrelationId(String);

impl CorrelationId {
    /// Of a request: from the end of Cloudflare's own name for it (`cf-ray`), which its support knows too; random where
    /// there is none.
    #[must_use]
    pub fn of_request(ray: Option<&str>, random: [u8; 4]) -> Self {
        let is_hex = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let ray = ray.and_then(|ray| ray.split('-').next()).filter(is_hex);
        let last = ray.and_then(|digits| digits.get(digits.len().checked_sub(8)?..));
        let digits = last.map_or_else(|| hex::encode(random), str::to_ascii_lowercase);
        let (one, other) = digits.split_at(4);
        Self(format!("{one}-{other}"))
    }

    /// As it is shown and logged.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no request stands behind what is done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What does not look like one names nothing.
impl From<String> for CorrelationId {
    fn from(text: String) -> Self {
        let fits = text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        Self(if fits { text } else { String::new() })
    }
}

/// Why something went wrong: the words of an error of ours, or words of the source. No other text can become one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Cause(String);

impl Cause {
    /// Of an error. Errors of ours hold no secret and nothing that a person wrote.
    #[must_use]
    pub fn of(error: &dyn Error) -> Self {
        Self(error.to_string())
    }

    /// In words of the source.
    #[must_use]
    pub fn named(words: &'static str) -> Self {
        Self(words.to_owned())
    }
}

/// What kind of thing a person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnKind {
    /// Wrote something.
    Message,
    /// Pressed a button.
    CardAction,
    /// Installed the bot.
    Installed,
    /// Removed it.
    Uninstalled,
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeLabel {
    /// As it should.
    Done,
    /// A turn that was delivered before.
    Repeated,
    /// A person asks too much at once.
    TooMany,
    /// The app, or a rule of ours, said no.
    Refused,
    /// The person has to log in.
    NeedsLogin,
    /// Nothing was done; it is tried again.
    NotNow,
    /// It is not known whether it was done.
    Unknown,
    /// The access token ended before its time, also after it was renewed.
    TokenDead,
    /// The app is stopped by an admin.
    Frozen,
    /// Our fault.
    Failed,
}

/// Who ended a connection, or why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DisconnectedBy {
    /// The connection's owner. In the log also an admin, for a shared connection.
    Owner,
    /// An admin, for the shared connection or for a person's.
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

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "docs/deploy.md says what each event means; the fields are the same in all")]
pub enum Event {
    /// A person said or pressed something.
    Turn {
        kind: TurnKind,
        outcome: OutcomeLabel,
        #[serde(skip_serializing_if = "Option::is_none")]
        recipe: Option<RecipeId>,
        ms: u64,
    },
    /// A browser's login came to its end. `outcome` is the page that it ends at.
    Login { app: AppId, shared: bool, outcome: &'static str, ms: u64 },
    /// An access was renewed, or not.
    Refresh { app: AppId, shared: bool, outcome: OutcomeLabel, ms: u64 },
    /// An app was called for a step of a run.
    Step { recipe: RecipeId, app: AppId, action: String, shared: bool, outcome: OutcomeLabel, ms: u64 },
    /// A run is over. `reason` is the word of its `RunEnd`; `ms` is since its command.
    Run { recipe: RecipeId, outcome: OutcomeLabel, reason: &'static str, ms: u64 },
    /// An app is connected.
    Connected { app: AppId, shared: bool },
    /// A connection was left.
    Disconnected { app: AppId, shared: bool, delete: bool, by: DisconnectedBy, outcome: RevocationOutcome },
    /// A connection ends soon; its owner was told, if it is a person.
    EndsSoon { app: AppId, shared: bool, by: ExpiryReason },
    /// A request was answered with an error.
    Refused {
        status: u16,
        code: ErrorCode,
        path: Route,
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<Cause>,
    },
    /// An app refuses our registration.
    AppSetup { app: AppId, status: u16 },
    /// An app refused a refresh without a known word. `error` is its own, if it has one.
    TokenErrorUnknown { app: AppId, status: u16, error: String },
    /// An app's code was not exchanged.
    ExchangeFailed { app: AppId, cause: Cause },
    /// A login was answered by another authorization server than it was sent to.
    MixUp { app: AppId, cause: Cause },
    /// The sign-in at Entra failed.
    SigninFailed { app: AppId, cause: Cause },
    /// An app could not be reached for a day.
    RevocationGivenUp { app: AppId },
    /// Teams did not take a message.
    SendFailed { cause: Cause },
    /// Teams does not say who a person is.
    MembershipUnknown { status: u16 },
    /// Due work failed; it is tried again. `job` is its key.
    JobFailed { job: String, cause: Cause },
    /// Due work was given up.
    JobParked { job: String },
    /// The due work of an object cannot be read or kept.
    JobsFailed { cause: Cause },
    /// The platform did not take an alarm.
    AlarmNotSet,
    /// A request to a vault failed.
    VaultFailed { cause: Cause },
    /// An object did not answer.
    ObjectFailed { cause: Cause },
    /// How far a run is could not be shown.
    ProgressFailed { cause: Cause },
    /// The tables of an object could not be brought up to date.
    MigrationFailed { cause: Cause },
    /// The platform does not count.
    RateLimitFailed { cause: Cause },
    /// A connection needs a key that is not there.
    MasterKeyMissing { kid: String },
    /// A rotation is under way.
    RetiredKeyInUse { kid: String, connections: i64, revocations: i64 },
    /// A vault could not wrap its keys anew.
    RewrapFailed,
    /// The configuration has mistakes.
    Misconfigured { problems: Vec<String> },
}

impl Event {
    /// The variables that are missing or malformed, the bot's or an app's.
    #[must_use]
    pub fn misconfigured(problems: &[Problem]) -> Self {
        Self::Misconfigured { problems: problems.iter().map(ToString::to_string).collect() }
    }

    /// Whether something did not go as it should on our side, or the platform's: then its line is an error.
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

/// An event, with where it belongs.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// What happened.
    #[serde(flatten)]
    pub event: &'a Event,
    /// What it came of.
    #[serde(skip_serializing_if = "CorrelationId::is_empty")]
    pub correlation_id: &'a CorrelationId,
    /// In which tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<&'a TenantId>,
}

/// What is counted of an event: a data point of Workers Analytics Engine.
#[derive(Debug, PartialEq)]
pub struct Point {
    /// The tenant.
    pub index: String,
    /// Event, app, recipe, outcome, action; empty where the event has none.
    pub blobs: [String; 5],
    /// Milliseconds; 0 where the event has none.
    pub ms: f64,
}

impl Report<'_> {
    /// The line of the log: one JSON object.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The data point.
    #[must_use]
    pub fn point(&self) -> Point {
        // Read back from the line: a second writer of every event would weigh more.
        let fields: Value = serde_json::from_str(&self.line()).unwrap_or_default();
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
    fn a_data_point_has_every_field_at_its_place() {
        let tenant = TenantId::parse("t1").unwrap();
        let id = CorrelationId::default();
        let point = |event: &Event| Report { event, correlation_id: &id, tenant: Some(&tenant) }.point();
        let of_step = point(&step());
        assert_eq!(of_step.blobs, ["step", "salesforce", "win-deal", "done", "create_record"]);
        assert_eq!((of_step.index.as_str(), of_step.ms), ("t1", 412.0));
        assert_eq!(point(&Event::AlarmNotSet).blobs, ["alarm_not_set", "", "", "", ""]);
    }

    #[test]
    fn a_correlation_id_is_the_end_of_cloudflares_name_for_the_request() {
        let of = |ray: Option<&str>| CorrelationId::of_request(ray, [0xab, 0xcd, 1, 2]).as_str().to_owned();
        assert_eq!(of(Some("230B030023AE2822-SJC")), "23ae-2822");
        for none in [None, Some(""), Some("short"), Some("</script>xxxxxxx")] {
            assert_eq!(of(none), "abcd-0102", "{none:?}");
        }
        assert!(CorrelationId::from("</b>".to_owned()).is_empty());
    }

    #[test]
    fn only_what_is_our_trouble_is_an_error_in_the_log() {
        assert!(!step().is_error() && Event::AlarmNotSet.is_error());
        let refused =
            |status| Event::Refused { status, code: ErrorCode::Internal, path: Route::NONE, cause: None };
        assert!(!refused(401).is_error() && refused(503).is_error());
    }
}
