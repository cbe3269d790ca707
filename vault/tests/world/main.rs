//! The vault and the workspace in a simulated world: SQLite in memory per object, a virtual clock, KV with its staleness,
//! the sandbox in this process, and dice that decide what happens first, what goes wrong, and who dies when.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may fail; clippy knows only functions marked #[test] as tests"
)]

mod browser;
mod database;
mod deployment;
mod dice;
mod edge;
mod executor;
mod invariants;
mod itself;
mod kv;
mod network;
mod person;
mod play;
mod ports;
mod stories;
mod story;
mod truth;
mod weather;
mod world;

#[test]
fn whole_stories_keep_every_promise_whatever_happens() {
    let seed = std::env::var("WORLD_SEED").ok().and_then(|seed| seed.parse().ok());
    if let Some(seed) = seed {
        match play::play(seed, true) {
            Ok(played) => println!(
                "{}\n{:x} {} {}",
                played.lines.join("\n"),
                played.fingerprint,
                played.deaths,
                played.commits
            ),
            Err(failure) => {
                println!("{}", failure.lines.join("\n"));
                panic!("{:?}", failure.violations);
            }
        }
        return;
    }
    let mut failures = std::collections::BTreeMap::<String, Vec<u64>>::new();
    let count = std::env::var("WORLD_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(130);
    for seed in 0..count {
        if let Err(failure) = play::play(seed, false) {
            println!("seed {seed}: {} {:?}", failure.story, failure.violations);
            failures.entry(failure.story.to_owned()).or_default().push(seed);
        }
    }
    assert!(failures.is_empty(), "{failures:?}");
}
