// `@modelcontextprotocol/conformance`: the protocol's own scenarios for servers. It sends no token, so that a proxy
// on this machine adds one.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SUITE = fileURLToPath(new URL("node_modules/@modelcontextprotocol/conformance/dist/index.js", import.meta.url));

/** Passes requests on to the worker, with one access token after the other: one person's calls are limited. */
async function proxy(worker, tokens) {
  const { hostname, port } = new URL(worker);
  let count = 0;
  const server = createServer((asked, answer) => {
    const authorization = `Bearer ${tokens[count++ % tokens.length]}`;
    const headers = { ...asked.headers, host: `${hostname}:${port}`, authorization };
    const onward = request({ hostname, port, method: asked.method, path: asked.url, headers }, (given) => {
      answer.writeHead(given.statusCode, given.headers);
      given.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** Runs the suite. `onLine` reads what it prints. */
async function suite(args, onLine = () => {}) {
  const folder = await mkdtemp(join(tmpdir(), "workbot-conformance-"));
  try {
    const child = spawn(process.execPath, [SUITE, ...args, "--output-dir", folder], { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: child.stdout })) await onLine(line);
    const scenarios = new Map();
    for (const name of await readdir(folder)) {
      const scenario = name.replace(/^(authorization-server|server)-/, "").replace(/-\d{4}-\d\d-\d\dT.*$/, "");
      scenarios.set(scenario, JSON.parse(await readFile(join(folder, name, "checks.json"), "utf8")));
    }
    return scenarios;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the scenarios that a revision of the specification requires. Returns the checks of each. */
export async function requirements(deployment, tokens, revision) {
  const server = await proxy(deployment.worker, tokens);
  try {
    const url = `http://127.0.0.1:${server.address().port}/mcp`;
    return await suite(["server", "--url", url, "--requirements", revision]);
  } finally {
    server.close();
  }
}

/** Runs the scenarios for authorization servers. */
export async function authorizationServer(deployment, application, person) {
  const free = createServer();
  await new Promise((resolve) => free.listen(0, "127.0.0.1", resolve));
  const { port } = free.address();
  await new Promise((resolve) => free.close(resolve));
  const args = ["authorization", "--url", deployment.worker, "--client-id", application.id, "--resource", deployment.mcp, "--port", `${port}`];
  let authorized;
  const scenarios = await suite(args, (line) => {
    if (line.startsWith(`${deployment.worker}/agent/authorize?`)) authorized = person.browser.authorize(line, person);
  });
  assert.ok(await authorized, "the suite asked for an authorization");
  return scenarios;
}
