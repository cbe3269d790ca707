//! A company's day in minutes: people give commands, log in and disconnect, while external parties fail at
//! random. At the end every run has ended or says what it waits for, every connection works or says why not,
//! no write was done twice, and the memory is flat.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use workbot_e2e::{Browser, Chat, Company, Sandbox, all_faults, eventually, login_links, text_of, unique};

use crate::benchmarks_page::{Section, table};
use crate::paths::Paths;
use crate::people::COMPANY;
use crate::stand_ins::StandIns;
use crate::target_workbot::{Modules, Workbot};

/// The heading of the section.
pub const TITLE: &str = "The soak";
const PEOPLE: usize = 24;
const THREADS: u64 = 6;
const APPS: [&str; 3] = ["salesforce", "servicenow", "box"];
const WRITES: [&str; 3] = ["create-opportunity", "create-incident", "create-folder"];
/// The endpoints that may fail, without the relay, which the test itself uses.
const ENDPOINTS: [&str; 10] = [
    "connector",
    "entra.token",
    "salesforce.token",
    "salesforce.revoke",
    "salesforce.identity",
    "salesforce.rest",
    "servicenow.token",
    "servicenow.rest",
    "box.token",
    "box.rest",
];
/// The pause between two faults.
const FAULT_EVERY: Duration = Duration::from_millis(500);
const MEMORY_EVERY: Duration = Duration::from_secs(5);
/// The number of memory rows on the page.
const ROWS: usize = 10;

