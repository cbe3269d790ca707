//! The schema of the vault's database. docs/storage.md documents each column and its lifetime.

/// The migrations. The entry at index N migrates version N to version N + 1. Entries are only added, never
/// changed.
///
/// Tables that every turn writes are `WITHOUT ROWID`: a row costs one write, not a second one for the index
/// of its primary key. The indexes of `run` are partial: a run that is over and only read costs two rows, and
/// the open ones are few among the history of 90 days. `job` has no index on `due_at`: one owner has few
/// jobs, and a scan costs less than an index.
pub const MIGRATIONS: [&[&str]; 4] = [FIRST, TARGETED_MESSAGES, GUARDRAILS, AGENTS];

const FIRST: &[&str] = &[
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
        announced INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
    "CREATE INDEX run_open ON run (state, created_at) WHERE state NOT IN ('over', 'cancelled')",
    "CREATE INDEX run_history ON run (created_at, id) WHERE has_effects = 1",
    "CREATE TABLE delivered_activity (
        conversation TEXT NOT NULL, activity TEXT NOT NULL, response TEXT, at INTEGER NOT NULL,
        PRIMARY KEY (conversation, activity)) WITHOUT ROWID",
    "CREATE TABLE personal_chat (
        only INTEGER PRIMARY KEY CHECK (only = 1), conversation TEXT NOT NULL, language TEXT)",
    "CREATE TABLE profile (only INTEGER PRIMARY KEY CHECK (only = 1), name TEXT NOT NULL)",
    "CREATE TABLE membership (
        only INTEGER PRIMARY KEY CHECK (only = 1), membership TEXT NOT NULL, read_at INTEGER NOT NULL, email TEXT)",
    "CREATE TABLE object_name (only INTEGER PRIMARY KEY CHECK (only = 1), name TEXT NOT NULL)",
    "CREATE TABLE job (
        id TEXT PRIMARY KEY, body TEXT NOT NULL, due_at INTEGER NOT NULL, lease_until INTEGER NOT NULL,
        generation INTEGER NOT NULL, attempts INTEGER NOT NULL, doubts INTEGER NOT NULL DEFAULT 0,
        parked INTEGER NOT NULL) WITHOUT ROWID",
];

const TARGETED_MESSAGES: &[&str] = &[
    "CREATE TABLE targeted_refusal (conversation TEXT PRIMARY KEY, refused_at INTEGER NOT NULL) WITHOUT ROWID",
];

/// Guardrails are a column of the connection, whose row each run reads in any case. The writes of a day have
/// rows only at a connection with a limit.
const GUARDRAILS: &[&str] = &[
    "ALTER TABLE connection ADD COLUMN guardrails TEXT",
    "CREATE TABLE counted_write (
        run TEXT NOT NULL, step INTEGER NOT NULL, app TEXT NOT NULL, day INTEGER NOT NULL,
        PRIMARY KEY (run, step)) WITHOUT ROWID",
];

const AGENTS: &[&str] = &[
    "CREATE TABLE agent_grant (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE agent_call (
        run TEXT PRIMARY KEY, grant_id TEXT NOT NULL, request TEXT NOT NULL, call TEXT NOT NULL,
        asked_login INTEGER NOT NULL, at INTEGER NOT NULL, result TEXT) WITHOUT ROWID",
    "CREATE INDEX agent_call_of_grant ON agent_call (grant_id, call, at)",
];
