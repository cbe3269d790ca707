// A company's day: an admin connects an app, a person uses it, the admin demands personal access, the person
// leaves.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ALEX, MEGAN, browse, chat, choose, connect, expectText, logIn, openContext, picture, salesforce, say, start, teams } from "./system.mjs";

const SHARED = "integration@contoso.com";
const OWN = "alexw@contoso.com";
let system, browser, megan, alex, adminTab, playground, alexTab;

before(async () => {
  system = await start("company");
  browser = await browse();
  // Two people, two browsers.
  [megan, alex] = await Promise.all([0, 1].map(() => openContext(browser, { viewport: { width: 1200, height: 900 } })));
});

after(async () => {
  await browser?.close();
  await system?.stop();
});

const row = ({ tab }, status) => tab.locator(`[data-app=salesforce][data-status$="${status}"]`);

const grants = async (username) => (await salesforce(`grants?username=${username}`)).grants;

test("an admin connects the company's Salesforce in the tab", async () => {
  adminTab = await teams(megan, MEGAN);
  await adminTab.tab.getByText("Megan Bowen").waitFor();
  await choose(adminTab, "shared");
  await row(adminTab, "Not connected").waitFor();
  await picture(adminTab.host, "11-shared-not-connected");
  const page = await connect(megan, adminTab, MEGAN, SHARED);
  await page.getByText("for your company").waitFor();
  await picture(page, "12-shared-login-done");
  await page.close();
  await row(adminTab, " Connected").waitFor();
  await adminTab.tab.getByText(`Salesforce connected as ${SHARED}`).waitFor();
  await picture(adminTab.host, "13-shared-connected");
});

test("a person's command runs as the shared connection and says so", async () => {
  playground = await alex.newPage();
  await playground.goto(chat);
  await say(playground, "find account Acme");
  await expectText(playground, `as the shared connection (${SHARED})`);
  await playground.getByRole("link", { name: "Acme Corporation" }).waitFor();
  await picture(playground, "14-found-as-shared");
});

test("the admin demands personal access, and the next command asks for a login", async () => {
  await choose(adminTab, "recipes");
  const recipe = adminTab.tab.locator("[data-recipe=find-account]");
  await recipe.locator("fluent-button", { hasText: "Settings" }).click();
  await recipe.locator("[data-app=salesforce][data-verify=off]").waitFor();
  await picture(adminTab.host, "15-settings-off");
  await recipe.locator("[data-app=salesforce] fluent-switch").click();
  await recipe.getByText("now verifies user access in").waitFor();
  await recipe.locator("[data-app=salesforce][data-verify=on]").waitFor();
  await picture(adminTab.host, "16-settings-on");
  await recipe.getByRole("button", { name: "Close" }).click();

  // An app without logins shows why it has no toggle.
  const ticket = adminTab.tab.locator("[data-recipe=create-ticket]");
  await ticket.locator("fluent-button", { hasText: "Settings" }).click();
  await ticket.getByText("one key for the whole company").waitFor();
  await picture(adminTab.host, "17-settings-no-logins");
  await adminTab.host.keyboard.press("Escape");

  await say(playground, "find account Acme");
  await expectText(playground, "Salesforce: login needed");
  await picture(playground, "18-login-needed");
  const opened = alex.waitForEvent("page");
  await playground.getByRole("link", { name: "Login", exact: true }).last().click();
  const page = await opened;
  await logIn(page, ALEX, OWN);
  await picture(page, "19-own-login-done");
  await page.close();
  await expectText(playground, `as you (${OWN})`);
  await picture(playground, "20-found-as-you");
});

test("the person sees the connection in the chat and disconnects it there", async () => {
  await say(playground, "personal_connections");
  await expectText(playground, "Your connections");
  await expectText(playground, /used by .*Find account/);
  await picture(playground, "21-list");
  await playground.getByRole("button", { name: "Disconnect", exact: true }).last().click();
  await expectText(playground, `Disconnect Salesforce (${OWN})?`);
  await picture(playground, "22-confirm");
  await playground.getByRole("button", { name: "Disconnect", exact: true }).last().click();
  await expectText(playground, "Access was revoked at Salesforce");
  await picture(playground, "23-disconnected");
  const [grant, ...more] = await grants(OWN);
  assert.ok(grant.revoked && more.length === 0);
});

test("the tab shows the same state, connects again and deletes; the chat's list is empty", async () => {
  alexTab = await teams(alex, ALEX);
  await alexTab.tab.getByText("Alex Wilber").waitFor();
  await row(alexTab, "Disconnected").waitFor();
  assert.equal(await alexTab.tab.locator("fluent-tab").count(), 3, "who is no admin has no admin pages");
  await picture(alexTab.host, "24-tab-disconnected");

  const page = await connect(alex, alexTab, ALEX, OWN);
  await page.close();
  await row(alexTab, " Connected").waitFor();
  await picture(alexTab.host, "25-tab-connected");

  await alexTab.tab.locator(".actions fluent-button", { hasText: "Delete" }).click();
  await alexTab.tab.getByText(`Delete Salesforce (${OWN})?`).waitFor();
  await picture(alexTab.host, "26-tab-sure");
  await alexTab.tab.locator(".question fluent-button", { hasText: "Delete" }).click();
  await row(alexTab, "Not connected").waitFor();
  await alexTab.tab.getByText("Access was revoked at Salesforce").waitFor();
  await picture(alexTab.host, "27-tab-deleted");

  await say(playground, "personal_connections");
  await expectText(playground, "You have no connections yet");
  await picture(playground, "28-list-empty");
});

test("the admin disconnects the company, and every grant is revoked at the app", async () => {
  await choose(adminTab, "shared");
  await row(adminTab, " Connected").locator("fluent-button", { hasText: "Disconnect" }).click();
  await adminTab.tab.getByText("will stop working until").waitFor();
  await picture(adminTab.host, "29-shared-sure");
  await adminTab.tab.locator(".question fluent-button", { hasText: "Disconnect" }).click();
  await row(adminTab, "Disconnected").waitFor();
  await adminTab.tab.getByText("Access was revoked at Salesforce").waitFor();
  await picture(adminTab.host, "30-shared-disconnected");
  const all = [...(await grants(OWN)), ...(await grants(SHARED))];
  assert.equal(all.length, 3);
  assert.ok(all.every((grant) => grant.revoked));
});
