//! The wasm-bindgen command line at the version of Cargo.lock.
fn main() {}
