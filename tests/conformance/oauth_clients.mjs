// `openid-client` and `oauth4webapi`: OAuth clients that know nothing of MCP.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";

/** A request of the MCP endpoint that only a valid token gets past. */
const body = (id) => JSON.stringify({ jsonrpc: "2.0", id, method: "tools/list" });
const headers = new Headers({ "content-type": "application/json" });

/** Whether an access token works. */
async function works({ mcp }, token) {
  const answer = await fetch(mcp, { method: "POST", headers: { ...Object.fromEntries(headers), authorization: `Bearer ${token}` }, body: body(1) });
  assert.ok([200, 401].includes(answer.status), `${answer.status}`);
  return answer.status === 200;
}

/** A token error of `openid-client` with this code. */
const refused = (code) => (error) => error instanceof openid.ResponseBodyError && error.error === code;

/** Checks with `openid-client`. `as` is the application, `person` who agrees. */
export async function openidClient(check, deployment, application, person) {
  const { worker, mcp } = deployment;
  const options = { execute: [openid.allowInsecureRequests], algorithm: "oauth2" };
  const discover = (id, secret, authentication) => openid.discovery(new URL(worker), id, secret, authentication, options);

  /** The whole way to tokens. */
  const authorize = async (config, decision) => {
    const [pkceCodeVerifier, expectedState] = [openid.randomPKCECodeVerifier(), openid.randomState()];
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: application.redirectUri, scope: "recipes", resource: mcp, state: expectedState,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256",
    });
    const back = await person.browser.authorize(url.href, person, decision);
    const redeem = (resource = mcp) => openid.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState }, { resource });
    return { back, redeem };
  };

  let config;
  await check("metadata of the authorization server (RFC 8414)", async () => {
    config = await discover(application.id, undefined, openid.None());
    assert.ok(config.serverMetadata().supportsPKCE());
  });
  await check("code with PKCE, `resource` and `iss` (RFC 7636, 8707, 9207)", async () => {
    const { back, redeem } = await authorize(config);
    assert.equal(back.searchParams.get("iss"), worker);
    const tokens = await redeem();
    assert.deepEqual([tokens.token_type, tokens.expires_in, tokens.scope], ["bearer", 3600, "recipes"]);
    const answer = await openid.fetchProtectedResource(config, tokens.access_token, new URL(mcp), "POST", body(1), headers);
    assert.equal(answer.status, 200);
  });
  await check("a response without the right `iss` is refused by the client", async () => {
    const { back } = await authorize(config);
    back.searchParams.set("iss", "https://other.example");
    await assert.rejects(openid.authorizationCodeGrant(config, back, { pkceCodeVerifier: "x".repeat(43) }));
  });
  await check("the person refuses: `access_denied`", async () => {
    const { redeem } = await authorize(config, "deny");
    await assert.rejects(redeem(), (error) => error instanceof openid.AuthorizationResponseError && error.error === "access_denied");
  });
  await check("a code is redeemed once, a second time ends its tokens", async () => {
    const { redeem } = await authorize(config);
    const tokens = await redeem();
    await assert.rejects(redeem(), refused("invalid_grant"));
    assert.equal(await works(deployment, tokens.access_token), false);
  });
  await check("refresh tokens are replaced, a reused one ends all tokens", async () => {
    const first = await (await authorize(config)).redeem();
    const refresh = ({ refresh_token }) => openid.refreshTokenGrant(config, refresh_token, { resource: mcp });
    const second = await refresh(first);
    const third = await refresh(second);
    assert.equal(new Set([first, second, third].map((tokens) => tokens.refresh_token)).size, 3);
    assert.ok(await works(deployment, third.access_token));
    await assert.rejects(refresh(first), refused("invalid_grant"));
    assert.equal(await works(deployment, third.access_token), false);
    await assert.rejects(refresh(third), refused("invalid_grant"));
  });
  for (const kind of ["access_token", "refresh_token"]) {
    await check(`revocation of the ${kind.replace("_", " ")} (RFC 7009)`, async () => {
      const tokens = await (await authorize(config)).redeem();
      await openid.tokenRevocation(config, tokens[kind], { token_type_hint: kind });
      assert.equal(await works(deployment, tokens.access_token), false);
      await assert.rejects(openid.refreshTokenGrant(config, tokens.refresh_token), refused("invalid_grant"));
    });
  }
  await check("another resource: `invalid_target`", async () => {
    const { redeem } = await authorize(config);
    await assert.rejects(redeem("https://other.example/mcp"), refused("invalid_target"));
  });
}

