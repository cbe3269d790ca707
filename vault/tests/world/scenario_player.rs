//! Stories as data: who does what. The dice decide the order.

use serde_json::json;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::owner::{Owner, VaultId};
use workbot_shared::{Language, SharedSecret, TenantId};
use workbot_vault::protocol::{VaultRequest, VaultResponse};
use workbot_vault::workspace;

use crate::deployment::Deployment;
use crate::person::{App, CHANNEL, Person, Room};
use crate::sandbox_settings::TENANT;

/// An action of a person, or an event.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Gives the command that makes something in an app.
    Command(App),
    /// Gives this command in a group chat.
    InGroup(App),
    /// Gives this command in a group chat, visible only to the bot.
    Aside(App),
    /// Gives this command in the channel.
    InChannel(App),
    /// Sends a message in the channel.
    SayInChannel(&'static str),
    /// The channel takes targeted messages, or no longer does.
    Targeted(bool),
    /// Gives this number of commands at once.
    Storm(App, usize),
    /// Removes the bot, which ends all connections.
    Uninstall,
    /// Sends a message.
    Say(&'static str),
    /// Sends a message whose response contains these words.
    Ask(&'static str, &'static str),
    /// Logs in to an app as soon as the bot asks for it.
    LogIn(App),
    /// Connects an app from the tab.
    Connect(App),
    /// Disconnects an app in the tab.
    Disconnect(App),
    /// Deletes a connection in the tab.
    Delete(App),
    /// Disconnects an app by the list's button in the chat.
    PressDisconnect(App),
    /// Teams forgets the chat with the bot.
    ForgetChat,
    /// Cancels the waiting runs in the tab.
    CancelRuns,
    /// Connects an app for the company; Freshdesk with an API key.
    Share(App),
    ShareKey,
    /// An admin disconnects all connections of person 1.
    OffBoard,
    /// An admin freezes or unfreezes an app.
    Freeze(App, bool),
    /// All access tokens of an app expire.
    ExpireAccess(App),
    /// The app revokes the grants of person 1.
    RevokeAtApp(App),
    /// The app's handling of refresh tokens (`none`, `single_use`, `reuse_kills`), and the lifetime of access
    /// tokens.
    Rules(App, &'static str, u64),
    /// A new version is deployed.
    Deploy,
    /// A new master key is deployed, and the hourly maintenance starts.
    RotateMasterKey,
    /// A later version has stored words that this version does not know.
    RollBack,
    /// The later version returns.
    RollForward,
    /// A random wait in this range, in milliseconds.
    Wait(u64, u64),
}

/// The actions of one person, in sequence. Person 0 is an admin.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    pub who: usize,
    pub acts: &'static [Act],
}

/// A story: its scripts run in parallel.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    pub name: &'static str,
    /// The scripts that run before any fault.
    pub before: &'static [Script],
    pub scripts: &'static [Script],
}

impl Story {
    /// Whether an action of the story delays everybody.
    pub fn is_disturbed(&self) -> bool {
        let disturbs = |act: &Act| {
            matches!(
                act,
                Act::Deploy | Act::RotateMasterKey | Act::RollBack | Act::RollForward | Act::CancelRuns
            )
        };
        self.scripts.iter().any(|script| script.acts.iter().any(disturbs))
    }
}

/// The scripts of a story that is being played.
pub struct Play {
    pub deployment: Rc<Deployment>,
    pub people: Vec<Rc<Person>>,
}

impl Play {
    /// The people of a story, in the world of a deployment.
    pub fn of(deployment: &Rc<Deployment>, story: &Story) -> Rc<Self> {
        let most = story.before.iter().chain(story.scripts).map(|script| script.who).max().unwrap_or(0);
        let people = (0..=most).map(|number| Person::of(deployment, number)).collect();
        Rc::new(Self { deployment: Rc::clone(deployment), people })
    }

