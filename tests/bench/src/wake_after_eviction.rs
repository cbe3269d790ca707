//! A woken object: the next turn of people who were idle until their objects were evicted, beside a minimal
//! object in plain JavaScript.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::benchmarks_page::{Section, table};
use crate::child_process::ChildProcess;
use crate::closed_loop::{Load, a_number_of};
use crate::command_turn::CommandTurn;
use crate::comparison::{MINIMAL, Manner, OURS, goal, middle};
use crate::kv_stand_in::Kv;
use crate::paths::Paths;
use crate::people::{self, Person};
use crate::read_command::find_account;
use crate::stand_ins::StandIns;
use crate::target_minimal;
use crate::target_workbot::{Modules, Place, Workbot};
use crate::test_server::free_port;

/// The heading of the section.
pub const TITLE: &str = "A woken object";
/// workerd evicts an object after ten seconds without work.
const IDLE: Duration = Duration::from_secs(12);
/// The rounds of each kind of turn, which the bots take in turn.
const ROUNDS: usize = 3;
const QUICK_ROUNDS: usize = 2;
/// The number of people.
pub const PEOPLE: usize = 64;
/// The goal: at most this many times the minimal object's figure.
const GOAL: f64 = 1.5;
/// The kinds of turns.
pub const KINDS: [&str; 2] = ["list", "run"];

/// A build of our bot with people who have logged in. It is stopped.
pub struct Prepared {
    /// Its name in the tables.
    pub name: String,
    /// Its modules.
    pub modules: Modules,
    /// Its databases, its key-value store and the port of the logins.
    pub place: Place,
    /// The people.
    pub people: Vec<Person>,
}

/// Lets the people log in at each build of our bot.
///
/// # Errors
/// When a bot does not start, or a login fails.
pub async fn prepared(paths: &Paths, stand_ins: &Arc<StandIns>, manner: &Manner) -> Result<Vec<Prepared>> {
    let mut prepared = Vec::new();
    for (number, (name, built)) in manner.builds(paths).into_iter().enumerate() {
        let modules = Modules::of(paths, &built, &format!("module-{number}"))?;
        let objects = paths.fresh(&format!("objects-{number}"))?;
        let place = Place { kv: Kv::start().await?, ..Place::usual(stand_ins, &objects)? };
        let bot = Workbot::start_in(paths, stand_ins, &modules, &place).await?;
        people::verify_find_account().await?;
        let people = people::connected(PEOPLE, &["salesforce"]).await?;
        drop(bot);
        println!("  {name}: {} people have logged in", people.len());
        prepared.push(Prepared { name, modules, place, people });
    }
    Ok(prepared)
}

/// Measures the woken objects.
///
/// # Errors
/// When a bot does not start or does not respond.
pub async fn measure(paths: &Paths, stand_ins: &Arc<StandIns>, manner: &Manner) -> Result<Section> {
    let prepared = prepared(paths, stand_ins, manner).await?;
    let rounds = if manner.quick { QUICK_ROUNDS } else { ROUNDS };
    let woken = woken(paths, stand_ins, prepared, rounds).await?;
    let text = format!(
        "{}\n{woken}\n\
         - *Woken*: the first turn of each of {PEOPLE} people after {} s without one, with one caller. The object is evicted by then, and its database is closed. \
         *Awake*: the same people's next turn. Medians of {rounds} rounds, which the bots take in turn.\n\
         - *Minimal object*: `tests/bench/minimal_worker.mjs`, plain JavaScript. It passes the activity to the person's object by RPC, reads one row there, and posts a reply. \
         It checks no token. A run does more than it, so the goal is about the list.\n",
        crate::machine::described(paths),
        IDLE.as_secs(),
    );
    Ok(Section { title: TITLE, text })
}

/// One kind of turn, at the bot of this origin.
pub fn turn(kind: &str, stand_ins: &Arc<StandIns>, origin: &str, people: &[Person]) -> Arc<CommandTurn> {
    let people = people.to_vec();
    Arc::new(match kind {
        "list" => CommandTurn::list(stand_ins, origin, people),
        _ => find_account(stand_ins, origin, people),
    })
}

