//! What this deployment calls its bot (`BOT_NAME`). One program serves one deployment, so nobody hands it on from text to
//! text.

use std::sync::OnceLock;

static BOT: OnceLock<String> = OnceLock::new();

/// From now on the bot is called so. The first call counts.
pub fn name_bot(name: &str) {
    BOT.get_or_init(|| name.to_owned());
}

/// What the bot is called.
pub(crate) fn bot() -> &'static str {
    BOT.get().map_or("Workbot", String::as_str)
}
