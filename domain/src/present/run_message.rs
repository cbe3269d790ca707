//! The messages of a run on its way: what it asks for, how far it is, and what takes the place of a card that has served
//! its time.

use serde_json::Value;
use workbot_shared::AppId;

use super::card::{self, AppLine, LoginLine};
use super::message::card_message;
use super::run_reply;
use crate::catalog::Catalog;
use crate::run::{Run, RunState};

/// Asks for what a run still has to be told; `None` when it has no form.
#[must_use]
pub fn form(run: &Run, catalog: &Catalog) -> Option<Value> {
    let (recipe, form) = (catalog.recipes.get(&run.recipe)?, run.form.as_ref()?);
    let card = card::form(run.words(), &run.id, (&run.recipe, recipe), form);
    Some(card_message(&card, &run.words().needs_more(&recipe.name)))
}

/// The card that says how far a run's logins are. `login`: of each of [`Run::login_apps`].
#[must_use]
pub fn login_card(run: &Run, logins: Vec<(&AppId, LoginLine)>, catalog: &Catalog) -> Value {
    let words = run.words();
    let purpose = match (&run.connects, catalog.recipes.get(&run.recipe)) {
        (Some(_), _) => words.connecting_for(),
        (None, Some(recipe)) => recipe.purpose.as_str(),
        (None, None) => return card::closed(&words.command_changed()),
    };
    let line = |(app, login)| AppLine { name: catalog.app_name(app).to_owned(), login };
    let lines: Vec<_> = logins.into_iter().map(line).collect();
    card::login_needed(words, &run.id, &run.name(catalog), purpose, &lines)
}

/// The same as a message.
#[must_use]
pub fn logins_needed(run: &Run, card: &Value, catalog: &Catalog) -> Value {
    card_message(card, &run.words().needs_your_login(&run.name(catalog)))
}

/// What takes the place of the card that asked for logins, once they are there. `account`: who is connected to an app.
#[must_use]
pub fn logins_done(run: &Run, account: &dyn Fn(&AppId) -> Option<String>, catalog: &Catalog) -> Value {
    let apps = if let RunState::WaitingLogin { apps, .. } = &run.state { apps.as_slice() } else { &[] };
    let done: Vec<_> =
        apps.iter().filter_map(|app| Some((catalog.app_name(app).to_owned(), account(app)?))).collect();
    // Nothing goes on after a login that was all there was to do.
    let name = run.name(catalog);
    let going_on = run.connects.is_none().then_some(&*name);
    card_message(&card::logins_done(run.words(), going_on, &done), run.words().connected_in_short())
}

/// Asks whether a run that waited long is still wanted.
#[must_use]
pub fn confirmation(run: &Run, catalog: &Catalog) -> Value {
    let card = card::confirmation(run.words(), &run.id, &run.name(catalog));
    card_message(&card, run.words().still_wanted_in_short())
}

/// How far a run is.
#[must_use]
pub fn progress(run: &Run, catalog: &Catalog) -> Value {
    card_message(&card::progress(run, catalog), &run.words().working_on(&run.name(catalog)))
}

/// What takes the place of the card of a run that ends for a reason which its reply says.
#[must_use]
pub fn ended(run: &Run, catalog: &Catalog) -> Value {
    let card = card::cancelled(run.words(), &run.name(catalog));
    card_message(&card, run.words().cancelled_in_short())
}

/// What takes the place of the card of a run that its person cancelled.
#[must_use]
pub fn cancelled_card(run: &Run, catalog: &Catalog) -> Value {
    card::closed(&run_reply::cancelled(run, catalog))
}

/// The same as a message.
#[must_use]
pub fn cancelled(run: &Run, catalog: &Catalog) -> Value {
    card_message(&cancelled_card(run, catalog), run.words().cancelled_in_short())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::run::next::tests::run;

    #[test]
    fn the_card_of_the_logins_that_are_there_says_what_goes_on_if_anything_does() {
        let (catalog, salesforce) = (real_catalog(), AppId::parse("salesforce").unwrap());
        let state = RunState::WaitingLogin { card: Some("card".into()), apps: vec![salesforce.clone()] };
        let account = |_: &AppId| Some("ada@contoso.com".to_owned());
        let waiting = Run { state, ..run() };
        let goes_on = logins_done(&waiting, &account, &catalog).to_string();
        assert!(goes_on.contains("Salesforce connected as ada@contoso.com"), "{goes_on}");
        assert!(goes_on.contains("Going on with *Create opportunity*"), "{goes_on}");
        let connects = Run { connects: Some(salesforce), ..waiting };
        let all_done = logins_done(&connects, &account, &catalog).to_string();
        assert!(!all_done.contains("Going on"), "{all_done}");
    }

    #[test]
    fn a_card_of_a_recipe_that_is_gone_asks_for_no_login() {
        let shown = login_card(&run(), Vec::new(), &Catalog::default()).to_string();
        assert!(shown.contains("This command was changed"), "{shown}");
    }
}
