//! A company's day in minutes: people give commands, log in, disconnect; what is outside fails at random. At the end every
//! run has ended or says what it waits for, every connection works or says why not, nothing was done twice, and the
//! memory is flat. `cargo xtask soak` starts the system and this.

use std::collections::HashMap;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use workbot_e2e::{
    Browser, Chat, Company, Sandbox, all_faults, eventually, login_links, setting, text_of, unique,
};

const PEOPLE: usize = 24;
const THREADS: u64 = 6;
const APPS: [&str; 3] = ["salesforce", "servicenow", "box"];
/// Where something may fail. Not the relay: that is the test's own way in.
const PLACES: [&str; 10] = [
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

/// What was asked for, by the name that the record would have.
type Asked = Mutex<Vec<(&'static str, String)>>;

/// The command that writes a record of this name at an app.
fn command(app: &str, name: &str) -> String {
    match app {
        "salesforce" => format!("create opportunity name: {name} amount: 10 close_date: 2026-12-31"),
        "servicenow" => format!("create incident description: {name}"),
        _ => format!("create folder name: {name}"),
    }
}

fn write(chat: &Chat, rng: &mut StdRng, asked: &Asked) {
    let (app, name) = (*APPS.choose(rng).unwrap(), unique("Soak "));
    let text = command(app, &name);
    asked.lock().unwrap().push((app, name));
    chat.say(&text);
}

/// Logs in wherever the chat's newest cards ask for it. Some of these fail: that is the point.
fn log_in(chat: &Chat) {
    let links =
        chat.sent().iter().rev().find_map(|sent| Some(login_links(sent)).filter(|links| !links.is_empty()));
    for link in links.unwrap_or_default() {
        Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow");
    }
}

fn act(chat: &Chat, rng: &mut StdRng, asked: &Asked) {
    match rng.gen_range(0..100) {
        0..45 => write(chat, rng, asked),
        45..60 => log_in(chat),
        60..75 => drop(chat.say(["personal_connections", "help", "status"].choose(rng).unwrap())),
        75..85 => drop(chat.say(&format!("find account {}", unique("Nobody ")))),
        85..92 => {
            let app = APPS.choose(rng).unwrap();
            Sandbox.post(&format!("{app}/expire-access-tokens"), &json!({"username": chat.upn}));
        }
        92..96 => {
            let app = APPS.choose(rng).unwrap();
            chat.call("POST", &format!("connections/{app}/disconnect"), "");
        }
        _ => drop(chat.call("GET", "activity", "")),
    }
}

/// The memory of the worker's processes, in MB.
fn memory() -> Option<u64> {
    let listed = Command::new("ps").args(["-eo", "pgid=,rss=,comm="]).output().ok()?;
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let group = setting("WORKBOT_WORKER_GROUP");
    let of_worker = |line: &str| {
        let mut words = line.split_whitespace();
        let (pgid, rss, name) = (words.next()?, words.next()?, words.next()?);
        (pgid == group && name.contains("workerd")).then(|| rss.parse::<u64>().ok()).flatten()
    };
    let sum: u64 = text.lines().filter_map(of_worker).sum();
    (sum > 0).then_some(sum / 1024)
}

fn runs(chat: &Chat) -> Vec<Value> {
    let listed = chat.call("GET", "runs", "").json();
    listed["runs"].as_array().cloned().unwrap_or_default()
}

fn main() {
    let minutes: f64 = setting("WORKBOT_SOAK_MINUTES").parse().expect("a number of minutes");
    let seed: u64 = setting("WORKBOT_SOAK_SEED").parse().expect("a seed");
    println!("seed {seed}: the same people do the same again with it");
    let company = Company::new();
    company.connect_salesforce();
    for (recipe, app) in
        [("create-opportunity", "salesforce"), ("create-incident", "servicenow"), ("create-folder", "box")]
    {
        company.verify(recipe, app, true);
    }
    let people: Vec<Chat> = (0..PEOPLE).map(|_| company.person()).collect();
    let (asked, turns, faults) = (Asked::default(), AtomicUsize::new(0), AtomicUsize::new(0));
    let over = AtomicBool::new(false);
    let mut memories = Vec::new();
    let end = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    std::thread::scope(|scope| {
        let (people, asked, turns, faults, over) = (&people, &asked, &turns, &faults, &over);
        for thread in 0..THREADS {
            scope.spawn(move || {
                let mut rng = StdRng::seed_from_u64(seed + thread);
                while !over.load(Ordering::Relaxed) {
                    act(people.choose(&mut rng).unwrap(), &mut rng, asked);
                    turns.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(rng.gen_range(20..200)));
                }
            });
        }
        scope.spawn(move || {
            let mut rng = StdRng::seed_from_u64(seed + 1000);
            let kinds: Vec<_> = all_faults().collect();
            while !over.load(Ordering::Relaxed) {
                let person = people.choose(&mut rng).unwrap();
                let place = PLACES.choose(&mut rng).unwrap();
                let matching = if *place == "connector" { &person.oid } else { &person.upn };
                kinds.choose(&mut rng).unwrap().at(place, matching);
                faults.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        while Instant::now() < end {
            std::thread::sleep(Duration::from_secs(5));
            if let Some(memory) = memory() {
                memories.push(memory);
            }
            if memories.len() % 12 == 0 {
                println!(
                    "  {} acts, {} faults, {} MB",
                    turns.load(Ordering::Relaxed),
                    faults.load(Ordering::Relaxed),
                    memories.last().unwrap_or(&0)
                );
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    println!("{} acts and {} faults; waiting for what is under way", turns.into_inner(), faults.into_inner());
    agrees(&people, asked.into_inner().unwrap(), &memories);
    println!("all held");
}

fn agrees(people: &[Chat], asked: Vec<(&'static str, String)>, memories: &[u64]) {
    // Whatever still fails, fails no more.
    Sandbox.clear_faults();
    for chat in people {
        let waits = |run: &Value| run["status"].as_str().is_some_and(|state| state.starts_with("waiting"));
        eventually(&format!("the end of all runs of {}", chat.oid), || {
            runs(chat).iter().all(waits).then_some(())
        });
    }
    let mut done = HashMap::new();
    for app in APPS {
        for name in Sandbox.names(app) {
            *done.entry((app, name)).or_insert(0) += 1;
        }
    }
    let twice: Vec<_> =
        asked.iter().filter(|(app, name)| done.get(&(*app, name.clone())).is_some_and(|n| *n > 1)).collect();
    assert!(twice.is_empty(), "done twice: {twice:?}");
    let written = asked.iter().filter(|(app, name)| done.contains_key(&(*app, name.clone()))).count();
    println!("  {} writes were asked for, {written} were done, none twice", asked.len());
    let mut states: HashMap<String, usize> = HashMap::new();
    for chat in people {
        let rows = chat.call("GET", "connections", "").json()["connections"].clone();
        for row in rows
            .as_array()
            .expect("rows")
            .iter()
            .filter(|row| APPS.iter().any(|app| row["app"] == json!(app)))
        {
            let status = row["status"].as_str().expect("a status").to_owned();
            match status.as_str() {
                "connected" => works(chat, row["app"].as_str().expect("an app")),
                "needs_login" => assert!(row["reason"].is_string(), "no reason: {row}"),
                _ => {}
            }
            *states.entry(status).or_default() += 1;
        }
    }
    println!("  connections: {states:?}; each that is connected did a write");
    let quarter = memories.len() / 4;
    if quarter > 0 {
        let middle = |part: &[u64]| {
            let mut part = part.to_vec();
            part.sort_unstable();
            part[part.len() / 2]
        };
        let (early, late) = (middle(&memories[quarter..2 * quarter]), middle(&memories[3 * quarter..]));
        println!("  memory: {early} MB in the second quarter, {late} MB in the last");
        assert!(late <= early + early / 3, "the memory grows");
    }
}

/// A connection that says it is connected does a write.
fn works(chat: &Chat, app: &str) {
    let name = unique("Works ");
    chat.say(&command(app, &name));
    eventually(&format!("a record of {} at {app}", chat.oid), || {
        // An access that the app itself ended without a word is found out now, and says so.
        let asked = chat.sent().iter().rev().take(2).any(|sent| text_of(sent).contains("login needed"));
        (asked || Sandbox.creators(app, &name).len() == 1).then_some(())
    });
}
