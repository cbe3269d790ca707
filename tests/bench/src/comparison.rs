//! The way in which bots are compared: each has its own process, people and databases, and they take turns.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::benchmarks_page::table;
use crate::child_process::ChildProcess;
use crate::closed_loop::{Load, a_number_of, closed_loop};
use crate::command_turn::CommandTurn;
use crate::kv_stand_in::Kv;
use crate::paths::Paths;
use crate::people::{self, Person};
use crate::stand_ins::StandIns;
use crate::target_baseline::{Baseline, Storage};
use crate::target_minimal;
use crate::target_workbot::{Modules, Place, Workbot};
use crate::test_server::free_port;

/// Our bot in the tables.
pub const OURS: &str = "Workbot";
/// The bot for comparison in the tables.
pub const PEER: &str = "baseline";
const PEER_ON_FILE: &str = "baseline, file";
/// An object per person in plain JavaScript in the tables: the least that this design costs.
pub const MINIMAL: &str = "minimal object";
/// The callers of a warm-up.
const WARMING: usize = 16;
/// How often each person is served before the first round: both bots are compiled by then.
const WARM_UP: usize = 3;

/// How thoroughly the bots are compared.
pub struct Manner {
    /// The rounds of each load.
    pub rounds: usize,
    /// The time of a round.
    pub time: Duration,
    /// The people.
    pub people: usize,
    /// Whether a figure during work is enough.
    pub quick: bool,
    /// Other builds of our bot: name and folder.
    pub beside: Vec<(String, PathBuf)>,
}

impl Manner {
    /// The measured builds of our bot: today's first.
    pub fn builds(&self, paths: &Paths) -> Vec<(String, PathBuf)> {
        let ours = (OURS.to_owned(), paths.at("build/worker"));
        std::iter::once(ours).chain(self.beside.iter().cloned()).collect()
    }

    fn callers(&self) -> &'static [usize] {
        if self.quick { &[1, 16] } else { &[1, 16, 64] }
    }
}

/// A bot with its process.
pub struct Contestant {
    /// Its name in the tables.
    pub name: String,
    /// Its origin.
    pub origin: String,
    /// Its process.
    pub program: ChildProcess,
}

/// The running bots, and the people whom they know.
pub struct Contest {
    /// The bots: our builds, then those for comparison.
    pub bots: Vec<Contestant>,
    people: Vec<Vec<Person>>,
}

impl Contest {
    /// Lets the people log in at each build of our bot, then starts all bots.
    ///
    /// # Errors
    /// When one of them does not start, or a login fails.
    pub async fn prepared(paths: &Paths, stand_ins: &Arc<StandIns>, manner: &Manner) -> Result<Self> {
        let mut places = Vec::new();
        for (number, (name, built)) in manner.builds(paths).into_iter().enumerate() {
            let modules = Modules::of(paths, &built, &format!("module-{number}"))?;
            let objects = paths.fresh(&format!("objects-{number}"))?;
            let kv = Kv::start().await?;
            let place = Place { kv, ..Place::usual(stand_ins, &objects)? };
            let bot = Workbot::start_in(paths, stand_ins, &modules, &place).await?;
            people::verify_find_account().await?;
            let people = people::connected(manner.people, &["salesforce"]).await?;
            drop(bot);
            println!("  {name}: {} people have logged in", people.len());
            places.push((name, modules, Place { port: free_port()?, ..place }, people));
        }
        let (mut bots, mut people) = (Vec::new(), Vec::new());
        for (name, modules, place, theirs) in places {
            let program = Workbot::start_in(paths, stand_ins, &modules, &place).await?.program;
            bots.push(Contestant { name, origin: place.origin(), program });
            people.push(theirs);
        }
        let known = people.first().cloned().context("no people")?;
        for (name, storage) in [(PEER, Storage::Memory), (PEER_ON_FILE, Storage::File)] {
            if manner.quick && storage == Storage::File {
                continue;
            }
            let peer = Baseline::start(paths, stand_ins, &known, storage).await?;
            bots.push(Contestant { name: name.to_owned(), origin: peer.url, program: peer.program });
            people.push(known.clone());
        }
        let (origin, program) = target_minimal::start(paths, stand_ins, &known).await?;
        bots.push(Contestant { name: MINIMAL.to_owned(), origin, program });
        people.push(known);
        Ok(Self { bots, people })
    }

