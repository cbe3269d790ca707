//! Turns: an activity of a person is handled once. Each module may use those before it: run_semaphore_permit,
//! repeated_command, message, card_action.
//!
//! A turn that only shows something writes nothing: its message is sent within the request, before Teams gets
//! the acknowledgement. A second delivery is recognised in memory; after a crash it shows the same again.
//!
//! A message that starts a run drives it within the request: a run that only reads is stored once, when it is
//! over. The run's id is derived from the activity, so the stored run is the note of the delivery.
//!
//! Any other turn has three phases. Its decision only reads. One transaction then writes all effects,
//! together with the delivery and its response. After that the effects are performed. A crash before the
//! commit leaves nothing behind; after the commit the jobs perform the effects.

mod card_action;
mod message;
mod repeated_command;
mod run_semaphore_permit;

use futures_util::future::join_all;
use serde_json::Value;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::activity::{Turn, TurnEvent};
use workbot_domain::conversation::card_action::disconnected;
use workbot_domain::conversation::quota::{WithinQuota, counts, slow_down, within_quota};
use workbot_domain::conversation::reply::{Effect, RenderedReply, Reply};
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::limits_per_person::Admission;
use workbot_domain::log_event::{Cause, DisconnectedBy, Event, OutcomeLabel, TurnKind};
use workbot_domain::run::{Run, RunState};
use workbot_domain::time::Timestamp;
use workbot_shared::{Receipt, RecipeId};

use crate::connection::disconnect::{Disconnected, disconnect, disconnect_all};
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::in_memory_state::UnstoredRun;
use crate::installed_catalog::catalog_in;
use crate::job::{ClaimedJob, Job};
use crate::job_dispatcher;
use crate::protocol::VaultResponse;
use crate::sql::{SqlError, Tx};
use crate::turn::card_action::on_card_action;
use crate::turn::message::{on_installed, on_message, on_uninstalled};

/// How long after its start a turn is acknowledged at the latest. After 3 seconds the edge says that the bot
/// is working on it, which nobody needs to read beside the reply or the progress card of a run.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// How long the turn of a run is not acknowledged after the run got its permit.
const AFTER_A_WAIT: Duration = Duration::from_secs(1);

/// The outcome of a turn and the recipe that it started, for the log.
type TurnOutcome = (OutcomeLabel, Option<RecipeId>);

/// Handles an activity. Logs its outcome.
///
/// # Errors
/// When the vault is not configured, its database fails, or another object does not respond. Nothing was
/// written then.
pub async fn handle(ctx: &Rc<VaultCtx>, turn: Turn, id: &CorrelationId) -> Result<VaultResponse, VaultError> {
    let (began, kind) = (ctx.now(), TurnKind::of(&turn.act));
    let key = (turn.conversation.id.clone(), turn.activity.clone());
    let earlier = ctx.recent_turns.borrow().find(&key);
    let handled = match earlier {
        // Not acknowledged before the first delivery is: the turn may still fail, and then Teams has to
        // repeat it.
        Some(earlier) => match earlier.await {
            Ok(response) => Ok((response, (OutcomeLabel::Repeated, None))),
            Err(_) => Err(VaultError::FirstDelivery),
        },
        None => {
            let respond = ctx.recent_turns.borrow_mut().begin(key.clone());
            let handled = handle_once(ctx, turn, id).await;
            match &handled {
                // Nobody may wait for it.
                Ok((response, _)) => _ = respond.send(response.clone()),
                Err(_) => ctx.recent_turns.borrow_mut().forget(&key),
            }
            handled
        }
    };
    let (outcome, recipe) =
        handled.as_ref().map_or((OutcomeLabel::Failed, None), |(_, became)| became.clone());
    ctx.log_of(id, &Event::Turn { kind, outcome, recipe, ms: ctx.millis_since(began) });
    handled.map(|(response, _)| VaultResponse::TurnHandled { invoke: response })
}

