//! Drives the running system from outside, over HTTP and with the types of `shared` only.
//!
//! # Layers
//!
//! Each line depends only on lines above it.
//!
//! - `running_system`: its settings, its address and its log
//! - `http`: requests
//! - `polling_and_load`: waiting for an effect; many times
//! - `worker_process`, `sandbox_control`: the worker's process, and the sandbox's control routes
//! - `browser`, `faults`
//! - `chat`: a person's chat and tab
//! - `test_tenant`: a tenant for one test

mod browser;
mod chat;
mod faults;
mod http;
mod polling_and_load;
mod running_system;
mod sandbox_control;
mod test_tenant;
mod worker_process;

pub use browser::{Browser, Page};
pub use chat::{Chat, TENANT, Turn, login_link, login_links, text_of};
pub use faults::{FAULTS, Kind, all_faults};
pub use http::{Response, agent, get};
pub use polling_and_load::{amount, eventually, side_by_side, unique};
pub use running_system::{setting, worker, worker_log};
pub use sandbox_control::Sandbox;
pub use test_tenant::Company;
pub use worker_process::{kill, start, with_variables};
