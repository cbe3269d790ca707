//! The weather: how often what goes wrong. Each is a number of times in a thousand.

use crate::dice::Dice;

/// How often what goes wrong, from when it is set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// A request to somebody else.
    pub http: u64,
    /// A request to KV.
    pub kv: u64,
    /// A read or a write of KV leaves an old answer behind.
    pub stale: u64,
    /// A request from object to object.
    pub objects: u64,
    /// A statement of an object's database.
    pub database: u64,
    /// An alarm cannot be set.
    pub alarm: u64,
    /// The check of a signature fails.
    pub signatures: u64,
    /// An object dies at a commit, right before or right after it.
    pub crash: u64,
    /// So many of them may die.
    pub crashes: u32,
    /// A step takes so long that others come first.
    pub slow: u64,
}

impl Weather {
    /// Nothing goes wrong.
    #[rustfmt::skip]
    pub const CALM: Self =
        Self { http: 0, kv: 0, stale: 0, objects: 0, database: 0, alarm: 0, signatures: 0, crash: 0, crashes: 0, slow: 0 };

    /// Whether nothing goes wrong that anybody could notice.
    pub fn is_calm(&self) -> bool {
        self.http + self.kv + self.objects + self.database + self.alarm + self.signatures + self.crash == 0
    }

    /// The weather of a seed: of each kind none, some or much, each independent of the others.
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
