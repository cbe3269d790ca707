//! A world without random faults, in which a test decides the events, the faults and the deaths.

use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::connection::Guardrails;
use workbot_domain::connection::disconnect::Removal;
use workbot_domain::owner::Owner;
use workbot_sandbox::connector::SentActivity;
use workbot_shared::{ConnectionRow, Language, Receipt, RecipeId};
use workbot_vault::ports::{ObjectClass, SqlValue};
use workbot_vault::protocol::{VaultRequest, VaultResponse};
use workbot_vault::workspace;

use crate::deployment::Deployment;
use crate::fault_rates::Weather;
use crate::faults::{Fault, Planned};
use crate::person::{App, Person, Room, login_links};
use crate::sandbox_settings::TENANT;
use crate::world::{Object, World};

/// The limit for everything that a test waits for.
const SOON: Duration = Duration::from_secs(1_800);

/// The limit for an operation without faults.
pub const A_MINUTE: Duration = Duration::from_secs(60);
pub const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// A directed world.
pub struct Directed {
    pub deployment: Rc<Deployment>,
}

impl Drop for Directed {
    fn drop(&mut self) {
        self.deployment.end();
    }
}

impl Directed {
    pub fn new() -> Self {
        let deployment = Deployment::of(1, std::env::var("WORLD_TOLD").is_ok());
        deployment.world.weather.set(Weather::CALM);
        deployment.world.clear_up();
        Self { deployment }
    }

    pub fn world(&self) -> &Rc<World> {
        &self.deployment.world
    }

    /// The person of this number, with a chat with the bot. Number 0 is an admin.
    pub fn person(&self, number: usize) -> Rc<Person> {
        let person = Person::of(&self.deployment, number);
        let says = Rc::clone(&person);
        self.done(async move { says.say(Room::Chat, "help").await });
        self.hears(&person, "What I can do");
        person
    }

    /// A person who is connected to these apps.
    pub fn connected(&self, number: usize, apps: &[App]) -> Rc<Person> {
        let person = self.person(number);
        for app in apps {
            self.connect(&person, *app);
        }
        person
    }

    pub fn connect(&self, person: &Rc<Person>, app: App) {
        let (connects, owner) = (Rc::clone(person), Owner::User(person.subject().user));
        self.done(async move { connects.connect_in_tab(app, owner).await });
        assert_eq!(self.status(person, app), "connected");
    }

