// A browser as far as a sign-in needs one: cookies by origin, redirects, and forms.

/** Reads an attribute of an HTML tag. */
function attribute(tag, name) {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  const entities = { "&amp;": "&", "&quot;": '"', "&lt;": "<", "&gt;": ">", "&#x27;": "'", "&#x2f;": "/", "&#x3d;": "=" };
  return value?.replace(/&(amp|quot|lt|gt|#x27|#x2f|#x3d);/g, (entity) => entities[entity]);
}

/** The text of an HTML page. */
const text = (html) => html.replace(/<style[\s\S]*?<\/style>/g, "").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim();

export class Browser {
  #cookies = new Map();
  /** Every address that it requested. */
  visited = [];

  async #step(url, form) {
    const { origin } = new URL(url);
    this.visited.push(url);
    const jar = this.#cookies.get(origin) ?? new Map();
    this.#cookies.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, {
      redirect: "manual", headers: cookie ? { cookie } : {},
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (/;\s*max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }

  /** Opens an address, and follows redirects to a page. */
  async go(url, form) {
    for (let steps = 0; steps < 20; steps++) {
      const answer = await this.#step(url, form);
      form = undefined;
      const to = answer.headers.get("location");
      if (!to || answer.status < 300 || answer.status > 399) {
        return { url, status: answer.status, html: await answer.text() };
      }
      url = new URL(to, url).href;
    }
    throw new Error(`too many redirects at ${url}`);
  }

  /** Submits the form of a page: its hidden fields, and these. */
  async submit(page, fields) {
    const form = /<form[^>]*>/.exec(page.html)[0];
    const hidden = [...page.html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
      attribute(tag, "name"), attribute(tag, "value") ?? "",
    ]);
    const target = new URL(attribute(form, "action") || page.url, page.url).href;
    return await this.go(target, { ...Object.fromEntries(hidden), ...fields });
  }

  /** Opens an address that needs a sign-in at Entra, and signs in as a person if asked. */
  async signIn(url, person) {
    const page = await this.go(url);
    return /sign in as/i.test(text(page.html)) ? await this.submit(page, { person: person.oid }) : page;
  }

  /** Takes a login link to its end: sign-in, login at the app, consent. */
  async logIn(link, person) {
    let page = await this.signIn(link, person);
    if (page.html.includes('name="password"')) {
      page = await this.submit(page, { username: person.upn, password: "sandbox" });
    }
    if (page.html.includes('name="decision"')) page = await this.submit(page, { decision: "allow" });
    if (!page.html.includes("Successfully connected")) throw new Error(`no login: ${page.url} ${text(page.html)}`);
  }

  /** Takes an authorization request to the redirect URI of its client. Returns the address that was opened there. */
  async authorize(url, person, decision = "allow") {
    const page = await this.signIn(url, person);
    if (!text(page.html).includes("act for you?")) throw new Error(`no consent page: ${page.url} ${text(page.html)}`);
    await this.submit(page, { decision });
    const redirectUri = new URL(url).searchParams.get("redirect_uri");
    return new URL(this.visited.findLast((address) => address.startsWith(redirectUri)));
  }
}
