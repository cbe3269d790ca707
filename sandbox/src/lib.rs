//! One local server that stands in for the Bot Framework, Entra, the Bot Connector, Salesforce, ServiceNow,
//! Box, Freshdesk and every app with a fixture, faults included. All its data is fictitious.
//!
//! A simulated world calls the [`router()`] of a [`Sandbox::in_memory`] in process, without sockets, files or
//! an async runtime. It sets the clock ([`clock::set`]) and the seed of generated names
//! ([`random_name::seed`]) per thread.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `clock`, `multipart`, `random_name`, `session_cookie`, `signing_keys`: time, names, forms and keys
//! - `time_formats`: times as the apps write them
//! - `teams_markdown`: the text of messages and cards as HTML
//! - `fixture`: what vendors document of the apps that have no module of their own
//! - `local_variables`: the worker's variables for these apps
//! - `endpoint_groups`, `settings`, `http_client`, `html_page`, `pkce`, `teams_host`: requests and pages
//! - `faults`, `jwt_signer`
//! - `store`: the sandbox's data, one file per party
//! - `state`: all data, persistent or in memory
//! - `bot_framework_issuer`, `entra`, `freshdesk`, `language_model`, `oauth`
//! - `playground_relay`, `connector`, `salesforce`, `servicenow`, `box_com`, `fixture_app`
//! - `oauth_apps`, `index_page`, `sent_messages_page`: all apps; the first page; what one member of a
//!   conversation reads
//! - `initial_state`: how a world begins
//! - `control`, `caller_identity`
//! - `fault_middleware`: what every request passes
//! - `router`
//! - `server`

pub mod bot_framework_issuer;
pub mod box_com;
pub mod caller_identity;
pub mod clock;
pub mod connector;
pub mod control;
pub mod endpoint_groups;
pub mod entra;
pub mod fault_middleware;
pub mod faults;
pub mod fixture;
pub mod fixture_app;
pub mod freshdesk;
pub mod html_page;
pub mod http_client;
mod index_page;
mod initial_state;
pub mod jwt_signer;
pub mod language_model;
pub mod local_variables;
pub mod multipart;
pub mod oauth;
pub mod oauth_apps;
pub mod pkce;
pub mod playground_relay;
pub mod random_name;
mod router;
pub mod salesforce;
mod sent_messages_page;
pub mod server;
pub mod servicenow;
mod session_cookie;
pub mod settings;
pub mod signing_keys;
pub mod state;
pub mod store;
pub mod teams_host;
mod teams_markdown;
pub mod time_formats;

pub use router::router;
pub use server::{Running, start, start_unsaved};
pub use settings::Settings;
pub use state::{Sandbox, Shared};
