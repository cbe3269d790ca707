//! A command that was given before, and whose run still waits.

use workbot_domain::card;
use workbot_domain::run::{Again, Run};

use crate::catalogue::catalogue_in;
use crate::clients::connector::card_message;
use crate::context::VaultCtx;
use crate::sql::SqlError;
use crate::turn::reply::{Effect, Reply};

impl VaultCtx {
    /// What a command comes to that would begin this run, if the same was asked for before and still waits.
    pub fn said_again(&self, wish: &Run) -> Result<Option<Reply>, SqlError> {
        let catalogue = catalogue_in(wish.language);
        let name = &*wish.name(catalogue);
        for (id, held_up) in self.held_runs(&wish.recipe)? {
            let Some((mut run, version)) = self.known_run(&id) else { continue };
            let card = match run.asked_again(wish, held_up, catalogue, self.now()) {
                Again::Another => continue,
                Again::UnderWay => {
                    let effects = vec![Effect::Change { run: Box::new(run), version, drive: false }];
                    return Ok(Some(Reply { effects, ..Reply::text(wish.words().still_under_way(name)) }));
                }
                Again::TakenUp { card } => card,
            };
            let mut effects = vec![Effect::Change { run: Box::new(run), version, drive: true }];
            effects.extend(card.map(|activity| {
                let text = wish.words().asked_again(name);
                Effect::Replace { activity, message: card_message(&card::closed(&text), &text) }
            }));
            return Ok(Some(Reply { effects, shown: None }));
        }
        Ok(None)
    }
}
