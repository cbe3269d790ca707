// Multiplies rows in workerd's databases while it is stopped, which saves hours of logins.
// node database_file_edits.mjs {objects} connections {vault} {how many}
// node database_file_edits.mjs {objects} owners {vault} {person} {from} {to}
// node database_file_edits.mjs {objects} later {vault} {milliseconds}
// node database_file_edits.mjs {objects} all_later - {milliseconds}
// node database_file_edits.mjs {objects} alarms - : deletes the alarms of all vaults
// node database_file_edits.mjs {objects} directory {workspace} {person} {from} {to}
import { createHash, createHmac } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const [objects, what, name, ...rest] = process.argv.slice(2);

/** The database of the object of a name. Half of its id is an HMAC of the name under a key of the class, the other half an HMAC of the first. */
function file(kind, name) {
  const key = createHash("sha256").update(kind).digest();
  const half = (of) => createHmac("sha256", key).update(of).digest().subarray(0, 16);
  const id = half(name);
  return `${objects}/${kind}/${Buffer.concat([id, half(id)]).toString("hex")}.sqlite`;
}

function open(path) {
  readFileSync(path); // a database that is not there is a mistake here, not a new one
  return new DatabaseSync(path);
}

/** All names have the same length, because a database is copied byte by byte. */
const owner = (number) => `owner-${String(number).padStart(6, "0")}`;

const vaults = () => readdirSync(`${objects}/vault`).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name)).map((name) => `${objects}/vault/${name}`);

function backdate(path, time) {
  const vault = open(path);
  for (const column of ["token_journal.written_at", "token_journal.put_at", "job.due_at"]) {
    const [table, its] = column.split(".");
    vault.prepare(`UPDATE ${table} SET ${its} = ${its} - ?`).run(Number(time));
  }
  vault.close();
}

const acts = {
  connections([count]) {
    const vault = open(file("vault", name));
    const others = vault.prepare("PRAGMA table_info(connection)").all().map((column) => column.name).filter((it) => it !== "app");
    vault.prepare(
      `WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i + 1 < ?)
       INSERT INTO connection (app, ${others}) SELECT 'app-' || i, ${others} FROM connection, number WHERE app = 'salesforce' AND i < ?`,
    ).run(Number(count), Number(count));
    vault.close();
  },
  owners([person, from, to]) {
    const path = file("vault", name);
    const vault = open(path);
    vault.exec("PRAGMA wal_checkpoint(TRUNCATE); VACUUM");
    vault.close();
    const one = readFileSync(path).toString("latin1");
    for (let number = Number(from); number < Number(to); number += 1) {
      const mine = owner(number);
      if (mine === person) continue;
      writeFileSync(file("vault", name.replace(person, mine)), one.replaceAll(person, mine), "latin1");
    }
  },
  later([time]) {
    backdate(file("vault", name), time);
  },
  all_later([time]) {
    vaults().forEach((path) => backdate(path, time));
  },
  alarms() {
    for (const path of vaults()) {
      const vault = open(path);
      // An object that has had no alarm has no such table.
      const has = vault.prepare("SELECT 1 FROM sqlite_master WHERE name = '_cf_METADATA'").get();
      if (has) vault.exec("DELETE FROM _cf_METADATA WHERE key = 1");
      vault.close();
    }
    const scheduled = open(`${objects}/vault/metadata.sqlite`);
    scheduled.exec("DELETE FROM _cf_ALARM");
    scheduled.close();
  },
  directory([person, from, to]) {
    const workspace = open(file("workspace", name));
    const { changes } = workspace.prepare(
      `WITH RECURSIVE number(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM number WHERE i + 1 < ?2)
       INSERT OR REPLACE INTO directory (owner, app, account, account_id, instance, status, connected_at, last_used_at, kid, name)
       SELECT replace(owner, ?3, printf('owner-%06d', i)), app, printf('owner-%06d@contoso.com', i), printf('account-%06d', i),
         instance, status, connected_at, last_used_at, kid, printf('Owner %06d', i)
       FROM directory, number WHERE owner LIKE '%' || ?3 || '%'`,
    ).run(Number(from), Number(to), person);
    workspace.close();
    if (Number(changes) !== Number(to) - Number(from)) throw new Error(`the directory has ${changes} more rows`);
  },
};

acts[what](rest);
