//! The turn `personal_connections`, ours beside the peer's: from the request to the reply at the connector.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::load::{Load, closed_loop};
use crate::ours::{Modules, Ours};
use crate::page::{Section, table};
use crate::peer::{self, Peer};
use crate::people;
use crate::place::Place;
use crate::program::Program;
use crate::saying::Saying;
use crate::world::World;

/// The heading.
pub const TITLE: &str = "A turn: `personal_connections`";
/// How many callers at the same time.
pub const CALLERS: [usize; 3] = [1, 16, 64];

/// Measures both.
///
/// # Errors
/// When one of them does not start or does not answer.
pub async fn measure(place: &Place, world: &Arc<World>, time: Duration) -> Result<Section> {
    let objects = place.fresh("objects")?;
    let ours = Ours::start(place, world, &Modules::deployed(place)?, &objects).await?;
    let people = people::connected(people::MANY, &["salesforce"]).await?;
    let saying = |url: String| {
        Arc::new(Saying {
            world: Arc::clone(world),
            url,
            people: people.clone(),
            text: "personal_connections",
            words: "Your connections",
        })
    };
    let url = format!("{}/api/messages", world.worker());
    let mine = loads("ours", &saying(url), &ours.program, time).await?;
    let our_reply = world.connector.last_length();
    drop(ours);
    let peer = Peer::start(place, world, &people).await?;
    let theirs = loads("peer", &saying(format!("{}/api/messages", peer.url)), &peer.program, time).await?;
    let peer_reply = world.connector.last_length();
    let version = peer::version(&place.at("tests/bench/peer"));
    let text = format!(
        "{}\n{}\n{}\n\
         - *ours*: the built module under `workerd serve`. The vault's SQLite is on disk; every turn is noted there before it is answered. \
         A map behind workerd's KV protocol stands in for Workers KV; a list does not ask it.\n\
         - *peer*: `tests/bench/peer`, a bot made with `@microsoft/agents-hosting` {version} on Express, with `authorizeJWT` (RS256, audience, issuer, \
         service URL) and records in its `MemoryStorage`, which forgets them when it ends and notes no deliveries.\n\
         - Both get the same activities with tokens of the same local issuer, check each of them, and post a card with one connection \
         ({our_reply} and {peer_reply} bytes) to the same connector. A turn ends when the reply has come there. The load, the connector and the other \
         stand-ins run on the same machine; the processor time is that of the bot's process alone, so *turns per second and core* says what a core that does nothing else could do.\n",
        crate::measured_on(place),
        table(&HEAD, &[rows("ours", &mine), rows("peer", &theirs)].concat()),
        beside(&mine, &theirs),
    );
    Ok(Section { title: TITLE, text })
}

/// The head of a table of loads.
pub const HEAD: [&str; 7] = ["", "callers", "turns/s", "p50 ms", "p99 ms", "CPU ms/turn", "turns/s and core"];

/// A load, and how many callers made it.
pub type Measured = (usize, Load);

/// Measures with rising numbers of callers.
///
/// # Errors
/// When a turn fails.
pub async fn loads(
    name: &str,
    saying: &Arc<Saying>,
    program: &Program,
    time: Duration,
) -> Result<Vec<Measured>> {
    let mut loads = Vec::new();
    for callers in CALLERS {
        let load = closed_loop(saying, callers, time, program).await?;
        println!("  {name}, {callers} callers: {:.0} turns/s", load.rate());
        loads.push((callers, load));
    }
    Ok(loads)
}

/// Loads as rows of a table below [`HEAD`].
pub fn rows(name: &str, loads: &[Measured]) -> Vec<Vec<String>> {
    loads.iter().map(|(callers, load)| row(name, *callers, load)).collect()
}

/// How ours stands beside the peer's, and what we aim at.
pub fn beside(ours: &[Measured], peers: &[Measured]) -> String {
    let line = |((callers, ours), (_, peers)): (&Measured, &Measured)| {
        let per_core = peers.cpu_per_turn()? / ours.cpu_per_turn()?;
        let slow = ours.percentile(99.0) / peers.percentile(99.0);
        Some(format!("{callers} callers: {per_core:.2} times the turns per core, {slow:.1} times the p99"))
    };
    let lines: Vec<_> = ours.iter().zip(peers).filter_map(line).collect();
    format!(
        "Ours beside the peer's, {}. The aim is 3 times the turns and half of the p99.\n",
        lines.join("; ")
    )
}

fn row(name: &str, callers: usize, load: &Load) -> Vec<String> {
    let cpu = load.cpu_per_turn();
    vec![
        name.to_owned(),
        callers.to_string(),
        format!("{:.0}", load.rate()),
        format!("{:.1}", load.percentile(50.0)),
        format!("{:.1}", load.percentile(99.0)),
        cpu.map_or_else(|| "?".to_owned(), |cpu| format!("{cpu:.2}")),
        cpu.map_or_else(|| "?".to_owned(), |cpu| format!("{:.0}", 1000.0 / cpu)),
    ]
}
