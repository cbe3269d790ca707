//! A world in which one app is set up, and its vendor is played by its fixture.

use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use workbot_domain::catalog::App as AppFile;
use workbot_sandbox::fixture::Fixture;
use workbot_sandbox::store::fixture_apps::DocumentedCall;
use workbot_shared::AppId;

use crate::catalog::command;
use crate::directed_world::{A_MINUTE, Directed};
use crate::person::{App, Person};
use crate::sandbox_settings::settings;

/// A world for one app, and what is wrong so far.
pub struct Stage {
    pub id: &'static AppId,
    pub file: &'static AppFile,
    pub fixture: &'static Fixture,
    pub world: Directed,
    problems: RefCell<Vec<String>>,
}

impl Stage {
    pub fn new(id: &'static AppId, file: &'static AppFile, fixture: &'static Fixture) -> Self {
        let world = Directed::new();
        world.world().vendor.set(Some(fixture));
        let prefix = format!("APP_{}", id.as_str().to_uppercase().replace('-', "_"));
        let client = settings().fixture_apps.remove(id.as_str()).unwrap();
        let client = [("CLIENT_ID".to_owned(), client.id), ("CLIENT_SECRET".to_owned(), client.secret)];
        let has_client = fixture.login.is_some();
        let variables = fixture.vars.clone().into_iter().chain(client.into_iter().filter(|_| has_client));
        let variables: Vec<_> = variables.map(|(name, value)| (format!("{prefix}_{name}"), value)).collect();
        world.deployment.deploy(variables.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let stage = Self { id, file, fixture, world, problems: RefCell::default() };
        for name in file.actions.keys().filter(|name| !fixture.actions.contains_key(*name)) {
            stage.problem(format!("the fixture has no [actions.{name}]"));
        }
        for (name, action) in &fixture.actions {
            if !file.actions.contains_key(name) {
                stage.problem(format!("[actions.{name}] of the fixture is no action of the app"));
            }
            if let Err(error) = action.next() {
                stage.problem(format!("[actions.{name}]: {error}"));
            }
        }
        stage
    }

    pub fn app(&self) -> App {
        App::Fixture(self.id.as_str())
    }

    pub fn problem(&self, problem: impl std::fmt::Display) {
        self.note(format!("{}: {problem}", self.id));
    }

    fn note(&self, problem: String) {
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// What is wrong, the story ended.
    pub fn finish(self) -> Vec<String> {
        self.calls();
        self.problems.into_inner()
    }

    /// The actions of the app that have a documented call.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> {
        self.file.actions.keys().map(String::as_str).filter(|name| self.fixture.actions.contains_key(*name))
    }

    /// The calls since the last time. Requests that the vendor does not document are problems.
    pub fn calls(&self) -> Vec<DocumentedCall> {
        let journal = std::mem::take(&mut self.world.world().sandbox.memory().fixture_apps);
        journal.unexpected.into_iter().for_each(|text| self.note(text));
        journal.calls
    }

    /// A person with an account at the app.
    pub fn person(&self, number: usize) -> Rc<Person> {
        let person = self.world.person(number);
        self.put_user(&person.upn, "full");
        person
    }

    /// Inserts a user at the app, or changes their rights.
    pub fn put_user(&self, username: &str, rights: &str) {
        let user = json!({"username": username, "rights": rights});
        self.world.world().control(&format!("{}/users", self.id), &user);
    }

    /// Calls an action by its command. Returns the text with these words in it, or `None` after a problem.
    pub fn plays(&self, person: &Rc<Person>, action: &str, words: &str) -> Option<String> {
        let before = person.chat().len();
        self.world.says(person, &command(self.id, action));
        let texts = || -> Vec<String> {
            person.chat().iter().skip(before).flat_map(|sent| texts(&sent.activity)).collect()
        };
        // A message ends without its full stop, and its Markdown is escaped.
        let words = words.trim_end_matches('.');
        let found = || texts().into_iter().find(|text| text.replace('\\', "").contains(words));
        self.world.world().run(A_MINUTE, || found().is_some());
        let found = found();
        if found.is_none() {
            let said = texts().join(" | ");
            self.problem(format!("{action}: nobody says `{words}`, but: {said}"));
        }
        found
    }

    /// An action, best one that only reads.
    pub fn any_action(&self) -> Option<&'static str> {
        let reads = self.actions().find(|name| !self.file.actions[*name].writes);
        reads.or_else(|| self.actions().next())
    }
}

/// All texts of an activity.
pub fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
