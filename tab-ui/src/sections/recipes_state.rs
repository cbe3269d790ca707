//! The state of recipes and their settings: a pure reducer, tested without a browser.

use std::collections::BTreeMap;
use std::rc::Rc;

use workbot_shared::{AppId, RecipeApp, RecipeId, RecipeRow, RecipeSettingsChange};
use yew::{Reducible, UseReducerDispatcher};

use crate::session_state::DisplayError;

/// A requested change of *Verify user access at runtime* for one recipe and app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyChange {
    /// The recipe.
    pub recipe: RecipeId,
    /// The app.
    pub app: AppId,
    /// On or off.
    pub on: bool,
}

impl VerifyChange {
    /// The partial update to send.
    pub fn change(&self) -> RecipeSettingsChange {
        RecipeSettingsChange {
            verify_user_access: BTreeMap::from([(self.app.clone(), self.on)]),
            ..RecipeSettingsChange::default()
        }
    }
}

/// The recipes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecipesState {
    /// The rows, once loaded.
    pub rows: Option<Vec<RecipeRow>>,
    /// The error, if loading failed.
    pub failure: Option<DisplayError>,
    /// The recipe with open settings.
    pub open: Option<RecipeId>,
    /// The changes under way. One per recipe: each response is the whole recipe, and an older response must
    /// not override a newer one.
    pub changing: Vec<VerifyChange>,
    /// The last failed change with its error.
    pub refused: Option<(VerifyChange, DisplayError)>,
    /// The last successful change.
    pub changed: Option<VerifyChange>,
    /// A counter that triggers a reload.
    pub version: u32,
}

/// Dispatches an action to the recipes.
pub type Dispatch = UseReducerDispatcher<RecipesState>;

/// The events of the reducer.
#[derive(Debug)]
pub enum Event {
    /// The rows were loaded.
    Came(Vec<RecipeRow>),
    /// The rows could not be loaded.
    Failed(DisplayError),
    /// The person retries.
    Retry,
    /// The person opens or closes a recipe's settings.
    Toggle(RecipeId),
    /// A change was sent.
    Change(VerifyChange),
    /// It succeeded, with the current recipe.
    Changed(AppId, RecipeRow),
    /// It failed, with the current recipe if it could be loaded.
    Refused(VerifyChange, DisplayError, Option<RecipeRow>),
}

/// Whether `row` verifies user access for `app`, by the last response.
pub fn verifies(row: &RecipeRow, app: &RecipeApp) -> bool {
    app.oauth2 && row.settings.verify_user_access.get(&app.app).copied().unwrap_or(false)
}

impl RecipesState {
    /// The position of the switch: the requested value during a change, otherwise the current one.
    pub fn stands(&self, row: &RecipeRow, app: &RecipeApp) -> bool {
        match self.changing(&row.id) {
            Some(wanted) if wanted.app == app.app => wanted.on,
            _ => verifies(row, app),
        }
    }

    /// The change under way of a recipe.
    pub fn changing(&self, recipe: &RecipeId) -> Option<&VerifyChange> {
        self.changing.iter().find(|wanted| wanted.recipe == *recipe)
    }

    fn put(&mut self, row: RecipeRow) {
        if let Some(place) = self.rows.iter_mut().flatten().find(|its| its.id == row.id) {
            *place = row;
        }
    }

    fn forget_words(&mut self) {
        self.changed = None;
        self.refused = None;
    }
}

impl Reducible for RecipesState {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        let mut next = (*self).clone();
        match event {
            Event::Came(rows) => {
                next.rows = Some(rows);
                next.failure = None;
            }
            Event::Failed(failure) => next.failure = Some(failure),
            Event::Retry => {
                next.failure = None;
                next.version = next.version.wrapping_add(1);
            }
            Event::Toggle(recipe) => {
                next.open = if next.open.as_ref() == Some(&recipe) { None } else { Some(recipe) };
                next.forget_words();
            }
            Event::Change(wanted) => {
                if next.changing(&wanted.recipe).is_none() {
                    next.changing.push(wanted);
                }
                next.forget_words();
            }
            Event::Changed(app, row) => {
                next.changing.retain(|wanted| wanted.recipe != row.id);
                let on = row.settings.verify_user_access.get(&app).copied().unwrap_or(false);
                next.changed = Some(VerifyChange { recipe: row.id.clone(), app, on });
                next.put(row);
            }
            Event::Refused(wanted, failure, truth) => {
                next.changing.retain(|its| its.recipe != wanted.recipe);
                if let Some(row) = truth {
                    next.put(row);
                }
                next.refused = Some((wanted, failure));
            }
        }
        next.into()
    }
}

