//! A command that was given before, and whose run still waits.

use workbot_domain::conversation::repeated_command::taken_up;
use workbot_domain::conversation::reply::{Effect, Reply};
use workbot_domain::run::Run;

use crate::catalog::catalog_in;
use crate::context::VaultCtx;
use crate::sql::SqlError;

impl VaultCtx {
    /// A run begins, unless the same was asked for before and still waits.
    pub fn start(&self, wish: Run) -> Result<Reply, SqlError> {
        for (id, held_up) in self.held_runs(&wish.recipe)? {
            let Some(known) = self.known_run(&id) else { continue };
            let catalog = catalog_in(wish.language);
            if let Some(reply) = taken_up(known, held_up, &wish, catalog, self.now()) {
                return Ok(reply);
            }
        }
        Ok(Reply::effect(Effect::Start(Box::new(wish))))
    }
}
