//! Expiring: once a day it is seen which connections end, because nobody uses them or by themselves. Their owner is told
//! before; `domain::connection::term` says when.

use serde_json::Value;
use std::rc::Rc;
use workbot_domain::card;
use workbot_domain::connection::term::{Due, Term};
use workbot_domain::event::{By, Event};
use workbot_domain::text::Words;
use workbot_domain::time::Timestamp;
use workbot_shared::AppId;

use super::leaving::{Leaver, leave};
use super::{Core, Trouble};
use crate::catalogue::catalogue_in;
use crate::clock::now;
use crate::connector::card_message;
use crate::sql::{Row, SqlError};
use crate::values;

/// Does what is due about every connection of this owner. What an admin connected for the company stays until an admin
/// ends it.
pub async fn look(core: &Rc<Core>) -> Result<(), Trouble> {
    let idle = if core.is_shared() { None } else { core.config()?.idle };
    let words = Words(core.last_language()?.unwrap_or_default());
    for (app, account, term) in core.terms()? {
        let name = catalogue_in(words.0).app_name(&app);
        match term.due(idle, now()) {
            None => {}
            Some(Due::IdleSoon(ends)) => {
                let card = card::idle_soon(words, (&app, name), &account, ends);
                core.warn(&app, "idle_told_at", By::Idle, (&card, words.ends_in_short(name)))?;
            }
            Some(Due::EndsSoon(ends)) => {
                let card = card::ends_soon(words, (&app, name), &account, ends, None);
                core.warn(&app, "end_told_at", By::App, (&card, words.ends_in_short(name)))?;
            }
            Some(Due::Idle) => {
                let receipt = leave(core, words, &app, false, Leaver::Idle).await?;
                let card = card::idle(words, &app, &receipt.message);
                core.tell_later(|_| card_message(&card, &receipt.message))?;
            }
        }
    }
    Ok(())
}

fn term(row: &Row) -> Result<Term, SqlError> {
    let time = |column| Ok::<_, SqlError>(row.optional_int(column)?.map(Timestamp));
    Ok(Term {
        status: row.parsed(2, |word| serde_json::from_value(Value::from(word)))?,
        connected_at: Timestamp(row.int(3)?),
        last_used_at: time(4)?,
        ends_at: time(5)?,
        idle_told_at: time(6)?,
        end_told_at: time(7)?,
    })
}

impl Core {
    /// How long each connection of this owner lasts, with the account.
    fn terms(&self) -> Result<Vec<(AppId, String, Term)>, SqlError> {
        let rows = self.sql.rows(
            "SELECT app, account_label, status, connected_at, last_used_at, ends_at, idle_told_at, end_told_at
             FROM connection",
            values![],
        )?;
        let known = |row: &Row| Ok::<_, SqlError>((row.parsed(0, AppId::parse)?, row.text(1)?, term(row)?));
        Ok(rows.iter().filter_map(|row| self.if_readable(known(row))).collect())
    }

    /// When the login to an app ends, if that is soon.
    pub(super) fn ends_soon(&self, app: &AppId) -> Result<Option<Timestamp>, SqlError> {
        let found = self.terms()?.into_iter().find(|(other, ..)| other == app);
        Ok(found.and_then(|(_, _, term)| term.ends_soon(now())))
    }

    /// Tells the owner, and notes that they were told: both, or neither.
    fn warn(
        &self,
        app: &AppId,
        told_at: &'static str,
        by: By,
        (card, summary): (&Value, String),
    ) -> Result<(), SqlError> {
        self.sql.transaction(|| {
            self.sql.run(
                &format!("UPDATE connection SET {told_at} = ? WHERE app = ?"),
                values![now().millis(), app.as_str()],
            )?;
            self.tell_later(|_| card_message(card, &summary))
        })?;
        self.log(&Event::EndsSoon { app: app.clone(), shared: self.is_shared(), by });
        Ok(())
    }
}
