// The whole system, started and stopped as a developer does it, and a browser to look at it.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const required = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run \`cargo xtask test browser\``);
  return value;
};

const offset = Number(required("WORKBOT_PORT_OFFSET"));
const state = required("WORKBOT_STATE");

export const worker = `http://localhost:${8787 + offset}`;
export const sandbox = `http://localhost:${8788 + offset}`;
export const chat = `http://localhost:${8789 + offset}`;

/** `cargo xtask dev`, until it says that everything runs. */
export async function start() {
  const dev = spawn(required("XTASK_BIN"), ["dev", "--port-offset", String(offset), "--state", join(state, "system")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => dev.once("exit", resolve));
  await new Promise((resolve, reject) => {
    let said = "";
    dev.stdout.on("data", (chunk) => {
      said += chunk;
      if (said.includes("Ctrl-C stops everything")) resolve();
    });
    ended.then((code) => reject(new Error(`cargo xtask dev ended with ${code}:\n${said}`)));
  });
  return {
    /** Ctrl-C. */
    async stop() {
      dev.kill("SIGINT");
      return await ended;
    },
  };
}

/** Chromium, without everything that would look for a network beyond this machine. */
export async function browse() {
  return await chromium.launch({
    executablePath: required("CHROMIUM"),
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}

const pictures = join(state, "pictures");
mkdirSync(pictures, { recursive: true });

/** A picture of a page, for whoever wants to look. */
export const picture = (page, name) => page.screenshot({ path: join(pictures, `${name}.png`) });

/** What the stand-in for Salesforce holds. */
export async function salesforce(what) {
  return await (await fetch(`${sandbox}/_control/salesforce/${what}`)).json();
}
