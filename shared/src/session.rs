//! `GET /api/session`.

use crate::{TenantId, UserId};
use serde::{Deserialize, Serialize};

/// Who is asking, as their SSO token proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The person's tenant.
    pub tenant: TenantId,
    /// The person.
    pub user: UserId,
    /// Their name, for display.
    pub name: String,
    /// Whether they have the app role `Workbot.Admin`.
    pub admin: bool,
    /// What the bot is called here.
    pub bot_name: String,
}
