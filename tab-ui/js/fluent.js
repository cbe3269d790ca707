// The Fluent components that the first page needs, and Teams' three themes.
import "@fluentui/web-components/anchor-button.js";
import "@fluentui/web-components/button.js";
import "@fluentui/web-components/tab.js";
import "@fluentui/web-components/tablist.js";
// Not from the whole library: all of it would come with the first page.
import { setTheme } from "@fluentui/web-components/theme/set-theme.js";
import { teamsDarkTheme, teamsHighContrastTheme, teamsLightTheme } from "@fluentui/tokens";

const themes = { default: teamsLightTheme, dark: teamsDarkTheme, glass: teamsDarkTheme, contrast: teamsHighContrastTheme };

/** Shows Teams' theme `name`; an unknown one as the default. */
export function applyTheme(name) {
  const known = Object.hasOwn(themes, name) ? name : "default";
  setTheme(themes[known]);
  document.documentElement.dataset.theme = known;
}

applyTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "default");
