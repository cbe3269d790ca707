// Teams, the network and the document, as the Rust part sees them. TeamsJS is a promise-based JavaScript library: this
// module keeps its shapes out of Rust.
import { app, authentication } from "workbot-teams";

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

/** Ends a request that takes too long. */
export const deadline = () => AbortSignal.timeout(patience);

/** Teams operated by 21Vianet: the one Teams that TeamsJS does not know by itself ("TeamsJS", msteams-docs). Whether it may
 * frame this page is for the page's policy to say, which names it in that cloud alone. */
const teamsInChina = "https://teams.microsoftonline.cn";

let connected;
let free;
/** Until Teams has its first questions: what can wait runs while it answers. */
export const asked = new Promise((resolve) => (free = resolve));
/** The first token, and the first answer of the worker: asked for while the module is on its way. */
let firstToken;
let early;
/** Whether Teams left something unanswered. It may never be answered: another try takes another page. */
let silent = false;
let spoken = navigator.language;
let subPageId = "";

/** Meets the host and follows its theme. `false`: this page is not inside Teams. */
export function connect() {
  connected ??= meet()
    .catch((refusal) => {
      connected = undefined;
      silent ||= refusal instanceof Late;
      console.warn("Teams did not answer as expected:", refusal);
      throw refusal;
    })
    .finally(free);
  return connected;
}

async function meet() {
  if (window.parent === window && !window.opener && !window.nativeInterface) return false;
  await inTime(app.initialize([teamsInChina, ...localHosts()]), "Teams");
  app.registerOnThemeChangeHandler(applyTheme);
  // Neither waits for the other.
  firstToken = askForToken();
  firstToken.catch(() => {});
  const asked = inTime(app.getContext(), "Teams");
  // Not before these two questions have left.
  setTimeout(free);
  const context = await asked;
  applyTheme(context.app.theme);
  speak(context.app.locale);
  subPageId = context.page?.subPageId ?? "";
  app.notifyAppLoaded();
  early = askEarly();
  // Whoever needs it hears of a refusal.
  early.catch(() => {});
  return true;
}

/** Who is here and their connections: the request that every visit begins with. */
async function askEarly() {
  const headers = { Authorization: `Bearer ${await getToken()}`, "Accept-Language": language() };
  try {
    const answer = await fetch("/api/connections?session=true", { headers, signal: deadline() });
    return { status: answer.status, text: await answer.text() };
  } catch {
    return { status: 0, text: "" };
  }
}

/** The answer to that request, once; `undefined` for a second caller. */
export function earlyAnswer() {
  const answer = early;
  early = undefined;
  return answer;
}

/** Whether Teams left something unanswered that the tab cannot do without. */
export const wasSilent = () => silent;

/** Loads the whole tab anew. */
export const startAgain = () => location.reload();

/** A token that says who is here, for our own worker only. Asked for anew each time: Teams keeps it fresh. */
export function getToken() {
  const token = firstToken ?? askForToken();
  firstToken = undefined;
  return token;
}

async function askForToken() {
  try {
    return await inTime(authentication.getAuthToken(), "Teams");
  } catch (refusal) {
    silent ||= refusal instanceof Late;
    console.warn("Teams did not say who is here:", refusal);
    throw refusal;
  }
}

let paint;
/** Until the first paint: what it does not need comes after it. */
export const painted = new Promise((resolve) => (paint = resolve));

/** The page can be looked at: Teams hears it, also of a page that is hidden and so not painted; Fluent's components come. */
export function ready() {
  app.notifySuccess();
  requestAnimationFrame(() => setTimeout(paint));
  painted.then(bringFluent).catch((failure) => console.warn("Fluent's components did not come:", failure));
}

/** Brings Fluent's components, after the colours that they need. */
async function bringFluent() {
  const style = document.querySelector("link[rel=stylesheet][disabled]");
  if (style) {
    await new Promise((resolve) => {
      style.onload = style.onerror = resolve;
      style.disabled = false;
    });
  }
  await import("workbot-fluent");
}

/** Shows Teams' theme `name`; an unknown one as the default. */
function applyTheme(name) {
  document.documentElement.dataset.theme = ["dark", "contrast", "glass"].includes(name) ? name : "default";
}

applyTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "default");

/** The language of the page, for screen readers, and of days and times. */
function speak(of) {
  if (!of) return;
  spoken = of;
  document.documentElement.lang = language();
}

/** What is not German is spoken in English; its days and times are written as there anyway. */
const language = () => (spoken.toLowerCase().startsWith("de") ? "de" : "en");

speak(spoken);

/** The locale of the host; of the browser, while there is none. */
export const locale = () => spoken;

/** What the bot is called: the worker writes it into the page. */
export const botName = () => document.title;

/** Where a deep link leads in this tab. */
export const subPage = () => subPageId;

/** Whether there is a network. */
export const online = () => navigator.onLine;

/** Tells whether there is a network, whenever that changes. */
export function watchNetwork(told) {
  const tell = () => told(navigator.onLine);
  window.addEventListener("online", tell);
  window.addEventListener("offline", tell);
  tell();
}

/** What `write` makes of the RFC 3339 `time`; what is no time stays as it is. */
function written(time, write) {
  const at = new Date(time);
  return Number.isNaN(at.valueOf()) ? time : write(at);
}

/** Its day, as people here write it. */
export const day = (time) => written(time, (at) => at.toLocaleDateString(spoken, { dateStyle: "medium" }));

/** Its time of day. */
export const clock = (time) => written(time, (at) => at.toLocaleTimeString(spoken, { timeStyle: "short" }));

/** Today with its time, yesterday, or the day. */
export function recent(time) {
  return written(time, (at) => {
    const ago = (new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000;
    if (Math.round(ago) > 1 || ago < -1) return day(time);
    const words = new Intl.RelativeTimeFormat(spoken, { numeric: "auto" }).format(-Math.round(ago), "day");
    const name = words.charAt(0).toLocaleUpperCase(spoken) + words.slice(1);
    return ago < 0.5 ? `${name}, ${clock(time)}` : name;
  });
}

/** The tab of the shown section. */
let shownTab = "";
const inView = () => document.getElementById(shownTab)?.scrollIntoView({ block: "nearest", inline: "nearest" });
const sizes = new ResizeObserver(inView);

/** Keeps the tab of a section in view where there is no room for all: also once a tab before it grows, for example when
 * Fluent's components come, or the window becomes narrow. */
export function showTab(id) {
  shownTab = id;
  const list = document.getElementById(id)?.parentElement;
  for (const box of list ? [list, ...list.children] : []) sizes.observe(box);
  inView();
}

/** Who had the focus when a dialog opened, and the row that gets it if they are gone. */
const openers = new WeakMap();

/** Opens Fluent's dialog or drawer, and tells when the person closes it. */
export function openDialog(dialog, closed) {
  openers.set(dialog, [document.activeElement, dialog.closest("[tabindex]")]);
  customElements.whenDefined(dialog.localName).then(() => dialog.isConnected && dialog.show());
  dialog.addEventListener("toggle", ({ target, detail }) => {
    if (target === dialog && detail?.newState === "closed") closed();
  });
}

/** Gives the focus back that the dialog took. */
export function closeDialog(dialog) {
  const candidates = openers.get(dialog) ?? [];
  setTimeout(() => {
    if (document.activeElement && document.activeElement !== document.body) return;
    candidates.find((its) => its?.isConnected && !its.disabled && its !== document.body)?.focus();
  });
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