    /// Plays scripts in parallel, within this time. Returns whether all finished.
    pub fn play(self: &Rc<Self>, scripts: &'static [Script], limit: Duration) -> bool {
        let left = Rc::new(Cell::new(scripts.len()));
        let world = &self.deployment.world;
        for script in scripts {
            let (play, left) = (Rc::clone(self), Rc::clone(&left));
            world.spawn(async move {
                for act in script.acts {
                    play.deployment.world.takes(0, 3_000).await;
                    play.act(script.who, *act).await;
                }
                left.set(left.get() - 1);
            });
        }
        world.run(limit, || left.get() == 0)
    }

    async fn act(self: &Rc<Self>, who: usize, act: Act) {
        let (deployment, world, person) = (&self.deployment, &self.deployment.world, &self.people[who]);
        world.tell(|| format!("-- {}: {act:?}", person.oid));
        match act {
            Act::Command(app) => person.command(app, Room::Chat).await,
            Act::InGroup(app) => person.command(app, Room::Group).await,
            Act::Aside(app) => person.command(app, Room::Aside).await,
            Act::InChannel(app) => person.command(app, Room::Channel).await,
            Act::SayInChannel(text) => _ = person.say(Room::Channel, text).await,
            Act::Targeted(allowed) => {
                world.control("targeted", &json!({"conversation": CHANNEL, "allowed": allowed}));
            }
            Act::Uninstall => person.uninstall().await,
            Act::Storm(app, commands) => {
                let all = (0..commands).map(|_| person.command(app, Room::Chat));
                futures_util::future::join_all(all).await;
            }
            Act::Say(text) => _ = person.say(Room::Chat, text).await,
            Act::Ask(text, words) => person.ask(text, words).await,
            Act::LogIn(app) => person.log_in(app).await,
            Act::Connect(app) => {
                person.connect_in_tab(app, Owner::User(person.subject().user)).await;
            }
            Act::Share(app) => person.connect_in_tab(app, Owner::Shared).await,
            Act::ShareKey => self.share_key(person).await,
            Act::Disconnect(app) => person.leave(app, false).await,
            Act::Delete(app) => person.leave(app, true).await,
            Act::PressDisconnect(app) => {
                let data = json!({"connection": app.name(), "confirmed": true});
                person.press("connection.disconnect", data).await;
            }
            Act::ForgetChat => {
                world.control("rosters/forget", &json!({"conversation": person.conversation}));
            }
            Act::CancelRuns => self.cancel_runs(person).await,
            Act::OffBoard => {
                let request = VaultRequest::DisconnectAll { by: person.admin(), language: Language::En };
                let at = world.now();
                if let Ok(VaultResponse::AllDisconnected(_)) =
                    deployment.ask(&self.people[1].vault(), request).await
                {
                    self.people[1].left_all.set(Some(at));
                }
            }
            Act::Freeze(app, frozen) => self.freeze(person, app, frozen).await,
            Act::ExpireAccess(app) => {
                for person in &self.people {
                    world.control(
                        &format!("{}/expire-access-tokens", app.name()),
                        &json!({"username": person.upn}),
                    );
                }
            }
            Act::RevokeAtApp(app) => {
                world.control(
                    &format!("{}/revoke-grants", app.name()),
                    &json!({"username": self.people[1].upn}),
                );
            }
            Act::Rules(app, rotation, seconds) => {
                let rules = json!({"rotation": rotation, "access_token_seconds": seconds});
                world.control(&format!("{}/oauth", app.name()), &rules);
            }
            Act::Deploy => deployment.deploy(None),
            Act::RotateMasterKey => self.rotate_master_key().await,
            Act::RollBack => self.rewrites(LATER),
            Act::RollForward => self.rewrites(KNOWN),
            Act::Wait(from, to) => world.takes(from, to).await,
        }
    }

