//! The state of a run: its inputs, its fixed settings, and its progress.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;
use workbot_shared::{AppId, Language, RecipeId, RunId, RunStatus};

use crate::activity::Conversation;
use crate::catalog::{Catalog, Recipe, ReplyIn};
use crate::correlation_id::CorrelationId;
use crate::ids::ActivityId;
use crate::input_parsing::RawInputs;
use crate::membership::Membership;
use crate::person_template_variable::Contact;
use crate::time::Timestamp;

use super::agent_caller::{AgentCall, Approval};
use super::end::{Ending, RunEnd};
use super::form::{self, Form};
use super::recipe_settings::RunSettings;

/// The recipe id of a run that only connects an app. No recipe in the catalog has this id.
pub const CONNECT: &str = "connect";

/// How long a run waits for a person or an app, from the command or its last confirmation.
pub const WAIT_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// An app that does not respond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stall {
    /// The app.
    pub app: AppId,
    /// When the app first failed.
    pub since: Timestamp,
}

/// Version of the stored form. It rises when an older version of the code could not continue a run that a
/// newer one wrote.
const VERSION: u8 = 3;

/// Accepts only the current version.
fn known_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    match u8::deserialize(deserializer)? {
        VERSION => Ok(VERSION),
        other => Err(D::Error::custom(format!("unknown version {other} of a run"))),
    }
}

/// One execution of a recipe for one person. Its JSON is the stored form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The version of the stored form.
    #[serde(deserialize_with = "known_version")]
    pub v: u8,
    /// The run's id.
    pub id: RunId,
    /// The recipe's id, or [`CONNECT`] for a run that only connects an app.
    pub recipe: RecipeId,
    /// The app that the run connects, for a run that does nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connects: Option<AppId>,
    /// The conversation of the command.
    pub conversation: Conversation,
    /// The person's display name.
    pub person: String,
    /// The language of the command, and of all messages about it.
    #[serde(default)]
    pub language: Language,
    /// The typed inputs; empty while there is a form.
    pub inputs: Map<String, Value>,
    /// The titles of the inputs that are choices of an app, by input id, as the app named them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub titles: BTreeMap<String, String>,
    /// The form, while inputs are missing or wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// The person's standing in the tenant when the run started; `None` until it is read. A run that was
    /// stored without it reads it before it continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membership: Option<Membership>,
    /// The person's id and email address; read together with the standing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The settings when the run started; `None` until they are read.
    pub settings: Option<RunSettings>,
    /// The agent that asked for the run, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentCall>,
    /// The app that holds the run up, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stalled: Option<Stall>,
    /// When the command was given, or confirmed or repeated last.
    pub created_at: Timestamp,
    /// The correlation id in all log lines of this run.
    #[serde(default, skip_serializing_if = "CorrelationId::is_empty")]
    pub correlation: CorrelationId,
    /// The run's progress.
    pub state: RunState,
    /// The record of each step, in the recipe's order.
    pub steps: Vec<StepRecord>,
}

/// The progress of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// The steps are being done.
    Running,
    /// The run waits for its form.
    WaitingInput {
        /// The activity id of the form in the personal chat, once it is posted.
        card: Option<ActivityId>,
    },
    /// The run waits for logins.
    WaitingLogin {
        /// The activity id of the login card in the personal chat, once it is posted.
        card: Option<ActivityId>,
        /// The apps that the card asks for.
        apps: Vec<AppId>,
    },
    /// The run waits for the response to "Still do it?".
    WaitingConfirmation,
    /// The run of an agent waits until its person approves it.
    WaitingApproval {
        /// The activity id of the approval card in the personal chat, once it is posted.
        card: Option<ActivityId>,
    },
    /// The run waits for the answer to the question of a step.
    WaitingAnswer {
        /// The activity id of the question's card in the personal chat, once it is posted.
        card: Option<ActivityId>,
        /// The index of the step.
        step: usize,
    },
    /// The run has ended, and its end has to be sent.
    Replying(Ending),
    /// The run is over, and its end was sent.
    Over {
        /// Why it ended, without texts.
        end: RunEnd,
    },
    /// The person cancelled the run.
    Cancelled,
}

/// A [`RunState`] without its data. Its word is the `state` column of the table `run`, and the tag of the
/// stored JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunPhase {
    /// [`RunState::Running`]
    Running,
    /// [`RunState::WaitingInput`]
    WaitingInput,
    /// [`RunState::WaitingLogin`]
    WaitingLogin,
    /// [`RunState::WaitingConfirmation`]
    WaitingConfirmation,
    /// [`RunState::WaitingApproval`]
    WaitingApproval,
    /// [`RunState::WaitingAnswer`]
    WaitingAnswer,
    /// [`RunState::Replying`]
    Replying,
    /// [`RunState::Over`]
    Over,
    /// [`RunState::Cancelled`]
    Cancelled,
}

