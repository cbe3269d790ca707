// The built worker, unchanged, behind counters: requests per class of objects, alarms, statements, and the
// rows that they read and wrote. Timed runs do not use it.
import worker, { Vault as Vaults, Workspace as Workspaces } from "./main.js";

const nothing = () => ({ vault: 0, workspace: 0, alarms: 0, statements: 0, rows_read: 0, rows_written: 0, transactions: 0 });
let counts = nothing();
let cursors = [];
const patched = new WeakSet();

function watch(prototype, method, count) {
  if (patched.has(prototype[method])) return;
  const original = prototype[method];
  prototype[method] = function (...args) {
    return count(original.apply(this, args));
  };
  patched.add(prototype[method]);
}

function counted(original, name) {
  watch(original.prototype, "ask", (answer) => (counts[name] += 1, answer));
  watch(original.prototype, "alarm", (answer) => (counts.alarms += 1, answer));
  return new Proxy(original, {
    construct(target, [state, env], newTarget) {
      const { storage } = state;
      // A cursor knows the number of its rows only after it was read.
      watch(Object.getPrototypeOf(storage.sql), "exec", (cursor) => (cursors.push(cursor), cursor));
      watch(Object.getPrototypeOf(storage), "transactionSync", (answer) => (counts.transactions += 1, answer));
      return Reflect.construct(target, [state, env], newTarget);
    },
  });
}

export default worker;
export const Vault = counted(Vaults, "vault");
export const Workspace = counted(Workspaces, "workspace");

/** Returns the counts since the last call. */
export const Counts = {
  async fetch() {
    for (const { rowsRead, rowsWritten } of cursors) {
      counts.rows_read += rowsRead;
      counts.rows_written += rowsWritten;
    }
    const told = { ...counts, statements: cursors.length };
    counts = nothing();
    cursors = [];
    return Response.json(told);
  },
};
