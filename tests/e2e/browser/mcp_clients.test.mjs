// Agents, by the protocol's own client: a person logs in by the link that an agent shows, and approves in the chat.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ClientApplication } from "../../conformance/client_application.mjs";
import { Deployment } from "../../conformance/deployment.mjs";
import { call, ends, modernClient, opportunity } from "../../conformance/mcp_clients.mjs";
import { ALEX, MEGAN, browse, chat, control, expectText, followLogin, logIn, openContext, picture, salesforce, sandbox, say, start, worker } from "./system.mjs";

const ACCOUNT = "alexw@contoso.com";
const deployment = new Deployment(worker, sandbox);
const applications = [];
let system, browser, context, playground;

/** A request of a person's tab. */
async function tabRequest(oid, method, path, body) {
  const { bot_tenant_id: tid } = await (await fetch(`${sandbox}/_control/info`)).json();
  const { token } = await control("sso-token", { oid, tid });
  const answer = await fetch(`${worker}/api/${path}`, {
    method, headers: { "content-type": "application/json", authorization: `Bearer ${token}` }, body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** A client of this name that Alex lets act, in the browser. */
async function agent(name, openUrl) {
  const application = await ClientApplication.start(name);
  applications.push(application);
  const authorize = async (url) => {
    const page = await context.newPage();
    const back = page.waitForRequest((request) => request.url().startsWith(application.redirectUri));
    await page.goto(url);
    const signIn = page.locator(`button[name=person][value="${ALEX}"]`);
    const allow = page.getByRole("button", { name: "Allow", exact: true });
    await signIn.or(allow).waitFor();
    if (await signIn.count()) await signIn.click();
    await page.getByText(`Let ${name} (127.0.0.1`).waitFor();
    await picture(page, `agent-consent-${name.toLowerCase()}`);
    await allow.click();
    const returned = new URL((await back).url());
    // The client sends the browser on to another origin.
    await page.getByText("You can close this page.").waitFor();
    await page.close();
    return returned;
  };
  return await modernClient(deployment, application, { browser: { authorize } }, openUrl);
}

/** The opportunities of this name. */
const records = async (name) => (await salesforce("records?object=Opportunity")).records.filter((record) => JSON.stringify(record).includes(name));

/** Presses a button of the newest card. */
const press = (name) => playground.getByRole("button", { name, exact: true }).last().click();

before(async () => {
  system = await start("agent");
  browser = await browse();
  context = await openContext(browser, { viewport: { width: 1200, height: 900 } });
  await tabRequest(MEGAN, "PUT", "admin/agents", { open: true });
  playground = await context.newPage();
  await playground.goto(chat);
  await say(playground, "help");
  await expectText(playground, "What I can do");
});

after(async () => {
  for (const application of applications) application.stop();
  await browser?.close();
  await system?.stop();
});

test("an agent creates an opportunity after the login by its link and *Do it* in the chat", async () => {
  const links = [];
  const { client } = await agent("Planner", async (link) => {
    links.push(link);
    const page = await context.newPage();
    await page.goto(link);
    await logIn(page, ALEX, ACCOUNT);
    await page.close();
    return "accept";
  });
  assert.equal(client.getNegotiatedProtocolVersion(), "2026-07-28");
  const { run } = await call(client, "create_opportunity", opportunity("Planned deal"));
  await expectText(playground, "wants to create this opportunity as you");
  await picture(playground, "agent-approval");
  assert.equal(links.length, 1);
  assert.deepEqual(await records("Planned deal"), []);
  await press("Do it");
  const done = await ends(client, run);
  assert.deepEqual(done.as, [ACCOUNT]);
  assert.equal((await records("Planned deal")).length, 1);
  await expectText(playground, `as you (${ACCOUNT})`);
  await client.close();
});

test("a client that cannot show addresses does the same by the card in the chat", async () => {
  await tabRequest(ALEX, "POST", "connections/salesforce/disconnect", {});
  const { client } = await agent("Reporter");
  const { run } = await call(client, "create_opportunity", opportunity("Reported deal"));
  await ends(client, run, "waiting_login");
  await expectText(playground, "Salesforce: login needed");
  await followLogin(playground, ALEX, ACCOUNT);
  await expectText(playground, "Reporter");
  await ends(client, run, "waiting_approval");
  await press("Do it");
  assert.deepEqual((await ends(client, run)).as, [ACCOUNT]);
  assert.equal((await records("Reported deal")).length, 1);
  await client.close();
});

test("a forged approval does nothing", async () => {
  const { client, authorization } = await agent("Forger");
  const args = opportunity("Forged deal");
  const { run } = await call(client, "create_opportunity", args);
  await ends(client, run, "waiting_approval");
  const bearer = { authorization: `Bearer ${authorization.tokens().access_token}`, "content-type": "application/json" };
  const post = (path, body, headers) => fetch(`${worker}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const claim = (requestState) => post("/mcp", {
    jsonrpc: "2.0", id: crypto.randomUUID(), method: "tools/call", params: {
      name: "create_opportunity", arguments: args, requestState, inputResponses: { approval: { action: "accept", content: { run } } },
      _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} },
    },
  }, { ...bearer, "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "create_opportunity" });
  assert.equal((await claim(run)).status, 400, "a state that was never handed out");
  const press = { type: "invoke", name: "adaptiveCard/action", value: { action: { type: "Action.Execute", verb: "run.resume", data: { run } } } };
  for (const headers of [bearer, { "content-type": "application/json" }]) {
    assert.ok([401, 403].includes((await post("/api/messages", press, headers)).status));
    assert.equal((await post(`/api/runs/${run}/cancel`, {}, headers)).status, 401);
  }
  assert.equal((await call(client, "get_run", { run })).status, "waiting_approval");
  assert.deepEqual(await records("Forged deal"), []);
  await client.callTool({ name: "cancel_run", arguments: { run } });
  await ends(client, run, "cancelled");
  await client.close();
});

test("a client that runs in a browser calls from its own origin", async () => {
  const { client, authorization } = await agent("Webpage");
  const page = await context.newPage();
  await page.goto(new URL("/page", authorization.redirectUrl).href);
  const read = await page.evaluate(async ({ worker, token }) => {
    const post = (headers, body) => fetch(`${worker}/mcp`, { method: "POST", headers, body: JSON.stringify(body) });
    const stranger = await post({}, {});
    const challenge = stranger.headers.get("www-authenticate");
    const about = await (await fetch(/resource_metadata="([^"]+)"/.exec(challenge)[1])).json();
    const answer = await post({
      authorization: `Bearer ${token}`, "content-type": "application/json",
      "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list",
    }, {
      jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
      } },
    });
    return { about, status: answer.status, tools: (await answer.json()).result.tools.length };
  }, { worker, token: authorization.tokens().access_token });
  assert.equal(read.about.resource, `${worker}/mcp`);
  assert.equal(read.status, 200);
  assert.ok(read.tools > 3);
  await page.close();
  await client.close();
});