impl RunPhase {
    /// Every phase.
    pub const ALL: [Self; 9] = [
        Self::Running,
        Self::WaitingInput,
        Self::WaitingLogin,
        Self::WaitingConfirmation,
        Self::WaitingApproval,
        Self::WaitingAnswer,
        Self::Replying,
        Self::Over,
        Self::Cancelled,
    ];
    /// The run waits for its person.
    pub const WAITING: [Self; 5] = [
        Self::WaitingInput,
        Self::WaitingLogin,
        Self::WaitingConfirmation,
        Self::WaitingAnswer,
        Self::WaitingApproval,
    ];
    /// The run occupies one of its person's `OPEN_RUNS`.
    pub const OPEN: [Self; 7] = [
        Self::Running,
        Self::WaitingInput,
        Self::WaitingLogin,
        Self::WaitingConfirmation,
        Self::WaitingApproval,
        Self::WaitingAnswer,
        Self::Replying,
    ];
    /// Its end is decided.
    pub const DECIDED: [Self; 3] = [Self::Over, Self::Cancelled, Self::Replying];
    /// Nothing is to be done any more.
    pub const ENDED: [Self; 2] = [Self::Over, Self::Cancelled];

    /// The word that is stored.
    #[must_use]
    pub fn as_word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::WaitingInput => "waiting_input",
            Self::WaitingLogin => "waiting_login",
            Self::WaitingConfirmation => "waiting_confirmation",
            Self::WaitingApproval => "waiting_approval",
            Self::WaitingAnswer => "waiting_answer",
            Self::Replying => "replying",
            Self::Over => "over",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads a word. `None`: this version does not know it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_word() == word)
    }
}

impl RunState {
    /// The state without its data.
    #[must_use]
    pub fn phase(&self) -> RunPhase {
        match self {
            Self::Running => RunPhase::Running,
            Self::WaitingInput { .. } => RunPhase::WaitingInput,
            Self::WaitingLogin { .. } => RunPhase::WaitingLogin,
            Self::WaitingConfirmation => RunPhase::WaitingConfirmation,
            Self::WaitingApproval { .. } => RunPhase::WaitingApproval,
            Self::WaitingAnswer { .. } => RunPhase::WaitingAnswer,
            Self::Replying(_) => RunPhase::Replying,
            Self::Over { .. } => RunPhase::Over,
            Self::Cancelled => RunPhase::Cancelled,
        }
    }

    /// Returns the activity id of the posted form, login card or question.
    #[must_use]
    pub fn posted_card(&self) -> Option<&ActivityId> {
        match self {
            Self::WaitingInput { card }
            | Self::WaitingLogin { card, .. }
            | Self::WaitingAnswer { card, .. }
            | Self::WaitingApproval { card } => card.as_ref(),
            _ => None,
        }
    }
}

/// The record of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepRecord {
    /// Not started.
    Pending,
    /// Called, or about to be called; the outcome is unknown.
    Intended,
    /// Skipped, because its condition does not hold.
    Skipped,
    /// The person has answered the question.
    Answered {
        /// The values of the question's inputs, and the button, for later steps and the reply.
        answer: Map<String, Value>,
    },
    /// Done.
    Done {
        /// The stored output, for later steps and the reply.
        output: Value,
        /// The label of the account with which the step was done.
        account: String,
    },
}

impl Run {
    /// Creates a run of a recipe with the values `given` in the command.
    #[must_use]
    pub fn new(
        id: RunId,
        recipe_id: &RecipeId,
        recipe: &Recipe,
        given: RawInputs,
        asked_by: (Conversation, String),
        now: Timestamp,
    ) -> Self {
        let (inputs, form) = form::begin(recipe, given);
        let steps = vec![StepRecord::Pending; recipe.steps.len()];
        Self { inputs, form, steps, ..Self::empty(id, recipe_id.clone(), asked_by, now) }
    }

    /// Creates a run that shows its form first, with values that are a guess.
    #[must_use]
    pub fn guessed(mut self, given: RawInputs) -> Self {
        self.inputs = Map::new();
        self.form = Some(Form { given, guessed: true, ..Form::default() });
        self
    }

    /// Creates a run without inputs and steps.
    fn empty(id: RunId, recipe: RecipeId, asked_by: (Conversation, String), now: Timestamp) -> Self {
        let (conversation, person) = asked_by;
        Self {
            v: VERSION,
            id,
            recipe,
            connects: None,
            conversation,
            person,
            language: Language::default(),
            inputs: Map::new(),
            titles: BTreeMap::new(),
            form: None,
            membership: None,
            contact: None,
            settings: None,
            agent: None,
            stalled: None,
            created_at: now,
            correlation: CorrelationId::default(),
            state: RunState::Running,
            steps: Vec::new(),
        }
    }

