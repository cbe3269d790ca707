// The deployment under test: its addresses, and the people who use it.
import { Browser } from "./browser.mjs";

const required = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run \`cargo xtask conformance\``);
  return value;
};

/** The timeout of every wait, in milliseconds: long enough for a slow, busy machine. */
const PATIENCE = 60_000;

/** Waits until `look` returns something. */
export async function eventually(what, look) {
  for (const deadline = Date.now() + PATIENCE; ; ) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A deployment on this machine, with its stand-ins. */
export class Deployment {
  constructor(worker = required("WORKBOT_PUBLIC_URL"), sandbox = required("WORKBOT_SANDBOX_URL")) {
    this.worker = worker;
    this.sandbox = sandbox;
    /** The address of the MCP endpoint. */
    this.mcp = `${worker}/mcp`;
  }

  /** Sends a request to the sandbox's control routes. */
  async control(path, body) {
    const answer = await fetch(`${this.sandbox}/_control/${path}`, {
      ...(body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** A new person of the bot's tenant, with accounts of the same name at the apps. */
  async person(name, roles = []) {
    const { bot_tenant_id: tid } = await this.control("info");
    const oid = `${name.toLowerCase()}-${crypto.randomUUID()}`;
    const person = new Person(this, tid, oid, name, roles);
    await this.control("persons", { tid, oid, name, upn: person.upn, roles });
    for (const app of ["salesforce", "servicenow", "box"]) await this.control(`${app}/users`, { username: person.upn });
    return person;
  }

  /** An admin, who opens the door for agents. */
  async openDoor() {
    const admin = await this.person("Megan", ["Workbot.Admin"]);
    await admin.tab("PUT", "admin/agents", { open: true });
    // A read as the person: the company has no connection of its own here.
    await admin.tab("PUT", "admin/recipes/find-account/settings", { verify_user_access: { salesforce: true } });
    return admin;
  }

  /** The opportunities of this name, with the accounts that created them. */
  async opportunities(name) {
    const { records } = await this.control("salesforce/records");
    return records.filter((record) => record.fields?.Name === name);
  }
}

/** A person, with a chat and a browser. */
class Person {
  constructor(deployment, tid, oid, name, roles) {
    Object.assign(this, { deployment, tid, oid, name, roles, upn: `${oid}@contoso.com`, conversation: `a:${oid}` });
    this.browser = new Browser();
  }

  /** A request of the person's tab. */
  async tab(method, path, body) {
    const { oid, tid, roles } = this;
    const { token } = await this.deployment.control("sso-token", { oid, tid, roles });
    const answer = await fetch(`${this.deployment.worker}/api/${path}`, {
      method, headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** Delivers an activity of the person in their personal chat. */
  async deliver(fields) {
    const { tid, oid, name, conversation } = this;
    const answer = await this.deployment.control("relay", {
      type: "message", id: crypto.randomUUID(), channelId: "msteams", locale: "en-US",
      serviceUrl: `${this.deployment.sandbox}/connector`,
      from: { id: `29:${oid}`, name, aadObjectId: oid }, recipient: { id: "28:bot", name: "Workbot" },
      conversation: { id: conversation, conversationType: "personal", isGroup: false, tenantId: tid },
      channelData: { tenant: { id: tid } }, ...fields,
    });
    if (answer.status !== 200) throw new Error(`the worker said ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Says something to the bot, and waits for a reply with these words. */
  async say(text, words) {
    await this.deliver({ text });
    await this.reads(words);
  }

  /** The messages of the bot in the chat. */
  async messages() {
    return (await this.deployment.control(`sent?conversation=${encodeURIComponent(this.conversation)}`)).sent;
  }

  /** Waits for the newest message with these words. */
  async reads(words) {
    const has = (message) => JSON.stringify(message).includes(words);
    return await eventually(`${this.name} reads: ${words}`, async () => (await this.messages()).findLast(has));
  }

  /** Presses a button of a message. */
  async press(message, title) {
    const { verb, data } = actions(message).find((action) => action.title === title);
    await this.deliver({
      type: "invoke", name: "adaptiveCard/action",
      value: { action: { type: "Action.Execute", verb, data }, trigger: "manual" },
    });
  }

  /** Presses *Do it* on the card about a record of this name. */
  async approves(record) {
    const asked = async () => (await this.messages()).findLast((message) => {
      return JSON.stringify(message).includes(record) && actions(message).some(({ title }) => title === "Do it");
    });
    await this.press(await eventually(`a card about ${record}`, asked), "Do it");
  }

  /** Opens a login link and logs in. */
  async logsIn(link) {
    await this.browser.logIn(link, this);
  }
}

/** The buttons of a message. */
function actions(message) {
  const found = [];
  const visit = (value) => {
    if (value?.type?.startsWith?.("Action.")) found.push(value);
    if (value && typeof value === "object") Object.values(value).forEach(visit);
  };
  visit(message);
  return found;
}

/** The address of the first *Login* button of a message. */
export const loginLink = (message) => actions(message).find(({ title, url }) => title === "Login" && url).url;
