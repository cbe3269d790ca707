//! Drives the running system from outside, over HTTP and with the types of `shared` only.
//!
//! # Layers
//!
//! Each line depends only on lines above it.
//!
//! - `system`, `http`
//! - `worker_process`, `sandbox`: the worker's process, and the sandbox's control routes
//! - `browser`, `faults`
//! - `chat`: a person's chat and tab
//! - `test_tenant`: a tenant for one test

mod browser;
mod chat;
mod faults;
mod http;
mod sandbox_control;
mod system;
mod test_tenant;
mod worker_process;

pub use browser::{Browser, Page};
pub use chat::{Chat, TENANT, Turn, login_link, login_links, text_of};
pub use faults::{FAULTS, Kind, all_faults};
pub use http::{Response, agent, get};
pub use sandbox_control::Sandbox;
pub use system::{amount, eventually, setting, side_by_side, unique, worker, worker_log};
pub use test_tenant::Company;
pub use worker_process::{kill, start};