    /// Every person opens the tab, and an admin also opens the company's.
    pub fn come_by(self: &Rc<Self>) {
        let vaults = self.people.iter().map(|person| person.vault()).chain([VaultId::shared(&self.tenant())]);
        for vault in vaults {
            let deployment = Rc::clone(&self.deployment);
            self.deployment.world.spawn(async move {
                let _ =
                    deployment.ask(&vault, VaultRequest::ListConnections { language: Language::En }).await;
            });
        }
    }

    fn tenant(&self) -> TenantId {
        TenantId::parse(TENANT).unwrap()
    }

    async fn share_key(&self, person: &Person) {
        let app = workbot_shared::AppId::parse("freshdesk").unwrap();
        let key = workbot_sandbox::freshdesk::FIRST_KEY.to_owned();
        self.deployment.world.truth.borrow_mut().secrets.insert(key.clone());
        for _ in 0..12 {
            let secret = SharedSecret::Key { api_key: key.clone() };
            let by = person.admin();
            let request = VaultRequest::SetSecret { app: app.clone(), secret, by, language: Language::En };
            let vault = VaultId::shared(&self.tenant());
            if let Ok(VaultResponse::Connections(_)) = self.deployment.ask(&vault, request).await {
                return;
            }
            self.deployment.world.takes(2_000, 30_000).await;
        }
    }

    async fn cancel_runs(&self, person: &Person) {
        let list = VaultRequest::ListOpenRuns { language: Language::En };
        let Ok(VaultResponse::Runs(runs)) = self.deployment.ask(&person.vault(), list).await else { return };
        for run in runs {
            let cancel = VaultRequest::CancelRun { run: run.run, language: Language::En };
            let _ = self.deployment.ask(&person.vault(), cancel).await;
        }
    }

    async fn freeze(&self, person: &Person, app: App, frozen: bool) {
        let isolate = self.deployment.isolate();
        let noted = (isolate.fresh_id(), person.admin().froze(&app.id(), frozen, isolate.now()));
        self.deployment.world.truth.borrow_mut().thaws(app.name());
        // The admin repeats the request until it succeeds: a freeze must not be lost.
        for _ in 0..20 {
            if workspace::freeze(&isolate, &self.tenant(), app.id(), frozen, noted.clone()).await.is_ok() {
                if frozen {
                    self.deployment.world.truth.borrow_mut().freezes(app.name(), isolate.now().millis());
                }
                return;
            }
            self.deployment.world.takes(1_000, 10_000).await;
        }
    }

    async fn rotate_master_key(&self) {
        self.deployment.rotate_master_key();
        let isolate = self.deployment.isolate();
        let active = self.deployment.config().master_keys.active().to_owned();
        let _ = workspace::maintain(&isolate, &self.tenant(), &active).await;
    }

    /// Deploys another version, which changes words in the vaults of all people.
    fn rewrites(&self, statements: [&str; 2]) {
        self.deployment.deploy(None);
        for person in &self.people {
            let object = self
                .deployment
                .world
                .object(workbot_vault::ports::ObjectClass::Vault, &person.vault().name());
            for statement in statements {
                if object.database.execute(statement, Vec::new()).is_ok() {
                    object.database.commit();
                }
            }
        }
    }
}

/// Changes by a later version to a connection and to a waiting run.
const LATER: [&str; 2] = [
    "UPDATE connection SET status = 'later:' || status WHERE status IN ('connected', 'needs_login')",
    "UPDATE run SET body = json_set(body, '$.v', json_extract(body, '$.v') + 100) WHERE state NOT IN ('over', 'cancelled')",
];

/// The reverse changes, to words that this version knows.
const KNOWN: [&str; 2] = [
    "UPDATE connection SET status = substr(status, 7) WHERE status LIKE 'later:%'",
    "UPDATE run SET body = json_set(body, '$.v', json_extract(body, '$.v') - 100) WHERE json_extract(body, '$.v') > 100",
];
