//! Properties that hold for any input. Each takes bytes, so that generated examples (`tests/generated.rs`)
//! and a fuzzer (`tests/fuzz`) can both supply them.
//!
//! # Layers
//!
//! Each line depends only on lines above it.
//!
//! - `project`: the project's own catalog
//! - `answers`, `lenient`, `messages`, `reading`, `sealing`, `speaking`: the properties, by reader or writer

mod answers;
mod lenient;
mod messages;
mod project;
mod reading;
mod sealing;
mod speaking;

pub use answers::{answer, reply};
pub use lenient::{field, json, keys, roster};
pub use messages::{message, value};
pub use project::real;
pub use reading::{activity, catalog, token, token_answer};
pub use sealing::sealed;
pub use speaking::{placed, pressed, said};
