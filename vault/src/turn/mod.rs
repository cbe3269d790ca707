//! Turns: an activity of a person is handled once. Each module may use those before it: again, message,
//! card_action.
//!
//! A turn has three phases. Its decision only reads. One transaction then writes all effects, together with
//! the delivery and its response. After that the effects are performed. A crash before the commit leaves
//! nothing behind; after the commit the jobs perform the effects.

mod card_action;
mod message;
mod repeated_command;

use futures_util::future::join_all;
use serde_json::Value;
use std::rc::Rc;
use workbot_domain::activity::{Turn, TurnEvent};
use workbot_domain::conversation::card_action::disconnected;
use workbot_domain::conversation::quota::{WithinQuota, counts, kind, slow_down, within_quota};
use workbot_domain::conversation::reply::{Effect, RenderedReply, Reply};
use workbot_domain::event::{Cause, CorrelationId, DisconnectedBy, Event, OutcomeLabel};
use workbot_domain::limits::Admission;
use workbot_domain::run::{Run, RunState};
use workbot_shared::{Receipt, RecipeId};

use crate::connection::disconnect::{Disconnected, disconnect, disconnect_all};
use crate::context::{VaultCtx, VaultError};
use crate::installed_catalog::catalog_in;
use crate::job::{ClaimedJob, Job};
use crate::protocol::VaultResponse;
use crate::sql::{SqlError, Tx};
use crate::turn::card_action::on_card_action;
use crate::turn::message::{on_installed, on_message, on_uninstalled};

/// The outcome of a turn and the recipe that it started, for the log.
type TurnOutcome = (OutcomeLabel, Option<RecipeId>);

/// Handles an activity. Logs its outcome.
///
/// # Errors
/// When the vault is not configured, its database fails, or another object does not respond. Nothing was
/// written then.
pub async fn handle(ctx: &Rc<VaultCtx>, turn: Turn, id: &CorrelationId) -> Result<VaultResponse, VaultError> {
    let (began, kind) = (ctx.now(), kind(&turn.act));
    let handled = handle_once(ctx, turn, id).await;
    let (outcome, recipe) =
        handled.as_ref().map_or((OutcomeLabel::Failed, None), |(_, became)| became.clone());
    ctx.log_of(id, &Event::Turn { kind, outcome, recipe, ms: ctx.millis_since(began) });
    handled.map(|(response, _)| VaultResponse::TurnHandled { invoke: response })
}

/// Handles an activity once, however often Teams delivers it.
async fn handle_once(
    ctx: &Rc<VaultCtx>,
    mut turn: Turn,
    id: &CorrelationId,
) -> Result<(Option<Value>, TurnOutcome), VaultError> {
    if let Some(response) = ctx.delivered(&turn)? {
        return Ok((response, (OutcomeLabel::Repeated, None)));
    }
    if turn.locale.is_none() {
        turn.locale = ctx.last_language()?;
    }
    let admitted =
        if counts(&turn.act) { ctx.turn_limiter.borrow_mut().admit(ctx.now()) } else { Admission::Yes };
    if let Some(reply) = slow_down(&turn, admitted) {
        return Ok((reply_only(ctx, &turn, reply)?, (OutcomeLabel::TooMany, None)));
    }
    let reply = match &turn.act {
        TurnEvent::Message(said) => on_message(ctx, &turn, said).await?,
        TurnEvent::CardAction { verb, data } => on_card_action(ctx, &turn, verb, data)?,
        TurnEvent::Installed => on_installed(ctx, &turn).await,
        TurnEvent::Uninstalled => on_uninstalled(ctx, &turn)?,
    };
    let WithinQuota { reply, ended, recipe } = within_quota(&turn, reply, || ctx.open_count())?;
    let committed = ctx.sql.transaction(|tx| ctx.commit_turn(tx, &turn, reply, id))?;
    let response = ctx.perform(&turn, committed).await;
    Ok((response, (ended, recipe)))
}

/// Responds to a turn over the rate limit. The turn itself is not stored.
fn reply_only(ctx: &VaultCtx, turn: &Turn, reply: Reply) -> Result<Option<Value>, VaultError> {
    let rendered = reply.render(turn);
    if let Some(message) = rendered.message() {
        ctx.enqueue(&ctx.send_job(turn, message.clone(), turn.conversation.is_private()), ctx.now())?;
    }
    Ok(rendered.response)
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
            reply = self.receipt_shown(turn, &one.receipt_before_revocation(turn.words()))?;
        }
        let RenderedReply { effects, response } = reply.render(turn);
        self.note_delivered(tx, turn, response.as_ref())?;
        self.remember(turn)?;
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
        self.enqueue_claimed(tx, job).map(Some)
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
                if let (Job::SendMessage { message, .. }, Some(said)) = (&mut claimed.job, rendered.message())
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
