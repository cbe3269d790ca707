//! Rules, each shown in a world that a test directs.

mod crashes;
mod faults;
mod kv;
mod later_versions;
mod leaving;
mod master_keys;
mod outages;
mod shared;
mod terms;