    /// Runs an operation to its end.
    pub fn done<T: 'static>(&self, work: impl Future<Output = T> + 'static) -> T {
        let result = Rc::new(RefCell::new(None));
        let kept = Rc::clone(&result);
        self.world().spawn(async move { *kept.borrow_mut() = Some(work.await) });
        let is_done = self.world().run(SOON, || result.borrow().is_some());
        assert!(is_done, "the operation did not finish\n{}", self.world().story().join("\n"));
        result.take().unwrap()
    }

    /// Lets time pass.
    pub fn passes(&self, duration: Duration) {
        self.world().run(duration, || false);
    }

    /// Waits until a condition holds.
    pub fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let story = || self.world().story().join("\n");
        assert!(self.world().run(SOON, is_so), "did not happen: {what}\n{}", story());
    }

    /// Sets a fault of the sandbox (`workbot_sandbox::faults`), which responds at once.
    pub fn fault(&self, fault: &Value) {
        self.world().control("faults", fault);
    }

    /// Injects a fault into the next requests to a place.
    pub fn goes_wrong(&self, place: &'static str, times: u32, fault: Fault) {
        self.goes_wrong_after(place, 0, times, fault);
    }

    /// The same, after `passing` requests without a fault.
    pub fn goes_wrong_after(&self, place: &'static str, passing: u32, times: u32, fault: Fault) {
        let planned = Planned { place: Some(place), matching: String::new(), passing, times, fault };
        self.world().plans.borrow_mut().push(planned);
    }

    /// Injects a fault into the next requests to a place that contain this text in address or body.
    pub fn goes_wrong_with(&self, place: &'static str, matching: &str, times: u32, fault: Fault) {
        let planned = Planned { place: Some(place), matching: matching.to_owned(), passing: 0, times, fault };
        self.world().plans.borrow_mut().push(planned);
    }

    /// Removes all faults.
    pub fn clears_up(&self) {
        self.world().weather.set(Weather::CALM);
        self.world().plans.borrow_mut().clear();
        let request = axum::http::Request::delete("/_control/faults");
        self.world().at_sandbox(request.body(axum::body::Body::empty()).unwrap());
    }

    /// Sends a message in the chat with the bot.
    pub fn says(&self, person: &Rc<Person>, text: &str) {
        self.says_in(person, Room::Chat, text);
    }

    /// Sends a message in a chat or channel.
    pub fn says_in(&self, person: &Rc<Person>, room: Room, text: &str) {
        let (says, text) = (Rc::clone(person), text.to_owned());
        assert!(self.done(async move { says.say(room, &text).await }), "the vault refused the message");
    }

    /// Gives the command that makes something, and returns the name of the thing.
    pub fn commands(&self, person: &Rc<Person>, app: App) -> String {
        let gives = Rc::clone(person);
        self.done(async move { gives.command(app, Room::Chat).await });
        person.commands.borrow().last().unwrap().name.clone()
    }

    /// All messages to a person that contain these words.
    pub fn heard(&self, person: &Person, words: &str) -> Vec<String> {
        let texts = person.chat().into_iter().map(|sent| sent.activity.to_string());
        texts.filter(|text| text.contains(words)).collect()
    }

    /// Waits until a person gets a message with these words.
    pub fn hears(&self, person: &Person, words: &str) -> String {
        self.until(words, || !self.heard(person, words).is_empty());
        self.heard(person, words).pop().unwrap()
    }

    /// The number of commands that were reported as successful.
    pub fn successes(&self, person: &Person) -> usize {
        self.heard(person, "as you (").len()
    }

    /// The login links that a person got, oldest first.
    pub fn links(&self, person: &Person) -> Vec<String> {
        let link = |sent: SentActivity| login_links(&sent.activity).into_iter().next();
        person.chat().into_iter().filter_map(link).collect()
    }

    /// Logs in with a link.
    pub fn logs_in(&self, person: &Rc<Person>, link: &str) -> workbot_domain::login_page::LoginPage {
        let (opens, link) = (Rc::clone(person), link.to_owned());
        self.done(async move { opens.open(&link, "allow").await })
    }

    /// An admin connects an app for the company, with their own account.
    pub fn shares(&self, admin: &Rc<Person>, app: App) {
        let connects = Rc::clone(admin);
        self.done(async move { connects.connect_in_tab(app, Owner::Shared).await });
    }

    /// An admin changes the settings of a recipe.
    pub fn sets(&self, admin: &Rc<Person>, recipe: &str, change: Value) {
        let (isolate, admin) = (self.deployment.isolate(), admin.admin());
        let recipe = RecipeId::parse(recipe).unwrap();
        let change = serde_json::from_value(change).unwrap();
        let noted = (isolate.fresh_id(), admin.changed_settings(&recipe, String::new(), isolate.now()));
        self.done(async move {
            workspace::change_recipe_settings(&isolate, &Deployment::tenant(), recipe, change, noted)
                .await
                .unwrap()
                .unwrap();
        });
    }

    /// An admin freezes or unfreezes an app.
    pub fn freezes(&self, admin: &Person, app: App, frozen: bool) {
        let (isolate, admin) = (self.deployment.isolate(), admin.admin());
        let noted = (isolate.fresh_id(), admin.froze(&app.id(), frozen, isolate.now()));
        self.done(async move {
            workspace::freeze(&isolate, &Deployment::tenant(), app.id(), frozen, noted).await.unwrap();
        });
    }

    /// Runs the hourly maintenance.
    pub fn maintains(&self) {
        let deployment = Rc::clone(&self.deployment);
        self.done(async move {
            let (isolate, tenant) = (deployment.isolate(), Deployment::tenant());
            let active = deployment.config().master_keys.active().to_owned();
            workspace::maintain(&isolate, &tenant, &active).await.unwrap();
        });
    }

    /// An admin disconnects all connections of a person.
    pub fn off_boards(&self, admin: &Person, person: &Person) -> Vec<Receipt> {
        let request = VaultRequest::DisconnectAll { by: admin.admin(), language: Language::En };
        match self.asks(person, request) {
            Some(VaultResponse::AllDisconnected(receipts)) => receipts,
            _ => panic!("unexpected response to a disconnect of all connections"),
        }
    }

    /// A login link for an app, from the tab.
    pub fn new_link(&self, person: &Person, app: App, owner: Owner) -> String {
        let login = VaultRequest::CreateLoginLink {
            app: app.id(),
            owner,
            switch_account: false,
            name: person.oid.clone(),
        };
        match self.asks(person, login) {
            Some(VaultResponse::Link(link)) => link.url,
            _ => panic!("no login link"),
        }
    }

    /// Sends a request to a person's vault.
    pub fn asks(&self, person: &Person, request: VaultRequest) -> Option<VaultResponse> {
        let (deployment, vault) = (Rc::clone(&self.deployment), person.vault());
        self.done(async move { deployment.ask(&vault, request).await.ok() })
    }

    /// The row of an app in a person's list.
    pub fn row(&self, person: &Person, app: App) -> ConnectionRow {
        let Some(VaultResponse::Connections(rows)) =
            self.asks(person, VaultRequest::ListConnections { language: Language::En })
        else {
            panic!("unexpected response to a list of connections")
        };
        rows.into_iter().find(|row| row.app == app.id()).unwrap()
    }

    pub fn status(&self, person: &Person, app: App) -> &'static str {
        self.row(person, app).status.as_word()
    }

    /// Disconnects an app in the tab.
    pub fn leaves(&self, person: &Person, app: App) -> Option<Receipt> {
        let leave = VaultRequest::Disconnect {
            app: app.id(),
            removal: Removal::Disconnect,
            by: None,
            language: Language::En,
        };
        match self.asks(person, leave) {
            Some(VaultResponse::Disconnected(receipt)) => Some(receipt),
            _ => None,
        }
    }

    /// Sets the guardrails of a connection in the tab. Returns whether there is one.
    pub fn allows(&self, person: &Person, app: App, guardrails: Guardrails) -> bool {
        let set = VaultRequest::SetGuardrails { app: app.id(), guardrails, language: Language::En };
        match self.asks(person, set) {
            Some(VaultResponse::Connections(_)) => true,
            Some(VaultResponse::NoConnection) => false,
            _ => panic!("unexpected response to guardrails"),
        }
    }

    /// The grants of a person's account at an app.
    pub fn grants(&self, app: App, person: &Person) -> Vec<Value> {
        let grants = self.world().look(&format!("{}/grants?username={}", app.name(), person.upn));
        grants["grants"].as_array().cloned().unwrap_or_default()
    }

    /// The number of these grants that are valid.
    pub fn live(&self, app: App, person: &Person) -> usize {
        self.grants(app, person).iter().filter(|grant| grant["revoked"].is_null()).count()
    }

    /// The things that a person made at an app.
    pub fn made(&self, app: App, person: &Person) -> Vec<Value> {
        let list = if app == App::Box { "items" } else { "records" };
        let all = self.world().look(&format!("{}/{list}", app.name()))[list].clone();
        let is_theirs = |thing: &Value| thing["created_by"] == json!(person.upn);
        all.as_array().into_iter().flatten().filter(|thing| is_theirs(thing)).cloned().collect()
    }

    pub fn expire_access(&self, app: App, person: &Person) {
        let whose = json!({"username": person.upn});
        self.world().control(&format!("{}/expire-access-tokens", app.name()), &whose);
    }

    /// The object of a person.
    pub fn object(&self, person: &Person) -> Rc<Object> {
        self.world().object(ObjectClass::Vault, &person.vault().name())
    }

    /// The object of the company.
    pub fn workspace(&self) -> Rc<Object> {
        self.world().object(ObjectClass::Workspace, TENANT)
    }

    /// Kills a person's vault: everything in memory is lost.
    pub fn dies(&self, person: &Person) {
        self.world().kill(&self.object(person));
    }

    /// The first number of a query's result in a person's vault.
    pub fn number(&self, person: &Person, query: &str) -> Option<i64> {
        match self.object(person).database.look(query).first()?.first()? {
            SqlValue::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// Changes a person's stored rows while the vault is not running.
    pub fn changes(&self, person: &Person, statements: &[&str]) {
        self.dies(person);
        let object = self.object(person);
        for statement in statements {
            object.database.look(statement);
        }
        object.database.commit();
    }
}
