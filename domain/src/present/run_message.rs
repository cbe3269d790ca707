//! The messages of an open run: its form, its login card, its progress, and the cards that replace them.

use serde_json::Value;
use workbot_shared::AppId;

use super::card::{self, AppLine, LoginLine};
use super::final_reply;
use super::outgoing_activity::card_message;
use crate::catalog::Catalog;
use crate::input_parsing::{InputErrors, RawInputs};
use crate::run::{Run, RunState};

/// Names the agent on a card of its run. The approval names it in its title.
fn of_its_agent(run: &Run, card: Value) -> Value {
    match &run.agent {
        Some(agent) => card::of_agent(run.words(), &agent.client, card),
        None => card,
    }
}

/// Asks for the missing inputs; `None` for a run without a form.
#[must_use]
pub fn form(run: &Run, catalog: &Catalog) -> Option<Value> {
    let (recipe, form, words) = (catalog.recipes.get(&run.recipe)?, run.form.as_ref()?, run.words());
    let summary =
        if form.guessed { words.understood_so().to_owned() } else { words.needs_more(&recipe.name) };
    Some(card_message(form_card(run, catalog)?, &summary))
}

/// Returns the card of [`form`].
#[must_use]
pub fn form_card(run: &Run, catalog: &Catalog) -> Option<Value> {
    let (recipe, form) = (catalog.recipes.get(&run.recipe)?, run.form.as_ref()?);
    Some(of_its_agent(run, card::form(run.words(), &run.id, (&run.recipe, recipe), form)))
}

/// Asks the question that the run waits for. `None` if it waits for none.
#[must_use]
pub fn question(run: &Run, catalog: &Catalog) -> Option<Value> {
    let card = question_card(run, catalog, (&RawInputs::new(), &InputErrors::new()))?;
    Some(card_message(card, &run.words().needs_your_answer(&run.name(catalog))))
}

/// Returns the card of [`question`] with given values and their mistakes.
#[must_use]
pub fn question_card(
    run: &Run,
    catalog: &Catalog,
    given_with_mistakes: (&RawInputs, &InputErrors),
) -> Option<Value> {
    let recipe = catalog.recipes.get(&run.recipe)?;
    let (step, question) = run.awaited_question(recipe)?;
    let asked = run.asked_question(recipe, question).ok()?;
    let of = (&run.recipe, recipe, step);
    Some(of_its_agent(run, card::question(run.words(), &run.id, of, &asked, given_with_mistakes)))
}

/// Returns the card with the state of a run's logins. `logins` holds one entry for each of
/// [`Run::login_apps`].
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
    of_its_agent(run, card::login_needed(words, &run.id, &run.name(catalog), purpose, &lines))
}

/// Returns the login card as a message.
#[must_use]
pub fn logins_needed(run: &Run, card: Value, catalog: &Catalog) -> Value {
    card_message(card, &run.words().needs_your_login(&run.name(catalog)))
}

/// Returns the message that replaces the login card once all logins are done. `account` returns the account
/// of an app.
#[must_use]
pub fn logins_done(run: &Run, account: &dyn Fn(&AppId) -> Option<String>, catalog: &Catalog) -> Value {
    let apps = if let RunState::WaitingLogin { apps, .. } = &run.state { apps.as_slice() } else { &[] };
    let done: Vec<_> =
        apps.iter().filter_map(|app| Some((catalog.app_name(app).to_owned(), account(app)?))).collect();
    // A run that only connects an app has nothing to continue with.
    let name = run.name(catalog);
    let going_on = run.connects.is_none().then_some(&*name);
    let card = of_its_agent(run, card::logins_done(run.words(), going_on, &done));
    card_message(card, run.words().connected_in_short())
}

/// Asks "Still do it?".
#[must_use]
pub fn confirmation(run: &Run, catalog: &Catalog) -> Value {
    let card = of_its_agent(run, card::confirmation(run.words(), &run.id, &run.name(catalog)));
    card_message(card, run.words().still_wanted_in_short())
}

