//! The card that asks a person to approve what an agent wants to do in their name.

use serde_json::{Map, Value};
use workbot_shared::RunId;

use super::form::facts;
use super::{button, card, line, note, title};
use crate::catalog::Recipe;
use crate::present::text::Texts;
use crate::template::escape_markdown;

/// Asks for the approval. `client` is the agent's name with its host, `accounts` are the apps with the
/// account that each uses.
#[must_use]
pub fn approval(
    words: Texts,
    run: &RunId,
    client: &str,
    (recipe, inputs): (&Recipe, &Map<String, Value>),
    accounts: &[(String, String)],
) -> Value {
    let mut body = vec![title(&words.agent_wants(client, &recipe.name, &recipe.purpose))];
    body.push(line(&escape_markdown(&recipe.hint)));
    body.extend(facts(words, &recipe.inputs, inputs));
    let with = accounts.iter().map(|(app, account)| words.agent_uses(app, account));
    body.extend(with.map(|with| line(&with)));
    body.push(note(words.agent_asked()));
    let refuse = button(words.do_not(), "run.cancel", run);
    card(body, vec![button(words.do_it(), "run.resume", run), refuse])
}
