//! The daily check for connections that are idle or whose refresh token is about to expire.
//! `domain::connection::expiry` decides when the owner is notified.

use serde_json::Value;
use std::rc::Rc;
use workbot_domain::connection::disconnect::Removal;
use workbot_domain::connection::expiry::ExpiryStep;
use workbot_domain::log_event::{DisconnectedBy, Event, ExpiryReason};
use workbot_domain::present::card;
use workbot_domain::present::outgoing_activity::card_message;
use workbot_domain::present::text::Texts;
use workbot_domain::time::Timestamp;
use workbot_shared::AppId;

use crate::connection::disconnect::disconnect_and_revoke;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog_in;
use crate::sql::SqlError;

/// Notifies the owner of connections that are about to end, and disconnects idle ones. A shared connection
/// never ends for being idle.
///
/// # Errors
/// When a connection cannot be ended or the database fails.
pub async fn check_all(ctx: &Rc<VaultCtx>) -> Result<(), VaultError> {
    let idle = if ctx.is_shared() { None } else { ctx.config()?.idle };
    let words = Texts(ctx.last_language()?.unwrap_or_default());
    for (app, account, facts) in ctx.expiry_facts()? {
        let name = catalog_in(words.0).app_name(&app);
        match facts.next_step(idle, ctx.now()) {
            None => {}
            Some(ExpiryStep::IdleSoon(ends)) => {
                let card = card::idle_soon(words, (&app, name), &account, ends);
                ctx.notify(&app, ExpiryReason::Idle, (card, words.ends_in_short(name)))?;
            }
            Some(ExpiryStep::EndsSoon(ends)) => {
                let card = card::ends_soon(words, (&app, name), &account, ends, None);
                ctx.notify(&app, ExpiryReason::App, (card, words.ends_in_short(name)))?;
            }
            Some(ExpiryStep::Idle) => {
                let receipt = disconnect_and_revoke(
                    ctx,
                    words,
                    &app,
                    Removal::Disconnect,
                    (DisconnectedBy::Idle, None),
                )
                .await?;
                let card = card::idle(words, &receipt, name);
                ctx.sql.transaction(|tx| ctx.notify_later(tx, |_| card_message(card, &receipt.message)))?;
            }
        }
    }
    Ok(())
}

impl VaultCtx {
    /// When the login to an app expires, if that is within the notice period.
    pub fn ends_soon(&self, app: &AppId) -> Result<Option<Timestamp>, SqlError> {
        let found = self.expiry_facts()?.into_iter().find(|(other, ..)| other == app);
        Ok(found.and_then(|(_, _, facts)| facts.ends_soon(self.now())))
    }

    /// Enqueues the notification and records that it was sent, in one transaction. One that cannot be sent is
    /// not recorded, so that no idle connection ends unannounced.
    fn notify(
        &self,
        app: &AppId,
        by: ExpiryReason,
        (card, summary): (Value, String),
    ) -> Result<(), SqlError> {
        let is_notified = self.sql.transaction(|tx| {
            // The company has no chat: its admins read the log.
            let is_notified = self.notify_later(tx, |_| card_message(card, &summary))? || self.is_shared();
            if is_notified {
                self.mark_notified(tx, app, by == ExpiryReason::Idle)?;
            }
            Ok(is_notified)
        })?;
        if !is_notified {
            return Ok(());
        }
        self.log(&Event::EndsSoon { app: app.clone(), shared: self.is_shared(), by });
        Ok(())
    }
}
