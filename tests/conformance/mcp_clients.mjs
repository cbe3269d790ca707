// The SDKs of MCP for TypeScript: `@modelcontextprotocol/client` of the era of 2026-07-28, and
// `@modelcontextprotocol/sdk` of the era of 2025-11-25.
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Authorization, connect } from "./client_application.mjs";
import { eventually, loginLink } from "./deployment.mjs";

const ABOUT = { name: "workbot-conformance", version: "1.0.0" };

/** Calls a tool and returns its structured result. */
export async function call(client, name, args) {
  const { structuredContent } = await client.callTool({ name, arguments: args });
  assert.ok(structuredContent, `${name} has a structured result`);
  return structuredContent;
}

/** Waits until a run has this status. */
export const ends = (client, run, status = "done") => eventually(`the run is ${status}`, async () => {
  const result = await call(client, "get_run", { run });
  return result.status === status ? result : undefined;
});

/** The arguments of *create opportunity* for a record of this name. */
export const opportunity = (name) => ({ name, amount: 5000, close_date: "2026-12-31" });

/**
 * A client of the new era, for a person who agrees. `openUrl` shows the person an address; without it the client
 * does not declare that it can.
 */
export async function modernClient(deployment, application, person, openUrl) {
  const capabilities = openUrl ? { elicitation: { url: {} } } : {};
  const client = new Client(ABOUT, { capabilities, versionNegotiation: { mode: "auto" } });
  if (openUrl) {
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      assert.equal(params.mode, "url");
      return { action: await openUrl(params.url) };
    });
  }
  const authorization = new Authorization(application, person, { client_id: application.id });
  const transport = () => new StreamableHTTPClientTransport(new URL(deployment.mcp), { authProvider: authorization });
  await connect(client, transport, authorization);
  return { client, authorization };
}

/** Checks with the client of the new era. */
export async function modern(check, deployment, application, { ada, bob }) {
  let client, authorization;
  await check("authorization from the 401 on, with `resource` and `iss`", async () => {
    ({ client, authorization } = await modernClient(deployment, application, ada, async (url) => {
      await ada.logsIn(url);
      return "accept";
    }));
    assert.equal(authorization.request.searchParams.get("resource"), deployment.mcp);
    assert.equal(authorization.callback.get("iss"), deployment.worker);
  });
  await check("negotiates 2026-07-28", async () => {
    assert.equal(client.getNegotiatedProtocolVersion(), "2026-07-28");
    assert.equal(client.getServerVersion().name, "workbot");
  });
  await check("lists the tools", async () => {
    const { tools } = await client.listTools();
    assert.ok(tools.some(({ name }) => name === "create_opportunity"));
  });
  await check("a write: the login by its address, then *Do it*", async () => {
    const name = `Modern ${crypto.randomUUID()}`;
    const waits = await call(client, "create_opportunity", opportunity(name));
    assert.ok(["waiting_approval", "running"].includes(waits.status), JSON.stringify(waits));
    assert.deepEqual(await deployment.opportunities(name), []);
    await ada.approves(name);
    const done = await ends(client, waits.run);
    assert.deepEqual(done.as, [ada.upn]);
    assert.deepEqual((await deployment.opportunities(name)).map((record) => record.created_by), [ada.upn]);
  });
  await check("a read asks nobody", async () => {
    const found = await call(client, "find_account", { name: "Acme" });
    assert.equal(found.status, "done", JSON.stringify(found));
    const { connections } = await call(client, "list_connections", {});
    assert.ok(connections.some(({ app, account }) => app === "salesforce" && account === ada.upn));
  });
  await check("a refused write creates nothing", async () => {
    const name = `Refused ${crypto.randomUUID()}`;
    const { run } = await call(client, "create_opportunity", opportunity(name));
    await call(client, "cancel_run", { run });
    assert.equal((await call(client, "get_run", { run })).status, "cancelled");
    assert.deepEqual(await deployment.opportunities(name), []);
  });
  await check("an unknown tool (-32602), wrong arguments (`isError`)", async () => {
    await assert.rejects(client.callTool({ name: "no_such_tool", arguments: {} }), { code: -32602 });
    const result = await client.callTool({ name: "create_opportunity", arguments: { name: "x" } });
    assert.equal(result.isError, true);
  });
  await check("without URL elicitation: the login card in the chat", async () => {
    const other = (await modernClient(deployment, application, bob)).client;
    const name = `Card ${crypto.randomUUID()}`;
    const waits = await call(other, "create_opportunity", opportunity(name));
    assert.equal(waits.status, "waiting_login");
    await bob.logsIn(loginLink(await bob.reads("login needed")));
    await bob.approves(name);
    assert.deepEqual((await ends(other, waits.run)).as, [bob.upn]);
    await other.close();
  });
  await check("refreshes its token by itself", async () => {
    const before = authorization.tokens();
    authorization.saveTokens({ ...before, access_token: `${before.access_token.slice(0, -2)}00` });
    await client.listTools({}, { cacheMode: "refresh" });
    assert.notEqual(authorization.tokens().refresh_token, before.refresh_token);
  });
  await client?.close();
}

/** Checks with the SDK of the era with a handshake. */
export async function legacy(check, deployment, application, { carol }) {
  const sdk = await import("@modelcontextprotocol/sdk/client/index.js");
  const http = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
  const authorization = new Authorization(application, carol, { client_id: application.id });
  const client = new sdk.Client(ABOUT, { capabilities: { elicitation: { url: {} } } });
  await check("authorization, then `initialize` with 2025-11-25", async () => {
    let last;
    const transport = () => (last = new http.StreamableHTTPClientTransport(new URL(deployment.mcp), { authProvider: authorization }));
    await connect(client, transport, authorization);
    assert.equal(last.protocolVersion, "2025-11-25");
    assert.equal(authorization.request.searchParams.get("resource"), deployment.mcp);
    await client.ping();
  });
  await check("lists the tools", async () => {
    const { tools } = await client.listTools();
    assert.ok(tools.some(({ name }) => name === "create_opportunity"));
  });
  await check("a write: -32042 with the login's address, then *Do it*", async () => {
    const name = `Legacy ${crypto.randomUUID()}`;
    let elicitations;
    await assert.rejects(call(client, "create_opportunity", opportunity(name)), (error) => {
      ({ elicitations } = error);
      return error.code === -32042;
    });
    assert.equal(elicitations[0].mode, "url");
    await carol.logsIn(elicitations[0].url);
    await carol.approves(name);
    const { run } = await call(client, "create_opportunity", opportunity(name));
    assert.deepEqual((await ends(client, run)).as, [carol.upn]);
    assert.equal((await deployment.opportunities(name)).length, 1);
  });
  await check("a read asks nobody", async () => {
    const found = await call(client, "find_account", { name: "Acme" });
    assert.equal(found.status, "done", JSON.stringify(found));
  });
  await check("an unknown tool: -32602", async () => {
    await assert.rejects(client.callTool({ name: "no_such_tool", arguments: {} }), { code: -32602 });
  });
  await client.close();
}
