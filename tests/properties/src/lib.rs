//! What holds for whatever comes in. Each property takes bytes, so that the same one is fed by generated examples in the
//! suite (`tests/generated.rs`) and by a fuzzer (`tests/fuzz`).
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `project`: its catalog
//! - `answers`, `lenient`, `messages`, `reading`, `sealing`, `speaking`: one reader or writer each

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
