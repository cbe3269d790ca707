// Plays Teams' part of the TeamsJS 2.58 protocol for the tab in the frame below.
//
// The tab posts {id, uuidAsString, func, args}. An answer is {id, uuidAsString, args}: the same ids, the arguments
// of the function's answer. What Teams starts itself is {func, args}, without ids.

const choices = new URLSearchParams(location.search);
const person = document.querySelector("#person");
const theme = document.querySelector("#theme");
const state = document.querySelector("#state");

/** Someone whom Teams does not vouch for: what an app sees whose single sign-on is not set up. */
const refused = { oid: "refused", tid: "", name: "Nobody (Teams refuses)", upn: "" };

const { worker, bot_tenant_id: tenant } = await (await fetch("/_control/info")).json();
const { persons } = await (await fetch("/_control/persons")).json();
const everyone = [...persons, refused];
person.append(...everyone.map(({ oid, name, tid }) => {
  return new Option(tid === tenant || !tid ? name : `${name} (another company)`, oid);
}));
person.value = everyone.some(({ oid }) => oid === choices.get("person")) ? choices.get("person") : everyone[0].oid;
if ([...theme.options].some(({ value }) => value === choices.get("theme"))) theme.value = choices.get("theme");

/** What Teams leaves unanswered, and how often: `silent=getContext` always, `silent=getContext:1` the first time. */
const silent = new Map((choices.get("silent") ?? "").split(",").filter(Boolean).map((what) => {
  const [func, times] = what.split(":");
  return [func, times ? Number(times) : Infinity];
}));

const here = () => everyone.find(({ oid }) => oid === person.value);

/** What Teams does for each function of the tab; what it returns are the arguments of the answer. */
const functions = {
  initialize: () => ["content", "web", JSON.stringify({ apiVersion: 4, isLegacyTeams: false, supports: { pages: {} } }), "2.1.2"],
  getContext: () => [context()],
  registerHandler: () => undefined,
  "authentication.getAuthToken": token,
  executeDeepLink: ([url]) => [window.open(url, "_blank", "noopener") !== undefined],
  "appInitialization.appLoaded": () => show("loaded"),
  "appInitialization.success": () => show("ready"),
  "appInitialization.failure": ([reason, message]) => show(`failed: ${message ?? reason}`),
};

function context() {
  const { oid, tid, name, upn } = here();
  return {
    appSessionId: "sandbox", entityId: "connections", frameContext: "content", hostClientType: "web",
    hostName: "Teams", locale: choices.get("locale") ?? navigator.language, subEntityId: choices.get("page") ?? "", loginHint: upn, sessionId: "sandbox", theme: theme.value, tid,
    userDisplayName: name, userObjectId: oid, userPrincipalName: upn,
  };
}

async function token() {
  const { oid, tid } = here();
  if (oid === refused.oid) return [false, "resourceDisabled"];
  const answer = await fetch("/_control/sso-token", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ tid, oid }),
  }).catch(() => undefined);
  if (!answer) return [false, "no network"];
  return answer.ok ? [true, (await answer.json()).token] : [false, `the sandbox said ${answer.status}`];
}

function show(text) {
  state.textContent = text;
}

let frame;

/** Another person is another Teams: the tab starts anew. */
function open() {
  frame?.remove();
  frame = document.createElement("iframe");
  frame.title = "Workbot's tab";
  frame.src = `${worker}/tab/`;
  document.body.append(frame);
  show("loading");
}

function dress() {
  document.documentElement.dataset.theme = theme.value;
}

addEventListener("message", async ({ source, origin, data }) => {
  if (source !== frame?.contentWindow || origin !== worker || typeof data?.func !== "string") return;
  const { id, uuidAsString, func, args } = data;
  if ((silent.get(func) ?? 0) > 0) {
    silent.set(func, silent.get(func) - 1);
    show(`silent: ${func}`);
    return;
  }
  const perform = functions[func];
  if (!perform) {
    console.warn(`the tab asks for ${func}, which this stand-in does not play`);
    return;
  }
  const answer = await perform(args ?? []);
  if (answer) source.postMessage({ id, uuidAsString, args: answer }, origin);
});

person.addEventListener("change", open);
theme.addEventListener("change", () => {
  dress();
  frame.contentWindow.postMessage({ func: "themeChange", args: [theme.value] }, worker);
});
dress();
open();
