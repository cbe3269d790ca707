// The least that a bot with an object per person does, in plain JavaScript: the activity by RPC to the person's
// object, one SELECT, and the reply. A run also asks the company's object for its settings, sends the request to
// the app, and stores one record per step, as Workbot does. It checks no token and recognises no second delivery.
import { DurableObject } from "cloudflare:workers";
import people from "records.json";

/** The stored access of each person, and the URL of a request to their Salesforce. */
const records = new Map(people.map(({ oid, connections: [connection] }) => [oid, connection]));
const query = "SELECT Id, Name, Industry, BillingCity FROM Account WHERE Name LIKE '%Acme%' ORDER BY Name LIMIT 10";

export class Workspace extends DurableObject {
  settings() {
    return table(this.ctx.storage, "setting", () => JSON.stringify({ verify_user_access: true }));
  }
}

export class Owner extends DurableObject {
  async turn(activity) {
    const { storage } = this.ctx;
    const connection = table(storage, "connection", () => JSON.stringify(records.get(activity.from.aadObjectId)));
    const text = activity.text === "personal_connections"
      ? `Your connections ${connection}` : await this.#run(activity, JSON.parse(connection));
    const url = `${activity.serviceUrl}/v3/conversations/${encodeURIComponent(activity.conversation.id)}/activities`;
    await json(await fetch(url, post("bench", { type: "message", text })));
  }

  /** A run that reads stores its end; a run that writes stores its intent first. */
  async #run({ id, text }, { account, instance_url, access_token }) {
    const { sql } = this.ctx.storage;
    const { verify_user_access } = JSON.parse(await this.env.WORKSPACE.getByName("company").settings());
    sql.exec("CREATE TABLE IF NOT EXISTS run (id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
    const store = (value) => sql.exec("INSERT OR REPLACE INTO run VALUES (?, ?)", id, JSON.stringify(value));
    const data = `${instance_url}/services/data/v65.0`;
    let found;
    if (text.startsWith("create opportunity")) {
      store({ text, verify_user_access, state: "sent" });
      await this.ctx.storage.sync();
      const fields = { Name: "Acme renewal", Amount: 5000, CloseDate: "2026-12-31", StageName: "Prospecting" };
      found = await json(await fetch(`${data}/sobjects/Opportunity`, post(access_token, fields)));
    } else {
      const headers = { authorization: `Bearer ${access_token}` };
      found = await json(await fetch(`${data}/query?q=${encodeURIComponent(query)}`, { headers }));
    }
    store({ text, verify_user_access, state: "done", found });
    return `${JSON.stringify(found)} Done as you (${account}).`;
  }
}

/** The one row of a table, which the first turn creates. */
function table({ sql }, name, first) {
  try {
    return sql.exec(`SELECT value FROM ${name}`).one().value;
  } catch {
    sql.exec(`CREATE TABLE IF NOT EXISTS ${name} (value TEXT NOT NULL)`);
    return sql.exec(`INSERT INTO ${name} VALUES (?) RETURNING value`, first()).one().value;
  }
}

const post = (token, body) => ({
  method: "POST",
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  body: JSON.stringify(body),
});

async function json(response) {
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.json();
}

export default {
  async fetch(request, env) {
    if (request.method === "GET") return new Response("ok");
    const activity = await request.json();
    await env.OWNER.getByName(activity.from.aadObjectId).turn(activity);
    return new Response();
  },
};
