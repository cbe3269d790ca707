// Agents, as people and admins see them: registration, consent, the card of an approval, and the tab's section.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { soundEverywhere } from "./axe.mjs";
import { ALEX, MEGAN, PATIENCE, browse, chat, choose, connect, expectText, openContext, picture, say, screenshot, shown, start, teams, worker } from "./system.mjs";

const OWN = "alexw@contoso.com";
const PHONE = { width: 360, height: 740 };
const WIDE = { width: 1200, height: 900 };
let system, browser, alex, megan, playground;
/** The program of the agent: what the browser is sent back to, and how it calls. */
const agent = { callbacks: [] };

before(async () => {
  system = await start("agents");
  browser = await browse();
  [alex, megan] = await Promise.all([0, 1].map(() => openContext(browser, { viewport: WIDE, locale: "en-US" })));
  agent.server = createServer((request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    // The browser also asks for an icon.
    if (url.pathname === "/callback") agent.callbacks.push(url);
    response.end("You can go back to the agent.");
  }).listen(0, "127.0.0.1");
  await once(agent.server, "listening");
  agent.redirect = `http://127.0.0.1:${agent.server.address().port}/callback`;
});

after(async () => {
  agent.server?.close();
  await browser?.close();
  await system?.stop();
});

const button = (place, text) => place.locator("fluent-button", { hasText: text });

/** Presses a button with a question, and confirms. */
async function sure(place, text) {
  await button(place, text).first().click();
  await button(place.locator(".question"), text).click();
}

async function form(path, fields) {
  const response = await fetch(`${worker}${path}`, { method: "POST", body: new URLSearchParams(fields) });
  return await response.json();
}

/** A browser on its way to the consent page of the agent. */
async function authorize(context, verifier) {
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const query = new URLSearchParams({
    response_type: "code", client_id: agent.id, redirect_uri: agent.redirect, state: "s1",
    code_challenge: challenge, code_challenge_method: "S256", resource: `${worker}/mcp`,
  });
  const page = await context.newPage();
  await page.goto(`${worker}/agent/authorize?${query}`);
  const signIn = page.locator(`button[name=person][value="${ALEX}"]`);
  const allow = page.locator("button[name=decision][value=allow]");
  await signIn.or(allow).waitFor();
  if (await signIn.count()) await signIn.click();
  await allow.waitFor();
  return page;
}

/** Alex agrees; the agent gets its tokens. */
async function agrees() {
  const verifier = randomBytes(32).toString("base64url");
  const page = await authorize(alex, verifier);
  await page.locator("button[name=decision][value=allow]").click();
  await page.getByText("You can go back to the agent.").waitFor();
  await page.close();
  const code = agent.callbacks.at(-1).searchParams.get("code");
  const tokens = await form("/agent/token", {
    grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: agent.redirect,
    client_id: agent.id, client_secret: agent.secret,
  });
  assert.ok(tokens.access_token, JSON.stringify(tokens));
  return tokens.access_token;
}

let requests = 0;
/** The agent calls a tool. */
async function call(token, name, args) {
  requests += 1;
  const meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} };
  const response = await fetch(`${worker}/mcp`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`, "content-type": "application/json", accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": name,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: requests, method: "tools/call", params: { name, arguments: args, _meta: meta } }),
  });
  if (response.status !== 200) return { status: response.status };
  return (await response.json()).result.structuredContent;
}

const opportunity = (name) => ({ name, amount: 5000, close_date: "2026-12-31" });

/** Waits until the state of a run is the wanted one. */
async function settled(token, state, isWanted) {
  for (const until = Date.now() + PATIENCE; !isWanted(state); ) {
    if (Date.now() > until) throw new Error(`the run stays so: ${JSON.stringify(state)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    state = await call(token, "get_run", { run: state.run });
  }
  return state;
}

/** Calls a command. On a slow machine the first answer says `running`. */
const command = async (token, tool, input) =>
  await settled(token, await call(token, tool, input), ({ status }) => status !== "running");

/** Waits until a run has this status. */
const becomes = async (token, run, wanted) => await settled(token, { run }, ({ status }) => status === wanted);

