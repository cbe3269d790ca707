// Where the edge begins: the module that Rust was compiled to, and the checked catalog, which is a file of its own so
// that a change of it compiles nothing. The module reads it by this name when it first needs it.
import catalog from "./catalog.bin";

globalThis.WORKBOT_CATALOG = catalog;

export * from "./index.js";
export { default } from "./index.js";
