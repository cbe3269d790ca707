//! The vault and the workspace over ports: all that happens, and nothing that only the runtime can do.

pub mod ports;
