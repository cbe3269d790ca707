//! The Teams tab.
fn main() {}
