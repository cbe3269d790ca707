//! A command that is repeated while its run still waits.
//!
//! A person who declined at the app's page, or lost sight of a card, gives the same command again. The rules:
//!
//! - The run that waits is taken up, and its card is posted again. No second run starts.
//! - A command with other inputs starts its own run.
//! - A running run is left alone, and the command starts a second one, because two equal records may be
//!   wanted.
//! - A run that is held up between two attempts continues by itself. A second run would do the same twice
//!   when the app is back.

use super::state::{Run, RunState};
use crate::catalog::{Catalog, ReplyIn};
use crate::ids::ActivityId;
use crate::time::Timestamp;

/// What happens to a repeated command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repetition {
    /// The command starts its own run.
    Another,
    /// The waiting run is taken up; the vault saves and drives it.
    TakenUp {
        /// The activity id of the run's earlier card, which is closed now.
        card: Option<ActivityId>,
    },
    /// The run is retried by itself.
    UnderWay,
}

impl Run {
    /// Whether another run has the same recipe or app, and the same inputs.
    #[must_use]
    pub fn is_same_command(&self, other: &Self, catalog: &Catalog) -> bool {
        // A guess from a sentence is no command, and no command takes up a guess.
        let given = |run: &Self| run.form.as_ref().map(|form| (form.given.clone(), form.guessed));
        // A recipe that replies in the conversation is a separate command in each conversation.
        let stays = catalog.recipes.get(&self.recipe).is_some_and(|recipe| recipe.reply_in == ReplyIn::Here);
        // What an agent asked for is not taken up by a command of the person, or of another agent.
        let by = |run: &Self| run.agent.as_ref().map(|agent| agent.grant.clone());
        self.recipe == other.recipe
            && by(self) == by(other)
            && self.connects == other.connects
            && self.inputs == other.inputs
            && given(self) == given(other)
            && (!stays || self.conversation.id == other.conversation.id)
    }

    /// Decides about a repeated command. `repeated` is the run that the command would start. `stalled`: this
    /// run was tried and is to be retried later.
    pub fn repeat(
        &mut self,
        repeated: &Self,
        stalled: bool,
        catalog: &Catalog,
        now: Timestamp,
    ) -> Repetition {
        if !self.is_same_command(repeated, catalog) {
            return Repetition::Another;
        }
        match self.state {
            RunState::Running if stalled => {
                // The command renews the day for which the run may wait.
                self.created_at = now;
                Repetition::UnderWay
            }
            RunState::WaitingInput { .. }
            | RunState::WaitingLogin { .. }
            | RunState::WaitingConfirmation
            | RunState::WaitingAnswer { .. } => {
                let card = self.state.posted_card().cloned();
                self.take_up(repeated, now);
                Repetition::TakenUp { card }
            }
            RunState::Running
            | RunState::WaitingApproval { .. }
            | RunState::Replying(_)
            | RunState::Over { .. }
            | RunState::Cancelled => Repetition::Another,
        }
    }

    /// Restarts the run with the conversation, person, language and time of `repeated`. Steps that are done
    /// stay done.
    fn take_up(&mut self, repeated: &Self, now: Timestamp) {
        self.conversation = repeated.conversation.clone();
        self.person.clone_from(&repeated.person);
        self.language = repeated.language;
        self.created_at = now;
        self.state = RunState::Running;
        if !self.has_effects() {
            // Settings that an admin changed in the meantime apply, unless an app has acted already.
            self.settings = None;
            self.membership = None;
        }
    }