/** Checks of a client that an admin registered with a secret. */
export async function registeredClient(check, deployment, application, person, admin) {
  const { worker, mcp } = deployment;
  const register = { name: "Registered client", redirect_uris: [application.redirectUri], confidential: true };
  const { registered } = await admin.tab("PUT", "admin/agents", { register });
  for (const [name, method] of [["client_secret_basic", openid.ClientSecretBasic], ["client_secret_post", openid.ClientSecretPost]]) {
    await check(`registered client with ${name}`, async () => {
      const discover = (secret) => openid.discovery(new URL(worker), registered.id, {}, method(secret), {
        execute: [openid.allowInsecureRequests], algorithm: "oauth2",
      });
      const config = await discover(registered.secret);
      const [pkceCodeVerifier, expectedState] = [openid.randomPKCECodeVerifier(), openid.randomState()];
      const url = openid.buildAuthorizationUrl(config, {
        redirect_uri: application.redirectUri, resource: mcp, state: expectedState,
        code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256",
      });
      const back = await person.browser.authorize(url.href, person);
      const checks = { pkceCodeVerifier, expectedState };
      const stranger = await discover("wrong");
      await assert.rejects(openid.authorizationCodeGrant(stranger, back, checks), (error) => error.status === 401);
      const tokens = await openid.authorizationCodeGrant(config, back, checks);
      const next = await openid.refreshTokenGrant(config, tokens.refresh_token);
      assert.ok(await works(deployment, next.access_token));
      await openid.tokenRevocation(config, next.refresh_token);
      assert.equal(await works(deployment, next.access_token), false);
    });
  }
}

/** Checks with `oauth4webapi`, from the resource on: nothing is known but its address. */
export async function oauth4webapi(check, deployment, application, person) {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const resource = new URL(deployment.mcp);
  const client = { client_id: application.id };
  let server, tokens;
  await check("the challenge of a request without a token (RFC 6750, RFC 9728)", async () => {
    const asked = oauth.protectedResourceRequest("none", "POST", resource, headers, body(1), insecure);
    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof oauth.WWWAuthenticateChallengeError);
      const [{ scheme, parameters }] = error.cause;
      assert.equal(scheme, "bearer");
      assert.equal(parameters.resource_metadata, `${deployment.worker}/.well-known/oauth-protected-resource/mcp`);
      return true;
    });
  });
  await check("metadata of the resource (RFC 9728), then of its authorization server", async () => {
    const about = await oauth.resourceDiscoveryRequest(resource, insecure).then((answer) => oauth.processResourceDiscoveryResponse(resource, answer));
    const issuer = new URL(about.authorization_servers[0]);
    const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure });
    // The issuer has no path, and this library compares it as the URL that it was given.
    server = await oauth.processDiscoveryResponse(issuer, found);
    assert.equal(server.client_id_metadata_document_supported, true);
  });
  await check("code, then refresh, then revocation", async () => {
    const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
    const url = new URL(server.authorization_endpoint);
    for (const [name, value] of Object.entries({
      client_id: client.client_id, redirect_uri: application.redirectUri, response_type: "code", scope: "recipes", state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", resource: resource.href,
    })) url.searchParams.set(name, value);
    const back = await person.browser.authorize(url.href, person);
    const parameters = oauth.validateAuthResponse(server, client, back, state);
    const given = await oauth.authorizationCodeGrantRequest(
      server, client, oauth.None(), parameters, application.redirectUri, verifier,
      { additionalParameters: { resource: resource.href }, ...insecure },
    );
    tokens = await oauth.processAuthorizationCodeResponse(server, client, given);
    const again = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh_token, insecure);
    tokens = await oauth.processRefreshTokenResponse(server, client, again);
    const answer = await oauth.protectedResourceRequest(tokens.access_token, "POST", resource, headers, body(1), insecure);
    assert.equal(answer.status, 200);
    const ended = await oauth.revocationRequest(server, client, oauth.None(), tokens.refresh_token, insecure);
    await oauth.processRevocationResponse(ended);
    assert.equal(await works(deployment, tokens.access_token), false);
  });
}