/// The length of the day, and its seed.
#[derive(Clone, Copy, clap::Args)]
pub struct Options {
    /// The soak: minutes of load; runs under way at the end are awaited
    #[arg(long, default_value_t = 20.0)]
    minutes: f64,
    /// The soak: the seed; the same seed repeats the same actions
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The requested records, by app and name.
type Asked = Vec<(&'static str, String)>;

/// The state of the day.
#[derive(Default)]
struct Day {
    acts: AtomicUsize,
    faults: AtomicUsize,
    over: AtomicBool,
    asked: Mutex<Asked>,
}

/// The result of the day.
struct Outcome {
    asked: usize,
    written: usize,
    connections: HashMap<String, usize>,
}

/// A sample of the memory.
struct Moment {
    acts: usize,
    faults: usize,
    bytes: u64,
}

/// Runs the day and checks its result.
///
/// # Errors
/// When a promise is broken.
pub async fn measure(paths: &Paths, stand_ins: &StandIns, options: Options) -> Result<Section> {
    let ours = Workbot::start(paths, stand_ins, &Modules::deployed(paths)?, &paths.fresh("objects")?).await?;
    let day = Arc::new(Day::default());
    let (outcome_sender, mut outcome_receiver) = oneshot::channel();
    let of_thread = Arc::clone(&day);
    // Not a thread of tokio's: an interrupt does not wait for its end.
    std::thread::spawn(move || {
        let passed = catch_unwind(AssertUnwindSafe(|| pass(&of_thread, options)));
        outcome_sender.send(passed.unwrap_or_else(|_| Err(anyhow!("an expectation was not met")))).ok();
    });
    let mut moments = Vec::new();
    let mut clock = tokio::time::interval(MEMORY_EVERY);
    let outcome = loop {
        tokio::select! {
            outcome = &mut outcome_receiver => break outcome,
            _ = clock.tick() => {}
        }
        let Some(bytes) = ours.program.memory().filter(|_| !day.over.load(Ordering::Relaxed)) else {
            continue;
        };
        let counted = |of: &AtomicUsize| of.load(Ordering::Relaxed);
        let moment = Moment { acts: counted(&day.acts), faults: counted(&day.faults), bytes };
        if moments.len() % 12 == 11 {
            println!("  {} acts, {} faults, {} MB", moment.acts, moment.faults, megabytes(bytes));
        }
        moments.push(moment);
    };
    let outcome = outcome.context("the load ended without a result")??;
    Ok(Section { title: TITLE, text: told_of(paths, options, &day, &outcome, &moments)? })
}

fn told_of(
    paths: &Paths,
    options: Options,
    day: &Day,
    outcome: &Outcome,
    moments: &[Moment],
) -> Result<String> {
    let (early, late) = (middle(moments, 1), middle(moments, 3));
    let every = moments.len().div_ceil(ROWS).max(1);
    let rows: Vec<_> = moments
        .iter()
        .skip(every - 1)
        .step_by(every)
        .map(|moment| {
            vec![moment.acts.to_string(), moment.faults.to_string(), megabytes(moment.bytes).to_string()]
        })
        .collect();
    let Outcome { asked, written, connections } = outcome;
    let counted = |status: &str| connections.get(status).copied().unwrap_or_default();
    println!("  memory: {} MB in the second quarter, {} MB in the last", megabytes(early), megabytes(late));
    ensure!(late <= early + early / 3, "the memory grows");
    Ok(format!(
        "{}\n{}\n\
         `cargo xtask soak`: {} minutes of the built module under `workerd serve`, seed {}. {PEOPLE} people write records at three apps, search, log in, disconnect, and lose their access. \
         Twice a second, one of ten endpoints fails in one of eleven ways. {} acts and {} faults.\n\n\
         At the end:\n\n\
         - Every run had ended or waited for its person.\n\
         - Of {asked} requested writes, {written} happened, none twice. The others wait for a login, were refused, or failed with a message.\n\
         - {} connections were usable and made one write each; {} stated that a login is needed, and why; {} were disconnected.\n\
         - Memory of the whole process: {} MB in the second quarter of the time, {} MB in the last.\n",
        crate::machine::described(paths),
        table(&["acts", "faults", "memory MB"], &rows),
        options.minutes,
        options.seed,
        day.acts.load(Ordering::Relaxed),
        day.faults.load(Ordering::Relaxed),
        counted("connected"),
        counted("needs_login"),
        counted("disconnected"),
        megabytes(early),
        megabytes(late),
    ))
}

fn megabytes(bytes: u64) -> u64 {
    bytes / (1 << 20)
}

/// The median of the memory in a quarter of the time, in bytes.
fn middle(moments: &[Moment], quarter: usize) -> u64 {
    let length = moments.len() / 4;
    let mut part: Vec<_> =
        moments.iter().skip(quarter * length).take(length).map(|moment| moment.bytes).collect();
    part.sort_unstable();
    part.get(part.len() / 2).copied().unwrap_or_default()
}

fn pass(day: &Day, options: Options) -> Result<Outcome> {
    let company = Company::of(COMPANY.to_owned());
    company.connect_salesforce();
    for (recipe, app) in WRITES.into_iter().zip(APPS) {
        company.verify(recipe, app, true);
    }
    let people: Vec<Chat> = (0..PEOPLE).map(|_| company.person()).collect();
    let end = Instant::now() + Duration::from_secs_f64(options.minutes * 60.0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (people, mut rng) = (&people, StdRng::seed_from_u64(options.seed + thread));
            scope.spawn(move || {
                while Instant::now() < end {
                    if let Some(chat) = people.choose(&mut rng) {
                        act(chat, &mut rng, day);
                    }
                    day.acts.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(rng.gen_range(20..200)));
                }
            });
        }
        let mut rng = StdRng::seed_from_u64(options.seed + 1000);
        let kinds: Vec<_> = all_faults().collect();
        while Instant::now() < end {
            if let (Some(person), Some(paths), Some(kind)) =
                (people.choose(&mut rng), ENDPOINTS.choose(&mut rng), kinds.choose(&mut rng))
            {
                kind.at(paths, if *paths == "connector" { &person.oid } else { &person.upn });
                day.faults.fetch_add(1, Ordering::Relaxed);
            }
            std::thread::sleep(FAULT_EVERY);
        }
    });
    day.over.store(true, Ordering::Relaxed);
    println!("  waiting for what is under way");
    let asked = std::mem::take(&mut *day.asked.lock().unwrap_or_else(PoisonError::into_inner));
    agrees(&people, &asked)
}

