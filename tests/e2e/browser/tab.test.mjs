// The tab, each page and state: in three themes and two widths, by keyboard, in German.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { frameOf, sound, soundEverywhere } from "./axe.mjs";
import { ALEX, MEGAN, browse, choose, command, connect, control, openContext, said, sandbox, screenshot, shown, start, teams, worker } from "./system.mjs";

const OWN = "alexw@contoso.com";
const SECOND = "alex.second@contoso.com";
const SHARED = "integration@contoso.com";
let system, browser, alex, megan;

before(async () => {
  system = await start("tab");
  browser = await browse();
  [alex, megan] = await Promise.all([0, 1].map(() => openContext(browser, { viewport: { width: 1200, height: 900 }, locale: "en-US" })));
  await control("salesforce/users", { username: SECOND });
});

after(async () => {
  await browser?.close();
  await system?.stop();
});

const button = (place, text) => place.locator("fluent-button", { hasText: text });
const anchor = (place, text) => place.locator("fluent-anchor-button", { hasText: text });
/** Replaces the API's response at a path. */
const answering = (host, path, answer) => host.route(`${worker}/api/${path}`, answer);

test("the first page shows the connections in time", async () => {
  const { host, tab } = await teams(alex, ALEX);
  await shown(tab, "connections");
  const took = await frameOf(host).evaluate(() => Math.round(performance.now()));
  console.log(`the list was there ${took} ms after the navigation`);
  await soundEverywhere(host, "connections-new");
  await host.close();
});

