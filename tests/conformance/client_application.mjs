// A client with a metadata document and a redirect URI, both on this machine.
//
// `person.browser.authorize(url, person)` takes an authorization request through the sign-in and the consent page, and
// returns the address that was opened at the redirect URI.
import { createServer } from "node:http";

export class ClientApplication {
  #server;

  /** Starts the application. `name` is what its metadata document says. */
  static async start(name) {
    const application = new ClientApplication();
    await application.#listen(name);
    return application;
  }

  async #listen(name) {
    this.#server = createServer((request, response) => {
      if (request.url === "/client.json") {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(this.metadata));
      } else if (request.url.startsWith("/callback")) {
        // Many clients send the browser on, often to another origin.
        response.writeHead(302, { location: `http://localhost:${this.#server.address().port}/done` });
        response.end();
      } else {
        response.end("You can close this page.");
      }
    });
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${this.#server.address().port}`;
    this.redirectUri = `${origin}/callback`;
    this.metadata = {
      client_id: `${origin}/client.json`, client_name: name, redirect_uris: [this.redirectUri],
      grant_types: ["authorization_code", "refresh_token"], response_types: ["code"], token_endpoint_auth_method: "none",
    };
    this.id = this.metadata.client_id;
  }

  stop() {
    this.#server.close();
  }
}

/** What the TypeScript SDKs of MCP ask a program to keep (`OAuthClientProvider`), for one person. */
export class Authorization {
  #person;
  #information;
  #verifier;
  #discovered;
  #tokens;
  #state = crypto.randomUUID();

  /** `information` is the client: `client_id`, and `client_secret` if it has one. */
  constructor({ metadata, redirectUri }, person, information) {
    this.clientMetadata = metadata;
    this.redirectUrl = redirectUri;
    this.#person = person;
    this.#information = information;
  }

  clientInformation() {
    return this.#information;
  }

  state() {
    return this.#state;
  }

  tokens() {
    return this.#tokens;
  }

  saveTokens(tokens) {
    this.#tokens = tokens;
  }

  codeVerifier() {
    return this.#verifier;
  }

  saveCodeVerifier(verifier) {
    this.#verifier = verifier;
  }

  discoveryState() {
    return this.#discovered;
  }

  saveDiscoveryState(discovered) {
    this.#discovered = discovered;
  }

  /** The person signs in and agrees. */
  async redirectToAuthorization(url) {
    this.request = url;
    this.callback = (await this.#person.browser.authorize(url.href, this.#person)).searchParams;
    if (this.callback.get("state") !== this.#state) throw new Error("another state came back");
  }
}

/** Connects a client of an SDK: without a token first, then with the one that the person's consent gives. */
export async function connect(client, transport, authorization) {
  const first = transport();
  try {
    await client.connect(first);
    throw new Error("the endpoint asked for no token");
  } catch (error) {
    if (error.name !== "UnauthorizedError" && error.constructor.name !== "UnauthorizedError") throw error;
  }
  await first.finishAuth(authorization.callback.get("code"), authorization.callback.get("iss"));
  await client.connect(transport());
}
