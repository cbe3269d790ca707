// The bot for comparison: Microsoft's Agents SDK as its samples use it, with its optional checks switched on.
// It replies to `personal_connections` with the same card as our bot, to `find account …` with the records of
// Salesforce, and to `create opportunity …` with the new record.
import { readFileSync } from "node:fs";
import { ConnectionManager, CloudAdapter, MemoryStorage, TurnState, AgentApplication, authorizeJWT } from "@microsoft/agents-hosting";
import express from "express";
import { FileStorage } from "./file-storage.mjs";

const { PORT, AUTHORITY, ISSUER, TENANT, APP_ID, RECORDS, DATABASE } = process.env;

const connection = { clientId: APP_ID, clientSecret: "bench", tenantId: TENANT, authority: AUTHORITY, issuers: [ISSUER], validateIssuer: true };
const auth = { ...connection, connections: new Map([["serviceConnection", connection]]), connectionsMap: [{ serviceUrl: "*", connection: "serviceConnection" }] };

/** The bot's own token. MSAL accepts https authorities only, and there is none on loopback. Like MSAL, this caches the token. */
const tokens = () => {
  let kept;
  return {
    connectionSettings: connection,
    async getAccessToken() {
      if (kept?.until > Date.now()) return kept.token;
      const answer = await (await fetch(`${AUTHORITY}/${TENANT}/oauth2/v2.0/token`, { method: "POST" })).json();
      kept = { token: answer.access_token, until: Date.now() + (answer.expires_in - 300) * 1000 };
      return kept.token;
    },
  };
};

const adapter = new CloudAdapter(auth, undefined, undefined, { validateServiceUrl: true });
adapter.connectionManager = new ConnectionManager(tokens, auth.connections, auth.connectionsMap);

const storage = DATABASE ? new FileStorage(DATABASE) : new MemoryStorage();
const records = JSON.parse(readFileSync(RECORDS, "utf8"));
await storage.write(Object.fromEntries(records.map(({ oid, connections }) => [`connections/${oid}`, { connections }])));

const line = (text) => ({ type: "TextBlock", text, wrap: true });
const note = (text) => ({ type: "TextBlock", text, wrap: true, isSubtle: true, spacing: "None", size: "Small" });
const date = (at) => `{{DATE(${new Date(at).toISOString().slice(0, 19)}Z, SHORT)}}`;
const action = (title, verb) => ({ type: "Action.Execute", title, verb, data: {}, fallback: { type: "Action.Submit", title, data: { verb } } });

function row({ name, account, connected_at, used_by }) {
  const details = [`connected since ${date(connected_at)}`];
  if (used_by.length) details.push(`used by ${used_by.join(", ")}`);
  return {
    type: "ColumnSet", separator: true,
    columns: [
      { type: "Column", width: "stretch", items: [line(`**${name}** · ${account}`), note(details.join(" · "))] },
      { type: "Column", width: "auto", items: [line("Connected")] },
    ],
  };
}

const list = (connections) => ({
  type: "AdaptiveCard", $schema: "http://adaptivecards.io/schemas/adaptive-card.json", version: "1.5",
  body: [
    { type: "TextBlock", text: "Your connections", wrap: true, size: "Medium", weight: "Bolder", style: "heading" },
    ...connections.map(row),
    {
      type: "Input.ChoiceSet", id: "connection", label: "Connection", style: "compact", value: connections[0].app,
      choices: connections.map(({ app, name, account }) => ({ title: `${name} (${account})`, value: app })),
    },
    note("Missing one? Say *connect salesforce*."),
  ],
  actions: [action("Disconnect", "connection.disconnect"), action("Delete", "connection.delete"), action("Refresh", "connection.refresh")],
});

const app = new AgentApplication({ adapter, storage, startTypingTimer: false, turnStateFactory: () => new TurnState() });
app.onMessage("personal_connections", async (context) => {
  const key = `connections/${context.activity.from.aadObjectId}`;
  const { connections } = (await storage.read([key]))[key];
  await context.sendActivity({
    type: "message", summary: "Your connections",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content: list(connections) }],
  });
});

/** Escapes a value for a string of SOQL, wildcards included. */
const quoted = (text) => text.replace(/[\\'"%_]/g, "\\$&");
/** Escapes foreign text for Markdown. */
const plain = (text) => text.replace(/[\\`*_[\]#~|]/g, "\\$&").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

async function accounts({ instance_url, access_token }, name) {
  const soql = `SELECT Id, Name, Industry, BillingCity FROM Account WHERE Name LIKE '%${quoted(name)}%' ORDER BY Name LIMIT 10`;
  const url = `${instance_url}/services/data/v65.0/query?q=${encodeURIComponent(soql)}`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${access_token}` }, redirect: "error", signal: AbortSignal.timeout(30_000) });
  if (!answer.ok) throw new Error(`Salesforce answered ${answer.status}`);
  return (await answer.json()).records;
}

/** With a database, the bot stores its runs: the SDK writes the changed state once, at the end of the turn. */
const stored = (state, run) => DATABASE && state.setValue("conversation.run", run);

app.onMessage(/^find account /, async (context, state) => {
  const name = context.activity.text.slice("find account ".length).trim();
  const key = `connections/${context.activity.from.aadObjectId}`;
  await context.sendActivity({ type: "typing" });
  const { connections } = (await storage.read([key]))[key];
  const connection = connections.find(({ app }) => app === "salesforce");
  const found = (await accounts(connection, name)).map(({ Id, Name, Industry, BillingCity }) =>
    [`- [${plain(Name)}](${connection.instance_url}/${Id})`, ...[Industry, BillingCity].filter(Boolean).map(plain)].join(" · "));
  const head = found.length ? `Accounts named like *${plain(name)}*:` : `There is no account named like *${plain(name)}* in Salesforce`;
  await context.sendActivity([head, ...found, "", `Done as you (${plain(connection.account)}).`].join("\n"));
  stored(state, { recipe: "find account", inputs: { name }, id: context.activity.id, found: found.length });
});

async function created({ instance_url, access_token }, fields) {
  const answer = await fetch(`${instance_url}/services/data/v65.0/sobjects/Opportunity`, {
    method: "POST", headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
    body: JSON.stringify({ ...fields, StageName: "Prospecting" }), redirect: "error", signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`Salesforce answered ${answer.status}`);
  return (await answer.json()).id;
}

app.onMessage(/^create opportunity /, async (context, state) => {
  const [, name, amount, date] = context.activity.text.match(/ name: (.+) amount: (\S+) close_date: (\S+)$/);
  const key = `connections/${context.activity.from.aadObjectId}`;
  await context.sendActivity({ type: "typing" });
  const { connections } = (await storage.read([key]))[key];
  const connection = connections.find(({ app }) => app === "salesforce");
  const id = await created(connection, { Name: name, Amount: Number(amount), CloseDate: date });
  const done = `Created [${plain(name)}](${connection.instance_url}/${id}) · amount ${Number(amount).toLocaleString("en-US")}, close date {{DATE(${date}T00:00:00Z, SHORT)}}`;
  await context.sendActivity([done, "", `Done as you (${plain(connection.account)}).`].join("\n"));
  stored(state, { recipe: "create opportunity", inputs: { name, amount, date }, activity: context.activity.id, id });
});

const server = express();
server.use(express.json());
server.post("/api/messages", authorizeJWT(auth), (request, response) => adapter.process(request, response, (context) => app.run(context)));
server.get("/healthz", (_, response) => response.send("ok"));
server.listen(Number(PORT), "127.0.0.1");
