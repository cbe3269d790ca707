//! What the person whose vault this is, is to the tenant.

use std::time::Duration;
use workbot_domain::activity::Conversation;
use workbot_domain::event::Event;
use workbot_domain::person::Contact;
use workbot_domain::roster::{Lookup, Standing};
use workbot_domain::time::Timestamp;

use super::{Core, Trouble};
use crate::clock::now;
use crate::connector::{Connector, Looked};
use crate::values;

/// A verdict counts for so long, also while no roster can be read.
const KEPT: Duration = Duration::from_secs(24 * 3600);

impl Core {
    /// Reads who the person is, from the roster of the conversation in which they gave a command. Only a verdict is kept:
    /// that somebody is not on a roster says nothing about who they are. With it come how apps are told who asks, and the
    /// pause before a roster that cannot be read is asked for again.
    pub(super) async fn standing(&self, near: &Conversation) -> Result<(Lookup, Contact, Duration), Trouble> {
        let (config, subject) = (self.config()?, self.subject()?);
        let contact = |email| Contact { id: subject.user.clone(), email };
        if let Some((standing, email)) = self.kept_standing()? {
            return Ok((Lookup::Found(standing), contact(email), Duration::ZERO));
        }
        let looked = (Connector { config: &config }).member(near, &subject).await;
        let Looked { status, lookup, after, email } = looked;
        match lookup {
            Lookup::Found(standing) => self.sql.run(
                "INSERT OR REPLACE INTO standing (only, standing, read_at, email) VALUES (1, ?, ?, ?)",
                values![standing.as_word(), now().millis(), email.as_deref()],
            )?,
            Lookup::NotOnRoster | Lookup::Unreadable => self.log(&Event::MemberUnknown { status }),
        }
        Ok((lookup, contact(email), after))
    }

    fn kept_standing(&self) -> Result<Option<(Standing, Option<String>)>, Trouble> {
        let row = self.sql.row("SELECT standing, read_at, email FROM standing", values![])?;
        let Some(row) = row else { return Ok(None) };
        if now() >= Timestamp(row.int(1)?) + KEPT {
            return Ok(None);
        }
        // A word of a later version is no verdict here: the roster is asked anew.
        let email = row.optional_text(2)?;
        Ok(Standing::from_word(&row.text(0)?).map(|standing| (standing, email)))
    }
}
