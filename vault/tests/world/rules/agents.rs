//! Agents act as their person, and write only what the person approved.

use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::agent::client::Client;
use workbot_domain::agent::token::CODE_LIFETIME;
use workbot_shared::{AgentDoorChange, AuditAction, Language, RecipeId, RunId};
use workbot_vault::agent_protocol::{AgentRequest, AgentResponse};
use workbot_vault::protocol::{VaultRequest, VaultResponse};

use crate::agent::{Agent, CALLBACK, VERIFIER, client, run, structured};
use crate::directed_world::{A_DAY, A_MINUTE, Directed};
use crate::faults::Fault;
use crate::person::{App, Person};

const HOST: &str = "agent.example";

/// An open door, and a person with a connection to Salesforce, as whom *find account* reads.
fn open_door() -> (Directed, Rc<Person>, Rc<Person>) {
    let world = Directed::new();
    let admin = world.person(0);
    world.door(&admin, true, true, true);
    world.sets(&admin, "find-account", json!({"verify_user_access": {"salesforce": true}}));
    let ada = world.connected(1, &[App::Salesforce]);
    (world, admin, ada)
}

fn opportunity(name: &str) -> Value {
    json!({"name": name, "amount": 5000, "close_date": "2026-12-31"})
}

fn status(response: &AgentResponse) -> String {
    structured(response)["status"].as_str().unwrap().to_owned()
}

fn is_gone(world: &Directed, agent: &Agent) -> bool {
    matches!(world.calls(agent, "list_connections", json!({})), AgentResponse::InvalidGrant)
}

