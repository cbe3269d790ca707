//! Runs: one execution of a recipe for one person. The vault asks [`next`] what to do, does it, notes what came of it,
//! and asks again. Everything that decides is in the run itself, so it survives a crash, a redeployment and a login
//! that comes hours later.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use workbot_shared::{AppId, RecipeId, RunId};

use crate::activity::Conversation;
use crate::call::Outcome;
use crate::catalogue::{Catalogue, Recipe, ReplyIn};
use crate::template::{Target, TemplateError};
use crate::text;
use crate::time::Timestamp;

mod next;
mod settings;

pub use next::{Next, STILL_WANTED_AFTER, WAITS_FOR, next};
pub use settings::{CannotSet, RunSettings, SetByAdmin};

/// One execution of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The recipe.
    pub recipe: RecipeId,
    /// Where the command was given.
    pub conversation: Conversation,
    /// What the person is called.
    pub person: String,
    /// The inputs, typed.
    pub inputs: Map<String, Value>,
    /// The settings, as they were when the run began; `None` until they are read.
    pub settings: Option<RunSettings>,
    /// When the command was given.
    pub created_at: Timestamp,
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
    /// It asks for a login.
    WaitingLogin {
        /// The activity id of the card in the person's personal chat, once it is posted.
        card: Option<String>,
        /// The apps that it asked for.
        apps: Vec<AppId>,
    },
    /// It asked "Still do it?".
    WaitingConsent,
    /// It has this to say, and then it is over.
    Replying {
        /// The reply, in Markdown.
        text: String,
        /// Whether it worked.
        ok: bool,
    },
    /// It is over.
    Over {
        /// Whether it worked.
        ok: bool,
    },
    /// The person cancelled it.
    Cancelled,
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
        inputs: Map<String, Value>,
        asked_by: (Conversation, String),
        now: Timestamp,
    ) -> Self {
        let (conversation, person) = asked_by;
        Self {
            id,
            recipe: recipe_id.clone(),
            conversation,
            person,
            inputs,
            settings: None,
            created_at: now,
            state: RunState::Running,
            steps: vec![StepRecord::Pending; recipe.steps.len()],
        }
    }

    /// Whether an app is used as the person.
    #[must_use]
    pub fn is_as_person(&self, app: &AppId) -> bool {
        self.settings.as_ref().is_some_and(|settings| settings.as_person.contains(app))
    }

    /// The apps whose shared connection it still needs; none before its settings are read.
    #[must_use]
    pub fn needs_shared(&self, catalogue: &Catalogue) -> Vec<AppId> {
        let working = matches!(self.state, RunState::Running | RunState::WaitingLogin { .. });
        let Some(recipe) = catalogue.recipes.get(&self.recipe).filter(|_| working) else { return Vec::new() };
        if !self.settings.as_ref().is_some_and(|settings| settings.enabled) {
            return Vec::new();
        }
        let ahead: Vec<_> = self.ahead(recipe).collect();
        let apps = recipe.apps().into_iter();
        apps.filter(|app| ahead.contains(app) && !self.is_as_person(app)).cloned().collect()
    }

    /// The apps of the steps that are not done.
    fn ahead<'a>(&'a self, recipe: &'a Recipe) -> impl Iterator<Item = &'a AppId> {
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

    /// Cancels it, if it has not begun to act.
    #[must_use]
    pub fn can_be_cancelled(&self) -> bool {
        matches!(self.state, RunState::WaitingLogin { .. } | RunState::WaitingConsent)
    }

    /// The person says "Still do it".
    pub fn resume(&mut self, now: Timestamp) -> bool {
        let waits = self.state == RunState::WaitingConsent;
        if waits {
            self.state = RunState::Running;
            self.created_at = now;
        }
        waits
    }

    fn values(&self, recipe: &Recipe) -> Value {
        let steps: Map<String, Value> = recipe
            .steps
            .iter()
            .zip(&self.steps)
            .map(|(step, record)| {
                let output =
                    if let StepRecord::Done { output, .. } = record { output.clone() } else { Value::Null };
                (step.id.clone(), output)
            })
            .collect();
        json!({ "inputs": self.inputs, "steps": steps })
    }

    fn wrote(&self, recipe: &Recipe, catalogue: &Catalogue) -> bool {
        recipe.steps.iter().zip(&self.steps).any(|(step, record)| {
            matches!(record, StepRecord::Done { .. } | StepRecord::Intended)
                && catalogue
                    .apps
                    .get(&step.app)
                    .and_then(|app| app.actions.get(&step.action))
                    .is_some_and(|a| a.writes)
        })
    }

    /// Notes what came of a call.
    ///
    /// Only [`Outcome::TokenDead`] is not for here: the caller renews the token or asks for a login.
    pub fn note(&mut self, step: usize, outcome: Outcome, account: &str, catalogue: &Catalogue) {
        let Some(recipe) = catalogue.recipes.get(&self.recipe) else { return };
        let Some(definition) = recipe.steps.get(step) else { return };
        let app = catalogue.app_name(&definition.app);
        let writes = catalogue.apps.get(&definition.app).and_then(|app| app.actions.get(&definition.action));
        let failed = match outcome {
            Outcome::Done(output) => {
                if let Some(record) = self.steps.get_mut(step) {
                    *record = StepRecord::Done { output, account: account.to_owned() };
                }
                return;
            }
            Outcome::Refused { message } => text::app_refused(app, &message),
            Outcome::Busy | Outcome::TokenDead => text::app_busy(app),
            Outcome::Unknown if writes.is_some_and(|action| action.writes) => text::outcome_unknown(app),
            Outcome::Unknown => text::app_busy(app),
        };
        self.stop(failed, catalogue);
    }

    /// Ends it with these words, and with what it did before.
    pub fn stop(&mut self, why: String, catalogue: &Catalogue) {
        self.state = RunState::Replying { text: self.with_done_before(why, catalogue), ok: false };
    }

    /// These words, and what it did before.
    fn with_done_before(&self, why: String, catalogue: &Catalogue) -> String {
        let recipe = catalogue.recipes.get(&self.recipe);
        match recipe.and_then(|recipe| text::already_done(&self.done(recipe, catalogue))) {
            Some(done) => format!("{why} {done}"),
            None => why,
        }
    }

    /// The names of the apps in which something was written.
    fn done(&self, recipe: &Recipe, catalogue: &Catalogue) -> Vec<String> {
        let mut apps = Vec::new();
        for (step, record) in recipe.steps.iter().zip(&self.steps) {
            let action = catalogue.apps.get(&step.app).and_then(|app| app.actions.get(&step.action));
            let name = catalogue.app_name(&step.app).to_owned();
            if matches!(record, StepRecord::Done { .. })
                && action.is_some_and(|action| action.writes)
                && !apps.contains(&name)
            {
                apps.push(name);
            }
        }
        apps
    }

    /// Whether the result goes to the place of the command, without the account.
    #[must_use]
    pub fn replies_here(&self, recipe: &Recipe) -> bool {
        recipe.reply_in == ReplyIn::Here && !self.conversation.personal
    }

    fn reply(&self, recipe: &Recipe) -> Result<String, TemplateError> {
        let said = recipe.reply.render(Target::Markdown, &self.values(recipe))?.trim().to_owned();
        if self.replies_here(recipe) {
            return Ok(said);
        }
        let mut by_person = Vec::<&str>::new();
        let mut by_tenant = Vec::<&str>::new();
        for (step, record) in recipe.steps.iter().zip(&self.steps) {
            if let StepRecord::Done { account, .. } = record {
                let list = if self.is_as_person(&step.app) { &mut by_person } else { &mut by_tenant };
                if !list.contains(&account.as_str()) {
                    list.push(account);
                }
            }
        }
        let as_whom = text::as_whom(&by_person, &by_tenant);
        // Below a list, the last line would read as if it alone were meant.
        Ok(if said.contains('\n') {
            format!("{said}\n\nDone {as_whom}")
        } else {
            format!("{said} · {as_whom}")
        })
    }
}
