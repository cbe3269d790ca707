//! People: their messages and button presses, the messages in their chat, and their logins.

use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::audit::Admin;
use workbot_domain::connection::disconnect::Removal;
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::{Owner, Subject, VaultId};
use workbot_sandbox::connector::SentActivity;
use workbot_sandbox::playground_relay::personal_chat;
use workbot_shared::{AppId, Language, TenantId, UserId};
use workbot_vault::protocol::{VaultRequest, VaultResponse};

use crate::browser::Browser;
use crate::deployment::Deployment;
use crate::sandbox_settings::SANDBOX;
use crate::sandbox_settings::TENANT;

/// An app in which people make things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum App {
    Salesforce,
    ServiceNow,
    Box,
    /// An app with a fixture, by its id.
    #[allow(dead_code, reason = "only `vault/tests/apps` plays them")]
    Fixture(&'static str),
}

impl App {
    pub const ALL: [Self; 3] = [Self::Salesforce, Self::ServiceNow, Self::Box];

    pub fn name(self) -> &'static str {
        match self {
            Self::Salesforce => "salesforce",
            Self::ServiceNow => "servicenow",
            Self::Box => "box",
            Self::Fixture(id) => id,
        }
    }

    pub fn id(self) -> AppId {
        AppId::parse(self.name()).unwrap()
    }

    /// The command that makes a thing with this name.
    pub fn command(self, name: &str) -> String {
        match self {
            Self::Salesforce => {
                format!("create opportunity name: {name} amount: 5000 close_date: 2026-12-31")
            }
            Self::ServiceNow => format!("create incident description: {name}"),
            Self::Box => format!("create folder name: {name}"),
            Self::Fixture(id) => format!("play {id} {name}"),
        }
    }
}

/// The place of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// The person's chat with the bot.
    Chat,
    /// A group chat, where all members read the message.
    Group,
    /// A group chat, visible only to the bot ("Send and receive targeted messages", msteams-docs).
    Aside,
    /// A thread of a channel, with everybody.
    Channel,
}

/// The channel, and its thread.
pub const CHANNEL: &str = "19:everybody@thread.tacv2";
pub const THREAD: &str = "19:everybody@thread.tacv2;messageid=17";

/// A command that a person gave.
#[derive(Clone, Debug)]
pub struct Command {
    pub app: App,
    /// The unique name of the thing that the command makes.
    pub name: String,
    pub at: i64,
    /// Whether the vault accepted it.
    pub taken: bool,
}

/// A question to the bot.
#[derive(Clone, Debug)]
pub struct Question {
    pub text: &'static str,
    /// Words in the response.
    pub words: &'static str,
    pub at: i64,
}

/// A person with a chat, a browser, and an account at each app.
pub struct Person {
    pub deployment: Rc<Deployment>,
    pub oid: String,
    pub upn: String,
    /// The chat with the bot.
    pub conversation: String,
    /// A group chat that includes the bot.
    pub group: String,
    browser: RefCell<Option<Browser>>,
    serial: Cell<u32>,
    pub commands: RefCell<Vec<Command>>,
    /// The questions that the vault accepted.
    pub questions: RefCell<Vec<Question>>,
    /// The time at which all their connections were ended, by themselves or by an admin.
    pub left_all: Cell<Option<i64>>,
    /// Whether they removed the bot, which then may not write to them.
    pub removed_bot: Cell<bool>,
}

impl Person {
    /// The person of this number.
    pub fn of(deployment: &Rc<Deployment>, number: usize) -> Rc<Self> {
        let (oid, upn) = (format!("person{number}"), format!("person{number}@contoso.com"));
        let world = &deployment.world;
        let roles = if number == 0 { json!(["Workbot.Admin"]) } else { json!([]) };
        let shown = json!({"tid": TENANT, "oid": oid, "name": format!("Person {number}"), "upn": upn, "roles": roles});
        world.control("persons", &shown);
        for app in App::ALL {
            world.control(&format!("{}/users", app.name()), &json!({"username": upn}));
        }
        Rc::new(Self {
            deployment: Rc::clone(deployment),
            conversation: personal_chat(&format!("29:{oid}")),
            group: format!("19:group-of-{oid}@thread.v2"),
            oid,
            upn,
            browser: RefCell::new(Some(Browser::new(deployment))),
            serial: Cell::new(0),
            commands: RefCell::default(),
            questions: RefCell::default(),
            left_all: Cell::default(),
            removed_bot: Cell::default(),
        })
    }