#[test]
fn a_write_waits_for_the_persons_button_and_the_agent_reads_its_result() {
    let (world, _, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    let asked = world.calls(&agent, "create_opportunity", opportunity("Acme"));
    assert_eq!(status(&asked), "waiting_approval");
    let card = world.hears(&ada, "Agent (agent.example) wants to create this opportunity as you");
    for words in ["In Salesforce as person1@contoso.com", "Acme", "5000", "Do it", "Don't"] {
        assert!(card.contains(words), "{words}: {card}");
    }
    assert!(world.made(App::Salesforce, &ada).is_empty());
    world.answers(&ada, &run(&asked), true);
    let done = world.gets(&agent, &run(&asked), "done");
    assert_eq!(done["as"], json!(["person1@contoso.com"]));
    assert!(done["link"].is_string() && done["text"].as_str().unwrap().contains("Acme"), "{done}");
    assert_eq!(world.made(App::Salesforce, &ada).len(), 1);
    assert_eq!(world.heard(&ada, "as you (person1@contoso.com)").len(), 1, "the person reads it too");
    world.answers(&ada, &run(&asked), true);
    world.passes(A_MINUTE);
    assert_eq!(world.made(App::Salesforce, &ada).len(), 1, "the button counts once");
}

#[test]
fn a_read_asks_nobody_and_is_not_told_in_the_chat() {
    let (world, _, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    let before = ada.chat().len();
    let found = world.calls(&agent, "find_account", json!({"name": "Acme"}));
    assert_eq!(status(&found), "done");
    world.passes(A_MINUTE);
    assert_eq!(ada.chat().len(), before);
    let history = VaultRequest::ListHistory { before: None, limit: 10, language: Language::En };
    let Some(VaultResponse::History(history)) = world.asks(&ada, history) else { panic!() };
    assert_eq!(history.entries[0].client.as_deref(), Some("Agent (agent.example)"));
}

#[test]
fn a_missing_login_is_asked_for_in_the_chat_and_the_run_goes_on() {
    let (world, _, _) = open_door();
    let bob = world.person(1);
    world.leaves(&bob, App::Salesforce).unwrap();
    let agent = world.agent(&bob, HOST, false);
    let asked = world.calls(&agent, "create_opportunity", opportunity("Acme"));
    assert_eq!(status(&asked), "waiting_login");
    world.until("a login card", || !world.links(&bob).is_empty());
    world.logs_in(&bob, world.links(&bob).last().unwrap());
    world.gets(&agent, &run(&asked), "waiting_approval");
    world.answers(&bob, &run(&asked), true);
    world.gets(&agent, &run(&asked), "done");
}

#[test]
fn a_client_that_opens_addresses_gets_the_persons_own_ticket_and_repeats_the_call() {
    let (world, _, ada) = open_door();
    world.leaves(&ada, App::Salesforce).unwrap();
    let agent = world.agent(&ada, HOST, true);
    let asked = world.calls(&agent, "create_opportunity", opportunity("Acme"));
    let AgentResponse::Logins { run, logins, state } = asked else { panic!("{asked:?}") };
    assert_eq!(logins.len(), 1);
    assert!(world.heard(&ada, "login needed").is_empty(), "the agent shows the link");
    // `accept` is the client's word only: nothing goes on before the login.
    let again = world.calls_with(&agent, 7, "create_opportunity", opportunity("Acme"), Some(state), false);
    let AgentResponse::Logins { state, .. } = again else { panic!("{again:?}") };
    // Bob cannot log in with Ada's link.
    let bob = world.person(2);
    let page = world.logs_in(&bob, &logins[0].url);
    assert!(matches!(page, workbot_domain::login_page::LoginPage::SomeoneElse { .. }), "{page:?}");
    world.logs_in(&ada, &logins[0].url);
    world.passes(A_MINUTE);
    let again = world.calls_with(&agent, 8, "create_opportunity", opportunity("Acme"), Some(state), false);
    assert_eq!(status(&again), "waiting_approval");
    world.answers(&ada, run.as_str(), true);
    world.gets(&agent, run.as_str(), "done");
    assert_eq!(world.made(App::Salesforce, &ada).len(), 1);
}

#[test]
fn a_client_that_forgets_the_state_finds_its_run_again_after_the_login() {
    let (world, _, ada) = open_door();
    world.leaves(&ada, App::Salesforce).unwrap();
    let agent = world.agent(&ada, HOST, true);
    let asked = world.calls(&agent, "create_opportunity", opportunity("Acme"));
    let AgentResponse::Logins { run: first, logins, .. } = asked else { panic!("{asked:?}") };
    world.logs_in(&ada, &logins[0].url);
    world.passes(A_MINUTE);
    let again = world.calls(&agent, "create_opportunity", opportunity("Acme"));
    assert_eq!(run(&again), first.as_str());
    assert_eq!(world.heard(&ada, "wants to create this opportunity").len(), 1);
    world.answers(&ada, first.as_str(), true);
    world.gets(&agent, first.as_str(), "done");
    let next = world.calls(&agent, "create_opportunity", opportunity("Acme"));
    assert_ne!(run(&next), first.as_str(), "a call of its own");
}

#[test]
fn a_client_that_learns_the_end_by_get_run_starts_anew_with_the_same_call() {
    let (world, _, ada) = open_door();
    world.leaves(&ada, App::Salesforce).unwrap();
    let agent = world.agent(&ada, HOST, true);
    let asked = world.calls(&agent, "find_account", json!({"name": "Acme"}));
    let AgentResponse::Logins { run: first, logins, .. } = asked else { panic!("{asked:?}") };
    world.logs_in(&ada, &logins[0].url);
    world.gets(&agent, first.as_str(), "done");
    assert_ne!(run(&world.calls(&agent, "find_account", json!({"name": "Acme"}))), first.as_str());
}

#[test]
fn a_declined_login_cancels_the_run() {
    let (world, _, ada) = open_door();
    world.leaves(&ada, App::Salesforce).unwrap();
    let agent = world.agent(&ada, HOST, true);
    let asked = world.calls(&agent, "create_opportunity", opportunity("Acme"));
    let AgentResponse::Logins { state, .. } = asked else { panic!("{asked:?}") };
    let declined = world.calls_with(&agent, 9, "create_opportunity", opportunity("Acme"), Some(state), true);
    assert_eq!(status(&declined), "cancelled");
}

#[test]
fn a_foreign_or_altered_request_state_is_refused() {
    let (world, _, ada) = open_door();
    world.leaves(&ada, App::Salesforce).unwrap();
    let (agent, other) = (world.agent(&ada, HOST, true), world.agent(&ada, "other.example", true));
    let asked = world.calls(&agent, "create_opportunity", opportunity("Acme"));
    let AgentResponse::Logins { state, .. } = asked else { panic!("{asked:?}") };
    let with = |agent: &Agent, name: &str, state: &str| {
        world.calls_with(agent, 5, "create_opportunity", opportunity(name), Some(state.to_owned()), true)
    };
    let altered = format!("{}00", &state[..state.len() - 2]);
    for refused in [
        with(&other, "Acme", &state),
        with(&agent, "Another", &state),
        with(&agent, "Acme", &altered),
        with(&agent, "Acme", ""),
    ] {
        assert!(matches!(refused, AgentResponse::InvalidCall(_)), "{refused:?}");
    }
    world.passes(Duration::from_secs(3700));
    assert!(matches!(with(&agent, "Acme", &state), AgentResponse::InvalidCall(_)), "expired");
}

#[test]
fn the_same_call_twice_is_one_run() {
    let (world, _, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    let call = |id, name| world.calls_with(&agent, id, "create_opportunity", opportunity(name), None, false);
    let first = run(&call(1, "Acme"));
    assert_eq!(run(&call(1, "Acme")), first);
    world.dies(&ada);
    assert_eq!(run(&call(1, "Acme")), first, "after a crash");
    assert_ne!(run(&call(1, "Other")), first, "another call with the same id");
    assert_ne!(run(&call(2, "Third")), first);
    let other = world.agent(&ada, "other.example", false);
    let theirs = world.calls_with(&other, 1, "create_opportunity", opportunity("Acme"), None, false);
    assert_ne!(run(&theirs), first, "another client");
}

#[test]
fn three_refusals_close_the_door_for_a_day() {
    let (world, _, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    for name in ["One", "Two", "Three"] {
        let asked = world.calls(&agent, "create_opportunity", opportunity(name));
        assert_eq!(status(&asked), "waiting_approval");
        world.answers(&ada, &run(&asked), false);
        world.gets(&agent, &run(&asked), "cancelled");
    }
    let refused = world.calls(&agent, "create_opportunity", opportunity("Four"));
    assert!(structured(&refused)["text"].as_str().unwrap().contains("may not ask for a day"));
    let again = world.agent(&ada, HOST, false);
    assert_eq!(status(&world.calls(&again, "create_opportunity", opportunity("Five"))), "failed");
    assert_eq!(status(&world.calls(&agent, "find_account", json!({"name": "Acme"}))), "done", "reads go on");
    world.passes(A_DAY);
    assert_eq!(status(&world.calls(&agent, "create_opportunity", opportunity("Six"))), "waiting_approval");
    assert!(world.made(App::Salesforce, &ada).is_empty());
}

#[test]
fn a_run_that_the_person_cancels_in_the_tab_counts_as_a_refusal_and_one_that_the_agent_cancels_does_not() {
    let (world, _, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    let cancels = |run: &str| {
        let run = RunId::parse(run).unwrap();
        let cancel = VaultRequest::CancelRun { run, language: Language::En };
        assert!(matches!(world.asks(&ada, cancel), Some(VaultResponse::Cancelled(Some(_)))));
    };
    let asks = |name: &str| {
        let asked = world.calls(&agent, "create_opportunity", opportunity(name));
        assert_eq!(status(&asked), "waiting_approval", "{name}");
        run(&asked)
    };
    cancels(&asks("One"));
    for name in ["Two", "Three", "Four"] {
        assert_eq!(status(&world.calls(&agent, "cancel_run", json!({ "run": asks(name) }))), "cancelled");
    }
    cancels(&asks("Five"));
    let last = asks("Six");
    cancels(&last);
    cancels(&last);
    let refused = world.calls(&agent, "create_opportunity", opportunity("Seven"));
    assert!(structured(&refused)["text"].as_str().unwrap().contains("may not ask for a day"));
}

#[test]
fn an_agent_that_cancels_its_own_runs_asks_ten_times_an_hour() {
    let (world, _, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    let asks = |agent: &Agent, name: &str| world.calls(agent, "create_opportunity", opportunity(name));
    for number in 0..10 {
        let asked = asks(&agent, &format!("Number {number}"));
        assert_eq!(status(&asked), "waiting_approval", "{number}");
        world.calls(&agent, "cancel_run", json!({ "run": run(&asked) }));
    }
    let again = world.agent(&ada, HOST, false);
    for agent in [&agent, &again] {
        let refused = asks(agent, "Too many");
        assert_eq!(status(&refused), "failed");
        let text = structured(&refused)["text"].as_str().unwrap().to_owned();
        assert!(text.contains("asked the person for 10 approvals within an hour"), "{text}");
        assert_eq!(status(&world.calls(agent, "find_account", json!({"name": "Acme"}))), "done");
    }
    assert_eq!(world.heard(&ada, "wants to create this opportunity").len(), 10);
    let other = world.agent(&ada, "other.example", false);
    assert_eq!(status(&asks(&other, "Another client")), "waiting_approval");
    world.passes(Duration::from_secs(3600));
    assert_eq!(status(&asks(&agent, "An hour later")), "waiting_approval");
}

#[test]
fn a_write_whose_values_the_card_cannot_show_whole_is_refused() {
    let (world, _, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    let of = |name: String| world.calls(&agent, "create_opportunity", opportunity(&name));
    let asked = of(format!("Acme {} Mallory", "x".repeat(7900)));
    assert_eq!(status(&asked), "waiting_approval");
    let card = world.hears(&ada, "wants to create this opportunity");
    assert!(card.contains("x Mallory"), "the end of a long value is shown: {card}");
    let refused = of("\\".repeat(8000));
    assert_eq!(status(&refused), "failed");
    let text = structured(&refused)["text"].as_str().unwrap().to_owned();
    assert!(text.contains("`name` is too long") && text.contains("16384 bytes"), "{text}");
    assert_eq!(world.heard(&ada, "wants to create this opportunity").len(), 1);
}

#[test]
fn an_agent_cannot_approve_by_itself_nor_for_another() {
    let (world, _, ada) = open_door();
    let (agent, other) = (world.agent(&ada, HOST, false), world.agent(&ada, "other.example", false));
    let asked = run(&world.calls(&agent, "create_opportunity", opportunity("Acme")));
    // Another client does not see the run, and another person's button does not reach it.
    assert_eq!(status(&world.calls(&other, "get_run", json!({ "run": asked }))), "failed");
    assert_eq!(status(&world.calls(&other, "cancel_run", json!({ "run": asked }))), "failed");
    let bob = world.person(2);
    world.answers(&bob, &asked, true);
    // Neither does the same command of the person, which is a run of its own.
    world.gets(&agent, &asked, "waiting_approval");
    assert!(world.made(App::Salesforce, &ada).is_empty());
    assert_eq!(status(&world.calls(&agent, "cancel_run", json!({ "run": asked }))), "cancelled");
}

#[test]
fn without_asking_is_for_one_client_and_one_recipe_and_only_where_an_admin_allows_it() {
    let (world, admin, ada) = open_door();
    let (agent, other) = (world.agent(&ada, HOST, false), world.agent(&ada, "other.example", false));
    let lets = |recipe: &str| {
        let recipe = workbot_shared::RecipeId::parse(recipe).unwrap();
        let grant = agent.grant.clone();
        world.asks_of_agents(&ada, AgentRequest::SetWithoutAsking { grant, recipe, allowed: true })
    };
    assert!(matches!(lets("create-opportunity"), Some(AgentResponse::Done)));
    assert!(matches!(lets("find-account"), Some(AgentResponse::NotFound)), "a read asks nobody");
    assert_eq!(status(&world.calls(&agent, "create_opportunity", opportunity("Acme"))), "done");
    assert_eq!(world.heard(&ada, "as you (").len(), 1, "the person reads what was done");
    assert_eq!(status(&world.calls(&other, "create_opportunity", opportunity("Acme"))), "waiting_approval");
    world.door(&admin, true, true, false);
    assert_eq!(status(&world.calls(&agent, "create_opportunity", opportunity("Two"))), "waiting_approval");
    assert!(matches!(lets("create-opportunity"), Some(AgentResponse::NotFound)));
}

fn ends(world: &Directed, agent: &Agent, by: Option<&Person>) {
    let end = AgentRequest::End { grant: agent.grant.clone(), by: by.map(Person::admin) };
    assert!(matches!(world.asks_of_agents(&agent.person, end), Some(AgentResponse::Done)));
}

#[test]
fn every_end_of_an_agent_stops_it_at_once() {
    for how in ["closed door", "off-boarding", "removed client", "removed bot", "admin", "person"] {
        let (world, admin, ada) = open_door();
        let registered = Client { host: None, id: "registered.tenant".into(), ..client(HOST) };
        world.registers_client(&admin, &registered);
        let agent = world.agent_of(&ada, registered, false);
        let asked = run(&world.calls(&agent, "create_opportunity", opportunity("Acme")));
        let listed = || world.agents_of_people("").len();
        world.until("it is in the directory", || listed() == 1);
        match how {
            "closed door" => world.door(&admin, false, true, true),
            "off-boarding" => drop(world.off_boards(&admin, &ada)),
            "removed client" => world.removes_client(&admin, &agent.client.id),
            "removed bot" => {
                let removes = Rc::clone(&ada);
                world.done(async move { removes.uninstall().await });
            }
            "admin" => ends(&world, &agent, Some(&admin)),
            _ => ends(&world, &agent, None),
        }
        assert!(world.agents(&ada).agents.is_empty(), "{how}");
        world.until("it is in the directory no more", || listed() == 0);
        // An approval that comes too late writes nothing.
        world.answers(&ada, &asked, true);
        world.passes(A_MINUTE);
        assert_eq!(listed(), 0, "{how}");
        assert!(world.made(App::Salesforce, &ada).is_empty(), "{how}");
        assert!(is_gone(&world, &agent), "{how}");
        world.door(&admin, true, true, true);
        assert!(is_gone(&world, &agent), "{how}: it stays gone");
        let refresh = agent.refresh.borrow().clone();
        assert!(matches!(world.refreshes(&agent, &refresh), AgentResponse::InvalidGrant), "{how}");
        assert_eq!(world.number(&ada, "SELECT count(*) FROM agent_grant"), Some(0), "{how}");
    }
}

#[test]
fn an_off_boarding_audits_the_end_of_each_agent_and_tells_its_person() {
    let (world, admin, ada) = open_door();
    world.leaves(&ada, App::Salesforce).unwrap();
    world.agent(&ada, HOST, false);
    world.agent(&ada, "other.example", false);
    world.off_boards(&admin, &ada);
    world.hears(&ada, "Agent (agent.example) no longer acts for you: an admin");
    world.hears(&ada, "Agent (other.example) no longer acts for you: an admin");
    world.passes(A_MINUTE);
    let count = |act| world.audit().iter().filter(|entry| entry.act == act).count();
    assert_eq!((count(AuditAction::AgentEnded), count(AuditAction::PersonOffBoarded)), (2, 1));
}

#[test]
fn a_change_leaves_a_door_closed_that_another_admin_closed_meanwhile() {
    let (world, admin, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    // The other admin's page still shows the door as open.
    let other = world.person(3);
    world.door(&admin, false, true, true);
    let closed_at = world.door_policy().closed_at;
    let change = AgentDoorChange { reads: Some(false), ..AgentDoorChange::default() };
    world.passes(A_MINUTE);
    world.changes_door(&other, change.clone());
    world.changes_door(&other, change);
    let policy = world.door_policy();
    assert!(!policy.open && !policy.reads && closed_at.is_some() && policy.closed_at == closed_at);
    let acts: Vec<_> = world.audit().into_iter().map(|entry| (entry.act, entry.detail)).take(3).collect();
    let (opened, closed) = (AuditAction::AgentDoorOpened, AuditAction::AgentDoorClosed);
    assert_eq!(acts[..2], [(closed, "reads: false".to_owned()), (closed, "open: false".to_owned())]);
    world.changes_door(&admin, AgentDoorChange { open: Some(true), ..AgentDoorChange::default() });
    assert_eq!(world.audit()[0].act, opened);
    assert!(is_gone(&world, &agent), "a consent from before the closing stays ended");
}

#[test]
fn only_the_removal_of_a_registered_client_is_kept() {
    let (world, admin, _) = open_door();
    let entries = world.audit().len();
    for id in ["unknown".to_owned(), "x".repeat(100_000)] {
        world.removes_client(&admin, &id);
    }
    assert!(world.door_policy().removed.is_empty());
    assert_eq!(world.audit().len(), entries);
    let registered = Client { host: None, id: "registered.tenant".into(), ..client(HOST) };
    world.registers_client(&admin, &registered);
    for _ in 0..2 {
        world.removes_client(&admin, &registered.id);
    }
    assert_eq!(world.door_policy().removed.into_keys().collect::<Vec<_>>(), [registered.id]);
    assert_eq!(world.audit().len(), entries + 2);
}

#[test]
fn a_tenant_that_is_no_longer_served_stops_its_agents() {
    let (world, _, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    assert!(!is_gone(&world, &agent));
    world.deployment.deploy(Some(("ALLOWED_TENANTS", "fabrikam".to_owned())));
    assert!(is_gone(&world, &agent));
    assert!(world.agrees(&ada, &client(HOST)).is_none());
    assert_eq!(world.number(&ada, "SELECT count(*) FROM agent_grant"), Some(0));
}

#[test]
fn an_admin_finds_the_agents_of_people_and_ends_one_with_an_audit_entry_and_a_word_to_its_person() {
    let (world, admin, ada) = open_door();
    let bob = world.person(2);
    let agent = world.agent(&ada, HOST, false);
    let (_, other) = (world.agent(&bob, HOST, false), world.agent(&bob, "other.example", false));
    world.until("all are listed", || world.agents_of_people("").len() == 3);
    assert_eq!(world.agents_of_people("other.ex"), [(bob.oid.clone(), "Agent".to_owned())]);
    assert_eq!(world.agents_of_people(&ada.oid).len(), 1);
    assert_eq!(world.agents_of_people("agent").len(), 3);
    assert!(world.agents_of_people("%").is_empty(), "no wildcard");
    // Longer than a pattern of LIKE may be.
    assert!(world.agents_of_people(&"%".repeat(100)).is_empty());
    ends(&world, &agent, Some(&admin));
    world.hears(&ada, "Agent (agent.example) no longer acts for you: an admin");
    let audit = world.audit();
    let ended = audit.iter().find(|entry| entry.act == AuditAction::AgentEnded).unwrap();
    assert_eq!(
        (ended.by_name.as_str(), ended.user.as_ref()),
        (admin.oid.as_str(), Some(&ada.subject().user))
    );
    assert_eq!(ended.detail, format!("{}: Agent (agent.example)", ada.oid));
    world.until("it is listed no more", || world.agents_of_people("").len() == 2);
    // The person's own end is their business.
    ends(&world, &other, None);
    world.passes(A_MINUTE);
    assert_eq!(world.audit().iter().filter(|entry| entry.act == AuditAction::AgentEnded).count(), 1);
    assert_eq!(world.agents_of_people("").len(), 1);
}

#[test]
fn what_the_person_let_an_agent_do_without_asking_counts_at_the_time_of_the_write() {
    for how in ["person", "admin", "nobody"] {
        let (world, admin, ada) = open_door();
        world.leaves(&ada, App::Salesforce).unwrap();
        let agent = world.agent(&ada, HOST, false);
        let sets = |allowed| {
            let (grant, recipe) = (agent.grant.clone(), RecipeId::parse("create-opportunity").unwrap());
            let set = AgentRequest::SetWithoutAsking { grant, recipe, allowed };
            assert!(matches!(world.asks_of_agents(&ada, set), Some(AgentResponse::Done)));
        };
        sets(true);
        let asked = world.calls(&agent, "create_opportunity", opportunity("Acme"));
        assert_eq!(status(&asked), "waiting_login");
        world.until("a login card", || !world.links(&ada).is_empty());
        match how {
            "person" => sets(false),
            "admin" => world.door(&admin, true, true, false),
            _ => {}
        }
        world.logs_in(&ada, world.links(&ada).last().unwrap());
        let ended = if how == "nobody" { "done" } else { "waiting_approval" };
        world.gets(&agent, &run(&asked), ended);
        assert_eq!(world.made(App::Salesforce, &ada).len(), usize::from(how == "nobody"), "{how}");
    }
}

#[test]
fn a_person_sees_their_agents_and_ends_a_pause() {
    let (world, admin, ada) = open_door();
    assert!(world.agents(&ada).open && world.agents(&ada).agents.is_empty());
    let (agent, again) = (world.agent(&ada, HOST, false), world.agent(&ada, HOST, false));
    for name in ["One", "Two", "Three"] {
        let asked = world.calls(&agent, "create_opportunity", opportunity(name));
        world.answers(&ada, &run(&asked), false);
    }
    let listed = world.agents(&ada);
    let [one, other] = listed.agents.as_slice() else { panic!("{listed:?}") };
    assert_eq!((one.client.as_str(), one.host.as_deref()), ("Agent", Some(HOST)));
    assert!(one.paused_until.is_some() && one.paused_until == other.paused_until, "{listed:?}");
    let names: Vec<_> = listed.recipes.iter().map(|recipe| recipe.id.as_str()).collect();
    assert!(names.contains(&"create-opportunity") && !names.contains(&"find-account"), "{names:?}");
    let pause = AgentRequest::EndPause { grant: again.grant.clone() };
    assert!(matches!(world.asks_of_agents(&ada, pause), Some(AgentResponse::Done)));
    assert!(world.agents(&ada).agents.iter().all(|agent| agent.paused_until.is_none()));
    let asked = world.calls(&agent, "create_opportunity", opportunity("Four"));
    assert_eq!(status(&asked), "waiting_approval");
    // Where an admin forbids it, there is nothing to let it do.
    world.door(&admin, true, true, false);
    assert!(world.agents(&ada).recipes.is_empty());
    world.door(&admin, false, true, true);
    assert!(!world.agents(&ada).open && world.agents(&ada).agents.is_empty());
}

#[test]
fn the_list_of_connections_names_the_agents_while_they_act() {
    let (world, admin, ada) = open_door();
    let lists = || {
        let before = ada.chat().len();
        world.says(&ada, "personal_connections");
        world.until("the list", || ada.chat().len() > before);
        ada.chat().pop().unwrap().activity.to_string()
    };
    assert!(!lists().contains("for you."));
    let agent = world.agent(&ada, HOST, false);
    assert!(lists().contains("Agent (agent.example) acts for you. See what it may do in the tab"));
    world.agent(&ada, HOST, false);
    assert!(lists().contains("Agent (agent.example) acts for you."), "named once");
    // What is not known may act.
    world.goes_wrong("workspace", 1, Fault::Refused);
    assert!(lists().contains("acts for you."));
    world.clears_up();
    world.door(&admin, false, true, true);
    assert!(!lists().contains("for you."));
    assert!(is_gone(&world, &agent));
}

#[test]
fn a_frozen_app_is_not_called_for_an_agent() {
    let (world, admin, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    // Frozen while the approval waits: the press writes nothing.
    let asked = run(&world.calls(&agent, "create_opportunity", opportunity("Acme")));
    world.freezes(&admin, App::Salesforce, true);
    world.answers(&ada, &asked, true);
    world.gets(&agent, &asked, "failed");
    assert!(world.made(App::Salesforce, &ada).is_empty());
    world.freezes(&admin, App::Salesforce, true);
    let refused = world.calls(&agent, "find_account", json!({"name": "Acme"}));
    assert_eq!(status(&refused), "failed");
    assert!(structured(&refused)["text"].as_str().unwrap().contains("Salesforce"));
}

#[test]
fn the_tools_follow_the_rights_and_an_admin_may_close_reads() {
    let (world, admin, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    let names = || {
        let request = AgentRequest::ListTools { grant: agent.grant.clone() };
        let Some(AgentResponse::Tools(tools)) = world.asks_of_agents(&ada, request) else { panic!() };
        tools.into_iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(names().contains(&"create_opportunity".to_owned()));
    assert!(!names().contains(&"create_issue".to_owned()), "Jira is not set up");
    world.sets(&admin, "create-opportunity", json!({"enabled": false}));
    assert!(!names().contains(&"create_opportunity".to_owned()));
    let refused = world.calls(&agent, "create_opportunity", opportunity("Acme"));
    assert!(matches!(refused, AgentResponse::InvalidCall(_)), "a tool that the client still lists");
    world.door(&admin, true, false, true);
    assert!(!names().contains(&"find_account".to_owned()));
    let refused = world.calls(&agent, "find_account", json!({"name": "Acme"}));
    assert!(matches!(refused, AgentResponse::InvalidCall(_)));
}

#[test]
fn a_flood_of_calls_is_bounded_and_posts_few_cards() {
    let (world, _, ada) = open_door();
    // One client with two consents, which has the limits of one.
    let agents = [world.agent(&ada, HOST, false), world.agent(&ada, HOST, false)];
    let responses: Vec<_> = (0..80)
        .map(|number| (&agents[number % 2], opportunity(&format!("Number {number}"))))
        .map(|(agent, values)| world.calls(agent, "create_opportunity", values))
        .collect();
    let waiting = responses.iter().filter(|response| status(response) == "waiting_approval").count();
    assert_eq!(waiting, 5);
    assert_eq!(world.heard(&ada, "wants to create this opportunity").len(), 5);
    let too_many = |response: &&AgentResponse| structured(response).to_string().contains("Too many calls");
    assert_eq!(responses.iter().filter(too_many).count(), 20);
}

#[test]
fn a_replayed_code_ends_the_grant() {
    let (world, _, ada) = open_door();
    let code = world.agrees(&ada, &client(HOST)).unwrap();
    for (verifier, uri) in [("wrong", Some(CALLBACK)), (VERIFIER, Some("https://evil.example/callback"))] {
        assert!(matches!(world.redeems(&code, verifier, uri), AgentResponse::InvalidGrant));
    }
    assert!(matches!(world.redeems(&code, VERIFIER, Some(CALLBACK)), AgentResponse::Tokens { .. }));
    assert!(matches!(world.redeems(&code, VERIFIER, Some(CALLBACK)), AgentResponse::InvalidGrant));
    assert_eq!(world.number(&ada, "SELECT count(*) FROM agent_grant"), Some(0));
}

#[test]
fn a_code_that_is_replayed_after_it_expired_ends_the_grant_too() {
    let (world, _, ada) = open_door();
    let code = world.agrees(&ada, &client(HOST)).unwrap();
    assert!(matches!(world.redeems(&code, VERIFIER, Some(CALLBACK)), AgentResponse::Tokens { .. }));
    world.passes(CODE_LIFETIME + A_MINUTE);
    assert!(matches!(world.redeems(&code, VERIFIER, Some(CALLBACK)), AgentResponse::InvalidGrant));
    assert_eq!(world.number(&ada, "SELECT count(*) FROM agent_grant"), Some(0));
}

#[test]
fn a_client_gives_its_own_tokens_back_and_no_others() {
    let (world, _, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    let revokes = |client: Client| {
        let request = AgentRequest::Revoke { grant: agent.grant.clone(), client: client.id };
        world.asks_of_agents(&ada, request).unwrap()
    };
    assert!(matches!(revokes(client("other.example")), AgentResponse::InvalidGrant));
    assert!(!is_gone(&world, &agent));
    assert!(matches!(revokes(client(HOST)), AgentResponse::Done));
    assert!(is_gone(&world, &agent));
    assert!(matches!(revokes(client(HOST)), AgentResponse::Done), "again");
}

#[test]
fn a_copied_refresh_token_ends_the_grant() {
    let (world, _, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    let first = agent.refresh.borrow().clone();
    let AgentResponse::Tokens { refresh: second, .. } = world.refreshes(&agent, &first) else { panic!() };
    assert!(matches!(world.refreshes(&agent, &first), AgentResponse::Tokens { .. }), "a lost response");
    world.passes(A_MINUTE);
    assert!(matches!(world.refreshes(&agent, &first), AgentResponse::InvalidGrant));
    assert!(matches!(world.refreshes(&agent, &second), AgentResponse::InvalidGrant), "the grant has ended");
    assert!(is_gone(&world, &agent));
}

#[test]
fn nobody_agrees_while_the_door_is_closed() {
    let world = Directed::new();
    let ada = world.person(1);
    assert!(world.agrees(&ada, &client(HOST)).is_none());
}

#[test]
fn mistakes_in_the_arguments_are_named_and_nothing_starts() {
    let (world, _, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    let wrong = world.calls(&agent, "create_opportunity", json!({"name": "Acme", "amount": "much"}));
    let text = structured(&wrong)["text"].as_str().unwrap().to_owned();
    assert!(
        text.contains("`amount` is not a number.") && text.contains("`close_date` is missing."),
        "{text}"
    );
    assert_eq!(world.number(&ada, "SELECT count(*) FROM agent_call"), Some(0));
    let unknown = world.calls(&agent, "drop_table", json!({}));
    assert!(matches!(unknown, AgentResponse::InvalidCall(_)));
}

#[test]
fn calls_and_expired_grants_are_deleted() {
    let (world, _, ada) = open_door();
    let agent = world.agent(&ada, HOST, false);
    world.calls(&agent, "find_account", json!({"name": "Acme"}));
    world.passes(A_DAY * 3);
    assert_eq!(world.number(&ada, "SELECT count(*) FROM agent_call"), Some(0));
    world.passes(A_DAY * 31);
    assert_eq!(world.number(&ada, "SELECT count(*) FROM agent_grant"), Some(0));
}
