// The least that a bot with an object per person does, in plain JavaScript: the activity by RPC to the person's
// object, one SELECT, and the reply. It checks no token and stores nothing after the first turn.
import { DurableObject } from "cloudflare:workers";

const record = JSON.stringify({ app: "salesforce", name: "Salesforce", status: "connected", note: "x".repeat(1024) });

export class Owner extends DurableObject {
  #turns = 0;

  async turn({ serviceUrl, conversation, text }) {
    this.#turns += 1;
    const its = this.#record();
    const reply = { type: "message", text: `${text === "personal_connections" ? "Your connections" : "Done as you (it)"} ${its}` };
    const url = `${serviceUrl}/v3/conversations/${encodeURIComponent(conversation.id)}/activities`;
    const answer = await fetch(url, {
      method: "POST", headers: { authorization: "Bearer bench", "content-type": "application/json" }, body: JSON.stringify(reply),
    });
    await answer.arrayBuffer();
    return this.#turns;
  }

  #record() {
    const { sql } = this.ctx.storage;
    try {
      return sql.exec("SELECT value FROM record WHERE app = 'salesforce'").one().value;
    } catch {
      sql.exec("CREATE TABLE record (app TEXT PRIMARY KEY, value TEXT NOT NULL)");
      sql.exec("INSERT INTO record VALUES ('salesforce', ?)", record);
      return record;
    }
  }
}

export default {
  async fetch(request, env) {
    if (request.method === "GET") return new Response("ok");
    const activity = await request.json();
    return Response.json(await env.OWNER.getByName(activity.from.aadObjectId).turn(activity));
  },
};
