// Opens a tab in the host page for each line of the input, which names how much slower the CPU is, with an empty cache.
// Writes for each a line of JSON: when its list and its dates were visible, and the files that were requested before the
// list.
// node tab.mjs {host page} {origin of the tab}
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const [host, origin] = process.argv.slice(2);
const SEEN = "the list and its dates are visible";
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});

/** Runs in each frame: records the first animation frames in which a row of the list, and a date in one, have a size. */
function watch(seen) {
  const visible = (selector) => document.querySelector(selector)?.getBoundingClientRect();
  const look = () => {
    if (visible("[data-app]")?.height > 0) globalThis.listSeen ??= performance.now();
    if (!(visible("[data-app] time")?.width > 0)) return requestAnimationFrame(look);
    globalThis.datesSeen = performance.now();
    console.debug(seen);
  };
  requestAnimationFrame(look);
}

/** One visit: the milliseconds from the tab's navigation to its list, and the files that came before it. */
async function visit(slowdown) {
  // The worker's content security policy forbids the inline styles of the tab for comparison.
  const context = await browser.newContext({ bypassCSP: true, viewport: { width: 1200, height: 900 }, locale: "en-US" });
  await context.addInitScript(watch, SEEN);
  const page = await context.newPage();
  if (slowdown > 1) await (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  const responses = [];
  page.on("response", (response) => response.url().startsWith(`${origin}/tab/`) && responses.push(response));
  // No script of the measurement runs in the page before the dates are there: the CPU is what is measured.
  const [message] = await Promise.all([
    page.waitForEvent("console", { predicate: (message) => message.text() === SEEN, timeout: 60_000 }),
    page.goto(host),
  ]);
  const tab = page.frames().find((frame) => frame.url().startsWith(origin));
  if (!tab) throw new Error(`${message.text()}, but not in the tab`);
  const { list, dates, before } = await tab.evaluate(() => ({
    list: globalThis.listSeen,
    dates: globalThis.datesSeen,
    before: performance.getEntriesByType("resource").filter(({ startTime }) => startTime < globalThis.listSeen).map(({ name }) => name),
  }));
  const files = [];
  for (const response of responses.filter((response) => [tab.url(), ...before].includes(response.url()))) {
    const body = await response.body();
    files.push({ name: new URL(response.url()).pathname, raw: body.length, gzip: gzipSync(body, { level: 6 }).length });
  }
  await context.close();
  return { list, dates, files };
}

for await (const slowdown of createInterface({ input: process.stdin })) console.log(JSON.stringify(await visit(Number(slowdown))));
await browser.close();
