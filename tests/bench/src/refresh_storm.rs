//! The storm: many callers need the same access at the moment of its expiry.

use std::panic::catch_unwind;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use workbot_e2e::Sandbox;

use crate::benchmarks_page::{Section, table};
use crate::child_process::ChildProcess;
use crate::closed_loop::{Load, a_number_of};
use crate::command_turn::CommandTurn;
use crate::comparison::{Manner, middle};
use crate::kv_stand_in::Kv;
use crate::paths::Paths;
use crate::people::{self, Person};
use crate::read_command::find_account;
use crate::stand_ins::StandIns;
use crate::target_workbot::{Modules, Place, Workbot};
use crate::test_server::free_port;

/// The heading of the section.
pub const TITLE: &str = "The storm: one refresh for all";
/// The numbers of parallel callers.
const CALLERS: [usize; 3] = [1, 100, 1000];
/// The rounds of each, which the builds take in turn.
const ROUNDS: usize = 3;

/// Measures.
///
/// # Errors
/// When a caller gets no access, or the app gets more than one refresh.
pub async fn measure(paths: &Paths, stand_ins: &Arc<StandIns>, manner: &Manner) -> Result<Section> {
    let mut bots = Vec::new();
    for (number, (name, built)) in manner.builds(paths).into_iter().enumerate() {
        let modules = Modules::of(paths, &built, &format!("module-{number}"))?;
        let objects = paths.fresh(&format!("objects-{number}"))?;
        let place = Place { kv: Kv::start().await?, ..Place::usual(stand_ins, &objects)? };
        let bot = Workbot::start_in(paths, stand_ins, &modules, &place).await?;
        let upn = people::share_salesforce().await?;
        drop(bot);
        bots.push((name, modules, Place { port: free_port()?, ..place }, upn));
    }
    let mut running = Vec::new();
    for (name, modules, place, upn) in bots {
        let program = Workbot::start_in(paths, stand_ins, &modules, &place).await?.program;
        running.push((name, place.origin(), upn, program));
    }
    let rounds = if manner.quick { 1 } else { ROUNDS };
    let mut rows = Vec::new();
    for callers in CALLERS {
        let mut loads: Vec<Vec<Load>> = running.iter().map(|_| Vec::new()).collect();
        for _ in 0..rounds {
            for ((name, origin, upn, program), loads) in running.iter().zip(&mut loads) {
                let load = one(stand_ins, origin, upn, callers, program).await;
                loads.push(load.with_context(|| name.clone())?);
            }
        }
        for ((name, ..), loads) in running.iter().zip(&loads) {
            let of = |figure: &dyn Fn(&Load) -> f64| middle(loads.iter().map(figure));
            let cpu = middle(loads.iter().filter_map(Load::cpu_per_turn));
            let (half, most) = (of(&|load| load.percentile(50.0)), of(&|load| load.percentile(99.0)));
            println!("  {name}, {callers} callers: {half:.0} and {most:.0} ms, one refresh");
            let mut row = vec![name.clone(), callers.to_string(), "1".to_owned()];
            row.extend([half, most].map(|value| format!("{value:.0}")));
            row.push(format!("{cpu:.2}"));
            rows.push(row);
        }
    }
    let text = format!(
        "{}\n{}\n\
         All callers are different people who give a command at the same time. Each needs the company's connection to Salesforce, whose access token has just expired. \
         All commands succeed, and Salesforce receives one refresh. Each caller has a vault, which gets the access token from the company's vault. Rounds: {rounds}; medians.\n",
        crate::machine::described(paths),
        table(&["", "callers", "refreshes at the app", "p50 ms", "p99 ms", "CPU ms/run"], &rows),
    );
    Ok(Section { title: TITLE, text })
}

/// One storm.
async fn one(
    stand_ins: &Arc<StandIns>,
    origin: &str,
    upn: &str,
    callers: usize,
    program: &ChildProcess,
) -> Result<Load> {
    let person = |number| Person { oid: format!("caller-{number}"), upn: String::new() };
    let people = (0..callers).map(person).collect();
    let turn = Arc::new(CommandTurn {
        words: "as the shared connection (",
        ..find_account(stand_ins, origin, people)
    });
    // Every vault exists and is awake.
    a_number_of(&turn, callers, callers, program).await?;
    let before = refreshes(upn).await?;
    people::expire(upn).await?;
    let load = a_number_of(&turn, callers, callers, program).await?;
    let asked = refreshes(upn).await? - before;
    if asked != 1 {
        bail!("{callers} callers made {asked} refreshes");
    }
    Ok(load)
}

/// The number of refresh requests of an account at Salesforce so far.
async fn refreshes(upn: &str) -> Result<u64> {
    let upn = upn.to_owned();
    let grants = tokio::task::spawn_blocking(move || catch_unwind(|| Sandbox.grants(&upn))).await?;
    let grants = grants.map_err(|_| anyhow!("the sandbox did not respond"))?;
    let sent = |grant: &Value| grant.get("refresh_tokens_sent").and_then(Value::as_u64).unwrap_or_default();
    Ok(grants.iter().map(sent).sum())
}
