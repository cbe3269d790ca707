//! Card actions: the meaning of a button's verb and data, and the changes it may make.
//!
//! Ids in the data are looked up in the presser's own vault, so a person cannot act on someone else's run.

use crate::ids::{ActivityId, RunVersion};
use serde_json::Value;
use std::collections::BTreeMap;
use workbot_shared::{AppId, Receipt, RecipeId, RunId};

use super::reply::{Effect, Reply, ReplyContent};
use crate::activity::Turn;
use crate::catalog::{Catalog, PRESSED, Recipe};
use crate::connection::ConnectionSummary;
use crate::connection::disconnect::Removal;
use crate::login::TicketRow;
use crate::present::outgoing_activity::card_message;
use crate::present::text::Texts;
use crate::present::{card, run_message};
use crate::run::{AnswerResult, Run, RunState, inputs_from_data};
use crate::time::Timestamp;

/// The request of a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardAction {
    /// No request.
    Nothing,
    /// Show the current list of connections.
    ShowConnections,
    /// Disconnect or delete a connection.
    Disconnect {
        /// The app.
        app: AppId,
        /// Whether the record is kept.
        removal: Removal,
        /// Whether the person has confirmed.
        confirmed: bool,
    },
    /// Start a recipe with the values of its form.
    Begin {
        /// The recipe, if the data holds a valid recipe id.
        recipe: Option<RecipeId>,
    },
    /// Connect an app.
    Connect(AppId),
    /// A request about a run.
    OnRun {
        /// The run, if the data holds a valid run id.
        run: Option<RunId>,
        /// The request.
        verb: RunVerb,
    },
}

/// A button's request about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunVerb {
    /// Take the values of the form, or the answer to a question.
    Submit,
    /// Cancel the run.
    Cancel,
    /// Resume the run after "Still do it?".
    Resume,
    /// Show the run's login card with the current state of its logins.
    RefreshLogins,
    /// A verb that this version does not know.
    Unknown,
}

impl CardAction {
    /// Reads the verb and the data of a button.
    #[must_use]
    pub fn read(verb: &str, data: &Value, catalog: &Catalog) -> Self {
        let text = |name: &str| data.get(name).and_then(Value::as_str);
        let app = text("connection").and_then(|app| AppId::parse(app).ok());
        let run = || text("run").and_then(|run| RunId::parse(run).ok());
        let on_run = |verb| Self::OnRun { run: run(), verb };
        let of_a_run = data.get("run").is_some();
        match verb {
            "" => Self::Nothing,
            "connection.disconnect" | "connection.delete" if let Some(app) = app => Self::Disconnect {
                app,
                removal: if verb == "connection.delete" { Removal::Delete } else { Removal::Disconnect },
                confirmed: data.get("confirmed") == Some(&Value::Bool(true)),
            },
            _ if verb.starts_with("connection.") => Self::ShowConnections,
            "recipe.submit" | "recipe.start" if !of_a_run => {
                Self::Begin { recipe: text("recipe").and_then(|id| RecipeId::parse(id).ok()) }
            }
            "recipe.submit" => on_run(RunVerb::Submit),
            "login.refresh" => match app.filter(|app| !of_a_run && catalog.apps.contains_key(app)) {
                Some(app) => Self::Connect(app),
                None => on_run(RunVerb::RefreshLogins),
            },
            "run.cancel" => on_run(RunVerb::Cancel),
            "run.resume" => on_run(RunVerb::Resume),
            _ => on_run(RunVerb::Unknown),
        }
    }
}

/// Handles a button that ends a connection: it asks for confirmation first. `listed` is the connection, if
/// there is one. Returns `None` if the list of connections is to be shown instead.
#[must_use]
pub fn disconnect(
    words: Texts,
    (app, removal, confirmed): (&AppId, Removal, bool),
    listed: Option<&ConnectionSummary>,
    catalog: &Catalog,
) -> Option<Reply> {
    let listed = listed?;
    if confirmed {
        return Some(Reply::effect(Effect::Disconnect { app: app.clone(), removal }));
    }
    let card = card::confirm(words, listed, catalog, removal.is_delete());
    Some(Reply::card(card, words.0.your_connections()))
}

