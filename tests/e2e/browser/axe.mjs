// The findings of axe-core in the tab, and whether it fits its width.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { screenshot } from "./system.mjs";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The three themes of Teams. */
export const THEMES = ["default", "dark", "contrast"];
/** A phone held upright, the narrowest table, a desktop, and a wide screen. */
export const WIDTHS = [320, 640, 1200, 1600];

/** The frame of the tab. */
export const frameOf = (host) => host.frames().find((frame) => frame.url().includes("/tab/"));

/** Checks that the tab has no serious finding in its current state and does not overflow its width. */
export async function sound(host, name) {
  const frame = frameOf(host);
  // Fluent's components come after the first paint.
  await frame.waitForFunction(() => !document.querySelector(":not(:defined)"));
  if (!(await frame.evaluate(() => "axe" in globalThis))) await frame.evaluate(source);
  const found = await frame.evaluate(async () => {
    // Ignore colours during a transition between themes. What has not begun has no progress.
    const passing = document.getAnimations().filter((its) => {
      const { endTime, progress } = its.effect.getComputedTiming();
      return endTime !== Infinity && progress !== null;
    });
    await Promise.allSettled(passing.map((its) => its.finished));
    // Disabled controls need no contrast (WCAG 2.2, 1.4.3).
    const where = { include: [["body"]], exclude: [["fluent-button[disabled]"], ["fluent-anchor-button[aria-disabled=true]"], ["fluent-switch[disabled]"]] };
    return (await globalThis.axe.run(where, { resultTypes: ["violations"] })).violations;
  });
  const serious = found.filter(({ impact }) => impact === "serious" || impact === "critical");
  const said = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ""}`).slice(0, 3).join("\n  ")}`);
  assert.deepEqual(said, [], `axe-core in ${name}`);
  const [wide, room] = await frame.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(wide <= room, `${name} is ${wide} px wide and has ${room}`);
}

/** Checks the tab in every theme and width, and takes a picture of each. */
export async function soundEverywhere(host, name) {
  for (const width of WIDTHS) {
    await host.setViewportSize({ width, height: 900 });
    for (const theme of THEMES) {
      await host.locator("select#theme").selectOption(theme);
      await host.frameLocator("iframe").locator(`html[data-theme=${theme}]`).waitFor();
      await sound(host, `${name}, ${theme}, ${width} px`);
      await screenshot(host, `tab-${name}-${theme}-${width}`);
    }
  }
  await host.locator("select#theme").selectOption("default");
}
