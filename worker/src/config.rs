//! The deployment's configuration, read once per process.

use std::rc::Rc;
use workbot_domain::bot_name::name_bot;
use workbot_domain::config::{Config, ModelEndpoint, Problem};
use workbot_domain::log_event::Event;
use workbot_vault::installed_catalog::catalog;

use crate::{ports_js, telemetry};

/// Reads the configuration.
///
/// # Errors
/// All problems of the bot's own configuration, or of the catalog's file. A misconfigured app is logged and
/// left out.
pub fn config() -> Result<Rc<Config>, Vec<Problem>> {
    if catalog().apps.is_empty() {
        let what = "cannot be read: run `cargo xtask build`, then deploy what it wrote".to_owned();
        return Err(vec![Problem { name: "build/worker/catalog.bin".to_owned(), what }]);
    }
    let config = Rc::new(Config::read(catalog(), &ports_js::variable)?);
    let uses_workers_ai = config
        .language_model
        .as_ref()
        .is_some_and(|model| matches!(model.endpoint, ModelEndpoint::WorkersAi));
    if uses_workers_ai && !ports_js::has_models() {
        let what = "is missing: state the endpoint of LLM_MODEL, or add the binding `AI` to wrangler.toml"
            .to_owned();
        return Err(vec![Problem { name: "LLM_URL".to_owned(), what }]);
    }
    name_bot(&config.bot.name);
    // Logged once per process. The other apps are not affected.
    if !config.app_problems.is_empty() {
        telemetry::alone(&Event::misconfigured(&config.app_problems));
    }
    Ok(config)
}