/// Returns the list of connections with the receipt of the last act. It has no agents: the act is the news.
#[must_use]
pub fn disconnected(
    words: Texts,
    list: (&[ConnectionSummary], usize),
    receipt: &Receipt,
    catalog: &Catalog,
) -> Reply {
    Reply::card(card::list(words, list, &[], catalog, Some(receipt)), words.0.your_connections())
}

/// The result of a button on a run's card.
#[derive(Debug, PartialEq)]
pub enum RunActionReply {
    /// A reply.
    Reply(Reply),
    /// The login card is shown with new links.
    ShowLogins {
        /// The apps without a login.
        missing: Vec<AppId>,
    },
}

/// Handles a button of a run's card. `instead_of` is the activity id of the posted card that the response
/// replaces.
#[must_use]
pub fn on_run_action(
    turn: &Turn,
    verb: RunVerb,
    data: &Value,
    (run, version): (&Run, RunVersion),
    instead_of: Option<ActivityId>,
    (catalog, now): (&Catalog, Timestamp),
) -> RunActionReply {
    let (words, mut run) = (turn.words(), run.clone());
    let was_asked = matches!(run.state, RunState::WaitingApproval { .. });
    let name = run.name(catalog).into_owned();
    let card = match (verb, catalog.recipes.get(&run.recipe)) {
        (RunVerb::Submit, Some(recipe)) if matches!(run.state, RunState::WaitingInput { .. }) => {
            run.submit_form(recipe, inputs_from_data(&recipe.inputs, data), now);
            match run_message::form_card(&run, catalog) {
                // The apps are asked for their choices now.
                Some(_) if run.state == RunState::Running => card::closed(&words.going_on(&name)),
                Some(form) => form,
                None => card::filled(words, &recipe.name, (&recipe.inputs, &run.inputs, &run.titles), None),
            }
        }
        (RunVerb::Submit, Some(recipe)) => match answer(words, &mut run, recipe, data, (catalog, now)) {
            Some(card) => card,
            None => return RunActionReply::Reply(Reply::text(words.nothing_to_do())),
        },
        (RunVerb::Cancel, _) if run.cancel() => run_message::cancelled_card(&run, catalog),
        (RunVerb::Resume, _) if run.resume(now) => card::closed(&words.going_on(&name)),
        (RunVerb::RefreshLogins, _) => {
            if let RunState::WaitingLogin { apps, .. } = run.state {
                return RunActionReply::ShowLogins { missing: apps };
            }
            // Teams clients refresh a card by themselves, and accept only a card as the response.
            return RunActionReply::Reply(Reply::card(card::closed(words.nothing_to_do()), name));
        }
        _ => return RunActionReply::Reply(Reply::text(words.nothing_to_do())),
    };
    let drive = run.state == RunState::Running;
    let answered = run.agent.as_ref().filter(|_| was_asked).map(|agent| agent.grant.clone());
    // A question that is asked again has not changed the run.
    let is_changed = !matches!(run.state, RunState::WaitingAnswer { .. });
    let saved = is_changed.then(|| Effect::SaveRun { run: Box::new(run), version, drive });
    let answer = answered.map(|grant| Effect::AnswerAgent { grant, approved: drive });
    let mut effects: Vec<_> = saved.into_iter().chain(answer).collect();
    // The person may have cancelled on another card than the one that asks for something.
    if let (RunVerb::Cancel, true, Some(activity)) = (verb, turn.invoke, &instead_of) {
        effects.push(Effect::UpdateMessage {
            activity: activity.clone(),
            message: card_message(card.clone(), &name),
        });
    }
    RunActionReply::Reply(Reply {
        effects,
        shown: Some(ReplyContent::Card { card, summary: name, instead_of }),
    })
}

