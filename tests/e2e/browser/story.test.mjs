// The main job, as a person does it: the Agents Playground as the chat, Chromium as the browser.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browse, chat, picture, salesforce, sandbox, start } from "./system.mjs";

const ALEX = "00000000-0000-0000-0000-0000000000020";
let system, browser, context, playground;

before(async () => {
  system = await start();
  browser = await browse();
  context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
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

async function say(page, text) {
  const input = page.getByRole("textbox").first();
  await input.click();
  await input.pressSequentially(text);
  await page.keyboard.press("Enter");
}

/** The login as Alex, from the sign-in to the page that says that it worked. */
async function logIn(page, pictures = false) {
  const look = async (name) => pictures && (await picture(page, name));
  await page.locator(`button[name=person][value="${ALEX}"]`).waitFor();
  await look("2-sign-in");
  await page.locator(`button[name=person][value="${ALEX}"]`).click();
  await page.locator("[name=username]").fill("alexw@contoso.com");
  await page.locator("[name=password]").fill("sandbox");
  await page.getByRole("button", { name: "Log In" }).click();
  await page.locator("button[name=decision][value=allow]").waitFor();
  await look("3-consent");
  await page.locator("button[name=decision][value=allow]").click();
  await page.getByText("Successfully connected").waitFor();
  await page.getByText("alexw@contoso.com").waitFor();
}

const expectText = (page, text) => page.getByText(text).last().waitFor({ timeout: 60_000 });

test("a person types a command, logs in once, and the record is theirs", { timeout: 300_000 }, async () => {
  playground = await openChat();
  await say(playground, "create opportunity name: Acme renewal amount: 5000 close_date: 2026-12-31");
  await expectText(playground, "Salesforce: login needed");
  await picture(playground, "1-login-needed");

  const opened = context.waitForEvent("page");
  await playground.getByRole("link", { name: "Login", exact: true }).last().click();
  const page = await opened;
  await logIn(page, true);
  await picture(page, "4-connected");
  const address = new URL(page.url());
  assert.equal(address.pathname, "/connect/done");
  assert.ok(!address.searchParams.has("code") && !address.searchParams.has("state"));
  await page.close();

  // The card turns, and without another word the run goes on.
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

test("a second command runs at once", { timeout: 120_000 }, async () => {
  await say(playground, "create opportunity name: Second deal amount: 7500.5 close_date: 2027-01-15");
  await expectText(playground, "Second deal");
  await playground.getByRole("link", { name: "Second deal" }).waitFor();
  assert.equal(await playground.getByText("Salesforce: login needed").count(), 0);
});

test("and still does after everything was stopped and started again", { timeout: 300_000 }, async () => {
  await context.close();
  assert.equal(await system.stop(), 0);
  system = await start();
  context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
  playground = await openChat();
  await say(playground, "create opportunity name: Third deal amount: 1 close_date: 2027-02-01");
  await playground.getByRole("link", { name: "Third deal" }).waitFor({ timeout: 60_000 });
  await picture(playground, "7-after-restart");
  const { records } = await salesforce("records?object=Opportunity");
  assert.equal(records.length, 3);
});

test("the person sees the connection and disconnects it", { timeout: 120_000 }, async () => {
  await say(playground, "personal_connections");
  await expectText(playground, "Your connections");
  await picture(playground, "8-list");
  await playground.getByRole("button", { name: "Disconnect", exact: true }).last().click();
  await expectText(playground, "Disconnect Salesforce (alexw@contoso.com)?");
  await picture(playground, "9-confirm");
  await playground.getByRole("button", { name: "Disconnect", exact: true }).last().click();
  await expectText(playground, "Access was revoked at Salesforce");
  await picture(playground, "10-disconnected");
  const { grants } = await salesforce("grants?username=alexw@contoso.com");
  assert.ok(grants.length === 1 && grants[0].revoked);
});

test("the tab shows the same, connects again and deletes", { timeout: 120_000 }, async () => {
  const host = await context.newPage();
  await host.goto(`${sandbox}/teams?person=${ALEX}`);
  const tab = host.frameLocator("iframe");
  await tab.getByText("You are Alex Wilber").waitFor({ timeout: 30_000 });
  const row = (status) => tab.locator(`[data-app=salesforce][data-status$="${status}"]`);
  await row("Disconnected").waitFor();
  await picture(host, "11-tab-disconnected");

  await row("Disconnected").locator("fluent-button", { hasText: "Connect" }).click();
  const opened = context.waitForEvent("page");
  await tab.locator("fluent-anchor-button", { hasText: "Log in to Salesforce" }).click();
  const page = await opened;
  await logIn(page);
  await page.close();
  await row(" Connected").waitFor({ timeout: 30_000 });
  await picture(host, "12-tab-connected");

  await tab.locator("fluent-button", { hasText: "Delete" }).click();
  await tab.getByText("Delete Salesforce (alexw@contoso.com)?").waitFor();
  await picture(host, "13-tab-sure");
  await tab.locator("fluent-button", { hasText: "Delete" }).click();
  await row("Not connected").waitFor();
  await tab.getByText("Access was revoked at Salesforce").waitFor();
  await picture(host, "14-tab-deleted");
  const { grants } = await salesforce("grants?username=alexw@contoso.com");
  assert.ok(grants.length === 2 && grants.every((grant) => grant.revoked));

  await say(playground, "personal_connections");
  await expectText(playground, "You have no connections yet");
});

test("the tab follows Teams' theme and fits a phone", { timeout: 120_000 }, async () => {
  const host = await context.newPage();
  await host.setViewportSize({ width: 320, height: 640 });
  await host.goto(`${sandbox}/teams?person=${ALEX}&theme=dark`);
  await host.frameLocator("iframe").locator("[data-app=salesforce]").waitFor({ timeout: 30_000 });
  await host.frameLocator("iframe").locator("html[data-theme=dark]").waitFor();
  await picture(host, "15-tab-phone-dark");
});
