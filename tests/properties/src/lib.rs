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

pub use app_responses::{app_response, recipe_reply};
pub use commands::{card_action, intent, request_url};
pub use lenient_json::{activity_field, json_body, jwks, roster_entry};
pub use messages::{input_value, message_text};
pub use parsers::{activity, authorization_header, catalog_files, token_response};
pub use real_catalog::real;
pub use sealing::sealed_bytes;
