//! The vault and the workspace over ports: all that happens, and nothing that only the runtime can do.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `ports`, `catalog`, `access`, `job`: what the world around gives, and values
//! - `isolate`, `sql`: what all objects of a process share; typed rows and transactions
//! - `clients`, `object_rpc`: apps, Entra, the Bot Connector; requests to other objects
//! - `context`, `protocol`: what all parts of a vault share; what is asked of it
//! - `store`, `workspace`: the tables; a tenant's object
//! - `outbox`, `roster`, `waiting`: messages to people, who they are to the tenant, runs that wait
//! - `connection`: from the login to the revocation
//! - `login`: the way of a browser through a login
//! - `run`: a command is carried out
//! - `jobs`: what is due
//! - `turn`: a message or a button
//! - `vault`: the object

mod access;
pub mod catalog;
pub mod clients;
mod connection;
mod context;
pub mod isolate;
mod job;
mod jobs;
mod login;
mod object_rpc;
mod outbox;
pub mod ports;
pub mod protocol;
mod roster;
mod run;
mod sql;
mod store;
mod turn;
mod vault;
mod waiting;
pub mod workspace;

pub use isolate::Isolate;
pub use vault::Vault;
pub use workspace::Workspace;
