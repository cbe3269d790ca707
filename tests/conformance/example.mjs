// docs/examples/agent.mjs, the agent that the documentation shows.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFile, mkdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { opportunity } from "./mcp_clients.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Runs the example for a person, as a client that `admin` registers. */
export async function example(check, deployment, person, admin) {
  const register = { name: "Example agent", redirect_uris: ["http://127.0.0.1/callback"] };
  const { registered } = await admin.tab("PUT", "admin/agents", { register });
  // Where the packages that it imports are found.
  const program = here("node_modules/.example/agent.mjs");
  await mkdir(here("node_modules/.example"), { recursive: true });
  await copyFile(here("../../docs/examples/agent.mjs"), program);
  await check("signs in, shows the login, waits for *Do it*", async () => {
    const name = `Example ${crypto.randomUUID()}`;
    const child = spawn(process.execPath, [program, "create_opportunity", JSON.stringify(opportunity(name))], {
      stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, WORKBOT: deployment.worker, CLIENT_ID: registered.id },
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    let said = "";
    for await (const line of createInterface({ input: child.stdout })) {
      said += `${line}\n`;
      const link = /^ {2}(http\S+)$/.exec(line)?.[1];
      if (link?.includes("/agent/authorize")) await person.browser.authorize(link, person);
      else if (link) {
        await person.logsIn(link);
        child.stdin.write("\n");
      } else if (line.includes("waiting_approval")) await person.approves(name);
    }
    assert.equal(await ended, 0, said);
    assert.match(said, /"status": "done"/);
    assert.equal((await deployment.opportunities(name)).length, 1);
  });
}
