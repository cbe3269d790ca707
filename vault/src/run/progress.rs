//! The progress of a run that is being driven: the typing indicator after 700 ms, and after 3 seconds a card
//! that follows the steps. The reply replaces the card.

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use serde_json::Value;
use std::cell::Cell;
use std::time::Duration;
use workbot_domain::ids::ActivityId;
use workbot_domain::log_event::{Cause, Event};
use workbot_domain::present::run_message;
use workbot_domain::run::{Run, RunState};
use workbot_domain::time::Timestamp;
use workbot_shared::RunId;

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog_in;
use crate::outbox::{Delivery, PrivateMessage, delete, send_private, send_typing, update_best_effort};
use crate::sql::SqlError;

/// A run that takes longer than this gets a card.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// A run that takes longer than this gets the typing indicator, which is a request of its own.
const TYPING_AFTER: Duration = Duration::from_millis(700);
/// An obstacle that lasts less than this is not shown.
const BLIP: Duration = Duration::from_millis(900);

fn progress_message(run: &Run) -> Value {
    run_message::progress(run, catalog_in(run.language))
}

/// The progress display of one run.
pub struct Progress<'a> {
    ctx: &'a VaultCtx,
    run: &'a RunId,
    /// A card is being posted; its id is not known yet.
    posting: Cell<bool>,
    /// The card shows an outdated state.
    stale: Cell<bool>,
    /// Whether there may be a card. A run that has just started has none before this display posts it.
    has_card: Cell<bool>,
}

impl<'a> Progress<'a> {
    /// The display of a run.
    pub fn of(ctx: &'a VaultCtx, run: &'a RunId) -> Self {
        let has_card = Cell::new(!ctx.unstored_runs.borrow().contains_key(run));
        Self { ctx, run, posting: Cell::new(false), stale: Cell::new(false), has_card }
    }

    /// Posts the typing indicator after 700 ms and, after 3 seconds, the progress card. Best effort: failures
    /// are logged and do not affect the run.
    pub async fn show(&self) {
        if let Err(error) = self.try_to_show().await {
            self.ctx.log(&Event::ProgressFailed { cause: Cause::of(&error) });
        }
    }

    async fn try_to_show(&self) -> Result<(), VaultError> {
        let Some((run, _)) = self.ctx.run(self.run)?.filter(|(run, _)| run.shows_progress()) else {
            return Ok(());
        };
        self.ctx.sleep(TYPING_AFTER).await;
        let waiting = self.ctx.sleep(PATIENCE.saturating_sub(TYPING_AFTER));
        pin_mut!(waiting);
        if run.state == RunState::Running && run.settings.is_none() {
            let typing = send_typing(self.ctx, &run.conversation);
            pin_mut!(typing);
            // A slow typing request does not delay the card.
            if let Either::Left(((), waiting)) = select(typing, waiting).await {
                waiting.await;
            }
        } else {
            waiting.await;
        }
        self.post().await
    }

    async fn post(&self) -> Result<(), VaultError> {
        let Some((run, _)) = self.ctx.run(self.run)? else { return Ok(()) };
        if run.state != RunState::Running
            || !run.shows_progress()
            || self.ctx.progress_of(self.run)?.is_some()
        {
            return Ok(());
        }
        self.posting.set(true);
        self.has_card.set(true);
        let message = &progress_message(&run);
        let delivery = send_private(self.ctx, &PrivateMessage::shows(&run, message)).await;
        if let Ok(Delivery::Sent(card)) = &delivery {
            self.ctx.set_progress(self.run, Some(card))?;
        }
        self.posting.set(false);
        delivery?;
        Ok(())
    }

    /// Updates the card, if there is one. Returns whether it sent a request.
    ///
    /// # Errors
    /// When the vault is not configured or its database fails.
    pub async fn update(&self) -> Result<bool, VaultError> {
        let posted = self.posted_card()?.filter(|(_, run)| run.state == RunState::Running);
        let Some((card, run)) = posted else { return Ok(false) };
        update_best_effort(self.ctx, &run.conversation, &card, &progress_message(&run)).await?;
        Ok(true)
    }

    /// Marks the card as outdated.
    pub fn mark_stale(&self) {
        self.stale.set(true);
    }

    /// Ensures that the person sees a current card after a slice, if the run will be driven again. `for_long`
    /// says that this takes a while.
    ///
    /// # Errors
    /// When the vault is not configured or its database fails.
    pub async fn report_delay(&self, for_long: bool) -> Result<(), VaultError> {
        // A single failed attempt is often over before the person could read about it.
        let run = self.ctx.run(self.run)?.map(|(run, _)| run);
        let just_now = |since: Timestamp| self.ctx.now() < since + BLIP;
        let stalled = run.and_then(|run| run.stalled);
        if !for_long && stalled.is_some_and(|stalled| just_now(stalled.since)) {
            return Ok(());
        }
        if self.stale.get() {
            self.update().await?;
        }
        self.post().await
    }

    /// Deletes the card of a run that now waits or is over.
    ///
    /// # Errors
    /// When the vault is not configured or its database fails.
    pub async fn close(&self) -> Result<(), VaultError> {
        if let Some((card, run)) = self.posted_card()?.filter(|(_, run)| run.state != RunState::Running) {
            delete(self.ctx, &run.conversation, &card).await?;
            self.ctx.set_progress(self.run, None)?;
        }
        Ok(())
    }

    /// The card's activity id and the current run. `None` without a card.
    fn posted_card(&self) -> Result<Option<(ActivityId, Run)>, VaultError> {
        let Some(card) = self.card()? else { return Ok(None) };
        Ok(self.ctx.run(self.run)?.map(|(run, _)| (card, run)))
    }

    /// The card's activity id. Nothing is read as long as there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub fn card(&self) -> Result<Option<ActivityId>, SqlError> {
        if self.has_card.get() { self.ctx.progress_of(self.run) } else { Ok(None) }
    }

    /// Whether a card is being posted.
    pub fn is_posting(&self) -> bool {
        self.posting.get()
    }
}
