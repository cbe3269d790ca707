// Starts the Rust part of the tab.
import "./fluent.js";
import { connect } from "./host.js";
import init from "workbot-tab";
import module from "workbot-tab-module";

// Teams answers while the module is compiled. What went wrong is heard by whoever asks again.
connect().catch(() => {});

try {
  await init({ module_or_path: new URL(module, import.meta.url) });
} catch (error) {
  console.error(error);
  document.querySelector("#app").innerHTML =
    "<h1>Workbot could not start here</h1><p>This browser may be too old or may block WebAssembly. Update it, or use Workbot in the Teams app.</p>";
}
