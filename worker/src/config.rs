//! The deployment's configuration, read once per process.

use std::rc::Rc;
use workbot_domain::bot_name::name_bot;
use workbot_domain::config::{Config, Problem};
use workbot_vault::installed_catalog::catalog;

use crate::ports_js;

/// Reads the configuration.
///
/// # Errors
/// All problems of the bot's own configuration, or of the catalog's file. Those of an app or of the language
/// model are in [`Config::problems`].
pub fn config() -> Result<Rc<Config>, Vec<Problem>> {
    if catalog().apps.is_empty() {
        let what = "cannot be read: run `cargo xtask build`, then deploy what it wrote".to_owned();
        return Err(vec![Problem { name: "build/worker/catalog.bin".to_owned(), what }]);
    }
    let mut config = Config::read(catalog(), &ports_js::variable)?;
    if !ports_js::has_models() {
        config.require_endpoint_of_language_model();
    }
    name_bot(&config.bot.name);
    Ok(Rc::new(config))
}
