//! The options of wasm-opt.

/// The permitted wasm features: rustc's defaults, and exceptions for wasm-bindgen. Listed, because binaryen
/// with all features writes modules that engines reject.
pub const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-exception-handling",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
