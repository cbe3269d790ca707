//! The clock and the source of randomness: the only places where the worker asks for either.

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use std::time::Duration;
use workbot_domain::time::Timestamp;

/// Now. In a Worker the clock stands still between I/O, by design.
pub fn now() -> Timestamp {
    Timestamp(i64::try_from(worker::Date::now().as_millis()).unwrap_or(i64::MAX))
}

/// How long ago something began, in milliseconds.
pub fn millis_since(began: Timestamp) -> u64 {
    u64::try_from(now().since(began).as_millis()).unwrap_or(u64::MAX)
}

/// Fresh random bytes from the runtime's `crypto.getRandomValues`.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::getrandom(&mut bytes) {
        // Without randomness nothing of what we do is safe. This ends the request, and only that.
        wasm_bindgen::throw_str(&format!("no randomness: {error}"));
    }
    bytes
}

/// A fresh identifier of 128 bits, lower-case hex.
pub fn fresh_id() -> String {
    random::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Waits.
pub async fn pause(duration: Duration) {
    worker::Delay::from(duration).await;
}

/// A pause with jitter: between the duration and one and a half of it.
pub fn jittered(duration: Duration) -> Duration {
    let [dice] = random::<1>();
    duration + duration.mul_f64(f64::from(dice) / 512.0)
}

/// What a future comes to, if it does within the limit; then it is dropped.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let limit = pause(limit);
    pin_mut!(future, limit);
    match select(future, limit).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