/// The command that creates a record of this name at an app.
fn command(app: &str, name: &str) -> String {
    match app {
        "salesforce" => format!("create opportunity name: {name} amount: 10 close_date: 2026-12-31"),
        "servicenow" => format!("create incident description: {name}"),
        _ => format!("create folder name: {name}"),
    }
}

fn one_of(of: &[&'static str], rng: &mut StdRng) -> &'static str {
    of.choose(rng).copied().unwrap_or_default()
}

fn act(chat: &Chat, rng: &mut StdRng, day: &Day) {
    let app = one_of(&APPS, rng);
    match rng.gen_range(0..100) {
        0..45 => {
            let name = unique("Soak ");
            let text = command(app, &name);
            day.asked.lock().unwrap_or_else(PoisonError::into_inner).push((app, name));
            chat.say(&text);
        }
        45..60 => log_in(chat),
        60..75 => drop(chat.say(one_of(&["personal_connections", "help", "status"], rng))),
        75..85 => drop(chat.say(&format!("find account {}", unique("Nobody ")))),
        85..92 => drop(Sandbox.post(&format!("{app}/expire-access-tokens"), &json!({"username": chat.upn}))),
        92..96 => drop(chat.call("POST", &format!("connections/{app}/disconnect"), "")),
        _ => drop(chat.call("GET", "activity", "")),
    }
}

/// Logs in by the links of the chat's newest cards. Some of these logins fail on purpose.
fn log_in(chat: &Chat) {
    let links =
        chat.sent().iter().rev().find_map(|sent| Some(login_links(sent)).filter(|links| !links.is_empty()));
    for link in links.unwrap_or_default() {
        Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow");
    }
}

fn runs(chat: &Chat) -> Vec<Value> {
    let listed = chat.call("GET", "runs", "").json();
    listed.get("runs").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn agrees(people: &[Chat], asked: &Asked) -> Result<Outcome> {
    // No fault is left from here on.
    Sandbox.clear_faults();
    let text = |row: &Value, name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    for chat in people {
        eventually(&format!("the end of all runs of {}", chat.oid), || {
            runs(chat).iter().all(|run| text(run, "status").starts_with("waiting")).then_some(())
        });
    }
    let mut done = HashMap::new();
    for app in APPS {
        for name in Sandbox.names(app) {
            *done.entry((app, name)).or_insert(0) += 1;
        }
    }
    let times = |one: &(&'static str, String)| done.get(one).copied().unwrap_or_default();
    let twice: Vec<_> = asked.iter().filter(|one| times(one) > 1).collect();
    ensure!(twice.is_empty(), "done twice: {twice:?}");
    let written = asked.iter().filter(|one| times(one) == 1).count();
    let mut connections: HashMap<String, usize> = HashMap::new();
    for chat in people {
        let listed = chat.call("GET", "connections", "").json();
        for row in listed.get("connections").and_then(Value::as_array).context("no rows")? {
            let (app, status) = (text(row, "app"), text(row, "status"));
            if !APPS.contains(&app.as_str()) {
                continue;
            }
            match status.as_str() {
                "connected" => works(chat, &app),
                "needs_login" => ensure!(!text(row, "reason").is_empty(), "no reason: {row}"),
                _ => {}
            }
            *connections.entry(status).or_default() += 1;
        }
    }
    println!(
        "  {} writes were asked for, {written} were done, none twice; connections: {connections:?}",
        asked.len()
    );
    Ok(Outcome { asked: asked.len(), written, connections })
}

/// A connected connection can write.
fn works(chat: &Chat, app: &str) {
    let name = unique("Works ");
    chat.say(&command(app, &name));
    eventually(&format!("a record of {} at {app}", chat.oid), || {
        // Access that the app ended without notice is discovered now, and the person is told.
        let asked = chat.sent().iter().rev().take(2).any(|sent| text_of(sent).contains("login needed"));
        (asked || Sandbox.creators(app, &name).len() == 1).then_some(())
    });
}
