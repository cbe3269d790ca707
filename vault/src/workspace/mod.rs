//! The workspace: one Durable Object per tenant. It holds the admins' settings, the audit and the directory
//! of connections. Its responses are not cached.

mod agent_directory;
mod agents;
mod audit;
mod directory;
mod key_rotation;
mod object;
mod protocol;
mod schema;
mod settings;

pub use agent_directory::{AgentEntry, AgentsPage, PersonAgentEntry};
pub use directory::{DirectoryEntry, PeopleCursor, PeoplePage, PersonEntry};
pub use key_rotation::{OldKey, Revocations};
pub use object::Workspace;
pub use protocol::{
    AuditNote, RegisteredClient, RunPolicy, agent_clients, agent_door, agents_of_people, all_recipe_settings,
    allow_language_model, allowed_language_model, audit, change_agent_door, change_recipe_settings,
    find_agent_client, freeze, frozen, has_account, maintain, note, old_keys, people, put_agent_client,
    run_policy, sync_agents, sync_directory,
};
