//! Rules about one order of events, each in a directed world.

mod commits;
mod crashes;
mod faults;
mod kv;
mod later_versions;
mod leaving;
mod master_keys;
mod outages;
mod shared;
mod terms;
