//! A connection: one owner's login to one app, its stored record, its tokens, and its lifecycle.

pub mod account;
mod client_secret_basic;
pub mod disconnect;
pub mod expiry;
pub mod lifecycle;
mod list;
mod owner_guardrails;
mod record;
pub mod refresh;
pub mod revocation;
pub mod token_journal;
pub mod token_response;
pub(crate) mod token_set;

pub use account::AccountIdentity;
pub use client_secret_basic::basic_credentials;
pub use list::{ConnectionSummary, rows};
pub use owner_guardrails::{GuardrailError, Guardrails, GuardrailsError, MOST_WRITES_A_DAY};
pub use record::{Connected, Reason, Record};
pub use token_set::{Freshness, REFRESH_BEFORE, TokenSet};
