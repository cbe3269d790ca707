//! The schema of the workspace's database. docs/storage.md documents each column and its lifetime.

/// The migrations. The entry at index N migrates version N to version N + 1. Entries are only added, never
/// changed.
pub const MIGRATIONS: [&[&str]; 4] = [&[
    "CREATE TABLE recipe_settings (recipe TEXT PRIMARY KEY, settings TEXT NOT NULL)",
    "CREATE TABLE frozen_app (app TEXT PRIMARY KEY)",
    "CREATE TABLE directory (
        owner TEXT NOT NULL, app TEXT NOT NULL, account TEXT NOT NULL, account_id TEXT NOT NULL, instance TEXT,
        status TEXT NOT NULL, connected_at INTEGER NOT NULL, last_used_at INTEGER, kid TEXT, name TEXT NOT NULL,
        PRIMARY KEY (owner, app))",
    "CREATE INDEX directory_kid ON directory (kid)",
    "CREATE INDEX directory_account ON directory (app, account_id)",
    "CREATE INDEX directory_name ON directory (name COLLATE NOCASE, owner, app)",
    "CREATE TABLE revocation_key (
        owner TEXT NOT NULL, app TEXT NOT NULL, kid TEXT NOT NULL, revocations INTEGER NOT NULL,
        PRIMARY KEY (owner, app, kid))",
    "CREATE TABLE key_rotation (only INTEGER PRIMARY KEY CHECK (only = 1), tenant TEXT NOT NULL, after TEXT NOT NULL)",
    "CREATE TABLE audit (
        serial INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, entry TEXT NOT NULL, keep_until INTEGER)",
    "CREATE INDEX audit_keep_until ON audit (keep_until) WHERE keep_until IS NOT NULL",
], &["CREATE TABLE language_model (only INTEGER PRIMARY KEY CHECK (only = 1), host TEXT NOT NULL)"], &[
    "CREATE TABLE agent_door (only INTEGER PRIMARY KEY CHECK (only = 1), policy TEXT NOT NULL)",
    "CREATE TABLE agent_client (id TEXT PRIMARY KEY, client TEXT NOT NULL, secret_hash TEXT)",
], &[
    "CREATE TABLE agent_directory (
        user TEXT NOT NULL, grant_id TEXT NOT NULL, name TEXT NOT NULL, client_id TEXT NOT NULL, client TEXT NOT NULL,
        host TEXT, granted_at INTEGER NOT NULL, PRIMARY KEY (user, grant_id))",
    "CREATE INDEX agent_directory_name ON agent_directory (name COLLATE NOCASE, user, grant_id)",
]];
