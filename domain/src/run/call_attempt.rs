//! One attempt at a call: missing access, a refused token, and a call without a response.
//!
//! The rules:
//!
//! 1. The intent of a write is saved before the request is sent. After a crash, the stored intent says that
//!    the write may have happened.
//! 2. When the app refuses the access token, the token is renewed once and the call repeated once. Nothing
//!    was done up to then.
//! 3. When the app refuses the renewed token as well, the call counts as refused. An API's response never
//!    ends a connection; only the token endpoint or the account call can.

use std::time::Duration;
use workbot_shared::AppId;

use super::action_call::{ActionCall, Purpose};
use super::end::RunEnd;
use super::postponement::Obstacle;
use super::state::{Run, StepRecord};
use crate::call::Outcome;
use crate::catalog::{Action, Catalog};
use crate::connection::refresh::AccessError;
use crate::log_event::OutcomeLabel;

/// Why a call has no access to its app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessDenied {
    /// Access is unavailable now; the run is retried later.
    Later(Obstacle),
    /// The person has to log in.
    NeedsLogin,
    /// Access is unavailable for a reason that the person cannot fix; the run ends.
    Never(RunEnd),
}

impl AccessDenied {
    /// Maps an [`AccessError`] for `app` to its effect on a run.
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

    /// Returns how a run ends when it lacks access through the shared connection. The person cannot restore
    /// that access, so every case ends the run.
    #[must_use]
    pub fn as_shared(self, app: AppId) -> RunEnd {
        match self {
            Self::Later(_) => RunEnd::AppUnavailable { app },
            Self::NeedsLogin => RunEnd::NoSharedConnection { app },
            Self::Never(end) => end,
        }
    }
}

/// What the vault does next for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptStep {
    /// Send the request.
    Send {
        /// Whether the vault saves the run first: the step is now marked [`StepRecord::Intended`].
        intended: bool,
    },
    /// Save the run, and get access other than the one that the app refused.
    Renew,
    /// Ask the person to log in. The run is unchanged.
    NeedsLogin,
    /// Save the run: the result of the call is recorded in it.
    Noted,
    /// Retry the run later.
    PutOff {
        /// Why the call cannot be made now.
        by: Obstacle,
        /// Whether the run has changed and is saved first.
        changed: bool,
    },
}

/// What follows from the result of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterCall {
    /// What the vault does next.
    pub step: AttemptStep,
    /// How the call ended, for the log; `None` while the call continues with renewed access.
    pub ended: Option<OutcomeLabel>,
}

/// One attempt at a call. It renews access at most once.
#[derive(Debug, Clone, PartialEq)]
pub struct CallAttempt {
    call: ActionCall,
    /// The step's record before this attempt. A request that did nothing restores it.
    known: StepRecord,
    renewed: bool,
}

impl CallAttempt {
    /// Starts an attempt at `call`, which [`next`](super::next()) returned for `run`.
    #[must_use]
    pub fn new(run: &Run, call: ActionCall) -> Self {
        let known = match call.purpose {
            Purpose::Step(step) => run.record(step),
            Purpose::Choices(_) => StepRecord::Pending,
        };
        Self { call, known, renewed: false }
    }

    /// The call that this attempt makes.
    #[must_use]
    pub fn call(&self) -> &ActionCall {
        &self.call
    }

    /// Sets the record of the step that this call belongs to. The call for an input's choices has no step.
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

    /// Ends the run: the deployment has no registration for the app, or the catalog no such action.
    pub fn on_not_set_up(&self, run: &mut Run) -> AttemptStep {
        self.end(run, RunEnd::NotSetUp { app: self.call.app.clone() })
    }

    /// The vault has access: marks a write as intended and asks for the request to be sent.
    pub fn on_access(&self, run: &mut Run) -> AttemptStep {
        if self.call.writes {
            self.mark(run, StepRecord::Intended);
        }
        AttemptStep::Send { intended: self.call.writes }
    }

