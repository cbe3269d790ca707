// Teams, as the Rust part sees it. TeamsJS is a promise-based JavaScript library: this module keeps its shapes out of Rust.
import { app, authentication } from "@microsoft/teams-js";
import { applyTheme } from "./fluent.js";

/** How long a page around us may take to answer before we say that it is not Teams. */
const patience = 15_000;

let connected;

/** Meets the host and follows its theme. `false`: this page is not inside Teams. */
export function connect() {
  connected ??= meet().catch((refusal) => {
    connected = undefined;
    console.warn("Teams did not answer as expected:", refusal);
    throw refusal;
  });
  return connected;
}

async function meet() {
  if (window.parent === window && !window.opener && !window.nativeInterface) return false;
  const silence = new Promise((resolve) => setTimeout(resolve, patience, "silence"));
  if ((await Promise.race([app.initialize(localHosts()), silence])) === "silence") return false;
  app.registerOnThemeChangeHandler(applyTheme);
  applyTheme((await app.getContext()).app.theme);
  app.notifyAppLoaded();
  return true;
}

/** A token that says who is here, for our own worker only. Asked for anew each time: Teams keeps it fresh. */
export async function getToken() {
  try {
    return await authentication.getAuthToken();
  } catch (refusal) {
    console.warn("Teams did not say who is here:", refusal);
    throw refusal;
  }
}

/** Tells Teams that the page is ready to be looked at. */
export function ready() {
  app.notifySuccess();
}

/** The day of the RFC 3339 `time`, as people here write it. */
export function day(time) {
  const at = new Date(time);
  return Number.isNaN(at.valueOf()) ? time : at.toLocaleDateString(undefined, { dateStyle: "medium" });
}

/**
 * The page around us, if it and we are both on this very machine: then it plays Teams' part for development.
 * Anywhere else TeamsJS's own list of hosts stands alone.
 */
function localHosts() {
  const around = window.location.ancestorOrigins?.item(0) ?? document.referrer;
  return isLoopback(window.location.href) && isLoopback(around) ? [new URL(around).origin] : [];
}

function isLoopback(address) {
  return URL.canParse(address) && ["localhost", "127.0.0.1", "[::1]"].includes(new URL(address).hostname);
}
