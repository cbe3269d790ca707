// The command line of `@modelcontextprotocol/inspector`.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ends, opportunity } from "./mcp_clients.mjs";

const PROGRAM = fileURLToPath(new URL("node_modules/.bin/mcp-inspector", import.meta.url));

/** Checks with an access token. `client` is another client of the same grant, which reads the end of a run. */
export async function inspector(check, deployment, person, token, client) {
  const inspect = async (...args) => {
    const all = ["--cli", deployment.mcp, "--transport", "http", "--header", `Authorization: Bearer ${token}`, ...args];
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...all], { timeout: 60_000 });
    return JSON.parse(stdout);
  };
  await check("tools/list", async () => {
    const { tools } = await inspect("--method", "tools/list");
    assert.ok(tools.some(({ name }) => name === "create_opportunity"));
  });
  await check("tools/call of a read", async () => {
    const { structuredContent } = await inspect("--method", "tools/call", "--tool-name", "find_account", "--tool-arg", "name=Acme");
    assert.equal(structuredContent.status, "done");
  });
  await check("tools/call of a write, then *Do it*", async () => {
    const name = `Inspected ${crypto.randomUUID()}`;
    const args = Object.entries(opportunity(name)).map(([key, value]) => `${key}=${value}`);
    const { structuredContent } = await inspect("--method", "tools/call", "--tool-name", "create_opportunity", "--tool-arg", ...args);
    await person.approves(name);
    await ends(client, structuredContent.run);
  });
}
