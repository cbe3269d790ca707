//! The requests to the platform that a list, a run and a write cause, for each build of our bot.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::benchmarks_page::table;
use crate::closed_loop::Turn;
use crate::command_turn::CommandTurn;
use crate::comparison::{Manner, OURS, goal};
use crate::database_file_edits;
use crate::paths::Paths;
use crate::people;
use crate::read_command::find_account;
use crate::stand_ins::StandIns;
use crate::target_workbot::{Modules, Workbot};
use crate::write_command::create;

/// Longer than the journal of a vault keeps tokens after KV took them.
const JOURNAL: Duration = Duration::from_secs(600);
/// The number of counted turns, one after the other.
pub const COUNTED: usize = 20;
/// The goals: the row, the column, and the most.
const GOALS: [(&str, usize, f64); 4] = [("list", 6, 2.0), ("run", 6, 8.0), ("list", 8, 0.0), ("run", 8, 2.0)];

/// A row: its name and its numbers.
type Row = (String, Vec<f64>);

/// Counts, and returns the table and the goals.
///
/// # Errors
/// When a bot does not start or does not respond.
pub async fn measure(paths: &Paths, stand_ins: &Arc<StandIns>, manner: &Manner) -> Result<String> {
    let (mut shown, mut goals) = (Vec::new(), String::new());
    for (name, built) in manner.builds(paths) {
        let rows = of_build(paths, stand_ins, &built).await.with_context(|| name.clone())?;
        if name == OURS {
            goals = judged(&rows);
        }
        let plain = manner.beside.is_empty();
        shown.extend(rows.into_iter().map(|(row, numbers)| {
            let row = if plain { row } else { format!("{name}: {row}") };
            std::iter::once(row).chain(numbers.iter().map(|number| format!("{number:.1}"))).collect()
        }));
    }
    Ok(format!("{}\n{goals}", table(&COUNTS, &shown)))
}

fn judged(rows: &[Row]) -> String {
    let figure = |row: &str, column: usize| {
        let (_, numbers) = rows.iter().find(|(name, _)| name == row)?;
        numbers.get(column.checked_sub(1)?).copied()
    };
    let line = |(row, column, most): (&str, usize, f64)| {
        let figure = figure(row, column)?;
        let what = format!("{row}, at most {most:.0} {}", COUNTS.get(column)?);
        Some(goal(figure <= most, &what, figure) + "\n")
    };
    GOALS.into_iter().filter_map(line).collect()
}

async fn of_build(paths: &Paths, stand_ins: &Arc<StandIns>, built: &Path) -> Result<Vec<Row>> {
    let objects = paths.fresh("objects")?;
    let counting = Modules::counted(paths, built)?;
    let ours = Workbot::start(paths, stand_ins, &counting, &objects).await?;
    people::share_salesforce().await?;
    let one = people::connected(1, &["salesforce"]).await?.pop().context("no person")?;
    let nothing = async || Ok(());
    let run = |words| {
        let run = find_account(stand_ins, stand_ins.worker(), vec![one.clone()]);
        Arc::new(CommandTurn { words, ..run })
    };
    let companys = run("as the shared connection (");
    let companys = counted("run with the company's connection", stand_ins, companys, nothing).await?;
    people::verify_find_account().await?;
    let list = CommandTurn::list(stand_ins, stand_ins.worker(), vec![one.clone()]);
    let run = run("as you (");
    let write = create(stand_ins, stand_ins.worker(), vec![one.clone()]);
    let ended = async || people::expire(&one.upn).await;
    let mut counts = vec![
        counted("list", stand_ins, Arc::new(list), nothing).await?,
        counted("run", stand_ins, Arc::clone(&run), nothing).await?,
        counted("write", stand_ins, Arc::new(write), nothing).await?,
        counted("run with a refresh", stand_ins, Arc::clone(&run), ended).await?,
        companys,
    ];
    drop(ours);
    database_file_edits::later(paths, &objects, &one, JOURNAL)?;
    let _ours = Workbot::start(paths, stand_ins, &counting, &objects).await?;
    counts.push(counted("run, five minutes later", stand_ins, run, nothing).await?);
    Ok(counts)
}

const COUNTS: [&str; 13] = [
    "",
    "vault requests",
    "workspace requests",
    "KV reads",
    "KV writes",
    "requests out",
    "SQL statements",
    "rows read",
    "rows written",
    "transactions",
    "commits",
    "alarms set",
    "log lines",
];

/// The average requests of a turn, if something happens before each.
async fn counted(
    name: &str,
    stand_ins: &Arc<StandIns>,
    turn: Arc<CommandTurn>,
    before_each: impl AsyncFn() -> Result<()>,
) -> Result<Row> {
    // The first turn wakes the objects, and fetches the keys and the bot's token.
    turn.once(0).await?;
    settled(stand_ins).await?;
    // The sandbox's log has a limited length.
    stand_ins.sandbox.sandbox.memory().requests.clear();
    let before = outside(stand_ins);
    for _ in 0..COUNTED {
        before_each().await?;
        turn.once(0).await?;
    }
    let counts = settled(stand_ins).await?;
    let after = outside(stand_ins);
    let inside = |name: &str| counts.get(name).copied().unwrap_or_default();
    let numbers = [
        inside("vault"),
        inside("workspace"),
        after.0 - before.0,
        after.1 - before.1,
        after.2 - before.2,
        inside("statements"),
        inside("rows_read"),
        inside("rows_written"),
        inside("transactions"),
        inside("commits"),
        inside("alarms_set"),
        inside("log_lines"),
    ];
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let numbers = numbers.iter().map(|&count| count as f64 / COUNTED as f64).collect();
    Ok((name.to_owned(), numbers))
}

/// The numbers of KV reads, KV writes, and requests to Salesforce and to the connector so far.
fn outside(stand_ins: &StandIns) -> (u64, u64, u64) {
    let (reads, writes) = stand_ins.kv.counts();
    let seen = stand_ins.sandbox.sandbox.memory().requests.list(None);
    let at_salesforce = seen.iter().filter(|seen| seen.place.starts_with("salesforce.")).count();
    (reads, writes, stand_ins.connector.requests() + at_salesforce as u64)
}

/// The counts once nothing more happens: a turn's last writes come after its reply.
async fn settled(stand_ins: &StandIns) -> Result<BTreeMap<String, u64>> {
    let url = format!("http://localhost:{}/", stand_ins.counts_port());
    let mut all = BTreeMap::new();
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let reported: BTreeMap<String, u64> = serde_json::from_slice(&stand_ins.client.get(&url).await?)?;
        let quiet = reported.values().all(|&count| count == 0);
        for (name, count) in reported {
            *all.entry(name).or_default() += count;
        }
        if quiet {
            return Ok(all);
        }
    }
}
