//! The turn `personal_connections`, by our bot and by the bot for comparison: from the request to the reply
//! at the connector. Also the way in which two bots are compared.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::child_process::ChildProcess;
use crate::environment::Environment;
use crate::load::{Load, closed_loop};
use crate::paths::Paths;
use crate::people;
use crate::report::{Section, table};
use crate::target_baseline::{self, Baseline};
use crate::target_workbot::{Modules, Workbot};
use crate::turn_load::CommandTurn;

/// The heading of the section.
pub const TITLE: &str = "A turn: `personal_connections`";
/// The numbers of parallel callers.
const CALLERS: [usize; 3] = [1, 16, 64];
/// The time of a load is divided into this number of rounds, which the bots take in turn, so that other work
/// of the machine affects both.
const ROUNDS: u32 = 4;

/// Measures both bots.
///
/// # Errors
/// When one of them does not start or does not respond.
pub async fn measure(paths: &Paths, environment: &Arc<Environment>, time: Duration) -> Result<Section> {
    let objects = paths.fresh("objects")?;
    let ours = Workbot::start(paths, environment, &Modules::deployed(paths)?, &objects).await?;
    let people = people::connected(people::MANY, &["salesforce"]).await?;
    let peer = Baseline::start(paths, environment, &people).await?;
    let saying = |origin: &str| Arc::new(CommandTurn::list(environment, origin, people.clone()));
    let beside = Beside::measured(
        (&saying(environment.worker()), &ours.program),
        (&saying(&peer.url), &peer.program),
        time,
    )
    .await?;
    let version = target_baseline::version(&paths.at("tests/bench/peer"));
    let text = format!(
        "{}\n{}\n\
         - *Workbot*: the built module under `workerd serve`. The vault's SQLite is on disk and stores each turn before the response. \
         A map behind workerd's KV protocol stands in for Workers KV; a list does not read it.\n\
         - *Baseline*: `tests/bench/peer`, a bot with `@microsoft/agents-hosting` {version} on Express, `authorizeJWT` (RS256, audience, issuer, \
         service URL) and records in its `MemoryStorage`. It loses them at its end and stores no deliveries.\n\
         - Both get the same activities with tokens of the same local issuer, check each of them, and post a card with one connection \
         ({} and {} bytes) to the same connector.\n\
         - A turn ends when the connector has the reply. Load, connector and stand-ins run on the same machine.\n\
         - CPU time is that of the bot's process alone: *turns/s and core* is the rate of a core without other work.\n",
        crate::machine::described(paths),
        beside.shown(),
        beside.ours.reply,
        beside.peer.reply,
    );
    Ok(Section { title: TITLE, text })
}

/// The results of both bots.
pub struct Beside {
    ours: Side,
    peer: Side,
}

/// The result of one bot.
#[derive(Default)]
struct Side {
    /// The number of callers, and the load.
    loads: Vec<(usize, Load)>,
    /// The length of its last reply, in bytes.
    reply: usize,
}

impl Beside {
    /// Measures both bots in turn with rising numbers of callers. Takes the turn and the process of each.
    ///
    /// # Errors
    /// When a turn fails.
    pub async fn measured(
        ours: (&Arc<CommandTurn>, &ChildProcess),
        peer: (&Arc<CommandTurn>, &ChildProcess),
        time: Duration,
    ) -> Result<Self> {
        let mut beside = Self { ours: Side::default(), peer: Side::default() };
        for callers in CALLERS {
            for round in 0..ROUNDS {
                beside.ours.measure(ours, callers, round, time / ROUNDS).await?;
                beside.peer.measure(peer, callers, round, time / ROUNDS).await?;
            }
            for (name, side) in [("Workbot", &beside.ours), ("baseline", &beside.peer)] {
                let rate = side.loads.last().map_or(0.0, |(_, load)| load.rate());
                println!("  {name}, {callers} callers: {rate:.0} turns/s");
            }
        }
        Ok(beside)
    }

    /// The table, and its explanation.
    pub fn shown(&self) -> String {
        let rows = |name, side: &Side| -> Vec<_> {
            side.loads.iter().map(|(callers, load)| row(name, *callers, load)).collect()
        };
        let line = |((callers, ours), (_, peer)): (&(usize, Load), &(usize, Load))| {
            let per_core = peer.cpu_per_turn()? / ours.cpu_per_turn()?;
            let slow = ours.percentile(99.0) / peer.percentile(99.0);
            Some(format!(
                "- {callers} at a time: {per_core:.2} times the turns per core, {slow:.1} times the p99"
            ))
        };
        let lines: Vec<_> = self.ours.loads.iter().zip(&self.peer.loads).filter_map(line).collect();
        format!(
            "{}\nWorkbot compared with the baseline (target: 3 times the turns per core, half of the p99):\n\n{}\n\n\
             Each load has {ROUNDS} rounds; the two bots alternate.\n\n",
            table(&HEAD, &[rows("Workbot", &self.ours), rows("baseline", &self.peer)].concat()),
            lines.join("\n"),
        )
    }
}

impl Side {
    async fn measure(
        &mut self,
        (saying, program): (&Arc<CommandTurn>, &ChildProcess),
        callers: usize,
        round: u32,
        time: Duration,
    ) -> Result<()> {
        let mut load = closed_loop(saying, callers, time, program).await?;
        if round > 0
            && let Some((_, before)) = self.loads.pop()
        {
            load = before.and(&load)?;
        }
        self.loads.push((callers, load));
        self.reply = saying.environment.connector.last_length();
        Ok(())
    }
}

const HEAD: [&str; 7] = ["", "callers", "turns/s", "p50 ms", "p99 ms", "CPU ms/turn", "turns/s and core"];

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
