// Writes Teams' three themes as style rules: of Fluent's tokens those that the given files use. Runs at build time.
// node theme.mjs OUT FILE…
import { readFileSync, writeFileSync } from "node:fs";
import { teamsDarkTheme, teamsHighContrastTheme, teamsLightTheme } from "@fluentui/tokens";

const [out, ...files] = process.argv.slice(2);
const texts = files.map((path) => readFileSync(path, "utf8"));
const used = [...new Set(texts.flatMap((text) => text.match(/--[a-z][A-Za-z0-9]+/g) ?? []))]
  .map((property) => property.slice(2))
  .filter((name) => Object.hasOwn(teamsLightTheme, name))
  .sort();
if (used.length === 0) throw new Error("the tab uses no token of Fluent");

const rule = (selector, theme, names) => `${selector}{${names.map((name) => `--${name}:${theme[name]}`).join(";")}}`;
const differing = (theme) => used.filter((name) => theme[name] !== teamsLightTheme[name]);
const rules = [
  rule(":root", teamsLightTheme, used),
  rule(':root[data-theme="dark"],:root[data-theme="glass"]', teamsDarkTheme, differing(teamsDarkTheme)),
  rule(':root[data-theme="contrast"]', teamsHighContrastTheme, differing(teamsHighContrastTheme)),
];
writeFileSync(out, `${rules.join("\n")}\n`);
