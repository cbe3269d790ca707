// Teams, as the Rust part sees it. TeamsJS is a promise-based JavaScript library: this module keeps its shapes out of Rust.
import { app, authentication } from "@microsoft/teams-js";
import { applyTheme } from "./fluent.js";

/** How long Teams, our own files and our own worker may take before the person reads that they do not answer. */
const patience = 15_000;

/** Something did not answer in time. It may still do so. */
class Late extends Error {}

/** What `promise` comes to, if that is in time. */
function inTime(promise, who) {
  let timer;
  const late = new Promise((_, refuse) => {
    timer = setTimeout(() => refuse(new Late(`${who} did not answer`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Teams operated by 21Vianet: the one Teams that TeamsJS does not know by itself ("TeamsJS", msteams-docs). Whether it may
 * frame this page is for the page's policy to say, which names it in that cloud alone. */
const teamsInChina = "https://teams.microsoftonline.cn";

let connected;
/** The first token: asked for as soon as Teams is there, as the module that needs it may still be on its way. */
let first;
/** Whether Teams left something unanswered. It may never be answered: another try takes another page. */
let silent = false;
let spoken = navigator.language;
let subPageId = "";

/** Meets the host and follows its theme. `false`: this page is not inside Teams. */
export function connect() {
  connected ??= meet().catch((refusal) => {
    connected = undefined;
    silent ||= refusal instanceof Late;
    console.warn("Teams did not answer as expected:", refusal);
    throw refusal;
  });
  return connected;
}

async function meet() {
  if (window.parent === window && !window.opener && !window.nativeInterface) return false;
  await inTime(app.initialize([teamsInChina, ...localHosts()]), "Teams");
  app.registerOnThemeChangeHandler(applyTheme);
  const context = await inTime(app.getContext(), "Teams");
  applyTheme(context.app.theme);
  speak(context.app.locale);
  subPageId = reopened() ?? context.page?.subPageId ?? "";
  app.notifyAppLoaded();
  first = askForToken();
  // Whoever needs it hears of a refusal.
  first.catch(() => {});
  return true;
}

/** Whether Teams left something unanswered that the tab cannot do without. */
export function wasSilent() {
  return silent;
}

/** Where the link of the page is kept that is opened by the next start. */
const reopen = "workbot-reopen";

/** Loads the whole tab anew; `link` leads to the page that it opens. */
export function startAgain(link) {
  try {
    if (link) sessionStorage.setItem(reopen, link);
  } catch {
    // A browser that keeps nothing for framed pages: the first page will do.
  }
  location.reload();
}

/** The link that the start before left, if it did. */
function reopened() {
  try {
    const link = sessionStorage.getItem(reopen);
    sessionStorage.removeItem(reopen);
    return link;
  } catch {
    return null;
  }
}

/** Ends a request that takes too long. */
export function deadline() {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), patience);
  return controller.signal;
}

/** A token that says who is here, for our own worker only. Asked for anew each time: Teams keeps it fresh. */
export function getToken() {
  const token = first ?? askForToken();
  first = undefined;
  return token;
}

async function askForToken() {
  try {
    return await inTime(authentication.getAuthToken(), "Teams");
  } catch (refusal) {
    console.warn("Teams did not say who is here:", refusal);
    throw refusal;
  }
}

let pages;
/** Whether they did not come in time. What is on its way is not asked for again by the same page. */
let pagesAreLate = false;
/** Counts the pages that were asked for: one that comes late is not shown. */
let turn = 0;

/** Shows the page other than the first to which `link` leads, once its module came. */
export async function showPage(link, leave) {
  const mine = ++turn;
  if (pagesAreLate) {
    startAgain(link);
    // Nothing comes of this page any more.
    return new Promise(() => {});
  }
  pages ??= bring().catch((failure) => {
    pages = undefined;
    throw failure;
  });
  const bringing = pages;
  const { show } = await inTime(bringing, "the network").catch((failure) => {
    if (failure instanceof Late) {
      pagesAreLate = true;
      bringing.then(() => (pagesAreLate = false), () => (pagesAreLate = false));
    }
    throw failure;
  });
  if (mine === turn) show(link, leave);
}

/** The module with those pages, and the controls that they need. */
async function bring() {
  const [module] = await Promise.all([import("./pages.js"), import("./controls.js")]);
  await module.begin();
  return module;
}

/** Takes it away. */
export function hidePage() {
  turn += 1;
  pages?.then(
    ({ hide }) => hide(),
    () => {},
  );
}

/** Tells Teams that the page is ready to be looked at. */
export function ready() {
  app.notifySuccess();
}

/** The language of the page, for screen readers, and of days and times. */
function speak(of) {
  if (!of) return;
  spoken = of;
  // What is neither is spoken in English; its days and times are written as there anyway.
  document.documentElement.lang = of.toLowerCase().startsWith("de") ? "de" : "en";
}

speak(spoken);

/** The locale of the host; of the browser, while there is none. */
export function locale() {
  return spoken;
}

/** What the bot is called: the worker writes it into the page. */
export function botName() {
  return document.title;
}

/** Where a deep link leads in this tab. */
export function subPage() {
  return subPageId;
}

/** Whether there is a network. */
export function online() {
  return navigator.onLine;
}

/** Tells whether there is a network, whenever that changes. */
export function watchNetwork(told) {
  const tell = () => told(navigator.onLine);
  window.addEventListener("online", tell);
  window.addEventListener("offline", tell);
  tell();
}

/** The day of the RFC 3339 `time`, as people here write it. */
export function day(time) {
  const at = new Date(time);
  return Number.isNaN(at.valueOf()) ? time : at.toLocaleDateString(spoken, { dateStyle: "medium" });
}

/** The day and the time of the RFC 3339 `time`, as people here write it. */
export function time(text) {
  const at = new Date(text);
  const style = { dateStyle: "medium", timeStyle: "short" };
  return Number.isNaN(at.valueOf()) ? text : at.toLocaleString(spoken, style);
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
