//! The workspace: one Durable Object per tenant. It holds the admins' settings, the audit and the directory
//! of connections. Its responses are not cached.

mod audit;
mod directory;
mod object;
mod protocol;
mod rotation;
mod schema;
mod settings;

pub use directory::{Directed, People, PeopleCursor, Person};
pub use object::Workspace;
pub use protocol::{
    ForRun, Noted, all_recipe_settings, audit, change_recipe_settings, direct, for_run, freeze, frozen,
    has_account, maintain, note, old_keys, people,
};
pub use rotation::{OldKey, Revocations};