test("nobody sees agents until an admin lets them in and registers one", async () => {
  const person = await teams(alex, ALEX);
  await shown(person.tab, "connections");
  (await connect(alex, person, ALEX, OWN)).close();
  await person.tab.locator("li[data-app=salesforce]").getByText("Connected", { exact: true }).waitFor();
  assert.equal(await person.tab.locator("#tab-agents").count(), 0);
  await person.host.close();
  const linked = await teams(alex, ALEX, { page: "agents" });
  await linked.tab.getByText("Your admins have not let agents act for people").waitFor();
  await soundEverywhere(linked.host, "agents-not-allowed");
  await linked.host.close();

  const there = await teams(megan, MEGAN);
  const { host, tab } = there;
  await choose(there, "agents");
  const open = tab.locator("li[data-door=open]");
  await open.getByText("Forbidden: no agent acts for anybody").waitFor();
  await tab.getByText("No agent is registered").waitFor();
  await soundEverywhere(host, "agents-closed");
  await button(open, "Allow").click();
  await soundEverywhere(host, "agents-sure");
  await button(open.locator(".question"), "Allow").click();
  await open.getByText("each person decides").waitFor();
  await tab.getByText("No agent acts for you").waitFor();

  await button(tab, "Register an agent").click();
  const registration = tab.locator("form[data-form=agent]");
  await registration.locator("fluent-text-input[name=name] input").pressSequentially("Test agent");
  await registration.locator("textarea").fill("http://elsewhere.example/callback");
  await button(registration, "Register").click();
  await registration.getByText("has to begin with https://").waitFor();
  await soundEverywhere(host, "agents-register");
  await registration.locator("textarea").fill("http://127.0.0.1/callback");
  await button(registration, "Register").click();
  const credentials = tab.locator("[data-registered] code");
  await credentials.nth(1).waitFor();
  [agent.id, agent.secret] = await credentials.allTextContents();
  await soundEverywhere(host, "agents-registered");
  await host.close();
});

