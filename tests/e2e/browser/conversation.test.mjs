// The conversation in the Agents Playground: in a personal chat, a group and a channel.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ALEX, MEGAN, browse, chat, control, expectText, followLogin, openContext, picture, removeFaults, salesforce, sandbox, say, start, worker } from "./system.mjs";

let system, browser, context, page;

before(async () => {
  system = await start("conversation");
  browser = await browse();
  context = await openContext(browser, { viewport: { width: 1600, height: 1000 } });
  page = await context.newPage();
  await page.goto(chat);
  await closeLog();
});

after(async () => {
  await browser?.close();
  await system?.stop();
});

/** Closes the Playground's log: it contains every message too, and opens by itself on a wide screen. */
async function closeLog() {
  await page.getByText("Log Panel").locator("..").getByRole("button").last().click();
  await page.getByText("Log Panel").waitFor({ state: "hidden" });
}

/** The newest button of this name. */
const button = (name) => page.getByRole("button", { name, exact: true }).last();

/** The newest field of a form with this label. */
const field = (label) => page.getByLabel(label).last();

/** Opens another conversation of the Playground. */
async function open(name) {
  const entry = page.getByRole("treeitem", { name }).first();
  if (!(await entry.isVisible())) await page.getByRole("button").first().click();
  await entry.click();
}

/** Mentions the bot in a group or channel. */
async function mention(text) {
  const input = page.getByRole("textbox").last();
  await input.click();
  await input.pressSequentially("@");
  await page.getByRole("menuitem", { name: "Test Bot" }).first().click();
  await input.pressSequentially(` ${text}`);
  await page.keyboard.press("Enter");
}

/** Changes a setting as an admin. */
async function admin(method, path, body) {
  const json = { "content-type": "application/json" };
  const wanted = { oid: MEGAN, tid: "00000000-0000-0000-0000-0000000000001" };
  const response = await fetch(`${sandbox}/_control/sso-token`, { method: "POST", headers: json, body: JSON.stringify(wanted) });
  const { token } = await response.json();
  const changed = await fetch(`${worker}/api/admin/${path}`, {
    method, headers: { ...json, authorization: `Bearer ${token}` }, body: JSON.stringify(body),
  });
  assert.equal(changed.status, 200, await changed.text());
}

test("the welcome message, help, and a corrected typo", async () => {
  await expectText(page, "Three things to try");
  await picture(page, "41-welcome");
  await button("help").click();
  await expectText(page, "What I can do for you here");
  await picture(page, "42-help");
  await say(page, "help report problem");
  await expectText(page, "Or in one line");
  await picture(page, "43-help-with-a-command");
  await say(page, "conect box");
  await expectText(page, "Did you mean");
  await picture(page, "44-did-you-mean");
  await button("connect box").click();
  await expectText(page, "Box: login needed");
  await picture(page, "45-connect");
});

test("an app is connected without a recipe, and the card is updated", async () => {
  await followLogin(page, ALEX, "alexw@contoso.com");
  await expectText(page, "Box connected as alexw@contoso.com");
  await picture(page, "46-connected");
});

test("a form asks for missing inputs and marks invalid ones", async () => {
  await say(page, "create opportunity amount: much");
  await expectText(page, "Create opportunity needs a little more");
  await expectText(page, "must be a number");
  await picture(page, "47-form");
  await field("Name").fill("Formed deal");
  await field("Amount").fill("1200");
  await field("Close date").click();
  await page.getByRole("gridcell").locator("button:not([disabled])").last().click();
  await button("Create opportunity").click();
  await expectText(page, "Going on with");
  await picture(page, "48-form-sent");
  await expectText(page, "Salesforce: login needed");
  await say(page, "status");
  await expectText(page, "waits for your login");
  await picture(page, "49-status");
  await followLogin(page, ALEX, "alexw@contoso.com");
  await page.getByRole("link", { name: "Formed deal" }).last().waitFor();
  const { records } = await salesforce("records?object=Opportunity");
  assert.deepEqual(records.map((record) => record.fields.Name), ["Formed deal"]);
});

test("choices are read from the app as the person", async () => {
  await say(page, "approve change");
  await expectText(page, "ServiceNow: login needed");
  await followLogin(page, ALEX, "alexw@contoso.com");
  await expectText(page, "Approve change needs a little more");
  await picture(page, "50-choices-from-the-app");
  await button("Cancel").click();
  await expectText(page, "was cancelled");
});

test("a slow run shows its steps, and the reply replaces them", async () => {
  await control("faults", { where: "box.rest", match: "alexw@contoso.com", times: 1, hold: true });
  await say(page, "win deal opportunity: Formed deal");
  await expectText(page, "Working on");
  await expectText(page, "Make the folder in Box");
  await picture(page, "51-progress");
  await removeFaults("alexw@contoso.com");
  await expectText(page, "is won in Salesforce");
  assert.equal(await page.getByText("Working on Win deal").count(), 0);
  await picture(page, "52-done-in-three-apps");
});

test("a button of a reply leads to the next command", async () => {
  await admin("PUT", "recipes/find-account/settings", { verify_user_access: { salesforce: true } });
  await say(page, "find account");
  await expectText(page, "New opportunity");
  await picture(page, "60-results");
  await button("New opportunity").click();
  await expectText(page, "Create opportunity needs a little more");
  await picture(page, "61-next-command");
  await button("Cancel").click();
  await expectText(page, "was cancelled");
  await admin("PUT", "recipes/find-account/settings", { verify_user_access: { salesforce: false } });
});

test("a sentence in one's own words fills in a form", async () => {
  await admin("PUT", "language-model", { enabled: true });
  await say(page, 'Could you please create a folder called "Acme renewal"?');
  await expectText(page, "Is this what you mean?");
  assert.equal(await field("Name").inputValue(), "Acme renewal");
  await picture(page, "62-own-words");
  await button("Create folder").click();
  await page.getByRole("link", { name: "Acme renewal" }).last().waitFor();
  await admin("PUT", "language-model", { enabled: false });
});

test("the list, its confirmation and its receipt are one card", async () => {
  await say(page, "personal_connections");
  await expectText(page, "Your connections");
  await picture(page, "53-list");
  await button("Disconnect").click();
  await expectText(page, "will ask you to log in again");
  await picture(page, "54-question");
  await button("Disconnect").click();
  await expectText(page, "Access was revoked at");
  await picture(page, "55-receipt");
});

test("on a phone", async () => {
  await page.setViewportSize({ width: 390, height: 800 });
  await say(page, "report problem");
  await expectText(page, "Report problem needs a little more");
  await picture(page, "58-form-on-a-phone");
  await say(page, "personal_connections");
  await expectText(page, "Missing one?");
  await picture(page, "59-list-on-a-phone");
  await page.setViewportSize({ width: 1600, height: 1000 });
});

test("in a group and in a channel nothing private is shown", async () => {
  await closeLog();
  for (const [name, shot] of [[/Group Chat/, "56-group"], [/General/, "57-channel"]]) {
    await open(name);
    await mention("find account Acme");
    if (name.source === "General") {
      // The Playground shows a reply that is faster than its own new thread only after the channel is
      // reopened.
      await expectText(page, "find account Acme");
      await open(/Announcements/);
      await open(name);
    }
    await page.getByText("I've written to you in private, Alex.", { exact: true }).last().waitFor();
    await picture(page, shot);
    assert.equal(await page.getByText("alexw@contoso.com").count(), 0);
  }
  await open(/Personal Chat/);
  await expectText(page, "is not connected for your company yet");
});
