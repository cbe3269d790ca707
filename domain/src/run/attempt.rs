//! One attempt at a call: what is done when access is missing, when the app refuses the token, and when no response comes.
//!
//! A write's intent is saved before the request leaves. A token that the app refuses is renewed once, and the call repeated
//! once: nothing was done so far. Refused again, it is this call that is refused: what an API says ends no connection.

use std::time::Duration;
use workbot_shared::AppId;

use super::action_call::{ActionCall, Purpose};
use super::end::RunEnd;
use super::retry::Obstacle;
use super::state::{Run, StepRecord};
use crate::call::Outcome;
use crate::catalog::{Action, Catalog};
use crate::connection::refresh::AccessError;
use crate::event::OutcomeLabel;

/// Why there is no access for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessDenied {
    /// Not now.
    Later(Obstacle),
    /// The person has to log in.
    NeedsLogin,
    /// For a reason that its person cannot mend.
    Never(RunEnd),
}

impl AccessDenied {
    /// What it means for a run that there is no access to an app.
    #[must_use]
    pub fn of(error: &AccessError, app: &AppId) -> Self {
        let app = app.clone();
        match error {
            AccessError::NotNow => Self::Later(Obstacle::Ours),
            AccessError::Unavailable { retry_at } => {
                Self::Later(Obstacle::NoAccess { app, retry_at: *retry_at })
            }
            AccessError::NeedsLogin => Self::NeedsLogin,
            AccessError::Policy => Self::Never(RunEnd::RefusedByPolicy { app }),
            AccessError::Setup => Self::Never(RunEnd::NotSetUp { app }),
            AccessError::Frozen => Self::Never(RunEnd::Frozen { app }),
        }
    }

    /// How a run ends that needs the company's access to an app, which its person cannot bring about.
    #[must_use]
    pub fn as_shared(self, app: AppId) -> RunEnd {
        match self {
            Self::Later(_) => RunEnd::AppUnavailable { app },
            Self::NeedsLogin => RunEnd::NoSharedConnection { app },
            Self::Never(end) => end,
        }
    }
}

/// What is to be done next for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptStep {
    /// Send the request. `intended`: the run notes that it may be under way, and is saved first.
    Send {
        /// Whether the run is saved first.
        intended: bool,
    },
    /// Save the run, and get other access than that which the app refused.
    Renew,
    /// The person has to log in. Nothing has changed.
    NeedsLogin,
    /// What came of the call is noted in the run: save it.
    Noted,
    /// It is tried again later. `changed`: the run is saved first.
    PutOff {
        /// Why.
        by: Obstacle,
        /// Whether the run is saved first.
        changed: bool,
    },
}

/// How a response was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterCall {
    /// What is to be done next.
    pub step: AttemptStep,
    /// How the call ended, for the log; `None`: it goes on.
    pub ended: Option<OutcomeLabel>,
}

/// One attempt at a call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallAttempt {
    call: ActionCall,
    /// What was known of the step before: a call that did nothing leaves it as it was.
    known: StepRecord,
    renewed: bool,
}

impl CallAttempt {
    /// An attempt at what a run needs next.
    #[must_use]
    pub fn new(run: &Run, call: ActionCall) -> Self {
        let known = match call.purpose {
            Purpose::Step(step) => run.record(step),
            Purpose::Choices(_) => StepRecord::Pending,
        };
        Self { call, known, renewed: false }
    }

    /// What is called.
    #[must_use]
    pub fn call(&self) -> &ActionCall {
        &self.call
    }

    /// Marks the step for which the app is called.
    fn mark(&self, run: &mut Run, record: StepRecord) {
        if let Purpose::Step(step) = self.call.purpose {
            run.set(step, record);
        }
    }

    fn end(&self, run: &mut Run, end: RunEnd) -> AttemptStep {
        self.mark(run, self.known.clone());
        run.fail(end);
        AttemptStep::Noted
    }

    /// The app, or its action, is not set up here.
    pub fn on_not_set_up(&self, run: &mut Run) -> AttemptStep {
        self.end(run, RunEnd::NotSetUp { app: self.call.app.clone() })
    }

    /// There is access.
    pub fn on_access(&self, run: &mut Run) -> AttemptStep {
        if self.call.writes {
            self.mark(run, StepRecord::Intended);
        }
        AttemptStep::Send { intended: self.call.writes }
    }

    /// There is no access.
    pub fn on_denied(&self, run: &mut Run, denied: AccessDenied) -> AttemptStep {
        match denied {
            AccessDenied::Later(by) => AttemptStep::PutOff { by, changed: false },
            AccessDenied::NeedsLogin => AttemptStep::NeedsLogin,
            AccessDenied::Never(end) => self.end(run, end),
        }
    }

