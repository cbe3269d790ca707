//! The weather: the rates of all faults, each per thousand.

use crate::seeded_random::Dice;

/// The rates of all faults.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// A request to an external party fails.
    pub http: u64,
    /// A request to KV fails.
    pub kv: u64,
    /// A read or a write of KV leaves a stale value.
    pub stale: u64,
    /// A request between objects fails.
    pub objects: u64,
    /// A statement of an object's database fails.
    pub database: u64,
    /// An alarm cannot be set.
    pub alarm: u64,
    /// The verification of a signature fails.
    pub signatures: u64,
    /// An object dies at a commit, right before or right after it.
    pub crash: u64,
    /// The maximum number of such deaths.
    pub crashes: u32,
    /// A step is so slow that time passes before it.
    pub slow: u64,
}

impl Weather {
    /// No faults.
    #[rustfmt::skip]
    pub const CALM: Self =
        Self { http: 0, kv: 0, stale: 0, objects: 0, database: 0, alarm: 0, signatures: 0, crash: 0, crashes: 0, slow: 0 };

    /// Whether no fault is visible to a person.
    pub fn is_calm(&self) -> bool {
        self.http + self.kv + self.objects + self.database + self.alarm + self.signatures + self.crash == 0
    }

    /// The weather of a seed: each rate is none, low or high, independent of the others.
    pub fn of(dice: &mut Dice) -> Self {
        let rate = |dice: &mut Dice, some: u64, much: u64| match dice.below(4) {
            0 | 1 => 0,
            2 => some,
            _ => much,
        };
        let seldom = |dice: &mut Dice, rate: u64| if dice.happens(100) { rate } else { 0 };
        Self {
            http: rate(dice, 20, 120),
            kv: rate(dice, 50, 300),
            stale: rate(dice, 300, 800),
            objects: rate(dice, 10, 60),
            database: seldom(dice, 1),
            alarm: seldom(dice, 100),
            signatures: seldom(dice, 200),
            crash: rate(dice, 8, 40),
            crashes: u32::try_from(dice.below(4)).unwrap_or(0),
            slow: rate(dice, 20, 100),
        }
    }
}
