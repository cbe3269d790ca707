//! The vault and the workspace in a simulated world: SQLite in memory per object, a virtual clock, KV with
//! stale reads, the sandbox in this process, and dice that decide the order of events, every fault and every
//! crash.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may fail; clippy knows only functions marked #[test] as tests"
)]

mod agent;
mod browser;
mod database;
mod deployment;
mod directed_world;
mod executor;
mod fault_rates;
mod faults;
mod ground_truth;
mod invariants;
mod kv;
mod ledger_app_vendor;
mod network;
mod person;
mod ports;
mod rules;
mod sandbox_settings;
mod scenario_player;
mod scenarios;
mod seed_runner;
mod seeded_random;
mod simulated_edge;
mod simulator_tests;
mod world;

#[test]
fn whole_stories_keep_every_promise_whatever_happens() {
    match number("WORLD_SEED") {
        Some(seed) => seed_runner::replay(seed),
        None => seed_runner::play_all(number("WORLD_SEEDS").unwrap_or(2_000)),
    }
}

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}
