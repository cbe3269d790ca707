// The built worker, unchanged, behind counters: requests per class of objects, alarms, statements, the rows
// that they read and wrote, commits and log lines. Timed runs do not use it.
import worker, { Vault as Vaults, Workspace as Workspaces } from "./main.js";

const nothing = () => ({
  vault: 0, workspace: 0, alarms: 0, alarms_set: 0, statements: 0, rows_read: 0, rows_written: 0, transactions: 0, commits: 0, log_lines: 0,
});
let counts = nothing();
let cursors = [];
const patched = new WeakSet();

/** Calls `count` with the result, the object and the arguments of each call. */
function watch(target, method, count) {
  if (typeof target[method] !== "function" || patched.has(target[method])) return;
  const original = target[method];
  target[method] = function (...args) {
    return count(original.apply(this, args), this, args);
  };
  patched.add(target[method]);
}

/** The open commit of each object: its writes until it returns to the event loop. By storage and by database. */
const objects = new WeakMap();
function write(place, cursor) {
  const its = objects.get(place) ?? {};
  objects.set(place, its);
  if (!its.open) {
    its.open = [];
    setTimeout(() => {
      // A cursor knows the number of its rows only after it was read.
      if (its.open.some((one) => one === true || one.rowsWritten > 0)) counts.commits += 1;
      its.open = undefined;
    }, 0);
  }
  its.open.push(cursor);
}

const READS = /^\s*(SELECT|PRAGMA)\b/i;
function counted(original, name) {
  // An earlier module was asked by fetch.
  for (const method of ["ask", "fetch"]) {
    watch(original.prototype, method, (answer) => (counts[name] += 1, answer));
  }
  watch(original.prototype, "alarm", (answer) => (counts.alarms += 1, answer));
  return new Proxy(original, {
    construct(target, [state, env], newTarget) {
      const { storage } = state;
      const its = {};
      objects.set(storage, its).set(storage.sql, its);
      watch(Object.getPrototypeOf(storage.sql), "exec", (cursor, sql, [statement]) => {
        cursors.push(cursor);
        if (!READS.test(statement)) write(sql, cursor);
        return cursor;
      });
      const prototype = Object.getPrototypeOf(storage);
      watch(prototype, "transactionSync", (answer) => (counts.transactions += 1, answer));
      watch(prototype, "setAlarm", (answer, place, [time]) => {
        const one = objects.get(place) ?? {};
        // The same time again writes nothing.
        if (one.alarm !== Number(time)) {
          counts.alarms_set += 1;
          write(place, true);
        }
        objects.set(place, Object.assign(one, { alarm: Number(time) }));
        return answer;
      });
      watch(prototype, "deleteAlarm", (answer, place) => {
        const one = objects.get(place) ?? {};
        if (one.alarm) write(place, true);
        objects.set(place, Object.assign(one, { alarm: undefined }));
        return answer;
      });
      return Reflect.construct(target, [state, env], newTarget);
    },
  });
}

for (const level of ["debug", "error", "info", "log", "warn"]) {
  watch(console, level, (answer) => (counts.log_lines += 1, answer));
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
