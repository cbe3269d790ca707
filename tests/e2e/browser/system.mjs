// The whole system, started and stopped as a developer does it, and a browser to look at it.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { chromium } from "playwright-core";

const required = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run \`cargo xtask test browser\``);
  return value;
};

// Each file has a system of its own: `FILE=OFFSET,…`.
const offsets = required("WORKBOT_PORT_OFFSETS").split(",").map((pair) => pair.split("="));
const offset = Number(Object.fromEntries(offsets)[basename(process.argv[1])]);
if (!offset) throw new Error(`WORKBOT_PORT_OFFSETS names no offset for ${process.argv[1]}`);
const state = required("WORKBOT_STATE");

export const worker = `http://localhost:${8787 + offset}`;
export const sandbox = `http://localhost:${8788 + offset}`;
export const chat = `http://localhost:${8789 + offset}`;

/** `cargo xtask dev` with data of its own, until it says that everything runs. */
export async function start(name) {
  // For whoever works on a test: the system at these ports runs already.
  if (process.env.WORKBOT_RUNS) return { stop: async () => 0 };
  const dev = spawn(required("XTASK_BIN"), ["dev", "--built", "--port-offset", String(offset), "--state", join(state, name)], {
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

/** How long anything may take that a test waits for: long enough for a slow machine that is busy. */
const PATIENCE = 120_000;

/** A browser of one's own, as patient as the tests are. */
export async function openContext(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  return context;
}

export const pictures = join(state, "pictures");
mkdirSync(pictures, { recursive: true });

/** Pictures of a page, light and dark, for whoever wants to look. */
export async function picture(page, name) {
  // The page that plays Teams has a theme of its own, which the tab follows.
  const theme = page.locator("select#theme");
  const teams = (await theme.count()) > 0;
  for (const look of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: look });
    if (teams) {
      await theme.selectOption(look === "dark" ? "dark" : "default");
      await page.frameLocator("iframe").locator(`html[data-theme=${look === "dark" ? "dark" : "default"}]`).waitFor();
    }
    await page.screenshot({ path: join(pictures, `${name}-${look}.png`), animations: "disabled" });
  }
  await page.emulateMedia({ colorScheme: "light" });
  if (teams) await theme.selectOption("default");
}

/** The sandbox's people, by their object ids. */
export const ALEX = "00000000-0000-0000-0000-0000000000020";
export const MEGAN = "3e9a0000-0000-4000-8000-000000000023";

/** Teams, with the tab open as a person. */
export async function teams(context, person, choices = {}) {
  const host = await context.newPage();
  await host.goto(`${sandbox}/teams?${new URLSearchParams({ person, ...choices })}`);
  return { host, tab: host.frameLocator("iframe") };
}

/** Connects in the tab: the button, then the link, then the login in the browser tab that opens. */
export async function connect(context, { tab }, person, account, { app = "salesforce", button = "Connect", link = "Log in to Salesforce" } = {}) {
  const row = tab.locator(`li[data-app=${app}]`);
  await row.locator("fluent-button", { hasText: button }).click();
  const opened = context.waitForEvent("page");
  await row.locator("fluent-anchor-button", { hasText: link }).click();
  const page = await opened;
  await logIn(page, person, account);
  return page;
}

/** Says something to the bot as a person of the Playground's tenant, in a chat of theirs, as Teams delivers it. */
export async function command(person, name, text) {
  const conversation = `a:${person}`;
  const { bot_tenant_id: tenant } = await (await fetch(`${sandbox}/_control/info`)).json();
  const activity = {
    type: "message", id: crypto.randomUUID(), channelId: "msteams", serviceUrl: `${sandbox}/connector`, locale: "en-US", text,
    from: { id: `29:${person}`, name, aadObjectId: person }, recipient: { id: "28:bot", name: "Workbot" },
    conversation: { id: conversation, conversationType: "personal", isGroup: false, tenantId: tenant },
    channelData: { tenant: { id: tenant } },
  };
  const answer = await control("relay", activity);
  if (answer.status !== 200) throw new Error(`the worker said ${answer.status}: ${JSON.stringify(answer.body)}`);
  return conversation;
}

/** Waits until the bot has said something in a conversation. */
export async function said(conversation, words) {
  for (const deadline = Date.now() + PATIENCE; ; ) {
    const { sent } = await (await fetch(`${sandbox}/_control/sent?conversation=${encodeURIComponent(conversation)}`)).json();
    if (JSON.stringify(sent).includes(words)) return;
    if (Date.now() > deadline) throw new Error(`never said: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Tells the sandbox something. */
export async function control(what, body) {
  const answer = await fetch(`${sandbox}/_control/${what}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  return answer.headers.get("content-length") === "0" ? null : await answer.json();
}

/** Says something to the bot. */
export async function say(page, text) {
  // Above it, forms may stand.
  const input = page.getByRole("textbox").last();
  await input.click();
  await input.pressSequentially(text);
  await page.keyboard.press("Enter");
}

/** Waits until the newest of these words can be read. */
export const expectText = (page, text) => page.getByText(text).last().waitFor();

/** A login, from the sign-in as a person to the page that says that it worked with an account. */
export async function logIn(page, person, account, look = async () => {}) {
  const signIn = page.locator(`button[name=person][value="${person}"]`);
  const username = page.locator("[name=username]");
  const allow = page.locator("button[name=decision][value=allow]");
  // Whoever is signed in already, here or at the app, is not asked again.
  await signIn.or(username).or(allow).waitFor();
  if (await signIn.count()) {
    await look("sign-in");
    await signIn.click();
    await username.or(allow).waitFor();
  }
  if (await username.count()) {
    await username.fill(account);
    await page.locator("[name=password]").fill("sandbox");
    await page.getByRole("button", { name: "Log In" }).click();
  }
  await allow.waitFor();
  await look("consent");
  await allow.click();
  await page.getByText("Successfully connected").waitFor();
  await page.getByText(account).waitFor();
}

/** Follows the newest Login button of a chat to its end. */
export async function followLogin(page, person, account) {
  const opened = page.context().waitForEvent("page");
  await page.getByRole("link", { name: "Login", exact: true }).last().click();
  const login = await opened;
  await logIn(login, person, account);
  await login.close();
}

/** What the stand-in for Salesforce holds. */
export async function salesforce(what) {
  return await (await fetch(`${sandbox}/_control/salesforce/${what}`)).json();
}
