//! The rules of Workbot: pure functions without runtime, clock or network.
//!
//! A rule takes values, including `now` and random bytes, and returns the decision as a value. The vault
//! carries it out.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `ids`: ids as types
//! - `bot_name`, `cloud`, `host`, `json`, `login_page`, `owner`, `time`: values without dependencies
//! - `correlation_id`, `route`, `recently_sent_messages`: likewise
//! - `connector_response`, `connector_send_pauses`: the Bot Connector's responses, and its pauses
//! - `person_template_variable`: a person's address
//! - `quotation_marks`, `character_normalization`: parts of typed texts
//! - `received_button_value`, `numbers_and_dates`, `jwt`, `limits_per_person`, `seal`, `tab_csp`
//! - `received_text`: texts of messages
//! - `activity`, `entra_token`, `jwks`, `backoff`, `template`: incoming activities and tokens; pauses;
//!   templates
//! - `tab_bot_name`: the bot's name in the tab's HTML
//! - `bot_framework_token`, `verified_token_cache`, `catalog`, `job_policy`: accepted tokens; apps and
//!   recipes; the states of jobs
//! - `config`, `command_inputs`, `input_parsing`: variables; the inputs in a command; typed inputs
//! - `recipe_command`, `log_event`, `health`
//! - `language_model`: commands in people's own words
//! - `connection`: an owner's access to an app: tokens, refresh, revocation, expiry
//! - `call`, `bot_access_token`, `login`: calls to apps; the bot's own token; the login proof
//! - `membership`
//! - `targeted_message`: who alone sees a message in a group
//! - `run`: the execution of a command
//! - `audit`, `present`: the audit; everything that people read
//! - `agent`: recipes as tools of agents; the grants and tokens of agents
//! - `conversation`: the meaning of messages and buttons, and the replies

pub mod activity;
pub mod agent;
pub mod audit;
pub mod backoff;
pub mod bot_access_token;
pub mod bot_framework_token;
pub mod bot_name;
pub mod call;
pub mod catalog;
pub mod character_normalization;
pub mod cloud;
pub mod command_inputs;
pub mod config;
pub mod connection;
pub mod connector_response;
pub mod connector_send_pauses;
pub mod conversation;
pub mod correlation_id;
pub mod entra_token;
pub mod health;
pub mod host;
pub mod ids;
pub mod input_parsing;
pub mod job_policy;
pub mod json;
pub mod jwks;
pub mod jwt;
pub mod language_model;
pub mod limits_per_person;
pub mod log_event;
pub mod login;
pub mod login_page;
pub mod membership;
pub mod numbers_and_dates;
pub mod owner;
pub mod person_template_variable;
pub mod present;
mod quotation_marks;
mod received_button_value;
mod received_text;
pub mod recently_sent_messages;
pub mod recipe_command;
pub mod route;
pub mod run;
pub mod seal;
pub mod tab_bot_name;
pub mod tab_csp;
pub mod targeted_message;
pub mod template;
pub mod time;
pub mod verified_token_cache;
