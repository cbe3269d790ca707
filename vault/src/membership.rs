//! The person's tenant membership, read from the roster of a conversation.

use std::time::Duration;
use workbot_domain::activity::Conversation;
use workbot_domain::log_event::Event;
use workbot_domain::membership::RosterLookup;
use workbot_domain::person_template_variable::Contact;

use crate::clients::connector::MemberLookup;
use crate::context::VaultCtx;
use crate::error::VaultError;

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
        let (config, subject) = (self.config()?, self.subject()?);
        let contact = |email| Contact { id: subject.user.clone(), email };
        if let Some((membership, email)) = self.cached_membership()? {
            return Ok((RosterLookup::Found(membership), contact(email), Duration::ZERO));
        }
        let looked = (self.connector(&config)).member(near, &subject).await;
        let MemberLookup { status, lookup, after, email } = looked;
        match lookup {
            RosterLookup::Found(membership) => self.cache_membership(membership, email.as_deref())?,
            RosterLookup::NotOnRoster | RosterLookup::Unreadable => {
                self.log(&Event::MembershipUnknown { status })
            }
        }
        Ok((lookup, contact(email), after))
    }
}
