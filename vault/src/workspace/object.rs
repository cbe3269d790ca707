//! The Durable Object of a workspace.

use serde::Serialize;
use std::cell::Cell;
use std::rc::Rc;
use workbot_domain::json;
use workbot_domain::log_event::{Cause, Event};
use workbot_shared::TenantId;

use super::key_rotation::OldKey;
use super::protocol::WorkspaceRequest;
use super::schema::MIGRATIONS;
use super::{agent_directory, agents, audit, directory, key_rotation, settings};
use crate::isolate::Isolate;
use crate::ports::Object;
use crate::sql::{Sql, SqlError};

/// One start of a workspace's object.
pub struct Workspace {
    isolate: Rc<Isolate>,
    object: Rc<dyn Object>,
    sql: Sql,
    /// Whether the schema is migrated.
    has_tables: Cell<bool>,
}

impl Workspace {
    /// Starts an object.
    pub fn new(isolate: Rc<Isolate>, object: Rc<dyn Object>) -> Self {
        let sql = Sql::of(Rc::clone(&object));
        let workspace = Self { isolate, object, sql, has_tables: Cell::new(false) };
        // A failure is logged; the next request repeats the migration.
        let _ = workspace.migrate();
        workspace
    }

    /// Migrates the schema. Nothing is done on a partly migrated schema.
    fn migrate(&self) -> Result<(), SqlError> {
        if self.has_tables.get() {
            return Ok(());
        }
        self.sql.migrate(&MIGRATIONS).inspect_err(|error| {
            self.isolate.report_alone(&Event::MigrationFailed { cause: Cause::of(error) });
        })?;
        self.has_tables.set(true);
        Ok(())
    }

    /// Handles a request: a `WorkspaceRequest` in, its response out, both as JSON.
    ///
    /// # Errors
    /// When the request cannot be read or fails. Nothing was changed then.
    pub async fn fetch(&self, request: &[u8]) -> Result<Vec<u8>, SqlError> {
        fn encoded<T: Serialize>(answered: Result<T, SqlError>) -> Result<Vec<u8>, SqlError> {
            Ok(serde_json::to_vec(&answered?)?)
        }
        self.migrate()?;
        let (sql, now) = (&self.sql, self.isolate.now());
        match json::stored(request).map_err(|_| SqlError::unreadable("request"))? {
            WorkspaceRequest::GetRunPolicy { recipe } => encoded(settings::run_policy(sql, &recipe)),
            WorkspaceRequest::Frozen => encoded(settings::frozen(sql)),
            WorkspaceRequest::Freeze { app, frozen, noted } => {
                encoded(settings::freeze(sql, &app, frozen, &noted, now))
            }
            WorkspaceRequest::AllowedLanguageModel => encoded(settings::allowed_language_model(sql)),
            WorkspaceRequest::AllowLanguageModel { host, noted } => {
                encoded(settings::allow_language_model(sql, host.as_deref(), &noted, now))
            }
            WorkspaceRequest::AgentDoor => encoded(agents::door(sql)),
            WorkspaceRequest::ChangeAgentDoor { change, id, by } => {
                encoded(agents::change_door(sql, &change, (id, &by), now))
            }
            WorkspaceRequest::AgentClients => encoded(agents::clients(sql)),
            WorkspaceRequest::FindAgentClient { id } => encoded(agents::find_client(sql, &id)),
            WorkspaceRequest::PutAgentClient { id, client, noted } => {
                encoded(agents::put_client(sql, &id, client.as_ref(), &noted, now))
            }
            WorkspaceRequest::SyncAgents { user, name, agents } => {
                let synced = |policy| agent_directory::put(sql, &policy, (&user, &name), &agents);
                encoded(agents::door(sql).and_then(synced))
            }
            WorkspaceRequest::AgentsOfPeople { search, after, limit } => {
                encoded(agent_directory::page(sql, &search, after.as_ref(), limit))
            }
            WorkspaceRequest::AllRecipeSettings => encoded(settings::all(sql)),
            WorkspaceRequest::ChangeRecipeSettings { recipe, change, noted } => {
                encoded(settings::change(sql, &recipe, &change, &noted, now))
            }
            WorkspaceRequest::Note { noted } => encoded(audit::write(sql, &noted, now)),
            WorkspaceRequest::Audit { before, limit } => {
                encoded(audit::read(&self.isolate, sql, before, limit))
            }
            WorkspaceRequest::SyncDirectory { owner, app, connection, revocations } => {
                encoded(sql.transaction(|_| {
                    directory::put(sql, &owner, &app, connection.as_ref())?;
                    key_rotation::put(sql, &owner, &app, &revocations)
                }))
            }
            WorkspaceRequest::People { search, after, limit } => {
                encoded(directory::people(sql, &search, after.as_ref(), limit))
            }
            WorkspaceRequest::HasAccount { app, account_id, except } => {
                encoded(directory::has_account(sql, &app, &account_id, except.as_ref()))
            }
            WorkspaceRequest::OldKeys { active } => encoded(key_rotation::old_keys(sql, &active)),
            WorkspaceRequest::Maintain { tenant, active } => encoded(self.maintained(&tenant, &active).await),
        }
    }

    /// Deletes expired audit entries and starts a walk if a retired master key is still needed.
    async fn maintained(&self, tenant: &TenantId, active: &str) -> Result<Vec<OldKey>, SqlError> {
        audit::clean_up(&self.sql, self.isolate.now())?;
        let old = key_rotation::old_keys(&self.sql, active)?;
        if !old.is_empty() {
            key_rotation::begin(&*self.object, &self.sql, tenant).await?;
        }
        Ok(old)
    }

    /// Handles the alarm. The object has no alarm after that.
    pub async fn alarm(&self) {
        key_rotation::walk_on(&self.isolate, &*self.object, &self.sql).await;
    }
}
