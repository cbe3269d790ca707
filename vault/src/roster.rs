//! What the person whose vault this is, is to the tenant.

use std::time::Duration;
use workbot_domain::activity::Conversation;
use workbot_domain::contact::Contact;
use workbot_domain::event::Event;
use workbot_domain::roster::RosterLookup;

use crate::clients::connector::MemberLookup;
use crate::context::{VaultCtx, VaultError};

impl VaultCtx {
    /// Reads who the person is, from the roster of the conversation in which they gave a command. Only a verdict is kept:
    /// that somebody is not on a roster says nothing about who they are. With it come how apps are told who asks, and the
    /// pause before a roster that cannot be read is asked for again.
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
