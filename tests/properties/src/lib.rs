//! Properties that hold for any input. Each takes bytes, so that generated examples
//! (`tests/generated_examples.rs`) and a fuzzer (`tests/fuzz`) can both supply them.
//!
//! # Layers
//!
//! Each line depends only on lines above it.
//!
//! - `real_catalog`: the project's own catalog
//! - `app_responses`, `unexpected_field_values`, `messages`, `external_input_parsers`, `sealing`,
//!   `user_input`: the properties, by reader or writer

mod app_responses;
mod external_input_parsers;
mod messages;
mod real_catalog;
mod sealing;
mod unexpected_field_values;
mod user_input;

pub use app_responses::{app_response, recipe_reply};
pub use external_input_parsers::{activity, authorization_header, catalog_files, token_response};
pub use messages::{input_value_in_message, received_text};
pub use real_catalog::real;
pub use sealing::sealed_bytes;
pub use unexpected_field_values::{activity_field, json_body, jwks, roster_entry};
pub use user_input::{card_action, intent, request_url};
