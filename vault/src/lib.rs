//! The logic of the vault and of the workspace over ports. The worker crate adds what only Cloudflare's
//! runtime can do; the simulated world of the tests runs the same code natively.
//!
//! # Layers
//!
//! Each line depends only on lines above it.
//!
//! - `ports`, `installed_catalog`, `access_in_transit`, `job`, `in_memory_state`: the ports of the runtime;
//!   plain values
//! - `run_semaphore`: the runs that begin in one process
//! - `isolate`, `sql_query_cache`: the state that all objects of a process share; results of SQL queries in
//!   memory
//! - `sql`: typed rows and transactions
//! - `clients`, `object_request`: HTTP clients of the apps, of Entra and of the Bot Connector; requests to
//!   other objects
//! - `error`: the error of a vault
//! - `agent_protocol`: the requests about agents and their responses
//! - `context`, `protocol`: the state that all parts of a vault share; its requests and responses
//! - `store`, `workspace`: the tables of a vault; the object of a tenant
//! - `outbox`, `membership`, `waiting_runs`: messages to people, tenant membership, runs that wait
//! - `agent_access`: whether an agent still acts for the person
//! - `connection`: a connection from the login to the revocation
//! - `login`: tickets, attempts and the two callbacks of a login
//! - `run`: the execution of a command
//! - `job_dispatcher`: the dispatcher of due jobs
//! - `turn`: messages, card actions and other activities
//! - `agent`: agents that act for the person
//! - `vault`: the Durable Object itself

mod access_in_transit;
mod agent;
mod agent_access;
pub mod agent_protocol;
pub mod clients;
mod connection;
mod context;
mod error;
mod in_memory_state;
pub mod installed_catalog;
pub mod isolate;
mod job;
mod job_dispatcher;
mod login;
mod membership;
mod object_request;
mod outbox;
pub mod ports;
pub mod protocol;
mod run;
mod run_semaphore;
mod sql;
mod sql_query_cache;
mod store;
mod turn;
mod vault;
mod waiting_runs;
pub mod workspace;

pub use isolate::Isolate;
pub use vault::Vault;
pub use workspace::Workspace;