/// Takes the answer to a question. Returns the card that replaces it; `None` if the run does not wait for
/// this answer.
fn answer(
    words: Texts,
    run: &mut Run,
    recipe: &Recipe,
    data: &Value,
    (catalog, now): (&Catalog, Timestamp),
) -> Option<Value> {
    let question = run.awaited_question(recipe).map(|(_, question)| question)?;
    match run.answer(recipe, data, now) {
        AnswerResult::Taken { answer } => {
            let pressed = answer.get(PRESSED).and_then(Value::as_str);
            let button = question.buttons.iter().find(|button| Some(button.value.as_str()) == pressed);
            let title = button.map(|button| button.title.as_str());
            Some(card::filled(words, &recipe.name, (&question.inputs, &answer, &BTreeMap::new()), title))
        }
        AnswerResult::Wrong(given, mistakes) => run_message::question_card(run, catalog, (&given, &mistakes)),
        AnswerResult::NotAsked => None,
    }
}

/// Returns the reply with the login card. Its links work once the tickets are stored.
#[must_use]
pub fn show_logins(
    words: Texts,
    run: &Run,
    (card, tickets): (Value, Vec<TicketRow>),
    instead_of: Option<ActivityId>,
    catalog: &Catalog,
) -> Reply {
    let summary = words.needs_your_login(&run.name(catalog));
    let effects = tickets.into_iter().map(Effect::StoreTicket).collect();
    Reply { effects, shown: Some(ReplyContent::Card { card, summary, instead_of }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::TurnEvent;
    use crate::catalog::tests::real_catalog;
    use crate::conversation::reply::tests::turn;
    use crate::run::next::tests::{agent, run};
    use crate::run::{AgentCall, Approval, Form, StepRecord};
    use serde_json::json;
    use workbot_shared::{ConnectionStatus, Language};

    const WORDS: Texts = Texts(Language::En);

    fn app(id: &str) -> AppId {
        AppId::parse(id).unwrap()
    }

    fn pressed() -> Turn {
        turn(TurnEvent::CardAction { verb: "v".into(), data: Value::Null })
    }

    fn waiting(state: RunState) -> Run {
        Run { state, ..run() }
    }

    fn press(run: &Run, verb: RunVerb, data: &Value) -> RunActionReply {
        let at = (&real_catalog(), run.created_at);
        on_run_action(&pressed(), verb, data, (run, RunVersion(7)), Some("a7".into()), at)
    }

    fn reply(on_run: RunActionReply) -> Reply {
        match on_run {
            RunActionReply::Reply(reply) => reply,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn verb_and_data_decide_what_a_button_asks_for() {
        let (catalog, run) = (real_catalog(), run().id);
        let of_run = |verb| CardAction::OnRun { run: Some(run.clone()), verb };
        let ends = |removal, confirmed| CardAction::Disconnect { app: app("box"), removal, confirmed };
        let submit = RecipeId::parse("find-account").ok();
        for (verb, data, action) in [
            ("", json!({"connection": "box"}), CardAction::Nothing),
            ("connection.refresh", json!({"connection": "box"}), CardAction::ShowConnections),
            ("connection.disconnect", json!({}), CardAction::ShowConnections),
            ("connection.later", json!({"connection": "box"}), CardAction::ShowConnections),
            ("connection.disconnect", json!({"connection": "box"}), ends(Removal::Disconnect, false)),
            (
                "connection.delete",
                json!({"connection": "box", "confirmed": true}),
                ends(Removal::Delete, true),
            ),
            (
                "connection.delete",
                json!({"connection": "box", "confirmed": "true"}),
                ends(Removal::Delete, false),
            ),
            ("recipe.submit", json!({"recipe": "find-account"}), CardAction::Begin { recipe: submit }),
            ("recipe.submit", json!({"recipe": "../x"}), CardAction::Begin { recipe: None }),
            ("recipe.submit", json!({"run": run, "recipe": "find-account"}), of_run(RunVerb::Submit)),
            ("login.refresh", json!({"connection": "box"}), CardAction::Connect(app("box"))),
            ("login.refresh", json!({"run": run, "connection": "box"}), of_run(RunVerb::RefreshLogins)),
            ("run.cancel", json!({"run": run}), of_run(RunVerb::Cancel)),
            ("run.resume", json!({"run": run}), of_run(RunVerb::Resume)),
            ("run.later", json!({"run": run}), of_run(RunVerb::Unknown)),
            ("run.cancel", json!({"run": 7}), CardAction::OnRun { run: None, verb: RunVerb::Cancel }),
            (
                "login.refresh",
                json!({"connection": "nothing-like-it"}),
                CardAction::OnRun { run: None, verb: RunVerb::RefreshLogins },
            ),
        ] {
            assert_eq!(CardAction::read(verb, &data, &catalog), action, "{verb} {data}");
        }
    }

    #[test]
    fn a_connection_ends_only_after_confirmation() {
        let catalog = real_catalog();
        let listed = ConnectionSummary {
            app: app("box"),
            account: "ada@contoso.com".into(),
            status: ConnectionStatus::Connected,
            reason: None,
            scopes: Vec::new(),
            connected_at: Timestamp(1),
            last_used_at: None,
            used_by: Vec::new(),
            guardrails: crate::connection::Guardrails::default(),
        };
        let press = |removal, confirmed, listed: Option<&ConnectionSummary>| {
            disconnect(WORDS, (&app("box"), removal, confirmed), listed, &catalog)
        };
        for removal in [Removal::Disconnect, Removal::Delete] {
            let asks = press(removal, false, Some(&listed)).unwrap();
            assert!(asks.effects.is_empty() && asks.shown.is_some());
            let done = press(removal, true, Some(&listed)).unwrap();
            assert_eq!(done, Reply::effect(Effect::Disconnect { app: app("box"), removal }));
            assert_eq!(press(removal, true, None), None, "it is gone: the list shows so");
        }
    }

    #[test]
    fn only_a_waiting_run_is_cancelled_and_its_card_says_so_wherever_it_was_cancelled() {
        let asks = waiting(RunState::WaitingLogin { card: Some("a7".into()), apps: vec![app("salesforce")] });
        let cancelled = reply(press(&asks, RunVerb::Cancel, &json!({})));
        let [
            Effect::SaveRun { run, version: RunVersion(7), drive: false },
            Effect::UpdateMessage { activity, message },
        ] = cancelled.effects.as_slice()
        else {
            panic!("{:?}", cancelled.effects)
        };
        assert_eq!((&run.state, activity.as_str()), (&RunState::Cancelled, "a7"));
        assert!(message.to_string().contains("was cancelled"));
        for state in [RunState::Running, RunState::Cancelled] {
            let late = reply(press(&waiting(state), RunVerb::Cancel, &json!({})));
            assert_eq!(late, Reply::text(WORDS.nothing_to_do()));
        }
        // Without an invoke, the reply replaces the posted card.
        let message = Turn { invoke: false, ..pressed() };
        let at = (&real_catalog(), asks.created_at);
        let shown = on_run_action(
            &message,
            RunVerb::Cancel,
            &json!({}),
            (&asks, RunVersion(7)),
            Some("a7".into()),
            at,
        );
        assert_eq!(reply(shown).effects.len(), 1);
    }

    #[test]
    fn only_the_persons_button_approves_what_an_agent_wants_and_both_answers_are_recorded() {
        let agent = AgentCall { opens_urls: true, ..agent(Approval::Needed) };
        let asks = waiting(RunState::WaitingApproval { card: Some("a7".into()) }).asked_by_agent(agent);
        for (verb, approved) in [(RunVerb::Resume, true), (RunVerb::Cancel, false)] {
            let answered = reply(press(&asks, verb, &json!({})));
            let [Effect::SaveRun { run, drive, .. }, answer, ..] = answered.effects.as_slice() else {
                panic!()
            };
            assert_eq!(*drive, approved);
            assert_eq!(*answer, Effect::AnswerAgent { grant: "g1".into(), approved });
            assert_eq!(run.agent.as_ref().unwrap().approval == Approval::Given, approved);
        }
        for verb in [RunVerb::Submit, RunVerb::RefreshLogins, RunVerb::Unknown] {
            assert!(reply(press(&asks, verb, &json!({}))).effects.is_empty(), "{verb:?}");
        }
        let cancelled = Run { state: RunState::WaitingConfirmation, ..asks };
        let effects = reply(press(&cancelled, RunVerb::Cancel, &json!({}))).effects;
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::AnswerAgent { .. })), "no answer");
    }

    #[test]
    fn a_run_resumes_by_its_button_only_where_it_asked() {
        let resumed = reply(press(&waiting(RunState::WaitingConfirmation), RunVerb::Resume, &json!({})));
        assert!(matches!(resumed.effects.as_slice(), [Effect::SaveRun { drive: true, .. }]));
        for state in [RunState::Running, RunState::WaitingInput { card: None }, RunState::Cancelled] {
            let late = reply(press(&waiting(state), RunVerb::Resume, &json!({})));
            assert_eq!(late, Reply::text(WORDS.nothing_to_do()));
        }
    }

    #[test]
    fn a_form_is_accepted_while_the_run_waits_for_it_and_the_run_continues_when_it_is_complete() {
        let asks = Run { form: Some(Form::default()), ..waiting(RunState::WaitingInput { card: None }) };
        let whole = json!({"name": "Acme", "amount": "5000", "close_date": "2026-12-31"});
        let complete = reply(press(&asks, RunVerb::Submit, &whole));
        assert!(matches!(complete.effects.as_slice(), [Effect::SaveRun { drive: true, .. }]));
        let lacking = reply(press(&asks, RunVerb::Submit, &json!({"name": "Acme"})));
        let [Effect::SaveRun { run: still, drive: false, .. }] = lacking.effects.as_slice() else { panic!() };
        assert!(matches!(still.state, RunState::WaitingInput { .. }) && still.form.is_some());
        let late = reply(press(&run(), RunVerb::Submit, &whole));
        assert_eq!(late, Reply::text(WORDS.nothing_to_do()), "sent twice");
    }

    #[test]
    fn an_answer_is_saved_and_shown_and_a_wrong_one_writes_nothing() {
        let catalog = real_catalog();
        let id = RecipeId::parse("win-deal").unwrap();
        let recipe = &catalog.recipes[&id];
        let mut asks =
            Run { recipe: id, ..waiting(RunState::WaitingAnswer { card: Some("a7".into()), step: 1 }) };
        asks.steps = vec![StepRecord::Pending; recipe.steps.len()];
        asks.inputs = json!({"opportunity": "Acme"}).as_object().unwrap().clone();
        let records = json!([{"Id": "006A", "Name": "Acme *A*"}, {"Id": "006B", "Name": "Acme B"}]);
        asks.set(0, StepRecord::Done { output: json!({"records": records}), account: "ada".into() });
        let data = |chosen: &str| json!({"step": "which", "opportunity": chosen});
        let taken = reply(press(&asks, RunVerb::Submit, &data("006A")));
        assert!(matches!(taken.effects.as_slice(), [Effect::SaveRun { drive: true, .. }]));
        let shown = format!("{:?}", taken.shown);
        assert!(shown.contains("Going on with") && shown.contains("Acme"), "{shown}");
        let wrong = reply(press(&asks, RunVerb::Submit, &data("006C")));
        assert_eq!(wrong.effects, [], "the question is only shown again");
        assert!(format!("{:?}", wrong.shown).contains("must be one of the choices"));
        let old = reply(press(&asks, RunVerb::Submit, &json!({"opportunity": "006A"})));
        assert_eq!(old, Reply::text(WORDS.nothing_to_do()), "the form of the command");
    }

    #[test]
    fn a_client_that_refreshes_a_login_card_gets_a_card() {
        let apps = vec![app("salesforce")];
        let asks = waiting(RunState::WaitingLogin { card: Some("a7".into()), apps: apps.clone() });
        assert_eq!(
            press(&asks, RunVerb::RefreshLogins, &json!({})),
            RunActionReply::ShowLogins { missing: apps }
        );
        let over = reply(press(&run(), RunVerb::RefreshLogins, &json!({})));
        assert!(matches!(over.shown, Some(ReplyContent::Card { .. })) && over.effects.is_empty());
    }

    #[test]
    fn a_cancelled_run_says_what_remains_done() {
        let mut asks = waiting(RunState::WaitingConfirmation);
        let link = json!({"link": "https://acme.example/006"});
        asks.set(0, StepRecord::Done { output: link, account: "ada".into() });
        let Some(ReplyContent::Card { card, .. }) = reply(press(&asks, RunVerb::Cancel, &json!({}))).shown
        else {
            panic!()
        };
        assert!(card.to_string().contains("https://acme.example/006"), "{card}");
    }
}
