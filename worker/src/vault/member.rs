//! What Teams knows of the person whose vault this is.

use std::time::Duration;
use workbot_domain::activity::Conversation;
use workbot_domain::event::Event;
use workbot_domain::time::Timestamp;

use super::{Core, Trouble};
use crate::clock::now;
use crate::connector::{Connector, NotSent};
use crate::values;

/// What was read is believed for so long.
const KEPT: Duration = Duration::from_secs(24 * 3600);

impl Core {
    /// Whether the person is a guest in their tenant. `None`: it cannot be known now.
    ///
    /// It is read in the person's own chat with the bot, which nobody else can leave or join. A connector that has no
    /// record of its own chat's member knows no guests either: then they are none.
    pub(super) async fn is_guest(&self, near: &Conversation) -> Result<Option<bool>, Trouble> {
        let row = self.sql.row("SELECT guest, read_at FROM member", values![])?;
        let known = row.map(|row| (row.int(0) == 1, Timestamp(row.int(1))));
        if let Some((guest, _)) = known.filter(|(_, read_at)| now() < *read_at + KEPT) {
            return Ok(Some(guest));
        }
        let Ok(chat) = self.personal_chat(near).await? else { return Ok(known.map(|(guest, _)| guest)) };
        let config = self.config()?;
        let guest = match (Connector { config: &config }).member(&chat).await {
            Ok(member) => member.is_guest(),
            Err(NotSent::Never(status)) => {
                self.log(&Event::MemberUnknown { status });
                false
            }
            Err(_) => return Ok(known.map(|(guest, _)| guest)),
        };
        self.sql.run(
            "INSERT OR REPLACE INTO member (only, guest, read_at) VALUES (1, ?, ?)",
            values![i64::from(guest), now().millis()],
        )?;
        Ok(Some(guest))
    }
}
