// Plays every client against the running deployment, prints what they found, and writes it to docs/agents.md.
import { Deployment } from "./deployment.mjs";
import { ClientApplication } from "./client_application.mjs";
import { oauth4webapi, openidClient, registeredClient } from "./oauth_clients.mjs";
import { legacy, modern, modernClient } from "./mcp_clients.mjs";
import { python } from "./python_clients.mjs";
import { example } from "./example.mjs";
import { inspector } from "./inspector.mjs";
import { authorizationServer, requirements } from "./official_suite.mjs";
import { Report, version } from "./report.mjs";

const deployment = new Deployment();
const report = new Report();
const admin = await deployment.openDoor();

/** A person who has said hello to the bot. */
async function person(name) {
  const made = await deployment.person(name);
  await made.say("help", "What I can do");
  return made;
}

/** The same, with a connection to Salesforce. */
async function connected(name) {
  const made = await person(name);
  const { url } = await made.tab("POST", "connections/salesforce/login");
  await made.logsIn(url);
  return made;
}

const application = await ClientApplication.start("Conformance");
try {
  await report.client(`openid-client ${version("openid-client")}`, async (check) => {
    await openidClient(check, deployment, application, await person("Otto"));
    await registeredClient(check, deployment, application, await person("Rita"), admin);
  });
  await report.client(`oauth4webapi ${version("oauth4webapi")}`, async (check) => {
    await oauth4webapi(check, deployment, application, await person("Olga"));
  });
  await report.client(`@modelcontextprotocol/client ${version("@modelcontextprotocol/client")}`, async (check) => {
    await modern(check, deployment, application, { ada: await person("Ada"), bob: await person("Bob") });
  });
  await report.client(`@modelcontextprotocol/sdk ${version("@modelcontextprotocol/sdk")}`, async (check) => {
    await legacy(check, deployment, application, { carol: await person("Carol") });
  });
  await report.client(`mcp ${version("mcp")} (PyPI)`, async (check) => {
    await python(check, deployment, application, await person("Dora"), "mcp");
  });
  const emil = await person("Emil");
  const { authorization: emils } = await modernClient(deployment, application, emil);
  await report.client(`fastmcp ${version("fastmcp")} (PyPI)`, async (check) => {
    await python(check, deployment, application, emil, "fastmcp", emils.tokens().access_token);
  });
  await report.client("docs/examples/agent.mjs", async (check) => {
    await example(check, deployment, await person("Nora"), admin);
  });
  const ines = await connected("Ines");
  const { client, authorization } = await modernClient(deployment, application, ines);
  const token = authorization.tokens().access_token;
  await report.client(`@modelcontextprotocol/inspector ${version("@modelcontextprotocol/inspector")}`, async (check) => {
    await inspector(check, deployment, ines, token, client);
  });
  await client.close();
  const tokens = [];
  for (const name of ["Finn", "Gina", "Hans", "Iris", "Jana", "Karl", "Lena", "Mika"]) {
    const { client, authorization } = await modernClient(deployment, application, await person(name));
    tokens.push(authorization.tokens().access_token);
    await client.close();
  }
  for (const revision of ["2026-07-28", "2025-11-25"]) {
    report.suite(revision, await requirements(deployment, tokens, revision));
  }
  report.suite("authorization server", await authorizationServer(deployment, application, ines));
} finally {
  application.stop();
}
console.log(report.text());
await report.write();
process.exitCode = report.failures ? 1 : 0;
