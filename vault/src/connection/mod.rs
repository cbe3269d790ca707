//! Connections, from the login to the revocation. Each module may use those before it: tokens, kv_flush,
//! key_rotation, audit, directory_sync, revocation, access, company_connection_access, list, disconnect,
//! expiry, establish.

pub mod access_token;
pub mod audit;
pub mod company_connection_access;
pub mod directory_sync;
pub mod disconnect;
pub mod establish;
pub mod expiry;
pub mod key_rotation;
pub mod kv_flush;
pub mod list;
pub mod revocation;
pub mod token_reader;
