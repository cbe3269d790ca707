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
//! - `bot_name`, `cloud`, `host`, `json`, `login_page`, `owner`, `route`, `time`: values without dependencies
//! - `person_contact`, `quotation_marks`, `text_normalization`: a person's address; parts of typed texts
//! - `button_value`, `locale`, `jwt`, `limits`, `message`, `seal`, `tab_csp`
//! - `activity`, `entra_token`, `jwks`, `backoff`, `template`: incoming activities and tokens; pauses;
//!   templates
//! - `bot_token`, `verified_token_cache`, `catalog`, `job_policy`: accepted tokens; apps and recipes; the
//!   states of jobs
//! - `config`, `command_inputs`
//! - `recipe_command`, `event`, `health`
//! - `connection`: an owner's access to an app: tokens, refresh, revocation, expiry
//! - `call`, `bot_connector`, `login`: calls to apps; the Bot Connector's responses; the login proof
//! - `membership`
//! - `targeted_message`: who alone sees a message in a group
//! - `run`: the execution of a command
//! - `audit`, `present`: the audit; everything that people read
//! - `conversation`: the meaning of messages and buttons, and the replies

pub mod activity;
pub mod audit;
pub mod backoff;
pub mod bot_connector;
pub mod bot_name;
pub mod bot_token;
mod button_value;
pub mod call;
pub mod catalog;
pub mod cloud;
pub mod command_inputs;
pub mod config;
pub mod connection;
pub mod conversation;
pub mod entra_token;
pub mod event;
pub mod health;
pub mod host;
pub mod ids;
pub mod job_policy;
pub mod json;
pub mod jwks;
pub mod jwt;
pub mod limits;
pub mod locale;
pub mod login;
pub mod login_page;
pub mod membership;
mod message;
pub mod owner;
pub mod person_contact;
pub mod present;
mod quotation_marks;
pub mod recipe_command;
pub mod route;
pub mod run;
pub mod seal;
pub mod tab_csp;
pub mod targeted_message;
pub mod template;
pub mod text_normalization;
pub mod time;
pub mod verified_token_cache;
