//! Random names: of sessions, codes, tokens and ids.

use std::cell::RefCell;

use rand::distributions::Alphanumeric;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

thread_local! {
    /// The random source of a simulated world; `None`: the system's.
    static SEEDED: RefCell<Option<StdRng>> = const { RefCell::new(None) };
}

/// `length` random letters and digits.
pub fn random(length: usize) -> String {
    SEEDED.with_borrow_mut(|seeded| match seeded {
        Some(seeded) => letters(seeded, length),
        None => letters(&mut rand::thread_rng(), length),
    })
}

/// Seeds the random names of this thread.
pub fn seed(seed: u64) {
    SEEDED.set(Some(StdRng::seed_from_u64(seed)));
}

fn letters(source: &mut impl Rng, length: usize) -> String {
    source.sample_iter(Alphanumeric).take(length).map(char::from).collect()
}
