// The SDK of MCP for Python and FastMCP, in a program of their own. It writes what it wants of the person as lines
// of JSON, and reads the answers.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Plays one of the Python clients: `mcp` or `fastmcp`. `token` is an access token for the one that asks for none. */
export async function python(check, deployment, application, person, name, token) {
  const program = fileURLToPath(new URL("python_clients.py", import.meta.url));
  const { env } = process;
  const child = spawn(env.WORKBOT_PYTHON, [program, name, deployment.mcp], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...env, CLIENT_ID: application.id, REDIRECT_URI: application.redirectUri, PERSON: person.upn, TOKEN: token ?? "",
      PYTHONUNBUFFERED: "1",
    },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const answers = {
    authorize: async (url) => (await person.browser.authorize(url, person)).href,
    log_in: async (url) => void (await person.logsIn(url)),
    approve: async (record) => void (await person.approves(record)),
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, value, problem] = JSON.parse(line);
    if (what === "checked") {
      await check(value, async () => {
        if (problem) throw new Error(problem);
      });
    } else {
      child.stdin.write(`${JSON.stringify((await answers[what](value)) ?? null)}\n`);
    }
  }
  const code = await ended;
  if (code !== 0) await check("ends", async () => { throw new Error(`it ended with ${code}`); });
}
