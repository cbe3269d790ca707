//! Browser sessions of the sign-in pages, and random names.

use std::cell::RefCell;

use axum::http::{HeaderMap, HeaderValue, header};
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

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// A `Set-Cookie` value for a session below `path`, valid for a day. All local servers share the host name,
/// so the path separates the stand-ins.
pub fn set(name: &str, value: &str, path: &str) -> HeaderValue {
    let text = format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax; Max-Age=86400");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// A `Set-Cookie` value that ends the session.
pub fn end(name: &str, path: &str) -> HeaderValue {
    let text = format!("{name}=; Path={path}; HttpOnly; SameSite=Lax; Max-Age=0");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}
