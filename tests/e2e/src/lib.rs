//! The running system, seen from outside: what tests need to drive it. Only HTTP, and the types of `shared`.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `system`, `http`
//! - `runtime`, `sandbox`: what runs, and how it is reached
//! - `browser`, `faults`
//! - `chat`: one person's conversation
//! - `company`: a tenant of one's own

mod browser;
mod chat;
mod company;
mod faults;
mod http;
mod runtime;
mod sandbox;
mod system;

pub use browser::{Browser, Page};
pub use chat::{Chat, TENANT, Turn, login_link, login_links, text_of};
pub use company::Company;
pub use faults::{FAULTS, Kind, all_faults};
pub use http::{Answer, agent};
pub use runtime::{kill, start};
pub use sandbox::Sandbox;
pub use system::{amount, eventually, setting, unique, worker, worker_log};
