// The entry module of the Worker: it loads the compiled wasm module and the checked catalog. The catalog is a
// file of its own, so a change of it compiles nothing. Rust reads it from this global at the first request.
import catalog from "./catalog.bin";

globalThis.WORKBOT_CATALOG = catalog;

export * from "./index.js";
export { default } from "./index.js";