test("icons, dates, the second file and Fluent's components come after the list", async () => {
  const context = await openContext(browser, { viewport: { width: 1200, height: 900 }, locale: "en-US" });
  // Runs in each frame: what is there in the first animation frame with a row, and in the first with a date.
  await context.addInitScript(() => {
    const present = (row) => {
      const cell = row.querySelector(".used");
      return { at: performance.now(), date: cell.textContent, height: row.offsetHeight, width: cell.offsetWidth };
    };
    const look = () => {
      const row = document.querySelector("li[data-app=salesforce]");
      if (row?.offsetHeight > 0) globalThis.listFrame ??= present(row);
      if (row?.querySelector(".used").textContent) globalThis.dateFrame = present(row);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await context.route(`${worker}/api/connections?session=true`, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    const used = { status: "connected", account: OWN, connected_at: "2026-01-02T03:04:05.000Z", last_used_at: new Date().toISOString() };
    json.connections = json.connections.map((row) => (row.app === "salesforce" ? { ...row, ...used } : row));
    await route.fulfill({ response, json });
  });
  const { host, tab } = await teams(context, ALEX);
  await tab.locator("li[data-app=salesforce] .used", { hasText: "Today, " }).waitFor();
  const frame = frameOf(host);
  const late = ["/tab/icons/", "/tab/assets/later-", "/tab/assets/split_later-", "/tab/assets/chunk-"];
  // A file is listed once it is here.
  await frame.waitForFunction((late) => late.every((part) => performance.getEntriesByType("resource").some(({ name }) => name.includes(part))), late);
  const { list, date, files } = await frame.evaluate(() => ({
    list: globalThis.listFrame, date: globalThis.dateFrame,
    files: performance.getEntriesByType("resource").map(({ name, startTime }) => ({ name, startTime })),
  }));
  assert.equal(list.date, "", "dates come after the list");
  for (const part of late) {
    for (const { name, startTime } of files.filter(({ name }) => name.includes(part))) assert.ok(startTime > list.at, `${name} comes after the list`);
  }
  assert.deepEqual([date.height, date.width], [list.height, list.width], "a date moves nothing");
  const page = await (await fetch(`${worker}/tab/`)).text();
  for (const part of late) assert.ok(!page.includes(part) || part.includes("assets/later-"), `the page does not request ${part}`);
  await context.close();
});

test("a section that is pressed before Fluent's components are there is shown", async () => {
  const context = await openContext(browser, { viewport: { width: 1200, height: 900 }, locale: "en-US" });
  let release;
  const released = new Promise((resolve) => (release = resolve));
  await context.route(`${worker}/tab/assets/chunk-*`, async (route) => {
    await released;
    await route.continue();
  });
  const { tab } = await teams(context, ALEX);
  await shown(tab, "connections");
  await tab.locator("#tab-activity:not(:defined)").click();
  release();
  await shown(tab, "activity");
  await tab.locator("#tab-activity[aria-selected=true]").waitFor();
  await context.close();
});

test("a person connects, switches the account, disconnects and deletes; the row follows by itself", async () => {
  const there = await teams(alex, ALEX);
  const { host, tab } = there;
  const row = tab.locator("li[data-app=salesforce]");
  (await connect(alex, there, ALEX, OWN)).close();
  await row.getByText("Connected", { exact: true }).waitFor();
  await row.locator(".expander").click();
  await row.getByText("Connected since").waitFor();
  await soundEverywhere(host, "connections");

  // Pressed before its link came: the row offers the link.
  let held = true;
  await answering(host, "connections/salesforce/login", async (route) => {
    while (held) await new Promise((resolve) => setTimeout(resolve, 20));
    await route.continue();
  });
  await anchor(row, "Switch account").click();
  held = false;
  await anchor(row, "Log in to Salesforce").waitFor();
  await soundEverywhere(host, "login-link");
  const opened = alex.waitForEvent("page");
  await anchor(row, "Log in to Salesforce").click();
  const page = await opened;
  await page.locator("[name=username]").fill(SECOND);
  await page.locator("[name=password]").fill("sandbox");
  await page.getByRole("button", { name: "Log In" }).click();
  await page.locator("button[name=decision][value=allow]").click();
  await page.getByText("Successfully connected").waitFor();
  await page.close();
  await tab.getByText(`Salesforce connected as ${SECOND}`).waitFor();

  await button(row, "Disconnect").click();
  await row.getByText("will ask you to log in again").waitFor();
  await soundEverywhere(host, "confirmation");
  await button(row.locator(".question"), "Disconnect").click();
  await tab.getByText("Access was revoked at Salesforce").waitFor();
  await row.getByText("Disconnected", { exact: true }).waitFor();
  await soundEverywhere(host, "receipt");
  await tab.getByRole("button", { name: "Dismiss" }).click();
  await tab.locator("fluent-message-bar").waitFor({ state: "detached" });
  await button(row, "Delete").click();
  await button(row.locator(".question"), "Delete").click();
  await tab.locator("li[data-app=salesforce][data-status='– Not connected']").waitFor();
  await host.close();
});

test("a person sets what they allow; the row shows it and a command is refused with the way to change it", async () => {
  const there = await teams(alex, ALEX);
  const { host, tab } = there;
  const row = tab.locator("li[data-app=salesforce]");
  (await connect(alex, there, ALEX, SECOND)).close();
  await row.getByText("Connected", { exact: true }).waitFor();
  await row.locator(".expander").click();
  const form = row.locator("form[data-form=guardrails]");
  await form.locator("fluent-switch").click();
  await form.locator("select[name=end]").selectOption("day");
  await form.locator("input[name=day]").fill("2999-12-31");
  await form.locator("input[name=most]").fill("3");
  await soundEverywhere(host, "guardrails");
  await button(form, "Save").click();
  await tab.getByText("Saved what you allow in Salesforce").waitFor();
  for (const tag of ["Read only", "Until ", "3 changes a day"]) await row.locator(".state").getByText(tag).waitFor();
  const chat = await command(ALEX, "Alex Wilber", "create opportunity name: Refused amount: 1 close_date: 2026-12-31");
  await said(chat, "You allow Workbot only to read in Salesforce");
  await form.locator("fluent-switch").click();
  await form.locator("select[name=end]").selectOption("none");
  await form.locator("input[name=most]").fill("");
  await button(form, "Save").click();
  await row.locator(".state").getByText("Read only").waitFor({ state: "detached" });
  await button(row, "Delete").click();
  await button(row.locator(".question"), "Delete").click();
  await tab.locator("li[data-app=salesforce][data-status='– Not connected']").waitFor();
  await host.close();
});

test("what waits is shown and cancelled; the history shows identity and steps, and offers to disconnect", async () => {
  const there = await teams(alex, ALEX);
  const { host, tab } = there;
  await choose(there, "activity");
  await tab.getByText("Nothing was done yet").waitFor();
  await soundEverywhere(host, "activity-empty");
  await choose(there, "waiting");
  await tab.getByText("Nothing waits").waitFor();
  await soundEverywhere(host, "waiting-empty");

  const chat = await command(ALEX, "Alex Wilber", "create opportunity name: Waits amount: 1 close_date: 2026-12-31");
  await said(chat, "login needed");
  await choose(there, "connections");
  await choose(there, "waiting");
  const run = tab.locator("[data-page=waiting] li");
  await run.getByText("Waits for your login").waitFor();
  await tab.locator("#tab-waiting fluent-counter-badge").waitFor();
  await soundEverywhere(host, "waiting");
  await button(run, "Cancel").click();
  await soundEverywhere(host, "waiting-sure");
  await button(run.locator(".question"), "Cancel").click();
  await tab.getByText("Create opportunity was cancelled").waitFor();
  await run.waitFor({ state: "detached" });
  await said(chat, "was cancelled");

  await choose(there, "connections");
  (await connect(alex, there, ALEX, SECOND)).close();
  await tab.locator("li[data-app=salesforce]").getByText("Connected", { exact: true }).waitFor();
  await command(ALEX, "Alex Wilber", "create opportunity name: Acme renewal amount: 5000 close_date: 2026-12-31");
  await said(chat, "as you (");
  await choose(there, "activity");
  const entry = tab.locator("[data-page=activity] li[data-run]");
  await entry.getByText(`as you (${SECOND})`).waitFor();
  await entry.getByText("Done", { exact: true }).waitFor();
  assert.match(await entry.getByRole("link", { name: "Open in Salesforce" }).getAttribute("href"), /salesforce/);
  await soundEverywhere(host, "activity");
  const filter = tab.locator("fluent-text-input[name=filter] input");
  // Typed key by key: a filled value fires no event that leaves the element.
  await filter.pressSequentially("servicenow");
  await tab.getByText("Nothing fits").waitFor();
  await filter.press("ControlOrMeta+a");
  await filter.pressSequentially("OPPORTUNITY");
  await entry.getByText("This wasn't me").click();
  await soundEverywhere(host, "not-me");
  await button(entry, "Disconnect Salesforce").click();
  await tab.getByText(`Disconnect Salesforce (${SECOND})?`).waitFor();
  await tab.locator("fluent-button[data-focus]:focus", { hasText: "Keep" }).waitFor();
  await host.close();
});

test("an admin's pages: recipes, shared connections, people and audit", async () => {
  const there = await teams(megan, MEGAN);
  const { host, tab } = there;
  await shown(tab, "connections");
  await soundEverywhere(host, "admin");
  await choose(there, "audit");
  await tab.getByText("No admin has changed anything yet").waitFor();

  await choose(there, "shared");
  await soundEverywhere(host, "shared");
  const freshdesk = tab.locator("li[data-app=freshdesk]");
  await button(freshdesk, "Set key").click();
  await soundEverywhere(host, "key");
  await button(freshdesk, "Cancel").click();
  (await connect(megan, there, MEGAN, SHARED)).close();
  await tab.getByText(`Salesforce connected as ${SHARED}`).waitFor();

  await choose(there, "recipes");
  const recipe = tab.locator("[data-recipe=find-account]");
  await button(recipe, "Settings").click();
  await recipe.locator("fluent-switch").click();
  await recipe.getByText("now verifies user access in").waitFor();
  await soundEverywhere(host, "recipe-settings");
  await recipe.getByRole("button", { name: "Close" }).click();
  const ownWords = tab.locator("[data-own-words]");
  await button(ownWords, "Switch on").click();
  await tab.getByText("Send sentences to localhost?").waitFor();
  await soundEverywhere(host, "own-words");
  await button(tab.locator(".question"), "Switch on").click();
  await ownWords.getByText("goes to localhost").waitFor();
  await soundEverywhere(host, "recipes");
  await button(ownWords, "Switch off").click();
  await button(tab.locator(".question"), "Switch off").click();
  await ownWords.getByText("leads to suggestions").waitFor();
  const find = tab.locator("fluent-text-input[name=filter] input");
  await find.pressSequentially("nothing of that name");
  await tab.getByText("Nothing fits").waitFor();
  const chat = await command(MEGAN, "Megan Bowen", "find account Acme");
  await said(chat, "Salesforce: login needed");

  await choose(there, "people");
  const whole = tab.locator(`.people > li[data-user="${ALEX}"]`);
  await whole.getByText("Alex Wilber").waitFor();
  await soundEverywhere(host, "people");
  await whole.locator(".expander").click();
  const person = whole.locator("li[data-app=salesforce]");
  await soundEverywhere(host, "person");
  const search = tab.locator("fluent-text-input[name=search] input");
  await search.fill("nobody of that name");
  await search.press("Enter");
  await tab.getByText("Nothing fits").waitFor();
  await search.fill("alex");
  await search.press("Enter");
  await whole.locator(".expander").click();
  await button(person, "Disconnect").click();
  await soundEverywhere(host, "people-sure");
  await button(person.locator(".question"), "Disconnect").click();
  await tab.getByText("Access was revoked at Salesforce").waitFor();
  await person.getByText("Disconnected", { exact: true }).waitFor();

  const app = tab.locator("[data-page=apps] li[data-app=salesforce]");
  await button(app, "Freeze").click();
  await button(app.locator(".question"), "Freeze").click();
  await app.getByText("Frozen", { exact: true }).waitFor();
  await tab.getByText("Salesforce is frozen").waitFor();
  await said(await command(ALEX, "Alex Wilber", "find account Acme"), "An admin has temporarily blocked");
  await button(app, "Unfreeze").click();
  await button(app.locator(".question"), "Unfreeze").click();
  await app.getByText("In use", { exact: true }).waitFor();

  await choose(there, "audit");
  await tab.getByText("Froze an app", { exact: true }).waitFor();
  await tab.getByText(`Alex Wilber: ${SECOND}`).waitFor();
  await soundEverywhere(host, "audit");
  const file = host.waitForEvent("download");
  await button(tab.locator("[data-page=audit]"), "Download as CSV").click();
  assert.match(await readFile(await (await file).path(), "utf8"), /^at,by,[^]*,app_frozen,salesforce,/);
  await host.close();
});

test("a deep link opens a page or a connection, and admin pages for admins only", async () => {
  const one = await teams(alex, ALEX, { page: "connections/salesforce" });
  await one.tab.locator("li[data-app=salesforce]:focus").waitFor();
  await one.host.close();
  const two = await teams(megan, MEGAN, { page: "audit" });
  await shown(two.tab, "audit");
  await two.host.close();
  const three = await teams(alex, ALEX, { page: "people" });
  await three.tab.getByText("This page is for Workbot admins").waitFor();
  await soundEverywhere(three.host, "not-an-admin");
  await button(three.tab, "Go to your connections").click();
  await shown(three.tab, "connections");
  await three.host.close();
});

test("the tab is in German where Teams is", async () => {
  const there = await teams(megan, MEGAN, { locale: "de-de" });
  const { host, tab } = there;
  await tab.getByText("Sie sind Megan Bowen").waitFor();
  assert.equal(await tab.locator("html").getAttribute("lang"), "de");
  for (const section of ["connections", "waiting", "activity", "agents", "recipes", "shared", "people", "audit"]) {
    await choose(there, section);
    await tab.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
    await soundEverywhere(host, `german-${section}`);
  }
  await tab.getByText("Anwendung angehalten", { exact: true }).waitFor();
  await host.close();
});

test("the tab shows waiting and failure, and continues after a retry", async () => {
  const host = await alex.newPage();
  let failing = true;
  let hold;
  const held = new Promise((resolve) => (hold = resolve));
  await answering(host, "connections*", async (route) => {
    await held;
    if (failing) await route.fulfill({ status: 503, json: { error: { code: "temporarily_unavailable", message: "Temporarily unavailable; nothing was changed. Try again.", correlation_id: "8f3a-21c9" } } });
    else await route.continue();
  });
  await host.goto(`${sandbox}/teams?person=${ALEX}`);
  const tab = host.frameLocator("iframe");
  await tab.locator(".bones[aria-busy=true]").first().waitFor();
  await soundEverywhere(host, "loading");
  hold();
  await tab.getByText("8f3a-21c9").waitFor();
  await soundEverywhere(host, "failed");
  failing = false;
  await button(tab, "Try again").click();
  await shown(tab, "connections");
  await host.close();
});

test("the tab says that it is offline or that the session has ended", async () => {
  const { host, tab } = await teams(alex, ALEX);
  await shown(tab, "connections");
  await alex.setOffline(true);
  await tab.getByText("You are offline").waitFor();
  await sound(host, "offline");
  await tab.locator("#tab-activity").click();
  await tab.getByText("Workbot could not be reached").first().waitFor();
  await soundEverywhere(host, "offline");
  await alex.setOffline(false);
  await tab.getByText("You are offline").waitFor({ state: "hidden" });
  // Once the network is back, the tab continues by itself.
  await shown(tab, "activity");
  await tab.locator("#tab-connections").click();
  await shown(tab, "connections");
  await tab.locator("#tab-activity").click();
  await shown(tab, "activity");
  // A list whose page was open before.
  await alex.setOffline(true);
  await tab.locator("#tab-connections").click();
  await tab.getByText("Workbot could not be reached").first().waitFor();
  await alex.setOffline(false);
  await shown(tab, "connections");
  await tab.locator("#tab-activity").click();
  await shown(tab, "activity");
  // Refused twice although Teams issued a new token: the tab says what to do.
  let asked = 0;
  await answering(host, "connections", (route) => {
    asked += 1;
    return route.fulfill({ status: 401, json: { error: { code: "unauthorized", message: "Sign in again.", correlation_id: "1" } } });
  });
  await tab.locator("#tab-connections").click();
  await tab.getByText("Your sign-in to Teams has ended").waitFor();
  assert.equal(asked, 2);
  await sound(host, "session ended");
  await host.close();
});

test("the tab reports every missing response and retries", async () => {
  const again = (tab) => tab.locator("[data-page=failed] fluent-button", { hasText: "Try again" });
  /** Waits until the link can be clicked: without the style sheet it only seems visible. */
  const late = (tab) => tab.getByRole("link", { name: "Try again" }).click({ trial: true });
  /** A new window whose requests for these files wait until `release` is called. */
  const holding = async (pattern) => {
    const context = await openContext(browser, { viewport: { width: 1200, height: 900 }, locale: "en-US" });
    let held = true;
    await context.route(pattern, (route) => (held ? undefined : route.continue()));
    return { context, release: () => (held = false) };
  };
  const silentHost = async (func) => {
    const { host, tab } = await teams(alex, ALEX, { silent: `${func}:1` });
    await again(tab).waitFor();
    if (func === "getContext") await soundEverywhere(host, "silent-host");
    await again(tab).click();
    await shown(tab, "connections");
    await host.close();
  };
  const lateModule = async () => {
    const { context, release } = await holding(/\.wasm/);
    const { host, tab } = await teams(context, ALEX);
    await late(tab);
    await sound(host, "what takes too long");
    await host.setViewportSize({ width: 320, height: 900 });
    await screenshot(host, "tab-late-320");
    release();
    await tab.getByRole("link", { name: "Try again" }).click();
    await shown(tab, "connections");
    await context.close();
  };
  const lateScript = async () => {
    const { context, release } = await holding(/\/tab\/assets\/start[^/]*\.js/);
    const { tab } = await teams(context, ALEX);
    await late(tab);
    release();
    await tab.getByRole("link", { name: "Try again" }).click();
    await shown(tab, "connections");
    await context.close();
  };
  const brokenModule = async () => {
    const context = await openContext(browser, { viewport: { width: 1200, height: 900 }, locale: "en-US" });
    let broken = true;
    await context.route(/\.wasm/, (route) => (broken ? route.abort() : route.continue()));
    const { tab } = await teams(context, ALEX);
    await tab.getByText("Workbot could not start here").waitFor();
    broken = false;
    await tab.getByRole("link", { name: "Try again" }).click();
    await shown(tab, "connections");
    await context.close();
  };
  const lateSections = async () => {
    const { context, release } = await holding(/\/tab\/assets\/split_later/);
    const there = await teams(context, ALEX);
    await shown(there.tab, "connections");
    // A press before Fluent's components are there is lost.
    await there.tab.locator("fluent-tablist:defined").waitFor();
    await there.tab.locator("#tab-activity").click();
    await again(there.tab).waitFor();
    release();
    await again(there.tab).click();
    await shown(there.tab, "activity");
    await context.close();
  };
  const lateWorker = async () => {
    const { context, release } = await holding(/\/api\/(session|connections)/);
    const { tab } = await teams(context, ALEX);
    await again(tab).waitFor();
    release();
    await again(tab).click();
    await shown(tab, "connections");
    await context.close();
  };
  await Promise.all([
    ...["initialize", "getContext", "authentication.getAuthToken"].map(silentHost),
    lateModule(), lateScript(), brokenModule(), lateSections(), lateWorker(),
  ]);
});

test("outside Teams the tab says how to open it", async () => {
  const page = await alex.newPage();
  await page.goto(`${worker}/tab/`);
  await page.locator("[data-page=outside]").waitFor();
  await sound(page, "outside Teams");
  await page.close();
});

test("one press opens the login when its link came before; a slow link is requested once", async () => {
  const { host, tab } = await teams(alex, ALEX);
  const row = tab.locator("li[data-app=box]");
  const connectBox = anchor(row, "Connect");
  let asked = 0;
  let hold;
  const held = new Promise((resolve) => (hold = resolve));
  await answering(host, "connections/box/login", async (route) => {
    asked += 1;
    await held;
    await route.continue();
  });
  await connectBox.click();
  await row.locator("fluent-anchor-button[aria-disabled=true]").waitFor();
  await sound(host, "a busy row");
  await connectBox.dispatchEvent("click");
  hold();
  await anchor(row, "Log in to Box").waitFor();
  assert.equal(asked, 1);
  await button(row, "Cancel").click();

  // By the pointer, and by the keyboard.
  for (const press of [() => connectBox.click(), () => host.keyboard.press("Enter"), () => host.keyboard.press("Space")]) {
    await host.mouse.move(0, 0);
    await connectBox.hover();
    await connectBox.focus();
    await row.locator("fluent-anchor-button[href]").waitFor();
    const opened = alex.waitForEvent("page");
    await press();
    const page = await opened;
    await page.close();
    await anchor(row, "Log in to Box").waitFor();
    await button(row, "Cancel").click();
    await connectBox.waitFor();
  }
  await host.close();
});

test("two hundred connections, long names and names from right to left fit", async () => {
  const names = ["A very long name of a business application that nobody would ever give to anything", "Donaudampfschifffahrtsgesellschaftskapitänsverwaltung", "مبيعات الشركة", "ServiceNow"];
  const connections = Array.from({ length: 200 }, (_, number) => ({
    app: `app-${number}`, app_name: names[number % names.length], auth: "oauth2", set_up: number % 9 !== 0,
    account: number % 2 ? "someone.with.a.very.long.name.indeed@a-subsidiary-with-a-long-name.contoso.example" : "محمد@contoso.com",
    status: ["connected", "needs_login", "disconnected", "not_connected"][number % 4], reason: null,
    connected_at: "2026-01-02T03:04:05.000Z", last_used_at: "2026-01-02T03:04:05.000Z",
    used_by: names, scopes: ["api", "refresh_token", "a_scope_with_a_very_long_name_that_goes_on_and_on_and_on"],
  }));
  const host = await alex.newPage();
  await answering(host, "connections*", (route) => route.fulfill({ json: { connections } }));
  await host.goto(`${sandbox}/teams?person=${ALEX}`);
  const tab = host.frameLocator("iframe");
  await tab.locator("li[data-app=app-199]").waitFor();
  await soundEverywhere(host, "two-hundred");
  // A press gets an immediate response with this many rows too.
  const took = await frameOf(host).evaluate(async () => {
    const row = document.querySelector("li[data-app=app-196]");
    const began = performance.now();
    row.querySelector(".actions > fluent-button").click();
    while (!row.querySelector(".question")) await new Promise(requestAnimationFrame);
    return Math.round(performance.now() - began);
  });
  console.log(`a question among two hundred rows took ${took} ms`);
  await host.close();
});

/** Presses Tab until `there` is true for the focused element. */
async function tabTo(host, what, there) {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await frameOf(host).evaluate(there, what)) return;
    await host.keyboard.press("Tab");
  }
  assert.fail(`no way by Tab to ${what}`);
}
const reads = (text) => document.activeElement?.textContent.trim() === text;
const matches = (selector) => document.activeElement?.matches(selector);

