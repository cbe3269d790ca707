//! Properties that hold for any input. Each takes bytes, so that generated examples (`tests/generated.rs`)
//! and a fuzzer (`tests/fuzz`) can both supply them.
//!
//! # Layers
//!
//! Each line depends only on lines above it.
//!
//! - `real_catalog`: the project's own catalog
//! - `app_responses`, `lenient_json`, `messages`, `parsers`, `sealing`, `commands`: the properties, by reader
//!   or writer

mod app_responses;
mod commands;
mod lenient_json;
mod messages;
mod parsers;
mod real_catalog;
mod sealing;

pub use app_responses::{answer, reply};
pub use commands::{placed, pressed, said};
pub use lenient_json::{field, json, keys, roster};
pub use messages::{message, value};
pub use parsers::{activity, catalog, token, token_answer};
pub use real_catalog::real;
pub use sealing::sealed;