    /// Creates a run that only connects an app. It waits for the login exactly like a run of a recipe.
    /// Returns `None` only if [`CONNECT`] were no valid id.
    #[must_use]
    pub fn connecting(
        id: RunId,
        app: AppId,
        asked_by: (Conversation, String),
        language: Language,
        now: Timestamp,
    ) -> Option<Self> {
        let recipe = RecipeId::parse(CONNECT).ok()?;
        Some(Self { connects: Some(app), language, ..Self::empty(id, recipe, asked_by, now) })
    }

    /// Whether the run uses the person's private connection to an app.
    #[must_use]
    pub fn is_as_person(&self, app: &AppId) -> bool {
        if self.connects.as_ref() == Some(app) {
            return true;
        }
        self.settings.as_ref().is_some_and(|settings| settings.as_person.contains(app))
    }

    /// Returns the apps that the run uses or connects.
    #[must_use]
    pub fn apps<'a>(&'a self, catalog: &'a Catalog) -> Vec<&'a AppId> {
        let recipe = catalog.recipes.get(&self.recipe);
        self.connects.iter().chain(recipe.iter().flat_map(|recipe| recipe.apps())).collect()
    }

    /// Returns the apps of the login card: those with which the run acts as the person.
    #[must_use]
    pub fn login_apps<'a>(&'a self, catalog: &'a Catalog) -> Vec<&'a AppId> {
        let apps = match &self.connects {
            Some(app) => vec![app],
            None => catalog.recipes.get(&self.recipe).map(Recipe::apps).unwrap_or_default(),
        };
        apps.into_iter().filter(|app| self.is_as_person(app)).collect()
    }

    /// Returns the apps whose shared connection the run still needs; empty before the settings are read.
    #[must_use]
    pub fn needs_shared(&self, catalog: &Catalog) -> Vec<AppId> {
        let working = matches!(self.state, RunState::Running | RunState::WaitingLogin { .. });
        let Some(recipe) = catalog.recipes.get(&self.recipe).filter(|_| working) else { return Vec::new() };
        if !self.settings.as_ref().is_some_and(|settings| settings.enabled) {
            return Vec::new();
        }
        let ahead: Vec<_> = self.ahead(recipe).collect();
        let apps = recipe.apps().into_iter();
        apps.filter(|app| ahead.contains(app) && !self.is_as_person(app)).cloned().collect()
    }

    /// Returns the apps of the steps that are not done.
    pub(super) fn ahead<'a>(&'a self, recipe: &'a Recipe) -> impl Iterator<Item = &'a AppId> {
        let undone = |record: &StepRecord| matches!(record, StepRecord::Pending | StepRecord::Intended);
        recipe
            .steps
            .iter()
            .zip(&self.steps)
            .filter(move |(_, record)| undone(record))
            .filter_map(|(step, _)| step.app())
    }

    /// Whether the run waits for a login to this app.
    #[must_use]
    pub fn waits_for(&self, app: &AppId) -> bool {
        matches!(&self.state, RunState::WaitingLogin { apps, .. } if apps.contains(app))
    }

    /// Whether the run waits for its person or an app, and so can be cancelled.
    #[must_use]
    pub fn waits(&self) -> bool {
        match self.state {
            RunState::WaitingInput { .. }
            | RunState::WaitingLogin { .. }
            | RunState::WaitingConfirmation
            | RunState::WaitingAnswer { .. }
            | RunState::WaitingApproval { .. } => true,
            // A run with a write in progress waits for the result of that write.
            RunState::Running => self.stalled.is_some() && !self.steps.contains(&StepRecord::Intended),
            RunState::Replying(_) | RunState::Over { .. } | RunState::Cancelled => false,
        }
    }

