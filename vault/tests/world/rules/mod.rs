//! Rules, each shown in a world that a test directs.

mod crashes;
mod kv;
mod later_versions;
mod master_keys;
mod terms;
