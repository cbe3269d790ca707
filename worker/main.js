// The entry module of the Worker: it loads the compiled wasm module and the checked catalog. The catalog is a
// file of its own, so a change of it compiles nothing. Rust reads it from this global at the first request.
import { DurableObject } from "cloudflare:workers";
import catalog from "./catalog.bin";
import { Vault as VaultInRust, Workspace as WorkspaceInRust } from "./index.js";

globalThis.WORKBOT_CATALOG = catalog;

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
