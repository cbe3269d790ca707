// The ports over Cloudflare's runtime, as far as they are cheaper here: each function does in one call from Rust
// what takes a dozen calls between wasm and JavaScript object by object. There are no decisions here; the rules
// are in Rust.
import { env } from "cloudflare:workers";

// Rust calls the functions as members of this object: wasm-bindgen would list the module once per function.
export * as ports from "./ports.js";

/** The maximal length of a model's output, in characters. */
const MOST_OF_AN_OUTPUT = 1024 * 1024;
/** The maximal number of imported keys. An issuer has a few, and rotates them now and then. */
const MOST_KEYS = 64;
/** RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3). */
const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
/** The headers of every response. */
const SECURED = new Headers({
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
});
const SECURED_JSON = new Headers([...SECURED, ["content-type", "application/json"]]);

/** A variable or a secret of the deployment. */
export function variable(name) {
  const value = env[name];
  return typeof value === "string" ? value : undefined;
}

/** Calls `wake(id)` after `ms`. `stop` ends the timer: one that runs keeps an object from being evicted. */
export function sleep(ms, wake, id) {
  return setTimeout(wake, ms, id);
}

export function stop(timer) {
  clearTimeout(timer);
}

/**
 * A promise, and the function that resolves it. Whoever resolves it, its continuation runs in the request that
 * created it (compatibility flag `handle_cross_request_promise_resolution`, on since 2024-10-14).
 */
export function signal() {
  return Promise.withResolvers();
}

/** Reads a body to its end. Beyond `most` bytes it reads no further and returns `undefined`. */
async function whole(message, most) {
  const { headers } = message;
  const stated = headers.get("content-length");
  if (stated !== null && /^[0-9]+$/.test(stated)) {
    if (Number(stated) > most) return undefined;
    // Reading at once costs a fraction of reading a stream. A decoded body is longer than `Content-Length` says.
    if (!headers.has("content-encoding")) return new Uint8Array(await message.arrayBuffer());
  }
  const chunks = [];
  let size = 0;
  for await (const chunk of message.body ?? []) {
    size += chunk.length;
    // This cancels the stream.
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * Sends a request. `headers` are names and values in turn. Returns status, headers (`name: value`, one a line)
 * and body, or `undefined` after `limit` ms. A body beyond `most` bytes is a failure. The text of a failure may
 * quote the URL, so it stays here.
 *
 * `AbortSignal.timeout` is not used: its timer would run on after the response.
 */
export async function send(method, url, headers, secretName, secret, body, limit, most) {
  const abort = new AbortController();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    abort.abort();
  }, limit);
  try {
    const all = new Headers({ accept: "application/json" });
    for (let at = 0; at < headers.length; at += 2) all.set(headers[at], headers[at + 1]);
    if (secretName !== undefined) all.set(secretName, secret);
    const response = await fetch(url, { method, headers: all, body, redirect: "manual", signal: abort.signal });
    const read = await whole(response, most);
    if (read !== undefined) {
      let head = "";
      for (const [name, value] of response.headers) head += `${name}: ${value}\n`;
      return [response.status, head, read];
    }
    abort.abort();
  } catch {
    if (isLate) return undefined;
  } finally {
    clearTimeout(timer);
  }
  throw new Error("the connection failed");
}

/** Sends a request to the object of this name: bytes in, bytes out, by RPC. */
export async function ask(binding, name, request, id) {
  return await env[binding].getByName(name).ask(request, id);
}

/** Runs a statement. Returns the number of its rows, then their columns, row by row. */
export function query(sql, statement, values) {
  const rows = sql.exec(statement, ...values).raw().toArray();
  const all = [rows.length];
  for (const row of rows) all.push(...row);
  return all;
}

/** Method, path, query string and these headers of a request, one a line. None of them can hold a line break. */
export function head(request, names) {
  const { pathname, search } = new URL(request.url);
  const { headers } = request;
  const lines = [request.method, pathname, search];
  for (const name of names.split(" ")) lines.push(headers.get(name) ?? "");
  return lines.join("\n");
}

/** The body of a request, or `undefined` beyond `most` bytes. */
export function body(request, most) {
  return whole(request, most);
}

/** A response with the headers of all responses. `headers` are names and values in turn; they replace those. */
export function respond(status, content, headers) {
  if (headers.length === 0) {
    const isEmpty = content === undefined;
    return new Response(isEmpty ? null : content, { status, headers: isEmpty ? SECURED : SECURED_JSON });
  }
  const all = new Headers(SECURED);
  for (let at = 0; at < headers.length; at += 2) all.set(headers[at], headers[at + 1]);
  return new Response(content ?? null, { status, headers: all });
}

/** A body of the chunks that `next` returns, until one is `undefined`. A failure aborts the response. */
export function stream(next) {
  return new ReadableStream({
    async pull(controller) {
      const chunk = await next();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
}

/** A static asset with this content security policy. `rename`, if there is one, changes its HTML. */
export async function asset(request, policy, rename) {
  const found = await env.ASSETS.fetch(request);
  const headers = new Headers(found.headers);
  headers.set("content-security-policy", policy);
  headers.set("cache-control", "no-cache");
  for (const [name, value] of SECURED) if (!headers.has(name)) headers.set(name, value);
  if (rename === undefined || found.status !== 200) {
    return new Response(found.body, { status: found.status, headers });
  }
  // The asset's `ETag` does not depend on the bot's name.
  headers.delete("etag");
  return new Response(rename(await found.text()), { headers });
}

/** Whether a request of this key is within a rate limit. */
export async function allows(limiter, key) {
  const { success } = await env[limiter].limit({ key });
  return success;
}

/** Whether the deployment has the binding of Workers AI. */
export function hasModels() {
  return env.AI !== undefined;
}

/**
 * Runs a model of Workers AI. Input and output are JSON. Returns `undefined` if it fails: the text of a failure may
 * quote the input.
 */
export async function runModel(model, input) {
  try {
    const output = JSON.stringify(await env.AI.run(model, JSON.parse(input)));
    return output.length > MOST_OF_AN_OUTPUT ? undefined : output;
  } catch {
    return undefined;
  }
}

/** The value of a key in KV, or `undefined`. */
export async function kvGet(key) {
  const value = await env.CONNECTIONS.get(key, "arrayBuffer");
  return value === null ? undefined : new Uint8Array(value);
}

export async function kvPut(key, value) {
  await env.CONNECTIONS.put(key, value);
}

export async function kvDelete(key) {
  await env.CONNECTIONS.delete(key);
}

/** The imported keys by modulus and exponent: an import is an asynchronous call of its own. */
const keys = new Map();

/** Verifies an RS256 signature with the key of this modulus and exponent. Rejects for an invalid key. */
export async function verify(n, e, input, signature) {
  const name = `${n} ${e}`;
  let key = keys.get(name);
  if (key === undefined) {
    key = await crypto.subtle.importKey("jwk", { kty: "RSA", n, e }, RS256, false, ["verify"]);
    if (keys.size >= MOST_KEYS) keys.clear();
    keys.set(name, key);
  }
  return await crypto.subtle.verify(RS256, key, signature, input);
}

/** Writes a line of the log. */
export function log(line, isError) {
  if (isError) console.error(line);
  else console.log(line);
}

/** Whether the deployment has a dataset for metrics. */
export function measures() {
  return env.METRICS !== undefined;
}

/** Writes a data point. */
export function measure(index, ms, blobs) {
  env.METRICS.writeDataPoint({ indexes: [index], doubles: [ms], blobs });
}