    pub fn subject(&self) -> Subject {
        Subject { tenant: TenantId::parse(TENANT).unwrap(), user: UserId::parse(&self.oid).unwrap() }
    }

    pub fn vault(&self) -> VaultId {
        VaultId::of(&self.subject())
    }

    /// As an admin.
    pub fn admin(&self) -> Admin {
        Admin { user: self.subject().user, name: self.oid.clone() }
    }

    fn fresh(&self, what: &str) -> String {
        self.serial.set(self.serial.get() + 1);
        format!("{what} {} of {}", self.serial.get(), self.oid)
    }

    async fn sleep(&self, duration: Duration) {
        self.deployment.world.executor.sleep(duration).await;
    }

    /// Delivers an activity as Teams does: again until it is acknowledged, and sometimes once more after
    /// that. Returns the response to an invoke, if it was accepted.
    pub async fn deliver(&self, room: Room, fields: Value) -> Result<Option<Value>, ()> {
        let (id, kind) = match room {
            Room::Chat => (self.conversation.as_str(), "personal"),
            Room::Group | Room::Aside => (self.group.as_str(), "groupChat"),
            Room::Channel => (THREAD, "channel"),
        };
        let is_group = room != Room::Chat;
        let conversation =
            json!({"id": id, "conversationType": kind, "isGroup": is_group, "tenantId": TENANT});
        let mut activity = json!({
            "type": "message",
            "id": self.fresh("activity"),
            "channelId": "msteams",
            "serviceUrl": format!("{SANDBOX}/connector"),
            "from": {"id": format!("29:{}", self.oid), "name": self.oid, "aadObjectId": self.oid},
            "recipient": {"id": "28:bot", "name": "Workbot", "isTargeted": room == Room::Aside},
            "conversation": conversation,
            "channelData": {"tenant": {"id": TENANT}},
            "locale": "en-US",
        });
        activity.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let world = &self.deployment.world;
        world.sandbox.change(|saved| saved.rosters.see(&activity));
        let mut taken = Err(());
        for _ in 0..6 {
            if let (200, invoke) = self.deployment.messages(&activity).await {
                let again = taken.is_err() && world.happens(|weather| weather.objects);
                taken = Ok(invoke);
                if !again {
                    break;
                }
                world.tell(|| "Teams delivers it once more".to_owned());
            } else {
                world.tell(|| format!("{}: Teams gets no acknowledgement", self.oid));
                world.takes(3_000, 20_000).await;
            }
        }
        taken
    }

    /// Sends a message.
    pub async fn say(&self, room: Room, text: &str) -> bool {
        self.deployment.world.tell(|| format!("{} says {text:?}: {room:?}", self.oid));
        self.deliver(room, json!({ "text": text })).await.is_ok()
    }

    /// Removes the bot, which ends all connections.
    pub async fn uninstall(&self) {
        let at = self.deployment.world.now();
        self.deployment.world.tell(|| format!("{} removes the bot", self.oid));
        self.removed_bot.set(true);
        let removed = json!({"type": "installationUpdate", "action": "remove"});
        if self.deliver(Room::Chat, removed).await.is_ok() {
            self.left_all.set(Some(at));
        }
    }

    /// Sends a question.
    pub async fn ask(&self, text: &'static str, words: &'static str) {
        let at = self.deployment.world.now();
        if self.say(Room::Chat, text).await {
            self.questions.borrow_mut().push(Question { text, words, at });
        }
    }

    /// Presses a button in their chat.
    pub async fn press(&self, verb: &str, data: Value) -> Option<Value> {
        self.press_in(Room::Chat, verb, data).await
    }

    /// Presses a button.
    pub async fn press_in(&self, room: Room, verb: &str, data: Value) -> Option<Value> {
        self.deployment.world.tell(|| format!("{} presses {verb} {data}", self.oid));
        let action = json!({"type": "Action.Execute", "verb": verb, "data": data});
        let value = json!({"action": action, "trigger": "manual"});
        let pressed = json!({"type": "invoke", "name": "adaptiveCard/action", "value": value});
        self.deliver(room, pressed).await.ok().flatten()
    }

    /// Gives the command that makes a new thing.
    pub async fn command(&self, app: App, room: Room) {
        let name = self.fresh("Thing");
        let number = {
            let mut commands = self.commands.borrow_mut();
            commands.push(Command { app, name: name.clone(), at: self.deployment.world.now(), taken: false });
            commands.len() - 1
        };
        let taken = self.say(room, &app.command(&name)).await;
        self.commands.borrow_mut()[number].taken = taken;
    }

