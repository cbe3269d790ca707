//! Turns: what a person said or pressed, taken once, and what it comes to.

pub mod again;
pub mod card_action;
pub mod message;
pub mod reply;

use serde_json::Value;
use std::rc::Rc;
use workbot_domain::activity::{Act, Turn};
use workbot_domain::event::{CorrelationId, Ended, Event, Kind};
use workbot_domain::pace::{Admitted, OPEN_RUNS};
use workbot_domain::run::{Run, RunState};
use workbot_shared::RecipeId;

use crate::clients::connector::text_message;
use crate::context::{VaultCtx, VaultError};
use crate::job::{ClaimedJob, Job};
use crate::protocol::VaultAnswer;
use crate::sql::SqlError;
use crate::turn::card_action::pressed;
use crate::turn::message::{heard, installed, removed};
use crate::turn::reply::{Effect, Reply, invoke_message, presented};

/// What became of a turn, for the log: how it ended, and the recipe that it began.
type Became = (Ended, Option<RecipeId>);

/// Takes a turn.
pub async fn take(ctx: &Rc<VaultCtx>, turn: Turn, id: &CorrelationId) -> Result<VaultAnswer, VaultError> {
    let began = ctx.now();
    let kind = match turn.act {
        Act::Said(_) => Kind::Said,
        Act::Pressed { .. } => Kind::Pressed,
        Act::Installed => Kind::Installed,
        Act::Removed => Kind::Removed,
    };
    let taken = take_once(ctx, turn, id).await;
    let (outcome, recipe) = taken.as_ref().map_or((Ended::Failed, None), |(_, became)| became.clone());
    ctx.log_of(id, &Event::Turn { kind, outcome, recipe, ms: ctx.millis_since(began) });
    taken.map(|(answer, _)| answer)
}

/// Once, however often Teams delivers it. What it comes to is noted in one transaction and done after.
async fn take_once(
    ctx: &Rc<VaultCtx>,
    mut turn: Turn,
    id: &CorrelationId,
) -> Result<(VaultAnswer, Became), VaultError> {
    if let Some(invoke) = ctx.delivered(&turn)? {
        return Ok((VaultAnswer::Taken { invoke }, (Ended::Repeated, None)));
    }
    if turn.locale.is_none() {
        turn.locale = ctx.last_language()?;
    }
    // Whoever removes the bot is heard in any case.
    let counts = matches!(turn.act, Act::Said(_) | Act::Pressed { .. });
    let admitted = if counts { ctx.pace.borrow_mut().turn(ctx.now()) } else { Admitted::Yes };
    if admitted != Admitted::Yes {
        return Ok((slow_down(ctx, &turn, admitted)?, (Ended::TooMany, None)));
    }
    let mut reply = match &turn.act {
        Act::Said(said) => heard(ctx, &turn, said).await?,
        Act::Pressed { verb, data } => pressed(ctx, &turn, verb, data).await?,
        Act::Installed => installed(ctx, &turn).await?,
        Act::Removed => removed(ctx, &turn).await?,
    };
    let mut recipe = reply.effects.iter().find_map(|effect| match effect {
        Effect::Start(run) => Some(run.recipe.clone()),
        _ => None,
    });
    let mut ended = Ended::Done;
    if recipe.is_some() && ctx.open_count()? >= OPEN_RUNS {
        reply = Reply::text(turn.words().too_many_wait());
        (ended, recipe) = (Ended::TooMany, None);
    }
    let (effects, invoke) = presented(&turn, reply);
    let begun = ctx.sql.transaction(|_| {
        ctx.note_delivered(&turn, invoke.as_ref())?;
        ctx.remember(&turn)?;
        let begun = effects.into_iter().filter_map(|effect| ctx.note(&turn, effect, id).transpose());
        begun.collect()
    })?;
    ctx.take_up(begun);
    Ok((VaultAnswer::Taken { invoke }, (ended, recipe)))
}

/// The answer to who asks too much at once. Said once a minute; nothing is kept of such a turn.
fn slow_down(ctx: &VaultCtx, turn: &Turn, admitted: Admitted) -> Result<VaultAnswer, VaultError> {
    let text = turn.words().too_fast();
    if turn.invoke {
        return Ok(VaultAnswer::Taken { invoke: Some(invoke_message(text)) });
    }
    if admitted == Admitted::TooMany {
        ctx.enqueue(&ctx.saying(turn, text_message(text), turn.conversation.is_private()), ctx.now())?;
    }
    Ok(VaultAnswer::Taken { invoke: None })
}

impl VaultCtx {
    fn saying(&self, turn: &Turn, message: Value, here: bool) -> Job {
        Job::Say {
            id: self.fresh_id(),
            conversation: turn.conversation.clone(),
            person: turn.name.clone(),
            language: turn.words().0,
            message,
            here,
            owed: false,
        }
    }

    /// Notes an effect; returns the job that brings it about, if it is a new one.
    fn note(&self, turn: &Turn, effect: Effect, id: &CorrelationId) -> Result<Option<ClaimedJob>, SqlError> {
        let job = match effect {
            Effect::Start(run) => {
                let run = Run { correlation: id.clone(), ..*run };
                self.insert_run(&run)?;
                Job::Run { run: run.id }
            }
            Effect::Change { run, version, drive } => {
                let saved = self.save_run(&run, version)?;
                if saved && drive {
                    self.enqueue(&Job::Run { run: run.id.clone() }, self.now())?;
                }
                // The card says that it was cancelled, and stays.
                if saved && run.state == RunState::Cancelled {
                    self.set_progress(&run.id, None)?;
                }
                return Ok(None);
            }
            Effect::Say { message, here } => self.saying(turn, message, here),
            Effect::Replace { activity, message } => {
                self.enqueue(
                    &Job::Replace { activity, near: turn.conversation.clone(), message },
                    self.now(),
                )?;
                return Ok(None);
            }
        };
        self.begin(job).map(Some)
    }
}
