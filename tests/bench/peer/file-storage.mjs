// The SDK's storage on a file: SQLite as the Node of this project brings it, with a write-ahead log that is
// synchronised at each commit, as a Durable Object's database is.
import { DatabaseSync } from "node:sqlite";

export class FileStorage {
  constructor(path) {
    this.database = new DatabaseSync(path);
    this.database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS item (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
    this.one = this.database.prepare("SELECT value FROM item WHERE key = ?");
    this.put = this.database.prepare("INSERT OR REPLACE INTO item VALUES (?, ?)");
    this.remove = this.database.prepare("DELETE FROM item WHERE key = ?");
  }

  async read(keys) {
    const found = keys.map((key) => [key, this.one.get(key)]).filter(([, row]) => row);
    return Object.fromEntries(found.map(([key, { value }]) => [key, JSON.parse(value)]));
  }

  async write(changes) {
    const items = Object.entries(changes);
    this.inOneCommit(() => items.forEach(([key, value]) => this.put.run(key, JSON.stringify(value))));
  }

  async delete(keys) {
    this.inOneCommit(() => keys.forEach((key) => this.remove.run(key)));
  }

  inOneCommit(change) {
    this.database.exec("BEGIN IMMEDIATE");
    try {
      change();
      this.database.exec("COMMIT");
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    }
  }
}
