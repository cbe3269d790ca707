//! Progress: while a run is being driven, its person sees that something is going on.
//!
//! At once that the bot is typing; after some seconds one card, brought up to date step by step, which the reply replaces.

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use serde_json::Value;
use std::cell::Cell;
use std::time::Duration;
use workbot_domain::event::{Cause, Event};
use workbot_domain::present::run_message;
use workbot_domain::run::{Run, RunState};
use workbot_domain::time::Timestamp;
use workbot_shared::RunId;

use crate::catalog::catalog_in;
use crate::context::{VaultCtx, VaultError};
use crate::outbox::{Delivery, PrivateMessage, delete, send_private, send_typing, update_best_effort};

/// A run that takes longer gets a card.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// What passes sooner is not told.
const BLIP: Duration = Duration::from_millis(900);

fn progress_message(run: &Run) -> Value {
    run_message::progress(run, catalog_in(run.language))
}

/// What is shown of a run that is being driven.
pub struct Progress<'a> {
    ctx: &'a VaultCtx,
    run: &'a RunId,
    /// A card is on its way: it is not known yet under which id.
    posting: Cell<bool>,
    /// What the card says is no longer so.
    stale: Cell<bool>,
}

impl<'a> Progress<'a> {
    /// Of this run.
    pub fn of(ctx: &'a VaultCtx, run: &'a RunId) -> Self {
        Self { ctx, run, posting: Cell::new(false), stale: Cell::new(false) }
    }

    /// Shows what there is to show, when it is time. Comes to nothing that the run depends on.
    pub async fn show(&self) {
        if let Err(error) = self.try_to_show().await {
            self.ctx.log(&Event::ProgressFailed { cause: Cause::of(&error) });
        }
    }

    async fn try_to_show(&self) -> Result<(), VaultError> {
        let Some((run, _)) = self.ctx.run(self.run)? else { return Ok(()) };
        let waiting = self.ctx.sleep(PATIENCE);
        pin_mut!(waiting);
        if run.state == RunState::Running && run.settings.is_none() {
            let typing = send_typing(self.ctx, &run.conversation);
            pin_mut!(typing);
            // A connector that takes its time over this keeps the card from nobody.
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
        if run.state != RunState::Running || self.ctx.progress_of(self.run)?.is_some() {
            return Ok(());
        }
        self.posting.set(true);
        let message = &progress_message(&run);
        let delivery = send_private(self.ctx, &PrivateMessage::for_open_run(&run, message)).await;
        if let Ok(Delivery::Sent(card)) = &delivery {
            self.ctx.set_progress(self.run, Some(card))?;
        }
        self.posting.set(false);
        delivery?;
        Ok(())
    }

    /// Brings the card up to date, if there is one.
    pub async fn update(&self) -> Result<(), VaultError> {
        if let Some((card, run)) = self.posted_card()?.filter(|(_, run)| run.state == RunState::Running) {
            update_best_effort(self.ctx, &run.conversation, &card, &progress_message(&run)).await?;
        }
        Ok(())
    }

    /// What the card says, if there is one, is no longer so.
    pub fn mark_stale(&self) {
        self.stale.set(true);
    }

    /// After the run was driven, and has to be driven again: its person knows that it is not forgotten, and why it takes
    /// longer.
    pub async fn report_delay(&self, for_long: bool) -> Result<(), VaultError> {
        // A single try that failed is made good before it is read about.
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

    /// After the run was driven: a card for a run that waits or is over says nothing any more.
    pub async fn close(&self) -> Result<(), VaultError> {
        if let Some((card, run)) = self.posted_card()?.filter(|(_, run)| run.state != RunState::Running) {
            delete(self.ctx, &run.conversation, &card).await?;
            self.ctx.set_progress(self.run, None)?;
        }
        Ok(())
    }

    /// The card, if there is one, and its run as it is now.
    fn posted_card(&self) -> Result<Option<(String, Run)>, VaultError> {
        let Some(card) = self.ctx.progress_of(self.run)? else { return Ok(None) };
        Ok(self.ctx.run(self.run)?.map(|(run, _)| (card, run)))
    }

    /// Whether a card is on its way.
    pub fn is_posting(&self) -> bool {
        self.posting.get()
    }
}
