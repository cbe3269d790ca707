//! Recognition of a command that was given before and whose run still waits.

use workbot_domain::conversation::repeated_command_reply::on_repeated_command;
use workbot_domain::conversation::reply::{Effect, Reply};
use workbot_domain::run::Run;

use crate::context::VaultCtx;
use crate::installed_catalog::catalog_in;
use crate::sql::SqlError;

impl VaultCtx {
    /// Starts a run, or continues an earlier one with the same inputs that still waits.
    pub fn start(&self, repeated: Run) -> Result<Reply, SqlError> {
        // Mostly there is none, and then the next statement is not needed.
        if self.open_count()? == 0 {
            return Ok(Reply::effect(Effect::StartRun(Box::new(repeated))));
        }
        for (id, stalled) in self.stalled_runs(&repeated.recipe)? {
            let Some(known) = self.known_run(&id) else { continue };
            let catalog = catalog_in(repeated.language);
            if let Some(reply) = on_repeated_command(known, stalled, &repeated, catalog, self.now()) {
                return Ok(reply);
            }
        }
        Ok(Reply::effect(Effect::StartRun(Box::new(repeated))))
    }
}
