//! The schema of the vault's database. docs/storage.md documents each column and its lifetime.

/// Each entry takes the schema from its index to the next. Entries are never changed, only added.
pub const MIGRATIONS: [&[&str]; 11] = [&[
    "CREATE TABLE connection (
        app TEXT PRIMARY KEY, status TEXT NOT NULL, reason TEXT,
        account_label TEXT NOT NULL, account_id TEXT NOT NULL, instance TEXT, scopes TEXT NOT NULL,
        revision TEXT, kid TEXT, wrapped_key BLOB, expires_at INTEGER, missing_since INTEGER,
        connected_at INTEGER NOT NULL, last_used_at INTEGER, ends_at INTEGER,
        idle_notified_at INTEGER, end_notified_at INTEGER, used_by TEXT NOT NULL DEFAULT '[]')",
    "CREATE TABLE token_journal (
        app TEXT NOT NULL, revision TEXT NOT NULL, sealed BLOB NOT NULL, replaces TEXT,
        written_at INTEGER NOT NULL, put_at INTEGER, PRIMARY KEY (app, revision))",
    "CREATE TABLE refresh_intent (
        app TEXT PRIMARY KEY, revision TEXT NOT NULL, incarnation TEXT NOT NULL, since INTEGER NOT NULL,
        started_at INTEGER NOT NULL, sends INTEGER NOT NULL, unknown INTEGER NOT NULL, doubts INTEGER NOT NULL,
        retry_at INTEGER)",
    "CREATE TABLE connection_generation (app TEXT PRIMARY KEY, generation INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE revocation (
        id TEXT PRIMARY KEY, app TEXT NOT NULL, account_id TEXT NOT NULL, revision TEXT, kid TEXT NOT NULL,
        wrapped_key BLOB NOT NULL, sealed BLOB NOT NULL, created_at INTEGER NOT NULL)",
    "CREATE TABLE login_ticket (
        id TEXT PRIMARY KEY, app TEXT NOT NULL, run TEXT, expires_at INTEGER NOT NULL, used INTEGER NOT NULL,
        switch_account INTEGER NOT NULL, shared INTEGER NOT NULL DEFAULT 0, generation INTEGER NOT NULL)",
    "CREATE TABLE login_attempt (id TEXT PRIMARY KEY, body TEXT NOT NULL, expires_at INTEGER NOT NULL)",
    "CREATE TABLE run (
        id TEXT PRIMARY KEY, state TEXT NOT NULL, body TEXT NOT NULL, version INTEGER NOT NULL,
        created_at INTEGER NOT NULL, has_effects INTEGER NOT NULL DEFAULT 0, progress TEXT,
        announced INTEGER NOT NULL DEFAULT 0)",
    "CREATE INDEX run_state ON run (state)",
    "CREATE TABLE delivered (
        conversation TEXT NOT NULL, activity TEXT NOT NULL, answer TEXT, at INTEGER NOT NULL,
        PRIMARY KEY (conversation, activity))",
    "CREATE TABLE personal_chat (only INTEGER PRIMARY KEY CHECK (only = 1), conversation TEXT NOT NULL)",
    "CREATE TABLE due (
        id TEXT PRIMARY KEY, job TEXT NOT NULL, due_at INTEGER NOT NULL, claimed_until INTEGER NOT NULL,
        wanted INTEGER NOT NULL, attempts INTEGER NOT NULL, parked INTEGER NOT NULL)",
    "CREATE INDEX due_at ON due (parked, due_at)",
], &[
    "ALTER TABLE connection ADD COLUMN used_by TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE refresh_intent RENAME COLUMN tries TO sends",
    "ALTER TABLE refresh_intent ADD COLUMN holder TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE refresh_intent ADD COLUMN retry_at INTEGER",
    "ALTER TABLE revocation ADD COLUMN revision TEXT",
    "ALTER TABLE revocation ADD COLUMN account_id TEXT NOT NULL DEFAULT ''",
], &[
    "CREATE TABLE member (only INTEGER PRIMARY KEY CHECK (only = 1), guest INTEGER NOT NULL, read_at INTEGER NOT NULL)",
    "ALTER TABLE personal_chat ADD COLUMN language TEXT",
    "ALTER TABLE run ADD COLUMN progress TEXT",
], &[
    "ALTER TABLE run ADD COLUMN acted INTEGER NOT NULL DEFAULT 0",
    "UPDATE run SET acted = 1 WHERE EXISTS (
        SELECT 1 FROM json_each(run.run, '$.steps') AS step WHERE step.type = 'object' OR step.value = 'intended')",
    "CREATE INDEX run_acted ON run (acted, created_at, id)",
    "CREATE TABLE profile (only INTEGER PRIMARY KEY CHECK (only = 1), name TEXT NOT NULL)",
], &[
    "ALTER TABLE connection ADD COLUMN ends_at INTEGER",
    "ALTER TABLE connection ADD COLUMN idle_told_at INTEGER",
    "ALTER TABLE connection ADD COLUMN end_told_at INTEGER",
    // The cleanup job checks connections from this version on.
    "INSERT OR IGNORE INTO due (id, job, due_at, claimed_until, wanted, attempts, parked)
     SELECT 'sweep', '\"sweep\"', 0, 0, 1, 0, 0 WHERE EXISTS (SELECT 1 FROM connection)",
], &[
    // Each turn writes these rows, so they have no second index. One owner has so few jobs that a scan costs
    // less than an index.
    "ALTER TABLE delivered RENAME TO delivered_before",
    "CREATE TABLE delivered (
        conversation TEXT NOT NULL, activity TEXT NOT NULL, answer TEXT, at INTEGER NOT NULL,
        PRIMARY KEY (conversation, activity)) WITHOUT ROWID",
    "INSERT INTO delivered SELECT conversation, activity, answer, at FROM delivered_before",
    "DROP TABLE delivered_before",
    "ALTER TABLE due RENAME TO due_before",
    "CREATE TABLE due (
        id TEXT PRIMARY KEY, job TEXT NOT NULL, due_at INTEGER NOT NULL, claimed_until INTEGER NOT NULL,
        wanted INTEGER NOT NULL, attempts INTEGER NOT NULL, parked INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO due SELECT id, job, due_at, claimed_until, wanted, attempts, parked FROM due_before",
    "DROP TABLE due_before",
], &[
    // In earlier versions a freeze ended a connection and destroyed its tokens.
    "UPDATE connection SET status = 'disconnected', reason = NULL WHERE reason = 'frozen'",
    "ALTER TABLE refresh_intent ADD COLUMN since INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE refresh_intent ADD COLUMN unknown INTEGER NOT NULL DEFAULT 0",
    "UPDATE refresh_intent SET since = started_at, unknown = sends > 1",
    // The number of disconnects of an app's connection: a login that started in an earlier generation is not
    // stored.
    "CREATE TABLE generation (app TEXT PRIMARY KEY, generation INTEGER NOT NULL) WITHOUT ROWID",
    "ALTER TABLE ticket ADD COLUMN shared INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE ticket ADD COLUMN generation INTEGER NOT NULL DEFAULT 0",
    // `member` holds verdicts of an earlier rule. Nothing reads it or `connection.rotated` any more. They
    // stay for a rollback to the version before.
    "CREATE TABLE standing (only INTEGER PRIMARY KEY CHECK (only = 1), standing TEXT NOT NULL, read_at INTEGER NOT NULL)",
    "CREATE TABLE object_name (only INTEGER PRIMARY KEY CHECK (only = 1), name TEXT NOT NULL)",
], &[
    // The mail address is read with the membership, so the roster is read again.
    "ALTER TABLE standing ADD COLUMN email TEXT",
    "DELETE FROM standing",
], &[
    // The number of doubtful refusals in a row.
    "ALTER TABLE refresh_intent ADD COLUMN doubts INTEGER NOT NULL DEFAULT 0",
], &["ALTER TABLE run ADD COLUMN announced INTEGER NOT NULL DEFAULT 0"], &[
    // The number of web pages in response to a job's message.
    "ALTER TABLE due ADD COLUMN doubts INTEGER NOT NULL DEFAULT 0",
]];
