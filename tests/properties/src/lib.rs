//! What holds for whatever comes in. Each property takes bytes, so that the same one is fed by generated examples in the
//! suite (`tests/generated.rs`) and by a fuzzer (`tests/fuzz`).
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `real_catalog`: its catalog
//! - `app_responses`, `lenient_json`, `messages`, `parsers`, `sealing`, `commands`: one reader or writer each

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