    /// The bot's messages that this person reads, oldest first: in their chat, in the chats that replaced it
    /// after Teams had forgotten it, in the group and in the channel.
    pub fn chat(&self) -> Vec<SentActivity> {
        let all = self.deployment.world.sandbox.memory().sent.list(None, 0);
        all.into_iter().filter(|sending| self.reads(sending)).collect()
    }

    /// Whether this person reads a message of the bot.
    pub fn reads(&self, sending: &SentActivity) -> bool {
        let member = format!("29:{}", self.oid);
        let later = (1..5).map(|number| personal_chat(&format!("{member} {number}")));
        let places = [self.conversation.clone(), self.group.clone(), THREAD.to_owned()];
        later.chain(places).any(|place| place == sending.conversation) && sending.is_read_by(&member)
    }

    /// The newest link with which this person can log in to an app.
    fn link(&self, app: App) -> Option<String> {
        let chat = self.chat();
        let mut links = chat.iter().rev().flat_map(|sending| login_links(&sending.activity));
        links.find(|link| self.deployment.ticket(link).is_some_and(|ticket| ticket.app == app.id()))
    }

    /// Logs in to an app as soon as the bot asks for it, and again while the login fails.
    pub async fn log_in(&self, app: App) {
        let mut used: Vec<String> = Vec::new();
        for try_number in 0..25_u64 {
            let link = self.link(app).filter(|link| used.iter().filter(|used| *used == link).count() < 3);
            match link {
                Some(link) => {
                    let page = self.open(&link, "allow").await;
                    if matches!(page, LoginPage::Connected { .. } | LoginPage::AlreadyConnected { .. }) {
                        return;
                    }
                    // After three failures with a link, the person waits for another one.
                    used.push(link);
                    self.deployment.world.takes(2_000, 60_000).await;
                }
                None => self.sleep(Duration::from_secs(2 + 3 * try_number)).await,
            }
        }
        self.deployment.world.tell(|| format!("{} gives up logging in to {app:?}", self.oid));
    }

    /// Opens a login link and completes the login.
    pub async fn open(&self, link: &str, decision: &str) -> LoginPage {
        let world = &self.deployment.world;
        world.tell(|| format!("{} opens a login link", self.oid));
        // In a browser, a person does one thing at a time; a second window counts as a second browser.
        let mut browser = self.browser.take().unwrap_or_else(|| Browser::new(&self.deployment));
        let page = browser.log_in(link, &self.oid, &self.upn, decision).await;
        self.browser.replace(Some(browser));
        world.tell(|| format!("{} reads {page:?}", self.oid));
        page
    }

    /// Disconnects or deletes a connection in the tab, and retries while the vault does not respond.
    pub async fn leave(&self, app: App, delete: bool) {
        let removal = if delete { Removal::Delete } else { Removal::Disconnect };
        self.deployment.world.tell(|| format!("{} leaves {app:?}, delete: {delete}", self.oid));
        for _ in 0..6 {
            let request =
                VaultRequest::Disconnect { app: app.id(), removal, by: None, language: Language::En };
            if let Ok(VaultResponse::Disconnected(receipt)) =
                self.deployment.ask(&self.vault(), request).await
            {
                self.deployment.world.tell(|| format!("{} reads {:?}", self.oid, receipt.outcome));
                return;
            }
            self.deployment.world.takes(2_000, 20_000).await;
        }
    }

    /// Gets a link in the tab and logs in with it, for the person or for the company.
    pub async fn connect_in_tab(&self, app: App, owner: Owner) {
        for _ in 0..12 {
            let request = VaultRequest::CreateLoginLink {
                app: app.id(),
                owner: owner.clone(),
                switch_account: false,
                name: self.oid.clone(),
            };
            if let Ok(VaultResponse::Link(link)) = self.deployment.ask(&self.vault(), request).await {
                let page = self.open(&link.url, "allow").await;
                if matches!(page, LoginPage::Connected { .. } | LoginPage::AlreadyConnected { .. }) {
                    return;
                }
            }
            self.deployment.world.takes(2_000, 60_000).await;
        }
    }
}

/// The addresses of the Login buttons of an activity.
pub fn login_links(activity: &Value) -> Vec<String> {
    fn find(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) if object.get("title") == Some(&json!("Login")) => {
                found.extend(object.get("url").and_then(Value::as_str).map(str::to_owned));
            }
            Value::Object(object) => object.values().for_each(|value| find(value, found)),
            Value::Array(items) => items.iter().for_each(|item| find(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    find(activity, &mut found);
    found
}