/// Asks for the approval of what an agent wants; `None` for any other run. `account` returns the account of
/// an app, if it is known.
#[must_use]
pub fn approval(run: &Run, account: &dyn Fn(&AppId) -> Option<String>, catalog: &Catalog) -> Option<Value> {
    let (agent, recipe) = (run.agent.as_ref()?, catalog.recipes.get(&run.recipe)?);
    let apps = recipe.apps().into_iter();
    let accounts: Vec<_> =
        apps.filter_map(|app| Some((catalog.app_name(app).to_owned(), account(app)?))).collect();
    let (words, asked) = (run.words(), (recipe, &run.inputs, &run.titles));
    let card = card::approval(words, &run.id, &agent.client, asked, &accounts);
    Some(card_message(card, &words.agent_asks_in_short(&agent.client)))
}

/// Shows the progress of a run.
#[must_use]
pub fn progress(run: &Run, catalog: &Catalog) -> Value {
    card_message(of_its_agent(run, card::progress(run, catalog)), &run.words().working_on(&run.name(catalog)))
}

/// Returns the message that replaces the card of a run that ended. The reply states the reason.
#[must_use]
pub fn ended(run: &Run, catalog: &Catalog) -> Value {
    let card = card::cancelled(run.words(), &run.name(catalog));
    card_message(card, run.words().cancelled_in_short())
}

/// Returns the card that replaces that of a run that its person cancelled.
#[must_use]
pub fn cancelled_card(run: &Run, catalog: &Catalog) -> Value {
    card::closed(&final_reply::cancelled(run, catalog))
}

/// Returns the card of [`cancelled_card`] as a message.
#[must_use]
pub fn cancelled(run: &Run, catalog: &Catalog) -> Value {
    card_message(cancelled_card(run, catalog), run.words().cancelled_in_short())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::run::next::tests::{agent, run};
    use crate::run::question::tests::found;
    use crate::run::{Approval, Form};
    use workbot_shared::Language;

    #[test]
    fn the_card_of_finished_logins_names_the_run_that_continues_if_any() {
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
    fn every_card_of_an_agents_run_names_the_agent_with_its_host() {
        let english = real_catalog();
        let agent = agent(Approval::Given);
        for language in Language::ALL {
            let catalog = english.in_language(language);
            let of = |run: Run| Run { language, ..run };
            let salesforce = AppId::parse("salesforce").unwrap();
            let url = "https://bot.contoso.com/connect/00ff".to_owned();
            let needed = || vec![(&salesforce, LoginLine::Needed { url: url.clone(), again: None })];
            let asks = Run { form: Some(Form::default()), ..of(run()) };
            let state = RunState::WaitingAnswer { card: None, step: 1 };
            let waits = Run { state, ..of(found(&english)) };
            for (name, run) in [("mine", asks.clone()), ("an agent's", asks.asked_by_agent(agent.clone()))] {
                let waits = Run { agent: run.agent.clone(), ..waits.clone() };
                let cards = [
                    super::form(&run, &catalog).unwrap(),
                    question(&waits, &catalog).unwrap(),
                    login_card(&run, needed(), &catalog),
                    logins_done(&run, &|_| None, &catalog),
                    confirmation(&run, &catalog),
                    progress(&run, &catalog),
                ];
                for card in cards.map(|card| card.to_string()) {
                    let named = match language {
                        Language::En => "Agent (agent.example) asked for this in your name.",
                        Language::De => "Agent (agent.example) hat das in Ihrem Namen angefordert.",
                    };
                    assert_eq!(card.matches(named).count(), usize::from(name != "mine"), "{name}: {card}");
                }
            }
        }
    }

    #[test]
    fn a_card_of_a_missing_recipe_asks_for_no_login() {
        let shown = login_card(&run(), Vec::new(), &Catalog::default()).to_string();
        assert!(shown.contains("This command was changed"), "{shown}");
    }
}
