//! Clients of the outside world, one file per party. From below to above: http, oauth, issuer, app, entra, connector.

pub mod app;
pub mod connector;
pub mod entra;
pub(crate) mod http;
pub(crate) mod oauth;
pub mod token_verifier;