/// Handles an activity for the first time in this start of the object.
async fn handle_once(
    ctx: &Rc<VaultCtx>,
    mut turn: Turn,
    id: &CorrelationId,
) -> Result<(Option<Value>, TurnOutcome), VaultError> {
    let until = ctx.now() + PATIENCE;
    if let Some(response) = ctx.delivered(&turn)? {
        return Ok((response, (OutcomeLabel::Repeated, None)));
    }
    if turn.locale.is_none() {
        turn.locale = ctx.last_language()?;
    }
    let admitted =
        if counts(&turn.act) { ctx.turn_limiter.borrow_mut().admit(ctx.now()) } else { Admission::Yes };
    if let Some(reply) = slow_down(&turn, admitted) {
        let RenderedReply { effects, response } = reply.render(&turn);
        show(ctx, &turn, effects, until).await?;
        return Ok((response, (OutcomeLabel::TooMany, None)));
    }
    let reply = match &turn.act {
        TurnEvent::Message(said) => on_message(ctx, &turn, said).await?,
        TurnEvent::CardAction { verb, data } => on_card_action(ctx, &turn, verb, data).await?,
        TurnEvent::Installed => on_installed(ctx, &turn).await,
        TurnEvent::Uninstalled => on_uninstalled(ctx, &turn)?,
    };
    let WithinQuota { reply, ended, recipe } = within_quota(&turn, reply, || ctx.open_count())?;
    ctx.remember(&turn)?;
    let response = match reply.effects.as_slice() {
        _ if reply.only_shows() => {
            let RenderedReply { effects, response } = reply.render(&turn);
            show(ctx, &turn, effects, until).await?;
            response
        }
        // The response to an invoke is stored, so its turn is too.
        [Effect::StartRun(run)] if !turn.invoke => {
            start(ctx, Run { correlation: id.clone(), ..Run::clone(run) }, until).await?;
            None
        }
        _ => {
            let committed = ctx.sql.transaction(|tx| ctx.commit_turn(tx, &turn, reply, id))?;
            ctx.perform(&turn, committed).await
        }
    };
    Ok((response, (ended, recipe)))
}

/// Starts a run and drives it within the request. It is stored with the first state that has to survive, and
/// at the latest when the turn is acknowledged. A run that had to wait for its permit gets [`AFTER_A_WAIT`]
/// for itself; one that got none is stored at once, because so many commands came that they must be
/// acknowledged.
async fn start(ctx: &Rc<VaultCtx>, run: Run, until: Timestamp) -> Result<(), VaultError> {
    let id = run.id.clone();
    // The first delivery is under way, and no longer among the recent turns.
    if ctx.unstored_runs.borrow().contains_key(&id) {
        return Err(VaultError::FirstDelivery);
    }
    ctx.unstored_runs.borrow_mut().insert(id.clone(), UnstoredRun::new(run));
    let drive = |has_permit| {
        let least = if has_permit { AFTER_A_WAIT } else { Duration::ZERO };
        job_dispatcher::perform_now(ctx, Job::DriveRun { run: id.clone() }, until.max(ctx.now() + least))
    };
    let started = run_semaphore_permit::with_permit(ctx.isolate(), drive).await;
    if started.is_err() {
        ctx.unstored_runs.borrow_mut().remove(&id);
    }
    started
}