    /// Measures one kind of turn: `turn` makes it for a bot's origin and its people.
    ///
    /// # Errors
    /// When a turn fails.
    pub async fn measured(
        &self,
        manner: &Manner,
        turn: impl Fn(&str, Vec<Person>) -> CommandTurn,
    ) -> Result<Outcome> {
        let mut sides = Vec::new();
        for (bot, people) in self.bots.iter().zip(&self.people) {
            let turn = Arc::new(turn(&bot.origin, people.clone()));
            a_number_of(&turn, WARMING, people.len() * WARM_UP, &bot.program)
                .await
                .with_context(|| bot.name.clone())?;
            sides.push(Side { name: bot.name.clone(), reply: 0, turn, loads: Vec::new() });
        }
        for &callers in manner.callers() {
            for side in &mut sides {
                side.loads.push((callers, Vec::new()));
            }
            for round in 0..manner.rounds {
                for step in 0..sides.len() {
                    let at = (round + step) % sides.len();
                    let (Some(side), Some(bot)) = (sides.get_mut(at), self.bots.get(at)) else { continue };
                    // Everyone is served once: no object has to be loaded in the measured time.
                    a_number_of(&side.turn, WARMING, side.turn.people.len(), &bot.program).await?;
                    let load = closed_loop(&side.turn, callers, manner.time, &bot.program)
                        .await
                        .with_context(|| bot.name.clone())?;
                    side.reply = side.turn.stand_ins.connector.last_length();
                    if let Some((_, rounds)) = side.loads.last_mut() {
                        rounds.push(load);
                    }
                }
            }
            for side in &sides {
                let rounds = side.rounds(callers);
                let cpu = middle(rounds.iter().filter_map(Load::cpu_per_turn));
                let rate = middle(rounds.iter().map(Load::rate));
                println!("  {}, {callers} callers: {rate:.0} turns/s, {cpu:.2} CPU ms", side.name);
            }
        }
        Ok(Outcome { sides, callers: manner.callers(), rounds: manner.rounds })
    }
}

/// What one bot did.
struct Side {
    name: String,
    turn: Arc<CommandTurn>,
    /// The rounds for each number of callers.
    loads: Vec<(usize, Vec<Load>)>,
    /// The length of its last reply, in bytes.
    reply: usize,
}

impl Side {
    fn rounds(&self, callers: usize) -> &[Load] {
        let found = self.loads.iter().find(|(its, _)| *its == callers);
        found.map_or(&[], |(_, rounds)| rounds)
    }
}

/// What all bots did.
pub struct Outcome {
    sides: Vec<Side>,
    callers: &'static [usize],
    rounds: usize,
}

/// A goal: this many times the turns per core of the bot for comparison, at a number of callers.
pub type Goal = (usize, f64);

impl Outcome {
    /// The length of our reply and that of the bot for comparison, in bytes.
    pub fn replies(&self) -> (usize, usize) {
        let of = |name: &str| self.side(name).map_or(0, |side| side.reply);
        (of(OURS), of(PEER))
    }

    /// The tables, and each goal with its figure.
    pub fn shown(&self, goals: &[Goal]) -> String {
        let head = ["", "callers", "turns/s", "p50 ms", "p99 ms", "CPU ms/turn", "turns/s and core"];
        let rows: Vec<_> = self
            .sides
            .iter()
            .flat_map(|side| side.loads.iter().map(|(callers, rounds)| row(&side.name, *callers, rounds)))
            .collect();
        let ratios: Vec<_> = self
            .sides
            .iter()
            .filter(|side| side.name != OURS)
            .flat_map(|side| self.callers.iter().map(|&callers| self.compared(&side.name, callers)))
            .collect();
        let goals: Vec<_> = goals.iter().flat_map(|goal| self.judged(*goal)).collect();
        format!(
            "{}\nWorkbot compared, as the median of the rounds' ratios and their range:\n\n{}\n{}\n\n\
             All figures are medians of {} rounds, which the bots take in turn. Before the first round each bot serves everyone {WARM_UP} times, and before each round once.\n\n",
            table(&head, &rows),
            table(&["with", "callers", "turns per core, times", "range", "p99, times", "range"], &ratios),
            goals.join("\n"),
            self.rounds,
        )
    }