test("the consent page names the agent, in light and dark and on a phone", async () => {
  const page = await authorize(alex, "x".repeat(43));
  await page.getByRole("heading", { name: "Let Test agent act for you?" }).waitFor();
  for (const [name, size] of [["wide", WIDE], ["phone", PHONE]]) {
    await page.setViewportSize(size);
    await picture(page, `agents-consent-${name}`);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(wide <= room, `the page is ${wide} px wide and has ${room}`);
  }
  // By keyboard.
  await page.getByRole("button", { name: "Don't allow" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("You can go back to the agent.").waitFor();
  assert.equal(agent.callbacks.at(-1).searchParams.get("error"), "access_denied");
  await page.close();
});

test("what an agent wants is done after a press in the chat, and the history names it", async () => {
  playground = await alex.newPage();
  await playground.goto(chat);
  await say(playground, "help");
  await expectText(playground, "What I can do");
  agent.token = await agrees();
  const asked = await command(agent.token, "create_opportunity", opportunity("By an agent"));
  assert.equal(asked.status, "waiting_approval");
  await expectText(playground, "Test agent wants to create this opportunity as you");
  await picture(playground, "agents-approval");
  await playground.getByRole("button", { name: "Do it", exact: true }).last().click();
  const done = await becomes(agent.token, asked.run, "done");
  assert.deepEqual(done.as, [OWN]);
  await expectText(playground, `as you (${OWN})`);
  await say(playground, "personal_connections");
  await expectText(playground, "Test agent acts for you. See what it may do in the tab");
  await picture(playground, "agents-done");

  const there = await teams(alex, ALEX);
  await choose(there, "activity");
  const entry = there.tab.locator("[data-page=activity] li[data-run]").first();
  await entry.getByText("through Test agent").waitFor();
  await entry.getByText("This wasn't me").click();
  await soundEverywhere(there.host, "activity-agent");
  await button(entry, "Go to your agents").click();
  await shown(there.tab, "agents");
  await there.host.close();
});

test("a person lets an agent do one command without asking, by keyboard, and takes it back", async () => {
  const there = await teams(alex, ALEX);
  const { host, tab } = there;
  // Its tab comes after the others, because the door is open.
  await tab.locator("#tab-agents").waitFor();
  assert.equal(await tab.locator("fluent-tab").last().getAttribute("id"), "tab-agents");
  await choose(there, "agents");
  const row = tab.locator("li[data-agent]");
  await row.getByText("Asks you before it changes anything").waitFor();
  await soundEverywhere(host, "agents");
  await button(row, "Permissions").focus();
  await host.keyboard.press("Enter");
  const permission = row.locator("[data-recipe=create-opportunity]");
  await permission.waitFor();
  assert.equal(await row.locator("[data-recipe=find-account]").count(), 0, "a read asks nobody");
  await soundEverywhere(host, "agents-permissions");
  await permission.locator("fluent-switch").focus();
  await host.keyboard.press("Space");
  await row.getByText("is now done without asking").waitFor();
  await permission.locator("fluent-switch:focus").waitFor();
  await soundEverywhere(host, "agents-permitted");
  await host.keyboard.press("Escape");
  await row.getByText("Does without asking: Create opportunity").waitFor();
  assert.equal((await command(agent.token, "create_opportunity", opportunity("Without asking"))).status, "done");

  await button(row, "Permissions").click();
  await permission.locator("fluent-switch").click();
  await row.getByText("asks you again").waitFor();
  await row.getByRole("button", { name: "Close" }).click();
  await row.getByText("Asks you before it changes anything").waitFor();
  assert.equal((await command(agent.token, "create_opportunity", opportunity("Asked again"))).status, "waiting_approval");

  // The person's part of the section in German.
  const german = await teams(alex, ALEX, { locale: "de-de", page: "agents" });
  await german.tab.getByText("Fragt Sie, bevor er etwas ändert").waitFor();
  await soundEverywhere(german.host, "german-agents-person");
  await german.host.close();
  await host.close();
});

test("after three refusals an agent may not ask, until the person lets it", async () => {
  for (const name of ["One", "Two", "Three"]) {
    const asked = await command(agent.token, "create_opportunity", opportunity(name));
    await playground.getByText(`Name: ${name}`).or(playground.getByText(name, { exact: true })).last().waitFor();
    await playground.getByRole("button", { name: "Don't", exact: true }).last().click();
    await becomes(agent.token, asked.run, "cancelled");
  }
  assert.equal((await command(agent.token, "create_opportunity", opportunity("Four"))).status, "failed");
  const { host, tab } = await teams(alex, ALEX, { page: "agents" });
  const row = tab.locator("li[data-agent]");
  await row.getByText("May not ask", { exact: true }).waitFor();
  await row.getByText("You refused three times in a row").waitFor();
  await soundEverywhere(host, "agents-paused");
  await button(row, "Let it ask again").click();
  await tab.getByText("Test agent may ask you again").waitFor();
  await row.getByText("May not ask", { exact: true }).waitFor({ state: "detached" });
  await host.close();
});

test("the tab of the shown section is in view where there is no room for all", async () => {
  const narrow = await openContext(browser, { viewport: { width: 320, height: 740 }, locale: "en-US" });
  const inView = async (tab, section) => {
    const selected = tab.locator(`#tab-${section}`);
    await selected.waitFor();
    const measured = () => selected.evaluate((it) => {
      const [own, list] = [it, it.parentElement].map((box) => box.getBoundingClientRect());
      return { isInView: own.left >= list.left - 1 && own.right <= list.right + 1, own: [own.left, own.right], list: [list.left, list.right] };
    });
    // Fluent's components and the other sections come after the first paint.
    await tab.locator("fluent-tab:defined").first().waitFor();
    let last;
    for (const until = Date.now() + PATIENCE; Date.now() < until && !(last = await measured()).isInView; ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(last.isInView, `${section}: ${JSON.stringify(last)}`);
  };
  for (const [person, section] of [[ALEX, "agents"], [MEGAN, "agents"], [MEGAN, "audit"]]) {
    const { host, tab } = await teams(narrow, person, { page: section });
    await shown(tab, section);
    await inView(tab, section);
    await screenshot(host, `narrow-${section}`);
    await host.close();
  }
  // A window that becomes narrow.
  const { host, tab } = await teams(megan, MEGAN, { page: "agents" });
  await shown(tab, "agents");
  await tab.locator("#tab-agents").waitFor();
  await host.setViewportSize({ width: 320, height: 740 });
  await inView(tab, "agents");
  await host.close();
  await narrow.close();
});

test("a person disconnects an agent; an admin ends that of a person, and forbids them all", async () => {
  const person = await teams(alex, ALEX, { page: "agents" });
  const row = person.tab.locator("li[data-agent]");
  await button(row, "Disconnect").click();
  await row.getByText("Disconnect Test agent?").waitFor();
  await soundEverywhere(person.host, "agents-disconnect");
  await button(row.locator(".question"), "Disconnect").click();
  await person.tab.getByText("Test agent no longer acts for you").waitFor();
  await person.tab.getByText("No agent acts for you").waitFor();
  await soundEverywhere(person.host, "agents-empty");
  assert.equal((await call(agent.token, "list_connections", {})).status, 401);
  await person.host.close();

  agent.token = await agrees();
  const there = await teams(megan, MEGAN, { page: "agents" });
  const { host, tab } = there;
  const theirs = tab.locator(`[data-page=agents-of-people] li[data-user="${ALEX}"]`);
  await theirs.getByText("Test agent").waitFor();
  await soundEverywhere(host, "agents-admin");
  await sure(theirs, "Disconnect");
  await tab.getByText("Test agent no longer acts for Alex Wilber").waitFor();
  await theirs.waitFor({ state: "detached" });
  assert.equal((await call(agent.token, "list_connections", {})).status, 401);
  await expectText(playground, "Test agent no longer acts for you: an admin of your company ended its access");

  for (const [which, now] of [["without-asking", "before each change"], ["reads", "closed to agents"]]) {
    await sure(tab.locator(`li[data-door=${which}]`), "Forbid");
    await tab.locator(`li[data-door=${which}]`).getByText(now).waitFor();
  }
  await soundEverywhere(host, "agents-forbidden");
  await sure(tab.locator("li[data-client]"), "Remove");
  await tab.getByText("Test agent was removed").waitFor();
  await sure(tab.locator("li[data-door=open]"), "Forbid");
  await tab.locator("li[data-door=open]").getByText("no agent acts for anybody").waitFor();

  await choose(there, "audit");
  for (const act of ["Let agents act for people", "Registered an agent", "Ended an agent's access", "Removed an agent", "Stopped agents from acting for people"]) {
    await tab.getByText(act, { exact: true }).first().waitFor();
  }
  await tab.getByText("Alex Wilber: Test agent").waitFor();
  await host.close();

  const german = await teams(megan, MEGAN, { locale: "de-de", page: "agents" });
  await german.tab.getByText("Kein Agent handelt für jemanden").waitFor();
  await soundEverywhere(german.host, "german-agents-admin");
  await german.host.close();
});
