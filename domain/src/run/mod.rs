//! Runs: one execution of a recipe for one person.
//!
//! The vault calls [`next`](next()), performs the effect, records the result in the [`Run`], and calls
//! [`next`](next()) again. All state that a decision depends on is in the run, so a run survives a crash, a
//! redeployment and a login that comes hours later.

mod action_call;
mod agent_call;
mod agent_caller;
mod call_attempt;
mod call_outcome;
pub(crate) mod end;
mod form;
mod form_choices;
mod form_submission;
mod impossible_steps;
mod kept_output;
mod membership_and_settings;
pub(crate) mod next;
mod postponement;
pub(crate) mod question;
mod recipe_settings;
mod repeated_command;
mod reply;
mod reply_destination;
mod state;
mod steps_against_guardrails;
mod template_context;

pub use action_call::{ActionCall, Purpose};
pub use agent_caller::{AgentCall, Approval};
pub use call_attempt::{AccessDenied, AfterCall, AttemptStep, CallAttempt};
pub use end::{Ending, RunEnd};
pub use form::{Form, inputs_from_data};
pub(crate) use kept_output::LONGEST_LINK;
pub use kept_output::{MOST_KEPT, is_web, size};
pub use next::{Next, RECONFIRM_AFTER, next};
pub use postponement::{Obstacle, Parked, RunExpiry, SLICE, SOONEST};
pub use question::{AnswerResult, AskedQuestion};
pub use recipe_settings::{OverrideError, RecipeOverrides, RunSettings};
pub use repeated_command::Repetition;
pub use reply::{ReplyButton, ReplyCard, ReplyPress, ReplyRow};
pub use reply_destination::{Announced, Hint, ReplyTarget, announce_after, hint, is_announced};
pub use state::{CONNECT, Run, RunPhase, RunState, Stall, StepRecord, WAIT_TIMEOUT};
