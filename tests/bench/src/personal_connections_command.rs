//! The turn `personal_connections`, by our bot and by the bot for comparison: from the request to the reply
//! at the connector.

use std::sync::Arc;

use anyhow::Result;

use crate::benchmarks_page::Section;
use crate::command_turn::CommandTurn;
use crate::comparison::{Contest, Goal, Manner};
use crate::paths::Paths;
use crate::stand_ins::StandIns;
use crate::target_baseline;

/// The heading of the section.
pub const TITLE: &str = "A turn: `personal_connections`";
const GOALS: [Goal; 3] = [(1, 1.7), (16, 2.0), (64, 2.0)];

/// Measures all bots.
///
/// # Errors
/// When one of them does not respond.
pub async fn measure(
    paths: &Paths,
    stand_ins: &Arc<StandIns>,
    manner: &Manner,
    contest: &Contest,
) -> Result<Section> {
    let outcome =
        contest.measured(manner, |origin, people| CommandTurn::list(stand_ins, origin, people)).await?;
    let version = target_baseline::version(&paths.at("tests/bench/peer"));
    let (ours, peer) = outcome.replies();
    let text = format!(
        "{}\n{}\n\
         - *Workbot*: the built module under `workerd serve`. The vault's SQLite is on disk. \
         A map behind workerd's KV protocol stands in for Workers KV; a list does not read it.\n\
         - *Baseline*: `tests/bench/peer`, a bot with `@microsoft/agents-hosting` {version} on Express, `authorizeJWT` (RS256, audience, issuer, \
         service URL) and records in its `MemoryStorage`. It loses them at its end and stores no deliveries.\n\
         - *Baseline, file*: the same with its storage in SQLite (`node:sqlite`, a write-ahead log, `synchronous = FULL`), like that of an object. It stores one record per run.\n\
         - *Minimal object*: `tests/bench/minimal_worker.mjs` under `workerd serve`, the least that a bot with an object per person does: a request, a hop to the object, one SELECT, a short post. A run also asks the company's object for its settings, sends the request to the app and stores its record: once if it reads, twice if it writes. \
         It checks no token, builds no card, reads no template and recognises no second delivery.\n\
         - All get the same activities with tokens of the same local issuer, check each of them, and post a card with one connection \
         ({ours} and {peer} bytes) to the same connector.\n\
         - A turn ends when the connector has the reply. Load, connector and stand-ins run on the same machine.\n\
         - CPU time is that of the bot's process alone: *turns/s and core* is the rate of a core without other work.\n",
        crate::machine::described(paths),
        outcome.shown(&GOALS),
    );
    Ok(Section { title: TITLE, text })
}
