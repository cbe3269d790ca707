// The module with the pages other than the first.
import init from "workbot-tab-pages";
import module from "workbot-tab-pages-module";

export { hide, show } from "workbot-tab-pages";

/** Makes it ready. */
export async function begin() {
  await init({ module_or_path: new URL(module, import.meta.url) });
}
