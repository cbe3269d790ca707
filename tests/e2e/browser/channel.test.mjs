// A channel with three people, each with replies of their own, as each of them reads it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ALEX, MEGAN, browse, control, logIn, openContext, picture, sandbox, said, start, worker } from "./system.mjs";

const ADA = "ada00000-0000-4000-8000-000000000021";
const BOB = "b0b00000-0000-4000-8000-000000000022";
const PEOPLE = [
  { oid: ALEX, name: "Alex Wilber" },
  { oid: ADA, name: "Ada Lovelace", account: "ada@contoso.com" },
  { oid: BOB, name: "Bob Baker", account: "bob@contoso.com" },
];
const CHANNEL = "19:sales@thread.tacv2;messageid=1700000000000";

let system, browser, tenant;

before(async () => {
  system = await start("channel");
  browser = await browse();
  tenant = (await (await fetch(`${sandbox}/_control/info`)).json()).bot_tenant_id;
});

after(async () => {
  await browser?.close();
  await system?.stop();
});

/** Delivers an activity of a person in the channel. */
async function deliver({ oid, name }, fields) {
  const answer = await control("relay", {
    type: "message", id: crypto.randomUUID(), channelId: "msteams", serviceUrl: `${sandbox}/connector`, locale: "en-US",
    from: { id: `29:${oid}`, name, aadObjectId: oid }, recipient: { id: "28:bot", name: "Workbot" },
    conversation: { id: CHANNEL, conversationType: "channel", isGroup: true, tenantId: tenant },
    channelData: { tenant: { id: tenant } }, ...fields,
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

/** A request of a person's tab. */
async function tabRequest({ oid }, method, path, body) {
  const { token } = await control("sso-token", { oid, tid: tenant });
  const answer = await fetch(`${worker}/api/${path}`, {
    method, headers: { "content-type": "application/json", authorization: `Bearer ${token}` }, body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** The channel as a person reads it. */
const address = ({ oid }) => `${sandbox}/chat?${new URLSearchParams({ conversation: CHANNEL, person: `29:${oid}` })}`;

/** Waits for a message of the bot with these words that this person alone reads. */
const reads = ({ oid }, words) => said(CHANNEL, words, `29:${oid}`);

/** Logs a person in with the link of their card in the channel. */
async function followCard(person) {
  const context = await openContext(browser);
  const page = await context.newPage();
  await page.goto(address(person));
  await page.getByRole("link", { name: "Login", exact: true }).last().click();
  await logIn(page, person.oid, person.account);
  await context.close();
}

/** Presses the newest button of this name that a person reads in the channel. */
async function press(person, title) {
  const query = new URLSearchParams({ conversation: CHANNEL, reader: `29:${person.oid}` });
  const { sent } = await (await fetch(`${sandbox}/_control/sent?${query}`)).json();
  const found = [];
  const visit = (value) => {
    if (value?.type === "Action.Execute" && value.title === title) found.push(value);
    if (value && typeof value === "object") Object.values(value).forEach(visit);
  };
  visit(sent);
  const { type, verb, data } = found.at(-1);
  await deliver(person, { type: "invoke", name: "adaptiveCard/action", value: { action: { type, verb, data }, trigger: "manual" } });
}

test("three people read their own replies in a channel, and nobody else's", async () => {
  const [alex, ada, bob] = PEOPLE;
  await tabRequest({ oid: MEGAN }, "PUT", "admin/recipes/find-account/settings", { verify_user_access: { salesforce: true } });

  await deliver(alex, { text: "connect box" });
  await reads(alex, "Box: login needed");

  await deliver(ada, { text: "find account" });
  await reads(ada, "Salesforce: login needed");
  await followCard(ada);
  await reads(ada, "New opportunity");
  await press(ada, "New opportunity");
  await reads(ada, "Create opportunity needs a little more");

  await deliver(bob, { text: "create opportunity name: Allowed amount: 1 close_date: 2026-12-31" });
  await reads(bob, "Salesforce: login needed");
  await followCard(bob);
  await reads(bob, "as you (bob@contoso.com)");
  await tabRequest(bob, "PUT", "connections/salesforce/guardrails", { read_only: true });
  await deliver(bob, { text: "create opportunity name: Refused amount: 1 close_date: 2026-12-31" });
  await reads(bob, "You allow Workbot only to read in Salesforce");

  const own = new Map([
    [alex, "Box: login needed"],
    [ada, "Create opportunity needs a little more"],
    [bob, "You allow Workbot only to read in Salesforce"],
  ]);
  for (const [person, words] of own) {
    const context = await openContext(browser);
    const page = await context.newPage();
    await page.goto(address(person));
    await page.getByText(words).first().waitFor();
    for (const others of own.values()) {
      if (others !== words) assert.equal(await page.getByText(others).count(), 0, `${person.name} reads ${others}`);
    }
    assert.ok(await page.getByText("Only you can see this message").count(), person.name);
    const shot = `63-channel-${person.name.split(" ")[0].toLowerCase()}`;
    for (const [width, name] of [[900, shot], [360, `${shot}-on-a-phone`], [320, `${shot}-narrow`]]) {
      // The picture shows every message.
      await page.setViewportSize({ width, height: 400 });
      const [wide, height] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
      assert.ok(wide <= width, `the page is ${wide} px wide and has ${width}`);
      await page.setViewportSize({ width, height });
      await picture(page, name);
    }
    await context.close();
  }
});
