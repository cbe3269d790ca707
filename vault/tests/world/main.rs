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

mod database;
mod dice;
mod executor;
mod itself;
mod kv;
mod network;
mod ports;
mod truth;
mod weather;
mod world;
