//! HTTP clients, one file per party. Each may use those before it: http, oauth, issuer, app, entra_sign_in,
//! connector, language_model, agent_client.

pub mod agent_client;
pub mod app;
pub mod connector;
pub mod entra_sign_in;
pub(crate) mod http;
pub mod language_model;
pub(crate) mod oauth;
pub mod token_verifier;
