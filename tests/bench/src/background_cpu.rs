//! The minutes after a turn: the CPU time of the alarms and wakes that it leaves behind.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::benchmarks_page::{Section, table};
use crate::child_process::ChildProcess;
use crate::comparison::{MINIMAL, Manner};
use crate::database_file_edits;
use crate::paths::Paths;
use crate::stand_ins::StandIns;
use crate::target_minimal;
use crate::target_workbot::{Place, Workbot};
use crate::test_server::free_port;
use crate::wake_after_eviction::{KINDS, PEOPLE, Prepared, everyone, prepared, turn};

/// The heading of the section.
pub const TITLE: &str = "The minutes after a turn";
/// Longer than any job of a login waits.
const LATER: Duration = Duration::from_secs(600);
/// How long the processes are watched.
const WATCHED: Duration = Duration::from_secs(120);

/// Measures.
///
/// # Errors
/// When a bot does not start or does not respond.
pub async fn measure(paths: &Paths, stand_ins: &Arc<StandIns>, manner: &Manner) -> Result<Section> {
    let prepared = prepared(paths, stand_ins, manner).await?;
    let table = afterwards(paths, stand_ins, &prepared).await?;
    let text = format!(
        "{}\n{table}\n\
         CPU time of the process in the {} s after one turn of each of {PEOPLE} people. The jobs and alarms of their logins are gone by then. \
         A second process with a copy of the same databases gets no turn: \
         its CPU time is subtracted. What remains, divided by the number of turns, is the price of the alarms and wakes that a turn leaves behind, and of the eviction.\n",
        crate::machine::described(paths),
        WATCHED.as_secs(),
    );
    Ok(Section { title: TITLE, text })
}

/// A watched process: the row, the kind of its turns, and its CPU time when they had ended.
struct Watched {
    name: String,
    kind: Option<&'static str>,
    program: ChildProcess,
    before: Duration,
}

async fn afterwards(paths: &Paths, stand_ins: &Arc<StandIns>, prepared: &[Prepared]) -> Result<String> {
    let mut watched = Vec::new();
    for (number, one) in prepared.iter().enumerate() {
        let Prepared { name, modules, place, people } = one;
        settle(paths, stand_ins, one).await.with_context(|| name.clone())?;
        for kind in [None, Some(KINDS[0]), Some(KINDS[1])] {
            let objects = paths.fresh(&format!("after-{number}-{}", kind.unwrap_or("idle")))?;
            copy_all(&place.objects, &objects)?;
            let place = Place { objects, kv: Arc::clone(&place.kv), port: free_port()? };
            let program = Workbot::start_in(paths, stand_ins, modules, &place).await?.program;
            if let Some(kind) = kind {
                let turn = turn(kind, stand_ins, &place.origin(), people);
                everyone(&turn, &program).await.with_context(|| name.clone())?;
            }
            watched.push((name.clone(), kind, program));
        }
    }
    let known = &prepared.first().context("no people")?.people;
    let (origin, program) = target_minimal::start(paths, stand_ins, known).await?;
    everyone(&turn(KINDS[0], stand_ins, &origin, known), &program).await?;
    watched.push((MINIMAL.to_owned(), Some(KINDS[0]), program));
    // What follows a reply at once belongs to the turn.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let watched: Vec<_> = watched
        .into_iter()
        .map(|(name, kind, program)| {
            let before = program.cpu().unwrap_or_default();
            Watched { name, kind, program, before }
        })
        .collect();
    println!("  {} s without a turn", WATCHED.as_secs());
    tokio::time::sleep(WATCHED).await;
    let used: Vec<_> = watched
        .iter()
        .map(|one| {
            (one, (one.program.cpu().unwrap_or_default().saturating_sub(one.before)).as_secs_f64() * 1000.0)
        })
        .collect();
    let mut rows = Vec::new();
    for (one, total) in &used {
        let Some(kind) = one.kind else { continue };
        let idle = used.iter().find(|(other, _)| other.name == one.name && other.kind.is_none());
        let idle = idle.map_or(0.0, |(_, idle)| *idle);
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let each = (total - idle) / PEOPLE as f64;
        println!("  {}, after a {kind}: {each:.2} CPU ms", one.name);
        rows.push(vec![
            format!("{}: {kind}", one.name),
            format!("{total:.0}"),
            format!("{idle:.0}"),
            format!("{each:.2}"),
        ]);
    }
    Ok(table(&["", "CPU ms", "CPU ms of the idle process", "CPU ms per turn"], &rows))
}

/// Takes the logins' own jobs and alarms away: ten minutes pass, one turn of everyone does what is due then,
/// and no alarm remains. The bot is stopped before and after.
async fn settle(paths: &Paths, stand_ins: &Arc<StandIns>, one: &Prepared) -> Result<()> {
    database_file_edits::all_later(paths, &one.place.objects, LATER)?;
    {
        let place =
            Place { port: free_port()?, kv: Arc::clone(&one.place.kv), objects: one.place.objects.clone() };
        let program = Workbot::start_in(paths, stand_ins, &one.modules, &place).await?.program;
        everyone(&turn(KINDS[0], stand_ins, &place.origin(), &one.people), &program).await?;
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    database_file_edits::no_alarms(paths, &one.place.objects)
}

/// Copies a folder of databases whose process has ended.
fn copy_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("{} cannot be created", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_all(&from, &to)?;
        } else {
            fs::copy(&from, &to).with_context(|| format!("{} cannot be copied", from.display()))?;
        }
    }
    Ok(())
}
