// The entry module of the Worker: it loads the compiled wasm module and the checked catalog. The catalog is a
// file of its own, so a change of it compiles nothing. Rust reads it from this global at the first request.
import { DurableObject } from "cloudflare:workers";
import catalog from "./catalog.bin";
import { Vault as VaultInRust, Workspace as WorkspaceInRust } from "./index.js";

globalThis.WORKBOT_CATALOG = catalog;

// Rust's tasks are woken through `queueMicrotask` about ten times in a turn. workerd implements it outside of
// V8, and that costs more than most tasks do. The reaction of a promise is a microtask too.
globalThis.queueMicrotask = (task) => void Promise.resolve().then(task);

// The runtime offers methods to other workers and objects (RPC) only of classes that extend `DurableObject`,
// which those of wasm-bindgen do not.
const objectOver = (Rust) =>
  class extends DurableObject {
    #rust = new Rust(this.ctx);

    ask(request, id) {
      return this.#rust.ask(request, id);
    }

    alarm() {
      return this.#rust.alarm();
    }
  };

export class Vault extends objectOver(VaultInRust) {}
export class Workspace extends objectOver(WorkspaceInRust) {}
export { default } from "./index.js";