/// One turn of everyone, one after the other.
///
/// # Errors
/// The first failure of a turn.
pub async fn everyone(turn: &Arc<CommandTurn>, program: &ChildProcess) -> Result<Load> {
    a_number_of(turn, 1, turn.people.len(), program).await
}

/// The loads of a bot for one kind of turn: woken and awake.
type Rounds = Vec<(Load, Load)>;

async fn woken(
    paths: &Paths,
    stand_ins: &Arc<StandIns>,
    prepared: Vec<Prepared>,
    rounds: usize,
) -> Result<String> {
    let mut bots = Vec::new();
    for Prepared { name, modules, place, people } in prepared {
        let place = Place { port: free_port()?, ..place };
        let program = Workbot::start_in(paths, stand_ins, &modules, &place).await?.program;
        bots.push((name, place.origin(), program, people));
    }
    let known = bots.first().map(|(.., people)| people.clone()).context("no people")?;
    let (origin, program) = target_minimal::start(paths, stand_ins, &known).await?;
    bots.push((MINIMAL.to_owned(), origin, program, known));
    let (mut rows, mut goals) = (Vec::new(), Vec::new());
    for kind in KINDS {
        let mut sides: Vec<(Arc<CommandTurn>, Rounds)> = Vec::new();
        for (name, origin, program, people) in &bots {
            let turn = turn(kind, stand_ins, origin, people);
            // The code is compiled, and the bot's own token is there.
            for _ in 0..2 {
                everyone(&turn, program).await.with_context(|| name.clone())?;
            }
            sides.push((turn, Vec::new()));
        }
        for round in 0..rounds {
            tokio::time::sleep(IDLE).await;
            for step in 0..bots.len() {
                let at = (round + step) % bots.len();
                let (Some((name, _, program, _)), Some((turn, rounds))) = (bots.get(at), sides.get_mut(at))
                else {
                    continue;
                };
                let woken = everyone(turn, program).await.with_context(|| name.clone())?;
                rounds.push((woken, everyone(turn, program).await?));
            }
        }
        let figures: Vec<_> =
            bots.iter().zip(&sides).map(|((name, ..), (_, rounds))| (name, figures(rounds))).collect();
        for (name, its) in &figures {
            let [half, cpu, ..] = its;
            println!("  {name}, {kind}: woken {half:.1} ms, {cpu:.2} CPU ms");
            let numbers = its.iter().map(|figure| format!("{figure:.2}"));
            rows.push(std::iter::once(format!("{name}: {kind}")).chain(numbers).collect());
        }
        let of = |wanted: &str| figures.iter().find(|(name, _)| *name == wanted).map(|(_, its)| its);
        if let Some((ours, least)) = of(OURS).zip(of(MINIMAL)) {
            for ((ours, least), what) in ours.iter().zip(least).zip(["p50", "CPU time"]) {
                let times = ours / least;
                let what = format!("{kind}, woken, at most {GOAL} times the minimal object's {what}");
                goals.push(goal(times <= GOAL, &what, times));
            }
        }
    }
    let head = ["", "woken, p50 ms", "woken, CPU ms", "awake, p50 ms", "awake, CPU ms"];
    Ok(format!("{}\n{}\n", table(&head, &rows), goals.join("\n")))
}

/// Woken and awake: p50 and CPU time per turn.
fn figures(rounds: &Rounds) -> [f64; 4] {
    let of = |load: fn(&(Load, Load)) -> &Load| {
        let loads = || rounds.iter().map(load);
        (middle(loads().map(|load| load.percentile(50.0))), middle(loads().filter_map(Load::cpu_per_turn)))
    };
    let ((woken, woken_cpu), (awake, awake_cpu)) = (of(|round| &round.0), of(|round| &round.1));
    [woken, woken_cpu, awake, awake_cpu]
}
