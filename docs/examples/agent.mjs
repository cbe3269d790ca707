// An agent of your own, with the official client of the Model Context Protocol.
//
//   npm install @modelcontextprotocol/client@2.4.0
//   WORKBOT=https://workbot.contoso.com CLIENT_ID=<client id> node agent.mjs find_account '{"name":"Acme"}'
//
// The client is one that an admin registered with the redirect URI http://127.0.0.1/callback. Tokens are
// forgotten at the end; a program for every day keeps them where only its person can read them.

import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline/promises";
import { setTimeout } from "node:timers/promises";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";

const door = new URL("/mcp", process.env.WORKBOT);
const [tool = "list_connections", values = "{}"] = process.argv.slice(2);

// The browser returns to this program.
const callback = createServer().listen(0, "127.0.0.1");
await once(callback, "listening");
const redirectUrl = `http://127.0.0.1:${callback.address().port}/callback`;

const state = crypto.randomUUID();
const saved = { client: { client_id: process.env.CLIENT_ID, issuer: door.origin } };
const person = {
  redirectUrl,
  clientMetadata: { client_name: "Example agent", redirect_uris: [redirectUrl] },
  state: () => state,
  clientInformation: () => saved.client,
  discoveryState: () => saved.discovery,
  saveDiscoveryState: (discovery) => { saved.discovery = discovery; },
  tokens: () => saved.tokens,
  saveTokens: (tokens) => { saved.tokens = tokens; },
  codeVerifier: () => saved.verifier,
  saveCodeVerifier: (verifier) => { saved.verifier = verifier; },
  redirectToAuthorization: (url) => console.log(`Sign in and agree:\n  ${url}`),
};

async function connected() {
  const client = new Client(
    { name: "example-agent", version: "1.0.0" },
    { capabilities: { elicitation: { url: {} } }, versionNegotiation: { mode: "auto" } },
  );
  // A login is missing: the person opens the link, and the same call goes on.
  client.setRequestHandler("elicitation/create", async ({ params }) => {
    const input = createInterface({ input: process.stdin, output: process.stdout });
    const reply = await input.question(`${params.message}\n  ${params.url}\nEnter after the login, n to cancel: `);
    input.close();
    return { action: reply.startsWith("n") ? "decline" : "accept" };
  });
  const transport = new StreamableHTTPClientTransport(door, { authProvider: person });
  try {
    await client.connect(transport);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    const [request, response] = await once(callback, "request");
    response.end("You can close this page.");
    const back = new URL(request.url, redirectUrl).searchParams;
    if (back.get("state") !== state) throw new Error("the browser brought another state");
    // Checks the issuer, then exchanges the code.
    await transport.finishAuth(back);
    return connected();
  }
  return client;
}

const client = await connected();
callback.close();
let { structuredContent: result, isError } = await client.callTool({ name: tool, arguments: JSON.parse(values) });
while (result.run && !["done", "failed", "cancelled"].includes(result.status)) {
  console.log(`${result.status}: ${result.text}`);
  await setTimeout(10_000);
  ({ structuredContent: result, isError } = await client.callTool({ name: "get_run", arguments: { run: result.run } }));
}
console.log(JSON.stringify(result, null, 2));
await client.close();
process.exitCode = isError ? 1 : 0;
