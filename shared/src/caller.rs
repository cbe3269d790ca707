//! `GET /api/session`.

use crate::{TenantId, UserId};
use serde::{Deserialize, Serialize};

/// The caller, as their SSO token proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The person's tenant.
    pub tenant: TenantId,
    /// The person's user id.
    pub user: UserId,
    /// The person's display name.
    pub name: String,
    /// Whether they have the app role `Workbot.Admin`.
    pub admin: bool,
    /// The bot's name in this deployment (`BOT_NAME`).
    pub bot_name: String,
}
