// Asks the addresses that come as JSON on standard input, all at once, and answers as JSON on standard output.
// Node does this and not Rust: it is here anyway, and brings TLS, the system's certificates and proxies.
const read = async () => {
  let text = "";
  for await (const piece of process.stdin) text += piece;
  return JSON.parse(text);
};

const ask = async ({ url, body, headers }) => {
  try {
    const signal = AbortSignal.timeout(10_000);
    const method = body === null ? "GET" : "POST";
    const answer = await fetch(url, { method, body: body ?? undefined, headers, redirect: "manual", signal });
    const now = Date.now();
    const date = Date.parse(answer.headers.get("date") ?? "");
    const ahead = Number.isNaN(date) ? null : Math.round((now - date) / 1000);
    return { status: answer.status, body: (await answer.text()).slice(0, 65536), ahead_seconds: ahead, error: null };
  } catch (refusal) {
    const error = refusal.cause?.code ?? refusal.cause?.message ?? refusal.message;
    return { status: null, body: "", ahead_seconds: null, error: String(error) };
  }
};

process.stdout.write(JSON.stringify(await Promise.all((await read()).map(ask))));
