//! A command that is given again while what it asked for still waits.
//!
//! Somebody who declined at the app's page, or lost sight of a card, says the same again. That is one wish: the run that
//! waits is taken up, its card is posted anew, and no second run begins. Other inputs are another wish. What is being
//! done is left alone, as two equal records may be wanted; unless it is held up, between two tries: then it is not the
//! person's turn, and a second run would do it twice when the app is back.

use super::state::{Run, RunState};
use crate::catalog::{Catalog, ReplyIn};
use crate::time::Timestamp;

/// What becomes of a command that is given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repetition {
    /// It is another wish, or may be one: it begins for itself.
    Another,
    /// The run that waits is taken up: to be saved and driven.
    TakenUp {
        /// The activity id of the card that it had posted, which is closed now.
        card: Option<String>,
    },
    /// The run is tried again by itself.
    UnderWay,
}

impl Run {
    /// Whether another run asks for the very same.
    #[must_use]
    pub fn is_same_command(&self, other: &Self, catalog: &Catalog) -> bool {
        let given = |run: &Self| run.form.as_ref().map(|form| form.given.clone());
        // A result that stays where it was asked for is wanted in each of these places.
        let stays = catalog.recipes.get(&self.recipe).is_some_and(|recipe| recipe.reply_in == ReplyIn::Here);
        self.recipe == other.recipe
            && self.connects == other.connects
            && self.inputs == other.inputs
            && given(self) == given(other)
            && (!stays || self.conversation.id == other.conversation.id)
    }

    /// A command that is `repeated` was given. `stalled`: this run was tried and is to be tried again later.
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
                // It is wanted now: its day begins anew.
                self.created_at = now;
                Repetition::UnderWay
            }
            RunState::WaitingInput { .. } | RunState::WaitingLogin { .. } | RunState::WaitingConfirmation => {
                let card = self.state.posted_card().map(str::to_owned);
                self.take_up(repeated, now);
                Repetition::TakenUp { card }
            }
            RunState::Running | RunState::Replying(_) | RunState::Over { .. } | RunState::Cancelled => {
                Repetition::Another
            }
        }
    }

    /// It begins anew, where and how it was asked for last; what it did stays done.
    fn take_up(&mut self, repeated: &Self, now: Timestamp) {
        self.conversation = repeated.conversation.clone();
        self.person.clone_from(&repeated.person);
        self.language = repeated.language;
        self.created_at = now;
        self.state = RunState::Running;
        if !self.has_effects() {
            // What an admin set meanwhile counts.
            self.settings = None;
            self.membership = None;
        }
    }

    /// Whether a login is asked for already for the same: then this run, which was asked for in the same moment and did
    /// nothing yet, is one too many.
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
    fn the_same_command_takes_up_the_run_that_waits_for_a_login() {
        let catalog = real_catalog();
        let mut known = waiting();
        let taken = known.repeat(&again(), false, &catalog, later());
        assert_eq!(taken, Repetition::TakenUp { card: Some("card".into()) });
        assert_eq!(
            (known.id.clone(), known.language, known.settings.clone()),
            (waiting().id, Language::De, None)
        );
        let ask = |run: &Run, connected| next(run, &catalog, &|_| connected, &|_| Ok(()), later());
        assert_eq!(ask(&known, false), Next::ReadMembership, "it may be said somewhere else");
        known.membership = run().membership;
        assert_eq!(ask(&known, false), Next::ReadSettings, "what an admin set meanwhile counts");
        known.settings = run().settings;
        assert!(matches!(ask(&known, false), Next::AskLogin { .. }), "with a new card");
        assert!(matches!(ask(&known, true), Next::Call(_)), "it is wanted, and is not asked for again");
    }

    #[test]
    fn other_inputs_another_app_and_another_place_of_the_result_are_another_wish() {
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
    fn a_form_that_waits_is_shown_again_and_an_old_wish_said_again_is_wanted() {
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
    fn what_a_run_did_before_it_waited_is_not_done_again() {
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
    fn what_is_being_done_may_be_wanted_twice_unless_it_is_held_up() {
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
    fn of_two_that_come_to_ask_for_the_same_login_one_asks() {
        let catalog = real_catalog();
        assert!(again().is_duplicate_of(&waiting(), &catalog));
        assert!(!waiting().is_duplicate_of(&waiting(), &catalog), "that is itself");
        assert!(!again().is_duplicate_of(&run(), &catalog));
        let mut acted = again();
        acted.record_outcome(&Purpose::Step(0), Outcome::Done(json!({})), "ada", &catalog);
        assert!(!acted.is_duplicate_of(&waiting(), &catalog));
    }
}
