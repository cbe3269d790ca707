// Starts the tab: Teams and the first request. The module compiles and runs while Teams answers.
import init from "workbot-tab";
import module from "workbot-tab-module";
import { asked, connect } from "./host.js";

// A failure reaches the next caller.
connect().catch(() => {});

try {
  // The page has begun to load it.
  await asked;
  await init({ module_or_path: fetch(new URL(module, import.meta.url)) });
} catch (error) {
  console.error(error);
  const german = document.documentElement.lang === "de";
  const bot = document.querySelector("title").innerHTML;
  document.querySelector("#app").innerHTML = `<main>${german
    ? `<h1>${bot} konnte hier nicht starten</h1><p>Prüfen Sie Ihre Verbindung. Hilft das nicht, ist dieser Browser zu alt oder blockiert WebAssembly: Aktualisieren Sie ihn, oder nutzen Sie ${bot} in der Teams-App.</p><p><a href="">Erneut versuchen</a></p>`
    : `<h1>${bot} could not start here</h1><p>Check your connection. If that does not help, this browser may be too old or may block WebAssembly: update it, or use ${bot} in the Teams app.</p><p><a href="">Try again</a></p>`}</main>`;
}
