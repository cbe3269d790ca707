//! The recipes that an agent may run for the person.

use workbot_domain::agent::policy::DoorPolicy;
use workbot_domain::agent::tool::is_read_only;
use workbot_domain::catalog::Recipe;
use workbot_domain::membership::Membership;
use workbot_shared::RecipeId;

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog;
use crate::workspace;

/// The recipes that the person may run: enabled, with apps that are set up, and open to guests if the person
/// is one.
pub struct OfferedRecipes(Vec<RecipeId>);

impl OfferedRecipes {
    /// Reads the admins' settings.
    ///
    /// # Errors
    /// When the vault is not configured, its database fails, or the workspace does not respond.
    pub async fn of(ctx: &VaultCtx, policy: &DoorPolicy) -> Result<Self, VaultError> {
        let (config, tenant) = (ctx.config()?, &ctx.id()?.tenant);
        let set = workspace::all_recipe_settings(ctx, tenant).await.map_err(|_| VaultError::Elsewhere)?;
        // A person whose standing is unknown sees what a member sees. The run reads it first.
        let membership = ctx.cached_membership()?.map_or(Membership::Member, |(membership, _)| membership);
        let catalog = catalog();
        let is_offered = |(id, recipe): &(&RecipeId, &Recipe)| {
            let settings = set.get(*id).cloned().unwrap_or_default().effective(recipe, catalog);
            let allowed = policy.reads || !is_read_only(recipe, catalog);
            let is_set_up = config.not_set_up(recipe).is_none();
            settings.enabled && allowed && is_set_up && membership.may_run(settings.guests).is_ok()
        };
        Ok(Self(catalog.recipes.iter().filter(is_offered).map(|(id, _)| id.clone()).collect()))
    }

    /// Whether a recipe is among them.
    pub fn has(&self, id: &RecipeId) -> bool {
        self.0.contains(id)
    }
}