test("the keyboard alone connects, confirms and cancels, and keeps the focus", async () => {
  const { host, tab } = await teams(alex, ALEX);
  await shown(tab, "connections");
  const until = (text) => tabTo(host, text, reads);
  await tab.locator("#tab-connections").focus();
  await until("Connect");
  // The focus brings the link; Enter opens it.
  await tab.locator("fluent-anchor-button[href]:focus").waitFor();
  const opened = alex.waitForEvent("page");
  await host.keyboard.press("Enter");
  await (await opened).close();
  await tab.locator("fluent-anchor-button[data-focus]:focus").waitFor();
  await until("Cancel");
  await host.keyboard.press("Enter");
  await tab.locator("fluent-anchor-button:focus", { hasText: "Connect" }).waitFor();
  await tab.locator("#tab-connections").focus();
  await host.keyboard.press("ArrowRight");
  await shown(tab, "waiting");
  await host.close();
});

test("the keyboard alone serves an admin: a confirmation takes the focus, Escape and Keep return it", async () => {
  const there = await teams(megan, MEGAN);
  const { host, tab } = there;
  await shown(tab, "connections");
  const go = async (section) => {
    await tab.locator("fluent-tab[aria-selected=true]").focus();
    for (let presses = 0; presses < 7 && !(await tab.locator(`#tab-${section}[aria-selected=true]`).count()); presses += 1) {
      await host.keyboard.press("ArrowRight");
    }
    await shown(tab, section);
    await tab.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
  };
  /** Opens a confirmation and leaves it both ways; the focus must return to the element that opened it. */
  const asked = async (opener, inside) => {
    for (const way of ["Escape", "Keep"]) {
      await tabTo(host, opener, matches);
      await host.keyboard.press("Enter");
      await tab.locator(inside).waitFor();
      if (way === "Escape") await host.keyboard.press("Escape");
      else await host.keyboard.press("Enter");
      await tab.locator(`${opener}:focus`).waitFor();
    }
  };

  await go("recipes");
  const recipe = "[data-recipe=find-account]";
  await tabTo(host, `${recipe} fluent-button`, matches);
  await host.keyboard.press("Enter");
  await tab.locator(`${recipe} .settings`).waitFor();
  await tabTo(host, `${recipe} fluent-switch`, matches);
  await host.keyboard.press("Space");
  await tab.locator(`${recipe} [role=status]`, { hasText: "now" }).waitFor();
  await tab.locator(`${recipe} fluent-switch:focus`).waitFor();
  await host.keyboard.press("Escape");
  await tab.locator(`${recipe} > .actions fluent-button:focus`).waitFor();

  await go("shared");
  const freshdesk = "li[data-app=freshdesk]";
  await tabTo(host, `${freshdesk} .actions fluent-button`, matches);
  await host.keyboard.press("Enter");
  await tab.locator(`${freshdesk} fluent-text-input:focus`).waitFor();
  await host.keyboard.press("Enter");
  await tab.getByText("Enter the API key").waitFor();
  await tab.locator(`${freshdesk} fluent-text-input:focus`).waitFor();
  await host.keyboard.press("Escape");
  await tab.locator(`${freshdesk} .actions fluent-button:focus`).waitFor();

  await go("people");
  await asked("[data-page=apps] li[data-app=salesforce] .actions > fluent-button", "[data-page=apps] .question fluent-button:focus");
  await tab.locator("[data-page=people] fluent-text-input").focus();
  await host.keyboard.type("salesforce");
  await host.keyboard.press("Enter");
  await tab.locator("[data-page=people] [aria-busy=true]").waitFor({ state: "detached" });
  await host.close();
});
