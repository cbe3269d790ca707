// Writes Teams' three themes as style rules: of Fluent's tokens those that the first style uses, and those that only
// what comes later uses. Runs at build time.
// node theme.mjs FIRST LATER STYLE OTHER…
import { readFileSync, writeFileSync } from "node:fs";
import { teamsDarkTheme, teamsHighContrastTheme, teamsLightTheme } from "@fluentui/tokens";

const [first, later, style, ...rest] = process.argv.slice(2);

/** The tokens that the files use. */
function used(files) {
  const names = files.flatMap((path) => readFileSync(path, "utf8").match(/--[a-z][A-Za-z0-9]+/g) ?? []);
  return new Set(names.map((name) => name.slice(2)).filter((name) => Object.hasOwn(teamsLightTheme, name)));
}

/** The rules of the themes for these tokens. */
function rules(names) {
  const rule = (selector, theme, its) => `${selector}{${its.map((name) => `--${name}:${theme[name]}`).join(";")}}\n`;
  const differing = (theme) => names.filter((name) => theme[name] !== teamsLightTheme[name]);
  return [
    rule(":root", teamsLightTheme, names),
    rule(':root[data-theme="dark"],:root[data-theme="glass"]', teamsDarkTheme, differing(teamsDarkTheme)),
    rule(':root[data-theme="contrast"]', teamsHighContrastTheme, differing(teamsHighContrastTheme)),
  ].join("");
}

const own = used([style]);
const others = used(rest).difference(own);
if (own.size === 0 || others.size === 0) throw new Error("the tab uses no token of Fluent");
writeFileSync(first, rules([...own].sort()));
writeFileSync(later, rules([...others].sort()));
