//! A world in which one app is set up, and its vendor is played by its fixture.

use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use workbot_domain::catalog::App as AppFile;
use workbot_sandbox::fixture::Fixture;
use workbot_sandbox::local_variables;
use workbot_sandbox::store::fixture_apps::DocumentedCall;
use workbot_shared::AppId;

use crate::catalog::command;
use crate::directed_world::{A_MINUTE, Directed};
use crate::person::{App, Person};
use crate::sandbox_settings::{SANDBOX, settings};

/// A world for one app, and what is wrong so far.
pub struct Stage {
    pub id: &'static AppId,
    pub file: &'static AppFile,
    pub fixture: &'static Fixture,
    pub world: Directed,
    problems: RefCell<Vec<String>>,
}

impl Stage {
    /// A world in which the vendor has its real hosts.
    pub fn new(id: &'static AppId, file: &'static AppFile, fixture: &'static Fixture) -> Self {
        let own = fixture.vars.clone().into_iter();
        let variables = own.map(|(name, value)| (format!("{}_{name}", prefix(id)), value)).collect();
        let stage = Self::with_variables(id, file, fixture, variables);
        stage.world.world().vendor.set(Some(fixture));
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

    /// A world with the variables of a local run: the vendor is at addresses of the sandbox.
    pub fn local(id: &'static AppId, file: &'static AppFile, fixture: &'static Fixture) -> Self {
        let variables = local_variables::of_app(fixture, SANDBOX).unwrap();
        Self::with_variables(id, file, fixture, variables)
    }

    fn with_variables(
        id: &'static AppId,
        file: &'static AppFile,
        fixture: &'static Fixture,
        mut variables: BTreeMap<String, String>,
    ) -> Self {
        let world = Directed::new();
        if fixture.login.is_some() {
            let client = settings().fixture_apps.remove(id.as_str()).unwrap();
            variables.insert(format!("{}_CLIENT_ID", prefix(id)), client.id);
            variables.insert(format!("{}_CLIENT_SECRET", prefix(id)), client.secret);
        }
        world.deployment.deploy(variables.iter().map(|(name, value)| (name.as_str(), value.clone())));
        Self { id, file, fixture, world, problems: RefCell::default() }
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
        self.control("users", &json!({"username": username, "rights": rights}));
    }

    /// Calls a control route of the app.
    pub fn control(&self, path: &str, body: &Value) {
        self.world.world().control(&format!("{}/{path}", self.id), body);
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

fn prefix(id: &AppId) -> String {
    format!("APP_{}", id.as_str().to_uppercase().replace('-', "_"))
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
