// Where the edge begins: the module that Rust was compiled to, and the checked catalogue, which is a file of its own so
// that a change of it compiles nothing. The module reads it by this name when it first needs it.
import catalogue from "./catalogue.bin";

globalThis.WORKBOT_CATALOGUE = catalogue;

export * from "./index.js";
export { default } from "./index.js";
