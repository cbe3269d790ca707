// Runs one operation a number of times and responds. The caller takes the time: inside a Worker the clock
// stands still.
import { Rs256, initSync, seal_and_open } from "./crypto.js";
import module from "./crypto_bg.wasm";

initSync({ module });
const { subtle } = crypto;
const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const message = new Uint8Array(700).fill(7);
const nonce = new Uint8Array(12).fill(7);
const secret = new Uint8Array(32).fill(7);
const record = new Uint8Array(1000).fill(7);
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));

async function prepared() {
  const pair = await subtle.generateKey({ ...RSA, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, true, ["sign", "verify"]);
  const signature = new Uint8Array(await subtle.sign(RSA, pair.privateKey, message));
  const jwk = await subtle.exportKey("jwk", pair.publicKey);
  const read = Rs256.read(bytes(jwk.n), bytes(jwk.e));
  const imported = (usage) => subtle.importKey("jwk", { kty: jwk.kty, n: jwk.n, e: jwk.e }, RSA, false, usage);
  const verify = (key) => subtle.verify(RSA, key, signature, message);
  const gcm = { name: "AES-GCM", iv: nonce };
  return {
    "rs256-wasm": () => read.verify(message, signature),
    "rs256-webcrypto": () => verify(pair.publicKey),
    "rs256-webcrypto-import": async () => verify(await imported(["verify"])),
    "aead-wasm": () => seal_and_open(secret, nonce, record),
    "aead-webcrypto": async () => {
      const key = await subtle.importKey("raw", secret, "AES-GCM", false, ["encrypt", "decrypt"]);
      const opened = await subtle.decrypt(gcm, key, await subtle.encrypt(gcm, key, record));
      return opened.byteLength === record.length;
    },
  };
}

let kept;
export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const once = (await (kept ??= prepared()))[searchParams.get("what")];
    for (let time = 0; time < Number(searchParams.get("times")); time += 1) {
      if (!(await once())) return new Response("it does not hold", { status: 500 });
    }
    return new Response("done");
  },
};