/// Performs the effects of a turn that only shows something.
async fn show(
    ctx: &Rc<VaultCtx>,
    turn: &Turn,
    effects: Vec<Effect>,
    until: Timestamp,
) -> Result<(), VaultError> {
    for effect in effects {
        match effect {
            Effect::SendMessage { message, here } => {
                job_dispatcher::perform_now(ctx, ctx.send_job(turn, message, here), until).await?;
            }
            // The same card may be updated by a job already.
            Effect::UpdateMessage { activity, message } => {
                let near = turn.conversation.clone();
                ctx.enqueue(&Job::UpdateMessage { activity, near, message }, ctx.now())?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// A committed turn whose effects have not been performed.
struct CommittedTurn {
    /// The response, as far as it is known.
    response: Option<Value>,
    /// The jobs of its effects, leased to this start of the object.
    begun: Vec<ClaimedJob>,
    /// The connections that the turn ended. Their revocation is tried before the response.
    left: Vec<Disconnected>,
}

impl VaultCtx {
    fn send_job(&self, turn: &Turn, message: Value, here: bool) -> Job {
        Job::SendMessage {
            id: self.fresh_id(),
            conversation: turn.conversation.clone(),
            person: turn.name.clone(),
            language: turn.words().0,
            message,
            here,
            owed: false,
        }
    }

    /// Writes a turn and all of its effects. The receipt of a disconnect is written as it is true now, before
    /// the revocation was tried: the person gets that receipt even after a crash.
    fn commit_turn(
        &self,
        tx: &Tx,
        turn: &Turn,
        mut reply: Reply,
        id: &CorrelationId,
    ) -> Result<CommittedTurn, SqlError> {
        let left = self.note_disconnects(tx, &reply.effects)?;
        if let (TurnEvent::CardAction { .. }, [one]) = (&turn.act, left.as_slice()) {
            reply = self.receipt_shown(turn, &one.receipt_before_revocation(self, turn.words()))?;
        }
        let RenderedReply { effects, response } = reply.render(turn);
        self.note_delivered(tx, turn, response.as_ref())?;
        let begun =
            effects.into_iter().filter_map(|effect| self.note_effect(tx, turn, effect, id).transpose());
        Ok(CommittedTurn { response, begun: begun.collect::<Result<_, _>>()?, left })
    }

    /// Ends the connections that the effects name.
    fn note_disconnects(&self, tx: &Tx, effects: &[Effect]) -> Result<Vec<Disconnected>, SqlError> {
        let mut left = Vec::new();
        for effect in effects {
            match effect {
                Effect::Disconnect { app, removal } => {
                    left.push(disconnect(self, tx, app, *removal, (DisconnectedBy::Owner, None))?);
                }
                Effect::DisconnectAll => {
                    left.extend(disconnect_all(self, tx, (DisconnectedBy::Uninstall, None))?)
                }
                _ => {}
            }
        }
        Ok(left)
    }

    /// The list of connections with a receipt.
    fn receipt_shown(&self, turn: &Turn, receipt: &Receipt) -> Result<Reply, SqlError> {
        let (words, (some, all)) = (turn.words(), self.first_connections()?);
        Ok(disconnected(words, (&some, all), receipt, catalog_in(words.0)))
    }

    /// Writes an effect. Returns its job if that is new.
    fn note_effect(
        &self,
        tx: &Tx,
        turn: &Turn,
        effect: Effect,
        id: &CorrelationId,
    ) -> Result<Option<ClaimedJob>, SqlError> {
        let job = match effect {
            Effect::StartRun(run) => {
                let run = Run { correlation: id.clone(), ..*run };
                self.insert_run(tx, &run)?;
                Job::DriveRun { run: run.id }
            }
            Effect::SaveRun { run, version, drive } => {
                let saved = self.save_run(&run, version)?;
                if saved && drive {
                    self.enqueue(&Job::DriveRun { run: run.id.clone() }, self.now())?;
                }
                // The card that says so is kept, so the run forgets it.
                if saved && run.state == RunState::Cancelled {
                    self.set_progress(&run.id, None)?;
                }
                return Ok(None);
            }
            Effect::AnswerAgent { grant, approved } => {
                return self.answer_agent(tx, &grant, approved).map(|()| None);
            }
            Effect::StoreTicket(ticket) => return self.insert_ticket(&ticket).map(|()| None),
            // Written before all other effects: the cards describe the result.
            Effect::Disconnect { .. } | Effect::DisconnectAll => return Ok(None),
            Effect::SendMessage { message, here } => self.send_job(turn, message, here),
            Effect::UpdateMessage { activity, message } => {
                let near = turn.conversation.clone();
                self.enqueue(&Job::UpdateMessage { activity, near, message }, self.now())?;
                return Ok(None);
            }
        };
        let claimed = ClaimedJob::new(job);
        self.insert_claimed(&claimed)?;
        Ok(Some(claimed))
    }

    /// Performs the effects of a committed turn. The revocation of an ended connection is tried for a few
    /// seconds, and its receipt replaces the committed one.
    async fn perform(self: &Rc<Self>, turn: &Turn, committed: CommittedTurn) -> Option<Value> {
        let CommittedTurn { mut response, mut begun, left } = committed;
        let words = turn.words();
        let receipts = join_all(left.into_iter().map(|left| left.revoke(self, words))).await;
        if let (TurnEvent::CardAction { .. }, [receipt]) = (&turn.act, receipts.as_slice()) {
            match self.note_receipt(turn, receipt, &mut begun) {
                Ok(final_response) => response = final_response,
                // The committed receipt is still true.
                Err(error) => self.log(&Event::VaultFailed { cause: Cause::of(&error) }),
            }
        }
        self.hand_off(begun);
        response
    }

    /// Replaces the receipt that was committed with the turn, in its response and in its message.
    fn note_receipt(
        &self,
        turn: &Turn,
        receipt: &Receipt,
        begun: &mut [ClaimedJob],
    ) -> Result<Option<Value>, SqlError> {
        let rendered = self.receipt_shown(turn, receipt)?.render(turn);
        self.sql.transaction(|tx| {
            for claimed in begun {
                if let (Some(Job::SendMessage { message, .. }), Some(said)) =
                    (Rc::get_mut(&mut claimed.job), rendered.message())
                {
                    message.clone_from(said);
                    self.update_claimed(tx, claimed)?;
                }
            }
            self.note_response(turn, rendered.response.as_ref())
        })?;
        Ok(rendered.response)
    }
}
