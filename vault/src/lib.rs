//! The vault and the workspace over ports: all that happens, and nothing that only the runtime can do.
//!
//! Each line knows only those above it:
//!
//! * `ports` what the world around gives; `isolate` what all objects of a process share; `catalogue`
//! * `sql` typed rows and transactions; `clients` apps, Entra, the Bot Connector; `objects` requests to other objects
//! * `access`, `job`, `protocol` values; `workspace` a tenant's object; `context` what all parts of a vault share
//! * `store` the tables; `outbox` messages to people; `roster` who they are to the tenant; `waiting` runs that wait
//! * `connection` connections, from the login to the revocation; `login` the way of a browser through a login
//! * `run` a command is carried out; `turn` a message or a button; `jobs` what is due; `vault` the object

pub mod access;
pub mod catalogue;
pub mod clients;
mod connection;
mod context;
pub mod isolate;
mod job;
mod jobs;
mod login;
pub mod objects;
mod outbox;
pub mod ports;
pub mod protocol;
mod roster;
mod run;
pub mod sql;
mod store;
mod turn;
mod vault;
mod waiting;
pub mod workspace;

pub use isolate::Isolate;
pub use vault::Vault;
pub use workspace::Workspace;