    /// The request came to an end. `stated`: the pause that the app asks for; `account`: who asked.
    pub fn on_outcome(
        &mut self,
        run: &mut Run,
        outcome: Outcome,
        action: &Action,
        stated: Option<Duration>,
        (account, catalog): (&str, &Catalog),
    ) -> AfterCall {
        if outcome.is_tried_again(action) {
            // A write that may have been done stays doubtful, whatever a later try brings.
            if outcome != Outcome::Unknown {
                self.mark(run, self.known.clone());
            }
            let by = Obstacle::NoResponse { app: self.call.app.clone(), stated };
            let step = AttemptStep::PutOff { by, changed: true };
            return AfterCall { step, ended: Some(outcome.ended()) };
        }
        // Noted before anything else is asked: a crash from here on leaves no doubt about the write.
        self.mark(run, self.known.clone());
        let outcome = match outcome {
            Outcome::TokenDead { .. } if !self.renewed => {
                self.renewed = true;
                return AfterCall { step: AttemptStep::Renew, ended: None };
            }
            Outcome::TokenDead { message } => Outcome::Refused { message },
            other => other,
        };
        let ended = outcome.ended();
        run.stalled = None;
        run.record_outcome(&self.call.purpose, outcome, account, catalog);
        AfterCall { step: AttemptStep::Noted, ended: Some(ended) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::run::next::tests::run;
    use crate::run::{Next, RunState, Stall, next};
    use serde_json::json;

    fn salesforce() -> AppId {
        AppId::parse("salesforce").unwrap()
    }

    /// The attempt at the only step of [`run`], a write.
    fn attempt(run: &Run) -> CallAttempt {
        let catalog = real_catalog();
        match next(run, &catalog, &|_| true, &|_| Ok(()), run.created_at) {
            Next::Call(call) => CallAttempt::new(run, call),
            other => panic!("{other:?}"),
        }
    }

    fn action(writes: bool, idempotent: bool) -> Action {
        let catalog = real_catalog();
        let action = catalog.action(&catalog.recipes[&run().recipe].steps[0]).unwrap();
        Action { writes, idempotent, ..action.clone() }
    }

    fn responded(attempt: &mut CallAttempt, run: &mut Run, outcome: Outcome, action: &Action) -> AfterCall {
        attempt.on_outcome(run, outcome, action, None, ("ada@contoso.com", &real_catalog()))
    }

    fn dead() -> Outcome {
        Outcome::TokenDead { message: "INVALID_SESSION_ID".into() }
    }

    fn put_off(changed: bool) -> AttemptStep {
        AttemptStep::PutOff { by: Obstacle::NoResponse { app: salesforce(), stated: None }, changed }
    }

    #[test]
    fn the_intent_of_a_write_is_saved_before_it_leaves_and_a_read_leaves_no_trace() {
        let mut run = run();
        let attempt = attempt(&run);
        assert_eq!(attempt.on_access(&mut run), AttemptStep::Send { intended: true });
        assert_eq!(run.steps[0], StepRecord::Intended);
        let mut fresh = super::tests::run();
        let read = CallAttempt { call: ActionCall { writes: false, ..attempt.call }, ..attempt };
        assert_eq!(read.on_access(&mut fresh), AttemptStep::Send { intended: false });
        assert_eq!(fresh, super::tests::run());
    }

    #[test]
    fn a_dead_token_is_renewed_once_and_refused_again_the_call_is_refused() {
        let mut run = run();
        let mut attempt = attempt(&run);
        attempt.on_access(&mut run);
        let first = responded(&mut attempt, &mut run, dead(), &action(true, false));
        assert_eq!(first, AfterCall { step: AttemptStep::Renew, ended: None });
        assert_eq!(run.steps[0], StepRecord::Pending, "nothing was done: a crash leaves no doubt");
        attempt.on_access(&mut run);
        let second = responded(&mut attempt, &mut run, dead(), &action(true, false));
        assert_eq!(second, AfterCall { step: AttemptStep::Noted, ended: Some(OutcomeLabel::Refused) });
        let end = RunEnd::Refused { app: salesforce(), message: "INVALID_SESSION_ID".into() };
        let account = Some("ada@contoso.com".into());
        assert_eq!(run.state, RunState::Replying(crate::run::Ending { end, account }));
    }

    #[test]
    fn what_was_not_done_is_tried_again_and_leaves_no_doubt() {
        for (writes, idempotent) in [(true, false), (true, true), (false, false)] {
            let mut run = run();
            let mut attempt = attempt(&run);
            attempt.on_access(&mut run);
            let busy = responded(&mut attempt, &mut run, Outcome::Busy, &action(writes, idempotent));
            assert_eq!(busy, AfterCall { step: put_off(true), ended: Some(OutcomeLabel::NotNow) });
            assert_eq!((&run.steps[0], &run.state), (&StepRecord::Pending, &RunState::Running));
        }
    }

    #[test]
    fn a_write_without_a_response_is_made_at_most_once_unless_it_may_be_repeated() {
        let unknown = |writes, idempotent| {
            let mut run = run();
            let mut attempt = attempt(&run);
            attempt.on_access(&mut run);
            let responded = responded(&mut attempt, &mut run, Outcome::Unknown, &action(writes, idempotent));
            (responded.step, run)
        };
        let (step, once) = unknown(true, false);
        assert_eq!((step, &once.steps[0]), (AttemptStep::Noted, &StepRecord::Intended));
        let RunState::Replying(ending) = once.state else { panic!() };
        assert_eq!(ending.end, RunEnd::OutcomeUnknown { app: salesforce() });
        let (step, again) = unknown(true, true);
        assert_eq!(
            (step, &again.steps[0]),
            (put_off(true), &StepRecord::Intended),
            "in doubt until it is told"
        );
        assert_eq!(again.state, RunState::Running);
    }

    #[test]
    fn the_doubt_of_an_earlier_try_stays_whatever_a_later_one_brings() {
        for (outcome, after) in [
            (Outcome::Busy, RunState::Running),
            (
                Outcome::Refused { message: "gone".into() },
                RunState::Replying(crate::run::Ending {
                    end: RunEnd::Refused { app: salesforce(), message: "gone".into() },
                    account: Some("ada@contoso.com".into()),
                }),
            ),
        ] {
            let mut run = run();
            let call = attempt(&run).call;
            run.set(0, StepRecord::Intended);
            let mut attempt = CallAttempt::new(&run, call);
            attempt.on_access(&mut run);
            responded(&mut attempt, &mut run, outcome, &action(true, true));
            assert_eq!((&run.steps[0], &run.state), (&StepRecord::Intended, &after));
        }
    }

    #[test]
    fn a_response_ends_what_held_the_run_up_and_is_noted() {
        let stalled = Some(Stall { app: salesforce(), since: run().created_at });
        let mut run = Run { stalled, ..run() };
        let mut attempt = attempt(&run);
        attempt.on_access(&mut run);
        let done = Outcome::Done(json!({"link": "https://acme.example/006"}));
        let noted = responded(&mut attempt, &mut run, done, &action(true, false));
        assert_eq!(noted, AfterCall { step: AttemptStep::Noted, ended: Some(OutcomeLabel::Done) });
        assert!(run.stalled.is_none() && matches!(run.steps[0], StepRecord::Done { .. }));
    }

    #[test]
    fn only_what_passes_by_itself_is_tried_again_without_a_word() {
        let (app, retry_at) = (salesforce(), run().created_at);
        for (error, denied) in [
            (AccessError::NotNow, AccessDenied::Later(Obstacle::Ours)),
            (
                AccessError::Unavailable { retry_at },
                AccessDenied::Later(Obstacle::NoAccess { app: app.clone(), retry_at }),
            ),
            (AccessError::NeedsLogin, AccessDenied::NeedsLogin),
            (AccessError::Policy, AccessDenied::Never(RunEnd::RefusedByPolicy { app: app.clone() })),
            (AccessError::Setup, AccessDenied::Never(RunEnd::NotSetUp { app: app.clone() })),
            (AccessError::Frozen, AccessDenied::Never(RunEnd::Frozen { app: app.clone() })),
        ] {
            assert_eq!(AccessDenied::of(&error, &app), denied);
        }
    }

    #[test]
    fn without_access_nothing_is_sent_and_only_what_nobody_can_mend_ends_the_run() {
        let denied = |denied: AccessDenied| {
            let mut run = run();
            let attempt = attempt(&run);
            (attempt.on_denied(&mut run, denied), run)
        };
        let later = Obstacle::NoAccess { app: salesforce(), retry_at: run().created_at };
        let (step, same) = denied(AccessDenied::Later(later.clone()));
        assert_eq!((step, same), (AttemptStep::PutOff { by: later, changed: false }, run()));
        assert_eq!(denied(AccessDenied::NeedsLogin), (AttemptStep::NeedsLogin, run()));
        let end = RunEnd::RefusedByPolicy { app: salesforce() };
        let (step, ended) = denied(AccessDenied::Never(end.clone()));
        assert_eq!((step, ended.state), (AttemptStep::Noted, RunState::Replying(end.into())));
        assert_eq!(
            AccessDenied::NeedsLogin.as_shared(salesforce()),
            RunEnd::NoSharedConnection { app: salesforce() },
            "the company's login is for an admin"
        );
        let mut run = run();
        assert_eq!(attempt(&run).on_not_set_up(&mut run), AttemptStep::Noted);
        let end = RunEnd::NotSetUp { app: salesforce() };
        assert_eq!(run.state, RunState::Replying(end.into()));
    }
}
