// Starts and stops the whole system as a developer does, and opens a browser.
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

/** Starts `cargo xtask dev` with its own data, and waits until everything runs. */
export async function start(name) {
  // While a test is written: the system already runs at these ports.
  if (process.env.WORKBOT_RUNS) return { stop: async () => 0 };
  const options = ["--built", "--apps", "none", "--port-offset", String(offset), "--state", join(state, name)];
  const dev = spawn(required("XTASK_BIN"), ["dev", ...options], {
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

/** Chromium without the features that access the network beyond this machine. */
export async function browse() {
  return await chromium.launch({
    executablePath: required("CHROMIUM"),
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}

/** The timeout of every wait, in milliseconds: long enough for a slow, busy machine. */
export const PATIENCE = Number(process.env.WORKBOT_PATIENCE ?? 120_000);

/** A browser context with the timeout of the tests. */
export async function openContext(browser, options) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(PATIENCE);
  return context;
}

const pictures = join(state, "pictures");
mkdirSync(pictures, { recursive: true });

/** Pictures cost more than the checks: the whole run takes none. */
const takesPictures = process.env.WORKBOT_PICTURES === "1";

/** Takes a picture of a page as it is, for review. */
export async function screenshot(page, name) {
  if (takesPictures) await page.screenshot({ path: join(pictures, `${name}.png`), animations: "disabled" });
}

/** Takes pictures of a page, light and dark, for review. */
export async function picture(page, name) {
  if (!takesPictures) return;
  // The host page has its own theme, which the tab follows.
  const theme = page.locator("select#theme");
  const teams = (await theme.count()) > 0;
  for (const look of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: look });
    if (teams) {
      await theme.selectOption(look === "dark" ? "dark" : "default");
      await page.frameLocator("iframe").locator(`html[data-theme=${look === "dark" ? "dark" : "default"}]`).waitFor();
    }
    await screenshot(page, `${name}-${look}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  if (teams) await theme.selectOption("default");
}

/** People of the sandbox, by their object ids. */
export const ALEX = "00000000-0000-0000-0000-0000000000020";
export const MEGAN = "3e9a0000-0000-4000-8000-000000000023";

/** Opens the tab in the host page as a person. */
export async function teams(context, person, choices = {}) {
  const host = await context.newPage();
  await host.goto(`${sandbox}/teams?${new URLSearchParams({ person, ...choices })}`);
  return { host, tab: host.frameLocator("iframe") };
}

/** Waits until a section of the tab is shown. */
export const shown = (tab, section) => tab.locator(`[data-page=${section}]`).waitFor();

/** Chooses a section of the tab. */
export async function choose({ tab }, section) {
  await tab.locator(`#tab-${section}`).click();
  await shown(tab, section);
}

/** Connects an app in the tab: one press opens the login in a new browser tab. */
export async function connect(context, { tab }, person, account, { app = "salesforce", button = "Connect" } = {}) {
  const link = tab.locator(`li[data-app=${app}] fluent-anchor-button`, { hasText: button });
  // Coming near brings the link.
  await link.hover();
  await link.and(tab.locator("[href]")).waitFor();
  const opened = context.waitForEvent("page");
  await link.click();
  const page = await opened;
  await logIn(page, person, account);
  return page;
}

/** Delivers a message of a person of the Playground's tenant, in a personal chat. */
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

/** Waits for a message of the bot with this text in a conversation, or one that a reader (`29:OID`) sees there. */
export async function said(conversation, words, reader) {
  const query = new URLSearchParams({ conversation, ...(reader && { reader }) });
  for (const deadline = Date.now() + PATIENCE; ; ) {
    const { sent } = await (await fetch(`${sandbox}/_control/sent?${query}`)).json();
    if (JSON.stringify(sent).includes(words)) return;
    if (Date.now() > deadline) throw new Error(`never said: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Removes the faults with this `match`. The requests that they hold go on. */
export async function removeFaults(match) {
  const answer = await fetch(`${sandbox}/_control/faults?${new URLSearchParams({ match })}`, { method: "DELETE" });
  if (!(await answer.json()).count) throw new Error(`no fault at ${match}`);
}

/** Sends a request to the sandbox's control routes. */
export async function control(what, body) {
  const answer = await fetch(`${sandbox}/_control/${what}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  return answer.headers.get("content-length") === "0" ? null : await answer.json();
}

/** Types a message to the bot and sends it. */
export async function say(page, text) {
  // Forms may stand above the input box.
  const input = page.getByRole("textbox").last();
  await input.click();
  await input.pressSequentially(text);
  await page.keyboard.press("Enter");
}

/** Waits until the newest element with this text is visible. */
export const expectText = (page, text) => page.getByText(text).last().waitFor();

/** A whole login: signs in as a person, then logs in at the app with an account, until the success page. */
export async function logIn(page, person, account, look = async () => {}) {
  const signIn = page.locator(`button[name=person][value="${person}"]`);
  const username = page.locator("[name=username]");
  const allow = page.locator("button[name=decision][value=allow]");
  // A person who is signed in, at Entra or at the app, is not asked again.
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

/** Presses the newest Login button of a chat and finishes the login. */
export async function followLogin(page, person, account) {
  const opened = page.context().waitForEvent("page");
  await page.getByRole("link", { name: "Login", exact: true }).last().click();
  const login = await opened;
  await logIn(login, person, account);
  await login.close();
}

/** Reads the state of the Salesforce stand-in. */
export async function salesforce(what) {
  return await (await fetch(`${sandbox}/_control/salesforce/${what}`)).json();
}