    /// Whether the run has waited for [`WAIT_TIMEOUT`], and so ends.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        let stalled = self.state == RunState::Running && self.stalled.is_some();
        (stalled || self.waits()) && now >= self.created_at + WAIT_TIMEOUT
    }

    /// Cancels the run if it waits. Returns whether it did.
    pub fn cancel(&mut self) -> bool {
        let waits = self.waits();
        if waits {
            self.state = RunState::Cancelled;
        }
        waits
    }

    /// Records the person's approval. Returns whether the run waited for it.
    fn approve(&mut self) -> bool {
        let waits = matches!(self.state, RunState::WaitingApproval { .. });
        if let (Some(agent), true) = (&mut self.agent, waits) {
            agent.approval = Approval::Given;
        }
        waits
    }

    /// Resumes the run after "Still do it", or after its person approved what an agent wants. Returns whether
    /// it waited for that.
    pub fn resume(&mut self, now: Timestamp) -> bool {
        let waits = self.approve() || self.state == RunState::WaitingConfirmation;
        if waits {
            self.state = RunState::Running;
            self.created_at = now;
        }
        waits
    }

    pub(super) fn wrote(&self, recipe: &Recipe, catalog: &Catalog) -> bool {
        recipe.steps.iter().zip(&self.steps).any(|(step, record)| {
            matches!(record, StepRecord::Done { .. } | StepRecord::Intended) && catalog.writes(step)
        })
    }

    /// Whether the run has written, or may have.
    #[must_use]
    pub fn has_written(&self, catalog: &Catalog) -> bool {
        catalog.recipes.get(&self.recipe).is_some_and(|recipe| self.wrote(recipe, catalog))
    }

    /// Whether a run that is driven in the request of its command has to be stored now. Without it a wait, a
    /// write in progress or a result would be lost with the object. A run that has only read is done again by
    /// the next delivery of its command.
    #[must_use]
    pub fn has_to_be_stored(&self, catalog: &Catalog) -> bool {
        match self.state {
            RunState::Running => self.stalled.is_some() || self.has_written(catalog),
            RunState::Replying(_) => self.has_written(catalog),
            RunState::WaitingInput { .. }
            | RunState::WaitingLogin { .. }
            | RunState::WaitingConfirmation
            | RunState::WaitingApproval { .. }
            | RunState::WaitingAnswer { .. }
            | RunState::Over { .. }
            | RunState::Cancelled => true,
        }
    }

    /// Returns the record of a step; [`StepRecord::Pending`] if there is no such step.
    #[must_use]
    pub fn record(&self, step: usize) -> StepRecord {
        self.steps.get(step).cloned().unwrap_or(StepRecord::Pending)
    }

    /// Sets the record of a step.
    pub fn set(&mut self, step: usize, record: StepRecord) {
        if let Some(slot) = self.steps.get_mut(step) {
            *slot = record;
        }
    }

    /// Ends the run early. The end is sent next.
    pub fn fail(&mut self, end: RunEnd) {
        self.state = RunState::Replying(end.into());
    }

    /// Marks the run as over. Only the reason of the end is stored.
    pub fn close(&mut self, end: RunEnd) {
        self.state = RunState::Over { end: end.without_texts() };
    }

    /// Continues the run after the logins it waited for.
    pub fn resume_after_login(&mut self) {
        self.state = RunState::Running;
        self.stalled = None;
    }

    /// Returns the run's status for lists.
    #[must_use]
    pub fn status(&self) -> RunStatus {
        match self.state {
            RunState::Running if self.stalled.is_some() => RunStatus::WaitingApp,
            RunState::Running => RunStatus::Running,
            RunState::WaitingInput { .. } => RunStatus::WaitingInput,
            RunState::WaitingLogin { .. } => RunStatus::WaitingLogin,
            RunState::WaitingConfirmation => RunStatus::WaitingConfirmation,
            RunState::WaitingApproval { .. } => RunStatus::WaitingApproval,
            RunState::WaitingAnswer { .. } => RunStatus::WaitingAnswer,
            RunState::Replying(_) | RunState::Over { .. } => RunStatus::Over,
            RunState::Cancelled => RunStatus::Cancelled,
        }
    }

    /// Whether an app did something for this run, or may have.
    #[must_use]
    pub fn has_effects(&self) -> bool {
        self.steps.iter().any(|record| matches!(record, StepRecord::Done { .. } | StepRecord::Intended))
    }

    /// Whether the result is posted in the conversation of the command, without the account.
    #[must_use]
    pub fn replies_here(&self, recipe: &Recipe) -> bool {
        recipe.reply_in == ReplyIn::Here && !self.conversation.is_private()
    }

    /// Whether an outsider gave the command. An outsider reads the refusal in that conversation: the bot has
    /// no chat with people of another tenant, and the refusal holds nothing private.
    #[must_use]
    pub fn is_by_an_outsider(&self) -> bool {
        self.membership == Some(Membership::Outsider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_state_is_the_tag_of_its_json() {
        let apps = Vec::new();
        for state in [
            RunState::Running,
            RunState::WaitingInput { card: None },
            RunState::WaitingLogin { card: None, apps },
            RunState::WaitingConfirmation,
            RunState::WaitingApproval { card: None },
            RunState::WaitingAnswer { card: None, step: 1 },
            RunState::Replying(RunEnd::Expired.into()),
            RunState::Over { end: RunEnd::Expired },
            RunState::Cancelled,
        ] {
            let json = serde_json::to_value(&state).unwrap();
            let tag = json.as_str().or_else(|| json.as_object()?.keys().next().map(String::as_str)).unwrap();
            assert_eq!(state.phase().as_word(), tag);
            assert_eq!(RunPhase::from_word(tag), Some(state.phase()));
        }
        assert_eq!(RunPhase::from_word("waiting_weather"), None);
    }
}
