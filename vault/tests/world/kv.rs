//! KV as seen from one location: it caches a miss, serves a stale value for a while after a write or a
//! deletion, and any request may fail before or after it took effect.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::seeded_random::Dice;

/// The longest time for which stale values are served ("How KV works", Cloudflare documentation: 60 seconds
/// or more), in milliseconds.
const STALE: u64 = 75_000;

#[derive(Default)]
struct Entry {
    value: Option<Vec<u8>>,
    /// The stale value and the time until which reads return it.
    stale: Option<(Option<Vec<u8>>, i64)>,
}

/// The namespace.
#[derive(Default)]
pub struct Kv {
    entries: RefCell<BTreeMap<String, Entry>>,
}

impl Kv {
    /// Reads a value at a time.
    pub fn get(&self, key: &str, now: i64, dice: &mut Dice, staleness: u64) -> Option<Vec<u8>> {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.entry(key.to_owned()).or_default();
        if let Some((old, until)) = &entry.stale {
            if now < *until {
                return old.clone();
            }
            entry.stale = None;
        }
        if entry.value.is_none() && dice.happens(staleness) {
            entry.stale = Some((None, now + Self::while_stale(dice)));
        }
        entry.value.clone()
    }

    /// Writes a value, or deletes it.
    pub fn put(&self, key: &str, value: Option<Vec<u8>>, now: i64, dice: &mut Dice, staleness: u64) {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.entry(key.to_owned()).or_default();
        if entry.value != value && entry.stale.is_none() && dice.happens(staleness) {
            entry.stale = Some((entry.value.clone(), now + Self::while_stale(dice)));
        }
        entry.value = value;
    }

    fn while_stale(dice: &mut Dice) -> i64 {
        i64::try_from(dice.between(1_000, STALE)).unwrap_or(0)
    }

    /// Deletes everything.
    pub fn clear(&self) {
        self.entries.take();
    }

    /// All keys with their current values.
    pub fn everything(&self) -> Vec<(String, Vec<u8>)> {
        let entries = self.entries.borrow();
        let held = entries.iter().filter_map(|(key, entry)| Some((key.clone(), entry.value.clone()?)));
        held.collect()
    }
}
