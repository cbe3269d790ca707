//! The start of a run: the person's standing in the tenant, and the settings that are fixed for the run.

use workbot_shared::AppId;

use super::end::RunEnd;
use super::recipe_settings::{RecipeOverrides, RunSettings};
use super::state::Run;
use crate::catalog::Catalog;
use crate::membership::RosterLookup;
use crate::person_template_variable::Contact;

impl Run {
    /// Records the roster's result for the person. A person who is not on the roster ends the run. Returns
    /// `false` if the roster is unreadable now; the vault reads it again later.
    ///
    pub fn with_membership(&mut self, lookup: RosterLookup, contact: Contact) -> bool {
        match lookup {
            RosterLookup::Found(membership) => {
                (self.membership, self.contact) = (Some(membership), Some(contact));
            }
            RosterLookup::NotOnRoster => self.fail(RunEnd::NotOnRoster),
            RosterLookup::Unreadable => return false,
        }
        true
    }

    /// Fixes the settings that the workspace holds when the run starts. A missing recipe ends the run first,
    /// then a frozen app, whatever else the settings say.
    pub fn with_settings(&mut self, set: &RecipeOverrides, frozen: &[AppId], catalog: &Catalog) {
        let Some(recipe) = catalog.recipes.get(&self.recipe) else {
            return self.fail(RunEnd::CommandChanged);
        };
        self.settings = Some(RunSettings::of(recipe, catalog, set));
        if let Some(app) = recipe.apps().into_iter().find(|app| frozen.contains(app)) {
            self.fail(RunEnd::Frozen { app: app.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::catalog_of_four_steps;
    use crate::membership::Membership;
    use crate::run::RunState;
    use crate::run::next::tests::{halfway, run};
    use workbot_shared::UserId;

    fn contact() -> Contact {
        Contact { id: UserId::parse("76b0").unwrap(), email: None }
    }

    #[test]
    fn a_run_keeps_the_rosters_standing_and_waits_for_an_unreadable_roster() {
        let unread = Run { membership: None, ..run() };
        let mut found = unread.clone();
        assert!(found.with_membership(RosterLookup::Found(Membership::Guest), contact()));
        assert_eq!((found.membership, found.contact), (Some(Membership::Guest), Some(contact())));
        let mut elsewhere = unread.clone();
        assert!(elsewhere.with_membership(RosterLookup::NotOnRoster, contact()));
        assert_eq!(elsewhere.state, RunState::Replying(RunEnd::NotOnRoster.into()));
        let mut unreadable = unread.clone();
        assert!(!unreadable.with_membership(RosterLookup::Unreadable, contact()));
        assert_eq!(unreadable, unread, "never a verdict");
    }

    #[test]
    fn settings_are_fixed_and_a_frozen_app_or_a_missing_recipe_ends_the_run() {
        let catalog = catalog_of_four_steps();
        let fresh = Run { settings: None, ..halfway(&catalog) };
        let off = RecipeOverrides { enabled: Some(false), ..RecipeOverrides::default() };
        let begun = |frozen: &[&str], catalog: &Catalog| {
            let frozen: Vec<_> = frozen.iter().map(|app| AppId::parse(app).unwrap()).collect();
            let mut run = fresh.clone();
            run.with_settings(&off, &frozen, catalog);
            run
        };
        let kept = begun(&["freshdesk"], &catalog);
        assert_eq!(kept.state, RunState::Running, "an app that the recipe does not use");
        assert_eq!(kept.settings.map(|settings| settings.enabled), Some(false));
        let frozen = begun(&["servicenow", "box"], &catalog);
        let first = RunEnd::Frozen { app: AppId::parse("box").unwrap() };
        assert_eq!(frozen.state, RunState::Replying(first.into()), "the first that the recipe uses");
        let gone = begun(&["box"], &Catalog::default());
        assert_eq!(gone.state, RunState::Replying(RunEnd::CommandChanged.into()));
        assert!(gone.settings.is_none());
    }
}