    /// The vault has no access: the run waits, asks for a login, or ends.
    pub fn on_denied(&self, run: &mut Run, denied: AccessDenied) -> AttemptStep {
        match denied {
            AccessDenied::Later(by) => AttemptStep::PutOff { by, changed: false },
            AccessDenied::NeedsLogin => AttemptStep::NeedsLogin,
            AccessDenied::Never(end) => self.end(run, end),
        }
    }

    /// Takes the result of the request. `stated` is the pause that the response asks for, and `account` the
    /// label of the account in use.
    ///
    pub fn on_outcome(
        &mut self,
        run: &mut Run,
        outcome: Outcome,
        action: &Action,
        stated: Option<Duration>,
        (account, catalog): (&str, &Catalog),
    ) -> AfterCall {
        if outcome.is_tried_again(action) {
            // An unknown outcome of a write stays recorded, whatever a later attempt returns.
            if outcome != Outcome::Unknown {
                self.mark(run, self.known.clone());
            }
            let by = Obstacle::NoResponse { app: self.call.app.clone(), stated };
            let step = AttemptStep::PutOff { by, changed: true };
            return AfterCall { step, ended: Some(outcome.ended()) };
        }
        // The record is restored before access is renewed, so that a crash from here on leaves no doubt about
        // the write.
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
        run.end_if_done(catalog);
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

    /// An attempt at the only step of [`run`], which writes.
    fn attempt(run: &Run) -> CallAttempt {
        let catalog = real_catalog();
        match next(run, &catalog, &|_| true, &|_| Ok(()), &|_, _| Ok(()), run.created_at) {
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
    fn a_writes_intent_is_saved_before_the_request_and_a_read_records_none() {
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
    fn a_dead_token_is_renewed_once_and_a_second_refusal_refuses_the_call() {
        let mut run = run();
        let mut attempt = attempt(&run);
        attempt.on_access(&mut run);
        let first = responded(&mut attempt, &mut run, dead(), &action(true, false));
        assert_eq!(first, AfterCall { step: AttemptStep::Renew, ended: None });
        assert_eq!(run.steps[0], StepRecord::Pending, "nothing was done, so a crash leaves no doubt");
        attempt.on_access(&mut run);
        let second = responded(&mut attempt, &mut run, dead(), &action(true, false));
        assert_eq!(second, AfterCall { step: AttemptStep::Noted, ended: Some(OutcomeLabel::Refused) });
        let end = RunEnd::Refused { app: salesforce(), message: "INVALID_SESSION_ID".into() };
        let account = Some("ada@contoso.com".into());
        assert_eq!(run.state, RunState::Replying(crate::run::Ending { end, account }));
    }

    #[test]
    fn the_result_of_the_last_step_and_the_end_of_the_run_are_one_save() {
        let mut run = run();
        let mut attempt = attempt(&run);
        attempt.on_access(&mut run);
        let output = json!({"id": "006", "link": "https://acme.my.salesforce.com/006"});
        let after = responded(&mut attempt, &mut run, Outcome::Done(output), &action(true, false));
        assert_eq!(after, AfterCall { step: AttemptStep::Noted, ended: Some(OutcomeLabel::Done) });
        let RunState::Replying(ending) = run.state else { panic!() };
        assert!(matches!(ending.end, RunEnd::Succeeded { .. }));
    }

    #[test]
    fn a_call_that_did_nothing_is_retried_and_leaves_no_doubt() {
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
    fn a_write_without_a_response_is_sent_once_unless_it_is_idempotent() {
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
            "in doubt until it is reported"
        );
        assert_eq!(again.state, RunState::Running);
    }

    #[test]
    fn an_unknown_outcome_stays_recorded_whatever_a_later_attempt_returns() {
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
    fn a_response_clears_the_hold_and_is_recorded() {
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
    fn only_a_temporary_obstacle_is_retried_silently() {
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
    fn without_access_nothing_is_sent_and_only_a_permanent_cause_ends_the_run() {
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
            "only an admin can log in for the company"
        );
        let mut run = run();
        assert_eq!(attempt(&run).on_not_set_up(&mut run), AttemptStep::Noted);
        let end = RunEnd::NotSetUp { app: salesforce() };
        assert_eq!(run.state, RunState::Replying(end.into()));
    }
}
