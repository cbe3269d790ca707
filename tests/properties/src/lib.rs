//! Properties that hold for any input. Each takes bytes, so that generated examples
//! (`tests/generated_examples.rs`) and a fuzzer (`tests/fuzz`) can both supply them.
//!
//! # Layers
//!
//! Each line depends only on lines above it.
//!
//! - `real_catalog`: the project's own catalog
//! - `agent_requests`: what agents' clients send
//! - `app_responses`, `recipe_reply`, `unexpected_field_values`, `messages`, `external_input_parsers`
//! - `sealing`, `request_url`: the properties, by reader or writer
//! - `user_input`: likewise; its requests go where they belong

mod agent_requests;
mod app_responses;
mod external_input_parsers;
mod messages;
mod real_catalog;
mod recipe_reply;
mod request_url;
mod sealing;
mod unexpected_field_values;
mod user_input;

pub use agent_requests::{agent_client, agent_form, agent_message};
pub use app_responses::app_response;
pub use external_input_parsers::{activity, authorization_header, catalog_files, token_response};
pub use messages::{input_value_in_message, received_text};
pub use real_catalog::real;
pub use recipe_reply::recipe_reply;
pub use request_url::request_url;
pub use sealing::sealed_bytes;
pub use unexpected_field_values::{activity_field, json_body, jwks, roster_entry};
pub use user_input::{card_action, intent};
