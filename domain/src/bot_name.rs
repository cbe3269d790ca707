//! The bot's name in this deployment (`BOT_NAME`). A process serves one deployment, so the name is a global
//! value and not a parameter of every text.

use std::sync::OnceLock;

static BOT: OnceLock<String> = OnceLock::new();

/// Sets the bot's name. Only the first call has an effect.
pub fn name_bot(name: &str) {
    BOT.get_or_init(|| name.to_owned());
}

/// Returns the bot's name.
pub(crate) fn bot() -> &'static str {
    BOT.get().map_or("Workbot", String::as_str)
}