    /// Whether `other` already asks for a login for the same command. This run then ends, if it was given at
    /// the same moment and has done nothing.
    #[must_use]
    pub fn is_duplicate_of(&self, other: &Self, catalog: &Catalog) -> bool {
        self.id != other.id
            && self.state == RunState::Running
            && !self.has_effects()
            && matches!(other.state, RunState::WaitingLogin { .. })
            && self.is_same_command(other, catalog)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Outcome;
    use crate::catalog::tests::real_catalog;
    use crate::run::next::tests::{halfway, run};
    use crate::run::{Form, Next, Purpose, RECONFIRM_AFTER, RunEnd, next};
    use serde_json::json;
    use std::time::Duration;
    use workbot_shared::{AppId, Language, RunId};

    fn again() -> Run {
        let id = RunId::parse("fedcba9876543210").unwrap();
        Run { id, settings: None, language: Language::De, created_at: later(), ..run() }
    }

    fn later() -> Timestamp {
        run().created_at + RECONFIRM_AFTER + Duration::from_secs(60)
    }

    fn waiting() -> Run {
        let apps = vec![AppId::parse("salesforce").unwrap()];
        Run { state: RunState::WaitingLogin { card: Some("card".into()), apps }, ..run() }
    }

    #[test]
    fn a_guess_and_a_command_do_not_take_up_each_other() {
        let catalog = real_catalog();
        let typed = run();
        let guess = Run { id: typed.id.clone(), ..typed.clone() }.guessed([].into());
        let state = RunState::WaitingInput { card: None };
        let form = Some(Form::default());
        let waiting = Run { state: state.clone(), inputs: serde_json::Map::new(), form, ..typed };
        let waiting_guess = Run { state, ..guess.clone() };
        assert!(!waiting.is_same_command(&guess, &catalog), "a guess takes up no command");
        assert!(!waiting_guess.is_same_command(&waiting, &catalog), "a command takes up no guess");
        assert!(waiting_guess.is_same_command(&guess, &catalog));
    }

    #[test]
    fn a_repeated_command_takes_up_the_run_that_waits_for_a_login() {
        let catalog = real_catalog();
        let mut known = waiting();
        let taken = known.repeat(&again(), false, &catalog, later());
        assert_eq!(taken, Repetition::TakenUp { card: Some("card".into()) });
        assert_eq!(
            (known.id.clone(), known.language, known.settings.clone()),
            (waiting().id, Language::De, None)
        );
        let ask =
            |run: &Run, connected| next(run, &catalog, &|_| connected, &|_| Ok(()), &|_, _| Ok(()), later());
        assert_eq!(
            ask(&known, false),
            Next::ReadMembership,
            "the command may come from another conversation"
        );
        known.membership = run().membership;
        assert_eq!(ask(&known, false), Next::ReadSettings, "changed settings apply");
        known.settings = run().settings;
        assert!(matches!(ask(&known, false), Next::AskLogin { .. }), "with a new card");
        assert!(matches!(ask(&known, true), Next::Call(_)), "the repeated command confirms the run");
    }

    #[test]
    fn other_inputs_another_app_and_another_place_of_the_result_start_another_run() {
        let mut catalog = real_catalog();
        let asked = |repeated: &Run, catalog: &Catalog| waiting().repeat(repeated, false, catalog, later());
        let mut other = again();
        other.inputs.insert("amount".to_owned(), json!(7));
        assert_eq!(asked(&other, &catalog), Repetition::Another);
        let form = Form { given: [("name".to_owned(), "Acme".to_owned())].into(), ..Form::default() };
        assert_eq!(asked(&Run { form: Some(form), ..again() }, &catalog), Repetition::Another);
        let mut elsewhere = again();
        elsewhere.conversation.id = "19:other".to_owned();
        assert!(matches!(asked(&elsewhere, &catalog), Repetition::TakenUp { .. }));
        catalog.recipes.get_mut(&run().recipe).unwrap().reply_in = ReplyIn::Here;
        assert_eq!(asked(&elsewhere, &catalog), Repetition::Another);

        let connecting = |app: &str| {
            let (id, asked_by) = (run().id, (run().conversation, "Ada".to_owned()));
            Run::connecting(id, AppId::parse(app).unwrap(), asked_by, Language::En, later()).unwrap()
        };
        let mut connects = Run { state: waiting().state, ..connecting("salesforce") };
        assert_eq!(connects.repeat(&connecting("box"), false, &catalog, later()), Repetition::Another);
        assert!(matches!(
            connects.repeat(&connecting("salesforce"), false, &catalog, later()),
            Repetition::TakenUp { .. }
        ));
    }

    #[test]
    fn a_waiting_form_is_posted_again_and_a_repeated_old_command_is_confirmed() {
        let catalog = real_catalog();
        let form = Form { given: [("name".to_owned(), "Acme".to_owned())].into(), ..Form::default() };
        let repeated = Run { form: Some(form.clone()), ..again() };
        let state = RunState::WaitingInput { card: Some("form".into()) };
        let mut known = Run { form: Some(form), state, ..run() };
        assert_eq!(
            known.repeat(&repeated, false, &catalog, later()),
            Repetition::TakenUp { card: Some("form".into()) }
        );
        let mut old = Run { state: RunState::WaitingConfirmation, ..run() };
        assert_eq!(old.repeat(&again(), false, &catalog, later()), Repetition::TakenUp { card: None });
        assert_eq!((old.state, old.created_at), (RunState::Running, later()));
    }

    #[test]
    fn a_repeated_command_does_not_redo_finished_steps() {
        let catalog = real_catalog();
        let mut known = halfway(&catalog);
        let apps = vec![AppId::parse("box").unwrap()];
        let repeated = Run { steps: vec![crate::run::StepRecord::Pending; 4], ..known.clone() };
        known.state = RunState::WaitingLogin { card: None, apps };
        let (steps, settings) = (known.steps.clone(), known.settings.clone());
        assert_eq!(known.repeat(&repeated, false, &catalog, later()), Repetition::TakenUp { card: None });
        assert_eq!((known.steps, known.settings), (steps, settings));
    }

    #[test]
    fn a_running_run_may_be_wanted_twice_unless_it_is_held_up() {
        let catalog = real_catalog();
        assert_eq!(run().repeat(&again(), false, &catalog, later()), Repetition::Another);
        let mut stalled = run();
        assert_eq!(stalled.repeat(&again(), true, &catalog, later()), Repetition::UnderWay);
        assert_eq!(
            stalled,
            Run { created_at: later(), ..run() },
            "its day begins anew, and nothing else changes"
        );
        for state in [RunState::Over { end: RunEnd::Expired }, RunState::Cancelled] {
            assert_eq!(Run { state, ..run() }.repeat(&again(), true, &catalog, later()), Repetition::Another);
        }
    }

    #[test]
    fn of_two_simultaneous_runs_for_the_same_login_one_asks() {
        let catalog = real_catalog();
        assert!(again().is_duplicate_of(&waiting(), &catalog));
        assert!(!waiting().is_duplicate_of(&waiting(), &catalog), "that is itself");
        assert!(!again().is_duplicate_of(&run(), &catalog));
        let mut acted = again();
        acted.record_outcome(&Purpose::Step(0), Outcome::Done(json!({})), "ada", &catalog);
        assert!(!acted.is_duplicate_of(&waiting(), &catalog));
    }
}
