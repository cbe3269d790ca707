//! The start: the size of the module, the time to the first response, and the memory after it.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, path::Path};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::benchmarks_page::{Section, table};
use crate::closed_loop::{Turn, closed_loop};
use crate::command_turn::CommandTurn;
use crate::paths::Paths;
use crate::people;
use crate::stand_ins::StandIns;
use crate::target_baseline::{Baseline, Storage};
use crate::target_workbot::{Modules, Workbot};

/// The heading of the section.
pub const TITLE: &str = "The start";
/// The number of starts of each bot; the median counts.
const STARTS: usize = 5;

/// Measures both bots.
///
/// # Errors
/// When one of them does not start or does not respond.
pub async fn measure(paths: &Paths, stand_ins: &Arc<StandIns>, time: Duration) -> Result<Section> {
    let objects = paths.fresh("objects")?;
    let modules = Modules::deployed(paths)?;
    let seeding = Workbot::start(paths, stand_ins, &modules, &objects).await?;
    let people = people::connected(64, &["salesforce"]).await?;
    drop(seeding);
    let turn = |origin: &str| Arc::new(CommandTurn::list(stand_ins, origin, people.clone()));
    let mut ours = Figures::default();
    for _ in 0..STARTS {
        let bot = Workbot::start(paths, stand_ins, &modules, &objects).await?;
        let turn = turn(stand_ins.worker());
        ours.began(bot.answered_after, first_turn(&turn).await?, bot.program.memory());
        closed_loop(&turn, 16, time / 4, &bot.program).await?;
        ours.busy(bot.program.memory());
    }
    let inspected = Workbot::inspected(paths, stand_ins, &modules, &objects).await?;
    closed_loop(&turn(stand_ins.worker()), 16, time / 4, &inspected.program).await?;
    let isolate = isolate(paths, stand_ins).await?;
    drop(inspected);
    let mut theirs = Figures::default();
    for _ in 0..STARTS {
        let bot = Baseline::start(paths, stand_ins, &people, Storage::Memory).await?;
        let turn = turn(&bot.url);
        theirs.began(bot.answered_after, first_turn(&turn).await?, bot.program.memory());
        closed_loop(&turn, 16, time / 4, &bot.program).await?;
        theirs.busy(bot.program.memory());
    }
    let sizes = modules.files().iter().map(|path| gzip(path)).sum::<Result<usize>>()?;
    let text = format!(
        "{}\n{}\n\
         - The module has {:.0} KB with gzip: the upload, and the amount that the platform loads at a cold start.\n\
         - *Response*: `/healthz`. *First turn*: `personal_connections`, including the issuer's keys, the bot's own token and the person's vault from disk. \
         Both count from the start of the process; medians of {STARTS} starts.\n\
         - *Memory*: the whole process (for Workbot: workerd with one isolate), after the first turn and after {} s with 16 callers.\n\
         - Workbot's isolate then holds {:.1} MB: {:.1} MB of wasm memory and {:.1} MB of live JavaScript objects. The platform's limit is 128 MB.\n",
        crate::machine::described(paths),
        table(
            &["", "response ms", "first turn ms", "memory MB", "memory after load MB"],
            &[ours.row("Workbot"), theirs.row("baseline")],
        ),
        f64::from(u32::try_from(sizes)?) / 1000.0,
        (time / 4).as_secs_f32(),
        (isolate.wasm + isolate.script) / 1e6,
        isolate.wasm / 1e6,
        isolate.script / 1e6,
    );
    Ok(Section { title: TITLE, text })
}

/// The isolate's memory, in bytes.
#[derive(serde::Deserialize)]
struct Isolate {
    wasm: f64,
    script: f64,
}

async fn isolate(paths: &Paths, stand_ins: &StandIns) -> Result<Isolate> {
    let mut node = tokio::process::Command::new(paths.at("node_modules/node/bin/node"));
    node.arg(paths.at("tests/bench/isolate_memory.mjs")).arg(stand_ins.counts_port().to_string());
    let output = node.output().await.context("cannot start node")?;
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("the inspector: {}", String::from_utf8_lossy(&output.stderr)))
}

async fn first_turn(turn: &Arc<CommandTurn>) -> Result<Duration> {
    let began = Instant::now();
    turn.once(0).await?;
    Ok(began.elapsed())
}

/// The figures of each start.
#[derive(Default)]
struct Figures {
    response: Vec<f64>,
    turn: Vec<f64>,
    memory: Vec<f64>,
    after_load: Vec<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
fn megabytes(bytes: Option<u64>) -> f64 {
    bytes.map_or(f64::NAN, |bytes| bytes as f64 / 1e6)
}

impl Figures {
    fn began(&mut self, answered: Duration, turn: Duration, memory: Option<u64>) {
        self.response.push(answered.as_secs_f64() * 1000.0);
        self.turn.push((answered + turn).as_secs_f64() * 1000.0);
        self.memory.push(megabytes(memory));
    }

    fn busy(&mut self, memory: Option<u64>) {
        self.after_load.push(megabytes(memory));
    }

    fn row(self, name: &str) -> Vec<String> {
        let columns = [self.response, self.turn, self.memory, self.after_load];
        let shown = columns.into_iter().map(|column| format!("{:.0}", median(column)));
        std::iter::once(name.to_owned()).chain(shown).collect()
    }
}

/// The median. NaN without values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The size of a file with gzip, in bytes.
///
/// # Errors
/// When the file cannot be read.
pub fn gzip(path: &Path) -> Result<usize> {
    let content = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&content)?;
    Ok(encoder.finish()?.len())
}
