//! The list of an owner's connections.

use workbot_shared::{AppId, Auth, ConnectionRow, ConnectionStatus, RecipeId};

use super::owner_guardrails::Guardrails;
use super::record::Reason;
use crate::catalog::{App, Catalog};
use crate::owner::Owner;
use crate::time::Timestamp;

/// A connection, as its owner sees it in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionSummary {
    /// The app.
    pub app: AppId,
    /// The label of the account that is or was connected.
    pub account: String,
    /// The connection's status.
    pub status: ConnectionStatus,
    /// Why a login is needed.
    pub reason: Option<Reason>,
    /// The scopes that the app granted.
    pub scopes: Vec<String>,
    /// When it was connected.
    pub connected_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// The recipes that used it.
    pub used_by: Vec<RecipeId>,
    /// What the person allows.
    pub guardrails: Guardrails,
}

/// Returns the rows of an owner's list: one for every app that is set up and that a recipe can use as that
/// owner, connected or not.
///
/// A person has rows for apps with OAuth logins only; the tenant's shared connections cover every kind.
/// `set_up` returns whether this deployment has a registration at an app. A connection to an app that is no
/// longer set up has a row, so that the owner can end it.
#[must_use]
pub fn rows(
    owner: &Owner,
    overview: &[ConnectionSummary],
    catalog: &Catalog,
    set_up: &dyn Fn(&AppId) -> bool,
) -> Vec<ConnectionRow> {
    let usable = |id: &AppId, app: &App| {
        (*owner == Owner::Shared || app.auth == Auth::Oauth2)
            && catalog.recipes.values().any(|recipe| recipe.apps().contains(&id))
            && (set_up(id) || overview.iter().any(|connection| connection.app == *id))
    };
    catalog
        .apps
        .iter()
        .filter(|(id, app)| usable(id, app))
        .map(|(id, app)| {
            let known = overview.iter().find(|connection| connection.app == *id);
            let used_by = match owner {
                Owner::User(_) => {
                    catalog.used_as_person(id, known.map_or(&[], |known| known.used_by.as_slice()))
                }
                Owner::Shared => catalog.recipes_with(id),
            };
            ConnectionRow {
                app: id.clone(),
                app_name: app.name.clone(),
                icon: app.icon.clone(),
                auth: app.auth,
                set_up: set_up(id),
                account: known.map(|known| known.account.clone()),
                status: known.map_or(ConnectionStatus::NotConnected, |known| known.status),
                reason: known.and_then(|known| known.reason).map(|reason| reason.word().to_owned()),
                connected_at: known.map(|known| known.connected_at.rfc3339()),
                last_used_at: known.and_then(|known| known.last_used_at).map(Timestamp::rfc3339),
                used_by: used_by.into_iter().map(str::to_owned).collect(),
                scopes: known.map(|known| known.scopes.clone()).unwrap_or_default(),
                guardrails: known.map(|known| known.guardrails.shown()).unwrap_or_default(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use workbot_shared::UserId;

    #[test]
    fn the_list_has_a_row_for_every_app_that_a_recipe_can_use_as_the_person() {
        let catalog = crate::catalog::tests::real_catalog();
        let ada = Owner::User(UserId::parse("ada").unwrap());
        let empty = rows(&ada, &[], &catalog, &|_| true);
        let salesforce = empty.iter().find(|row| row.app.as_str() == "salesforce").unwrap();
        assert_eq!((salesforce.status, &salesforce.account), (ConnectionStatus::NotConnected, &None));
        let uses = |row: &ConnectionRow, recipe: &str| row.used_by.iter().any(|name| name == recipe);
        assert!(uses(salesforce, "Create opportunity") && !uses(salesforce, "Find account"));
        let known = ConnectionSummary {
            app: salesforce.app.clone(),
            account: "ada@contoso.com".into(),
            status: ConnectionStatus::NeedsLogin,
            reason: Some(Reason::GrantGone),
            scopes: vec!["api".into()],
            connected_at: Timestamp(0),
            last_used_at: None,
            used_by: vec![RecipeId::parse("find-account").unwrap()],
            guardrails: Guardrails { read_only: true, ..Guardrails::default() },
        };
        let offered = |overview: &[ConnectionSummary]| -> Vec<String> {
            let rows = rows(&ada, overview, &catalog, &|app| app.as_str() == "box");
            rows.into_iter().map(|row| format!("{} {}", row.app, row.set_up)).collect()
        };
        assert_eq!(offered(&[]), ["box true"]);
        assert_eq!(offered(std::slice::from_ref(&known)), ["box true", "salesforce false"]);
        let rows = rows(&ada, &[known], &catalog, &|_| true);
        assert!(rows.iter().all(|row| row.auth == Auth::Oauth2), "the other apps have no logins");
        let row = rows.iter().find(|row| row.app.as_str() == "salesforce").unwrap();
        assert_eq!((row.reason.as_deref(), &row.last_used_at), (Some("grant_gone"), &None));
        assert!(uses(row, "Create opportunity") && uses(row, "Find account"));
        assert!(row.guardrails.read_only && salesforce.guardrails.is_none());
        assert_eq!(row.connected_at.as_deref(), Some("1970-01-01T00:00:00.000Z"));
    }
}
