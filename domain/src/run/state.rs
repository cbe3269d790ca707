//! A run: what it was told, what it keeps to, and how far it is.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;
use workbot_shared::{AppId, Language, RecipeId, RunId, RunStatus};

use crate::activity::Conversation;
use crate::catalog::{Catalog, Recipe, ReplyIn};
use crate::command::RawInputs;
use crate::contact::Contact;
use crate::event::CorrelationId;
use crate::roster::Membership;
use crate::time::Timestamp;

use super::end::{Ending, RunEnd};
use super::form::{self, Form};
use super::settings::RunSettings;

/// The recipe of a run that only connects an app. No recipe has this id.
pub const CONNECT: &str = "connect";

/// A run waits for a person this long.
pub const WAIT_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// An app that does not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stall {
    /// The app.
    pub app: AppId,
    /// Since when.
    pub since: Timestamp,
}

/// The version of the stored form. It rises when an older version could not go on with what a newer one wrote.
const VERSION: u8 = 2;

/// Refuses what another version wrote.
fn known_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    match u8::deserialize(deserializer)? {
        VERSION => Ok(VERSION),
        other => Err(D::Error::custom(format!("version {other} of a run is not known"))),
    }
}

/// One execution of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The version of the stored form.
    #[serde(deserialize_with = "known_version")]
    pub v: u8,
    /// Its id.
    pub id: RunId,
    /// The recipe; none of that name when the run only connects an app.
    pub recipe: RecipeId,
    /// The app that it connects, and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connects: Option<AppId>,
    /// Where the command was given.
    pub conversation: Conversation,
    /// What the person is called.
    pub person: String,
    /// The language of the command: all that is said about it is in it.
    #[serde(default)]
    pub language: Language,
    /// The inputs, typed; empty while there is a form.
    pub inputs: Map<String, Value>,
    /// What it still has to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// What the person is to the tenant, as it was when the run began; `None` until it is read. A run of a version that
    /// did not know it reads it before it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membership: Option<Membership>,
    /// Who the person is beyond their name; read with their standing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The settings, as they were when the run began; `None` until they are read.
    pub settings: Option<RunSettings>,
    /// What it waits for, if an app does not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stalled: Option<Stall>,
    /// When the command was given.
    pub created_at: Timestamp,
    /// Finds the log lines of all that it does.
    #[serde(default, skip_serializing_if = "CorrelationId::is_empty")]
    pub correlation: CorrelationId,
    /// How far it is.
    pub state: RunState,
    /// What came of its steps, in the recipe's order.
    pub steps: Vec<StepRecord>,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Its steps are being done.
    Running,
    /// It asks for what it has to be told.
    WaitingInput {
        /// The activity id of the form in the person's personal chat, once it is posted.
        card: Option<String>,
    },
    /// It asks for a login.
    WaitingLogin {
        /// The activity id of the card in the person's personal chat, once it is posted.
        card: Option<String>,
        /// The apps that it asked for.
        apps: Vec<AppId>,
    },
    /// It asked "Still do it?".
    WaitingConfirmation,
    /// Its end is to be told, and then it is over.
    Replying(Ending),
    /// It is over.
    Over {
        /// Why, without texts.
        end: RunEnd,
    },
    /// The person cancelled it.
    Cancelled,
}

/// A [`RunState`] without its data. Its word is the `state` column of the table `run`, and the tag of the stored JSON.
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
    /// [`RunState::Replying`]
    Replying,
    /// [`RunState::Over`]
    Over,
    /// [`RunState::Cancelled`]
    Cancelled,
}

impl RunPhase {
    /// Every phase.
    pub const ALL: [Self; 7] = [
        Self::Running,
        Self::WaitingInput,
        Self::WaitingLogin,
        Self::WaitingConfirmation,
        Self::Replying,
        Self::Over,
        Self::Cancelled,
    ];
    /// The run waits for its person.
    pub const WAITING: [Self; 3] = [Self::WaitingInput, Self::WaitingLogin, Self::WaitingConfirmation];
    /// The run occupies one of its person's `OPEN_RUNS`.
    pub const OPEN: [Self; 5] =
        [Self::Running, Self::WaitingInput, Self::WaitingLogin, Self::WaitingConfirmation, Self::Replying];
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
            Self::Replying(_) => RunPhase::Replying,
            Self::Over { .. } => RunPhase::Over,
            Self::Cancelled => RunPhase::Cancelled,
        }
    }

    /// The activity id of the card that is posted and asks for something.
    #[must_use]
    pub fn posted_card(&self) -> Option<&str> {
        match self {
            Self::WaitingInput { card } | Self::WaitingLogin { card, .. } => card.as_deref(),
            _ => None,
        }
    }
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepRecord {
    /// Not begun.
    Pending,
    /// About to be called, or called with an unknown outcome.
    Intended,
    /// Left out, because its condition did not hold.
    Skipped,
    /// Done.
    Done {
        /// What later steps can use.
        output: Value,
        /// The account that did it.
        account: String,
    },
}

impl Run {
    /// A new run of a recipe.
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

