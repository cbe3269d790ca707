//! The person's tenant membership, read from the roster of a conversation.

use std::time::Duration;
use workbot_domain::activity::Conversation;
use workbot_domain::event::Event;
use workbot_domain::person::Contact;
use workbot_domain::roster::Lookup;

use crate::clients::connector::Looked;
use crate::context::{VaultCtx, VaultError};

impl VaultCtx {
    /// Reads whether the person is a member, a guest or an outsider, from the roster of the conversation of
    /// their command. Also returns the person's contact data for apps, and the pause before an unreadable
    /// roster is read again. Only a verdict is cached: absence from one roster does not say who the person
    /// is.
    ///
    /// # Errors
    /// When the vault is not configured or its database fails.
    pub async fn standing(&self, near: &Conversation) -> Result<(Lookup, Contact, Duration), VaultError> {
        let (config, subject) = (self.config()?, self.subject()?);
        let contact = |email| Contact { id: subject.user.clone(), email };
        if let Some((standing, email)) = self.kept_standing()? {
            return Ok((Lookup::Found(standing), contact(email), Duration::ZERO));
        }
        let looked = (self.connector(&config)).member(near, &subject).await;
        let Looked { status, lookup, after, email } = looked;
        match lookup {
            Lookup::Found(standing) => self.keep_standing(standing, email.as_deref())?,
            Lookup::NotOnRoster | Lookup::Unreadable => self.log(&Event::MemberUnknown { status }),
        }
        Ok((lookup, contact(email), after))
    }
}