    fn side(&self, name: &str) -> Option<&Side> {
        self.sides.iter().find(|side| side.name == name)
    }

    /// The ratios of a figure in each round, of our bot to another.
    fn ratios(&self, other: &str, callers: usize, figure: impl Fn(&Load) -> Option<f64>) -> Vec<f64> {
        let (Some(ours), Some(other)) = (self.side(OURS), self.side(other)) else { return Vec::new() };
        let pairs = ours.rounds(callers).iter().zip(other.rounds(callers));
        pairs.filter_map(|(ours, other)| Some(figure(ours)? / figure(other)?)).collect()
    }

    /// Times the turns per core, and times the p99.
    fn figures(&self, other: &str, callers: usize) -> (Vec<f64>, Vec<f64>) {
        (
            self.ratios(other, callers, |load| load.cpu_per_turn().map(f64::recip)),
            self.ratios(other, callers, |load| Some(load.percentile(99.0))),
        )
    }

    fn compared(&self, other: &str, callers: usize) -> Vec<String> {
        let (cores, slow) = self.figures(other, callers);
        let mut row = vec![other.to_owned(), callers.to_string()];
        for ratios in [cores, slow] {
            row.push(format!("{:.2}", middle(ratios.iter().copied())));
            row.push(range(&ratios));
        }
        row
    }

    fn judged(&self, (callers, least): Goal) -> Vec<String> {
        if !self.callers.contains(&callers) {
            return Vec::new();
        }
        let (cores, slow) = self.figures(PEER, callers);
        let (cores, slow) = (middle(cores), middle(slow));
        vec![
            goal(
                cores >= least,
                &format!("{callers} at a time, at least {least:.1} times the turns per core"),
                cores,
            ),
            goal(slow <= 1.0, &format!("{callers} at a time, a p99 not above the baseline's"), slow),
        ]
    }
}

/// A goal of the page with its figure.
pub fn goal(met: bool, what: &str, figure: f64) -> String {
    format!("- {}: {what} ({figure:.2})", if met { "Met" } else { "**Missed**" })
}

fn range(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::NAN, f64::min);
    let most = values.iter().copied().fold(f64::NAN, f64::max);
    format!("{least:.2} to {most:.2}")
}

/// The median; of an even number of values, the mean of the two in the middle. NaN without values.
pub fn middle(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match (values.get(half.wrapping_sub(1)), values.get(half)) {
        (Some(below), Some(above)) if values.len() % 2 == 0 => f64::midpoint(*below, *above),
        (_, Some(value)) => *value,
        _ => f64::NAN,
    }
}

fn row(name: &str, callers: usize, rounds: &[Load]) -> Vec<String> {
    let of = |figure: &dyn Fn(&Load) -> f64| middle(rounds.iter().map(figure));
    let cpu = middle(rounds.iter().filter_map(Load::cpu_per_turn));
    vec![
        name.to_owned(),
        callers.to_string(),
        format!("{:.0}", of(&Load::rate)),
        format!("{:.1}", of(&|load| load.percentile(50.0))),
        format!("{:.1}", of(&|load| load.percentile(99.0))),
        format!("{cpu:.2}"),
        format!("{:.0}", 1000.0 / cpu),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_number_of_values_lies_between_two() {
        assert!((middle([4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!((middle([3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!(middle([]).is_nan());
        assert_eq!(range(&[2.0, 1.0, 1.5]), "1.00 to 2.00");
    }
}
