// Opens the tab in the host page repeatedly, and reports when its list was visible and which files were
// loaded.
// node tab.mjs {host page} {origin of the tab} {times}
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const [host, origin, times] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});

/** Runs in each frame: records the first animation frame in which a row of the list has a size. */
function watch() {
  const look = () => {
    const row = document.querySelector("[data-app]");
    if (row?.getBoundingClientRect().height > 0) globalThis.listSeen = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** One visit with an empty cache. Returns the milliseconds from the tab's navigation to its list. */
async function visit(slowdown, files) {
  // The worker's content security policy forbids the inline styles of the tab for comparison.
  const context = await browser.newContext({ bypassCSP: true, viewport: { width: 1200, height: 900 }, locale: "en-US" });
  await context.addInitScript(watch);
  const page = await context.newPage();
  if (slowdown > 1) await (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  const bodies = [];
  if (files) page.on("response", (answer) => answer.url().startsWith(`${origin}/tab/`) && bodies.push(answer));
  await page.goto(host);
  const tab = await (await page.waitForSelector("iframe")).contentFrame();
  const seen = await (await tab.waitForFunction(() => globalThis.listSeen, undefined, { timeout: 60_000 })).jsonValue();
  // What was requested after the list appeared does not count.
  const before = await tab.evaluate(() => [
    location.href,
    ...performance.getEntriesByType("resource").filter(({ startTime }) => startTime < globalThis.listSeen).map(({ name }) => name),
  ]);
  for (const answer of bodies.filter((answer) => before.includes(answer.url()))) {
    const body = await answer.body();
    files.push({ name: new URL(answer.url()).pathname, raw: body.length, gzip: gzipSync(body, { level: 6 }).length });
  }
  await context.close();
  return seen;
}

const files = [];
await visit(1, files);
const median = async (slowdown) => {
  const seen = [];
  for (let time = 0; time < Number(times); time += 1) seen.push(await visit(slowdown));
  return seen.sort((one, other) => one - other)[seen.length >> 1];
};
console.log(JSON.stringify({ files, plain: await median(1), slow: await median(4) }));
await browser.close();
