// The main story in the Agents Playground and Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ALEX, browse, chat, expectText, logIn, openContext, picture, salesforce, sandbox, say, start } from "./system.mjs";

let system, browser, context, playground;

before(async () => {
  system = await start("person");
  browser = await browse();
  context = await openContext(browser, { viewport: { width: 1200, height: 900 } });
});

after(async () => {
  await browser?.close();
  await system?.stop();
});

async function openChat() {
  const page = await context.newPage();
  await page.goto(chat);
  return page;
}

test("a person types a command, logs in once, and the record is theirs", async () => {
  playground = await openChat();
  await say(playground, "create opportunity name: Acme renewal amount: 5000 close_date: 2026-12-31");
  await expectText(playground, "Salesforce: login needed");
  await picture(playground, "1-login-needed");

  const opened = context.waitForEvent("page");
  await playground.getByRole("link", { name: "Login", exact: true }).last().click();
  const page = await opened;
  await logIn(page, ALEX, "alexw@contoso.com", (name) => picture(page, `2-${name}`));
  await picture(page, "4-connected");
  const address = new URL(page.url());
  assert.equal(address.pathname, "/connect/done");
  assert.ok(!address.searchParams.has("code") && !address.searchParams.has("state"));
  await page.close();

  // The card is updated, and the run continues without another message.
  await expectText(playground, "Salesforce connected as alexw@contoso.com");
  await expectText(playground, "as you (alexw@contoso.com)");
  await picture(playground, "5-created");

  const { records } = await salesforce("records?object=Opportunity");
  assert.equal(records.length, 1);
  assert.match(JSON.stringify(records[0]), /Acme renewal/);
  const link = playground.getByRole("link", { name: "Acme renewal" }).last();
  const record = await context.newPage();
  await record.goto(await link.getAttribute("href"));
  await record.locator("#created-by", { hasText: "alexw@contoso.com" }).waitFor();
  await picture(record, "6-record");
  await record.close();
});

test("a second command runs at once", async () => {
  await say(playground, "create opportunity name: Second deal amount: 7500.5 close_date: 2027-01-15");
  await expectText(playground, "Second deal");
  await playground.getByRole("link", { name: "Second deal" }).waitFor();
  assert.equal(await playground.getByText("Salesforce: login needed").count(), 0);
});

test("a command still runs at once after a restart of everything", async () => {
  await context.close();
  assert.equal(await system.stop(), 0);
  system = await start("person");
  context = await openContext(browser, { viewport: { width: 1200, height: 900 } });
  playground = await openChat();
  await say(playground, "create opportunity name: Third deal amount: 1 close_date: 2027-02-01");
  await playground.getByRole("link", { name: "Third deal" }).waitFor();
  await picture(playground, "7-after-restart");
  const { records } = await salesforce("records?object=Opportunity");
  assert.equal(records.length, 3);
});

test("the tab follows Teams' theme and fits a phone", async () => {
  const host = await context.newPage();
  await host.setViewportSize({ width: 320, height: 640 });
  await host.goto(`${sandbox}/teams?person=${ALEX}&theme=dark`);
  await host.frameLocator("iframe").locator("[data-app=salesforce]").waitFor();
  await host.frameLocator("iframe").locator("html[data-theme=dark]").waitFor();
  await picture(host, "8-tab-phone");
});
