//! The person's tenant membership, read from the roster of a conversation.

use std::time::Duration;
use workbot_domain::activity::Conversation;
use workbot_domain::log_event::Event;
use workbot_domain::membership::{Membership, RosterLookup};
use workbot_domain::person_template_variable::Contact;
use workbot_domain::time::Timestamp;

use crate::clients::connector::MemberLookup;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::store::person::MEMBERSHIP_KEPT;

impl VaultCtx {
    /// Reads whether the person is a member, a guest or an outsider, from the roster of the conversation of
    /// their command. Also returns the person's contact data for apps, and the pause before an unreadable
    /// roster is read again. Only a verdict is cached: absence from one roster does not say who the person
    /// is.
    ///
    /// # Errors
    /// When the vault is not configured or its database fails.
    pub async fn membership(
        &self,
        near: &Conversation,
    ) -> Result<(RosterLookup, Contact, Duration), VaultError> {
        let subject = self.subject()?;
        let contact = |email| Contact { id: subject.user.clone(), email };
        if let Some((membership, email)) = self.cached_membership()? {
            return Ok((RosterLookup::Found(membership), contact(email), Duration::ZERO));
        }
        let MemberLookup { lookup, after, email, .. } = self.look_up_member(near).await?;
        if let RosterLookup::Found(membership) = lookup {
            self.cache_membership(membership, email.as_deref())?;
        }
        Ok((lookup, contact(email), after))
    }

    /// The same for a turn that only shows something, which writes nothing: a verdict that it reads is kept
    /// in memory. A roster that does not respond in `patience` counts as unreadable.
    ///
    /// # Errors
    /// When the vault is not configured or its database fails.
    pub async fn membership_unstored(
        &self,
        near: &Conversation,
        patience: Duration,
    ) -> Result<RosterLookup, VaultError> {
        let is_valid = |(_, read_at): &(Membership, Timestamp)| self.now() < *read_at + MEMBERSHIP_KEPT;
        let in_memory = self.membership_read.get().filter(is_valid).map(|(membership, _)| membership);
        let known = in_memory.map_or_else(|| self.cached_membership(), |known| Ok(Some((known, None))))?;
        if let Some((membership, _)) = known {
            return Ok(RosterLookup::Found(membership));
        }
        let Some(looked) = self.within(patience, self.look_up_member(near)).await else {
            return Ok(RosterLookup::Unreadable);
        };
        let lookup = looked?.lookup;
        if let RosterLookup::Found(membership) = lookup {
            self.membership_read.set(Some((membership, self.now())));
        }
        Ok(lookup)
    }

    /// Asks the connector for the person's entry. Logs a response without a verdict.
    async fn look_up_member(&self, near: &Conversation) -> Result<MemberLookup, VaultError> {
        let (config, subject) = (self.config()?, self.subject()?);
        let looked = (self.connector(&config)).member(near, &subject).await;
        if !matches!(looked.lookup, RosterLookup::Found(_)) {
            self.log(&Event::MembershipUnknown { status: looked.status });
        }
        Ok(looked)
    }
}
