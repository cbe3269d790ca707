//! How modules are shrunk.

/// What wasm-opt may use: rustc's defaults and wasm-bindgen's exceptions. Named, because with all features binaryen
/// writes modules that engines refuse.
pub const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-exception-handling",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