/// A recipe for tests that uses Salesforce, and Desk, which has no logins.
#[cfg(test)]
pub fn example(id: &str, on: bool) -> RecipeRow {
    let uses = |id, name: &str, oauth2| RecipeApp {
        app: AppId::parse(id).unwrap(),
        app_name: name.into(),
        oauth2,
        reason: None,
        missing: Vec::new(),
    };
    RecipeRow {
        id: RecipeId::parse(id).unwrap(),
        name: "Find account".into(),
        command: "find account".into(),
        hint: String::new(),
        settings: workbot_shared::RecipeSettings {
            enabled: true,
            guests: false,
            verify_user_access: BTreeMap::from([(AppId::parse("salesforce").unwrap(), on)]),
        },
        apps: vec![uses("salesforce", "Salesforce", true), uses("desk", "Desk", false)],
    }
}

#[cfg(test)]
mod tests {
    use super::example as row;
    use super::*;

    fn app(id: &str) -> AppId {
        AppId::parse(id).unwrap()
    }

    fn wanted(recipe: &str, on: bool) -> VerifyChange {
        VerifyChange { recipe: RecipeId::parse(recipe).unwrap(), app: app("salesforce"), on }
    }

    fn after(events: Vec<Event>) -> RecipesState {
        let start = Rc::new(RecipesState::default());
        let all = [Event::Came(vec![row("find", false), row("close", false)])].into_iter().chain(events);
        (*all.fold(start, |state, event| state.reduce(event))).clone()
    }

    /// How Salesforce's switch of the first recipe stands.
    fn stands(list: &RecipesState) -> bool {
        let row = &list.rows.as_ref().unwrap()[0];
        list.stands(row, &row.apps[0])
    }

    #[test]
    fn a_change_says_nothing_about_other_apps_and_settings() {
        let body = serde_json::to_string(&wanted("find", true).change()).unwrap();
        assert_eq!(body, r#"{"verify_user_access":{"salesforce":true}}"#);
    }

    #[test]
    fn a_switch_stands_as_wanted_until_the_answer_came() {
        let list = after(vec![Event::Change(wanted("find", true))]);
        assert!(stands(&list) && list.changing.len() == 1);
    }

    #[test]
    fn a_recipe_changes_one_thing_at_a_time_beside_other_recipes() {
        let list = after(vec![
            Event::Change(wanted("find", true)),
            Event::Change(wanted("find", false)),
            Event::Change(wanted("close", true)),
        ]);
        assert!(stands(&list));
        assert_eq!(list.changing.len(), 2);
    }

    #[test]
    fn the_answer_is_the_truth_whatever_was_wanted() {
        let list = after(vec![
            Event::Change(wanted("find", true)),
            Event::Changed(app("salesforce"), row("find", false)),
        ]);
        assert!(!stands(&list) && list.changing.is_empty());
        assert_eq!(list.changed, Some(wanted("find", false)));
    }

    #[test]
    fn a_refused_switch_goes_back() {
        let refused = Event::Refused(wanted("find", true), DisplayError::unreachable(), None);
        let list = after(vec![Event::Change(wanted("find", true)), refused]);
        assert!(!stands(&list) && list.refused.is_some());
    }

    #[test]
    fn a_change_whose_answer_was_lost_shows_as_what_it_came_to() {
        let lost = Event::Refused(wanted("find", true), DisplayError::unreachable(), Some(row("find", true)));
        assert!(stands(&after(vec![Event::Change(wanted("find", true)), lost])));
    }

    #[test]
    fn an_app_without_logins_never_verifies() {
        let mut row = row("find", true);
        row.settings.verify_user_access.insert(app("desk"), true);
        assert!(verifies(&row, &row.apps[0]) && !verifies(&row, &row.apps[1]));
    }

    #[test]
    fn the_settings_of_one_recipe_are_open_at_a_time_and_the_last_words_go() {
        let find = || RecipeId::parse("find").unwrap();
        let toggle = |recipe| Event::Toggle(recipe);
        assert_eq!(after(vec![toggle(find())]).open, Some(find()));
        assert_eq!(after(vec![toggle(find()), toggle(find())]).open, None);
        let changed = Event::Changed(app("salesforce"), row("find", true));
        assert_eq!(after(vec![changed, toggle(find())]).changed, None);
    }

    #[test]
    fn recipes_that_do_not_come_can_be_asked_for_again() {
        let list = after(vec![Event::Failed(DisplayError::unreachable()), Event::Retry]);
        assert_eq!((list.failure, list.version), (None, 1));
    }
}
