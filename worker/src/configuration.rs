//! The configuration of this deployment, read once per isolate.

use std::cell::OnceCell;
use std::rc::Rc;
use workbot_domain::bot_name::name_bot;
use workbot_domain::config::{Config, Problem};
use workbot_domain::event::Event;
use worker::Env;

use crate::catalogue::catalogue;
use crate::report;

thread_local! {
    static CONFIG: OnceCell<Rc<Config>> = const { OnceCell::new() };
}

/// The configuration, or everything that is wrong with it.
pub fn configuration(env: &Env) -> Result<Rc<Config>, Vec<Problem>> {
    if let Some(config) = CONFIG.with(|cell| cell.get().cloned()) {
        return Ok(config);
    }
    let read = |name: &str| {
        // Vars and secrets are both plain strings of the environment.
        env.var(name).ok().map(|value| value.to_string())
    };
    if catalogue().apps.is_empty() {
        let what = "cannot be read: run `cargo xtask build`, then deploy what it wrote".to_owned();
        return Err(vec![Problem { name: "build/worker/catalogue.bin".to_owned(), what }]);
    }
    let config = Rc::new(Config::read(catalogue(), &read)?);
    name_bot(&config.bot.name);
    CONFIG.with(|cell| {
        let _ = cell.set(Rc::clone(&config));
    });
    // Said once per isolate: nobody else is hurt by it.
    if !config.app_problems.is_empty() {
        report::alone(&Event::misconfigured(&config.app_problems));
    }
    Ok(config)
}