    /// A run that was told nothing and has nothing to do.
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
            form: None,
            membership: None,
            contact: None,
            settings: None,
            stalled: None,
            created_at: now,
            correlation: CorrelationId::default(),
            state: RunState::Running,
            steps: Vec::new(),
        }
    }

    /// A run that connects an app, so that what waits for a login is one and the same thing.
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

    /// Whether an app is used as the person.
    #[must_use]
    pub fn is_as_person(&self, app: &AppId) -> bool {
        if self.connects.as_ref() == Some(app) {
            return true;
        }
        self.settings.as_ref().is_some_and(|settings| settings.as_person.contains(app))
    }

    /// The apps that it is about.
    #[must_use]
    pub fn apps<'a>(&'a self, catalog: &'a Catalog) -> Vec<&'a AppId> {
        let recipe = catalog.recipes.get(&self.recipe);
        self.connects.iter().chain(recipe.iter().flat_map(|recipe| recipe.apps())).collect()
    }

    /// The apps that its login card shows: those that are used as the person.
    #[must_use]
    pub fn login_apps<'a>(&'a self, catalog: &'a Catalog) -> Vec<&'a AppId> {
        let apps = match &self.connects {
            Some(app) => vec![app],
            None => catalog.recipes.get(&self.recipe).map(Recipe::apps).unwrap_or_default(),
        };
        apps.into_iter().filter(|app| self.is_as_person(app)).collect()
    }

    /// The apps whose shared connection it still needs; none before its settings are read.
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

    /// The apps of the steps that are not done.
    pub(super) fn ahead<'a>(&'a self, recipe: &'a Recipe) -> impl Iterator<Item = &'a AppId> {
        let undone = |record: &StepRecord| matches!(record, StepRecord::Pending | StepRecord::Intended);
        recipe
            .steps
            .iter()
            .zip(&self.steps)
            .filter(move |(_, record)| undone(record))
            .map(|(step, _)| &step.app)
    }

    /// Whether it waits for a login to this app.
    #[must_use]
    pub fn waits_for(&self, app: &AppId) -> bool {
        matches!(&self.state, RunState::WaitingLogin { apps, .. } if apps.contains(app))
    }

    /// Whether it waits, for its person or for an app, and so can be cancelled.
    #[must_use]
    pub fn waits(&self) -> bool {
        match self.state {
            RunState::WaitingInput { .. } | RunState::WaitingLogin { .. } | RunState::WaitingConfirmation => {
                true
            }
            // What a write under way comes to is awaited.
            RunState::Running => self.stalled.is_some() && !self.steps.contains(&StepRecord::Intended),
            RunState::Replying(_) | RunState::Over { .. } | RunState::Cancelled => false,
        }
    }

    /// Whether it has waited for a day, and so is given up.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        let stalled = self.state == RunState::Running && self.stalled.is_some();
        (stalled || self.waits()) && now >= self.created_at + WAIT_TIMEOUT
    }

    /// The person wants it no more. Tells whether it still waited.
    pub fn cancel(&mut self) -> bool {
        let waits = self.waits();
        if waits {
            self.state = RunState::Cancelled;
        }
        waits
    }

    /// The person says "Still do it".
    pub fn resume(&mut self, now: Timestamp) -> bool {
        let waits = self.state == RunState::WaitingConfirmation;
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

    /// Whether it wrote something, or may have.
    #[must_use]
    pub fn has_written(&self, catalog: &Catalog) -> bool {
        catalog.recipes.get(&self.recipe).is_some_and(|recipe| self.wrote(recipe, catalog))
    }

    /// How far a step is.
    #[must_use]
    pub fn record(&self, step: usize) -> StepRecord {
        self.steps.get(step).cloned().unwrap_or(StepRecord::Pending)
    }

    /// Notes how far a step is.
    pub fn set(&mut self, step: usize, record: StepRecord) {
        if let Some(slot) = self.steps.get_mut(step) {
            *slot = record;
        }
    }

    /// Ends it early. It is told next.
    pub fn fail(&mut self, end: RunEnd) {
        self.state = RunState::Replying(end.into());
    }

    /// It is over. Of its end, the reason is kept.
    pub fn close(&mut self, end: RunEnd) {
        self.state = RunState::Over { end: end.without_texts() };
    }

    /// It goes on after the logins that it waited for.
    pub fn resume_after_login(&mut self) {
        self.state = RunState::Running;
        self.stalled = None;
    }

    /// How far it is, in a word.
    #[must_use]
    pub fn status(&self) -> RunStatus {
        match self.state {
            RunState::Running if self.stalled.is_some() => RunStatus::WaitingApp,
            RunState::Running => RunStatus::Running,
            RunState::WaitingInput { .. } => RunStatus::WaitingInput,
            RunState::WaitingLogin { .. } => RunStatus::WaitingLogin,
            RunState::WaitingConfirmation => RunStatus::WaitingConfirmation,
            RunState::Replying(_) | RunState::Over { .. } => RunStatus::Over,
            RunState::Cancelled => RunStatus::Cancelled,
        }
    }

    /// Whether an app did, or may have done, something for it.
    #[must_use]
    pub fn has_effects(&self) -> bool {
        self.steps.iter().any(|record| matches!(record, StepRecord::Done { .. } | StepRecord::Intended))
    }

    /// Whether the result goes to the place of the command, without the account.
    #[must_use]
    pub fn replies_here(&self, recipe: &Recipe) -> bool {
        recipe.reply_in == ReplyIn::Here && !self.conversation.is_private()
    }

    /// Whether an outsider gave the command. They read the refusal there: the bot has no chat with people of another
    /// tenant, and the refusal holds nothing private.
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
