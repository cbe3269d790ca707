//! The invariants of a world, checked when all faults have ended and all due jobs are done.

use serde_json::Value;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use workbot_domain::catalog::Revokes;
use workbot_domain::connection::TokenSet;
use workbot_domain::owner::VaultId;
use workbot_domain::seal::{SealContext, WrappedKey};
use workbot_domain::time::Timestamp;
use workbot_sandbox::connector::SentActivity;
use workbot_sandbox::oauth_apps;
use workbot_shared::AppId;
use workbot_vault::installed_catalog::catalog;
use workbot_vault::ports::{ObjectClass, SqlValue};

use secrecy::ExposeSecret;

use crate::deployment::Deployment;
use crate::ground_truth::{Grant, Real, Seen, TokenRequest};
use crate::person::{App, Command, Person, login_links};
use crate::scenario_player::Play;
use crate::world::{Object, World};

/// Words in the reply to a write of unknown outcome.
const DOUBT: &str = "may or may not have been done";

/// Words in the short text that replaces a reply which a channel refused: the reply was too long, or the
/// channel took no targeted messages just then.
const TOO_LONG: &str = "is done, but too long to show here";

/// In a world without faults a person gets a first message within this time, in milliseconds.
const AT_ONCE: i64 = 5_000;

/// An unused connection has ended after this time, in milliseconds: the deployment's 90 days, plus a margin
/// for delays by faults.
const IDLE: i64 = 94 * 24 * 3600 * 1000;

/// A connection as stored in its vault.
struct Connection {
    vault: String,
    app: AppId,
    status: String,
    reason: Option<String>,
    connected_at: i64,
    /// The time of its last use, or of its creation.
    used_at: i64,
    /// The refresh token that the vault would use.
    refresh_token: Option<String>,
}

/// The state after a story.
pub struct Scene<'a> {
    play: &'a Play,
    /// Whether the world had no faults.
    is_calm: bool,
    world: &'a Rc<World>,
    connections: Vec<Connection>,
    /// The things that exist at the apps: the app, the name, and the account that made it.
    things: OnceCell<Vec<(App, String, String)>>,
    /// The refresh tokens of queued revocations.
    to_be_revoked: BTreeSet<String>,
}

fn text(value: &SqlValue) -> Option<String> {
    if let SqlValue::Text(text) = value { Some(text.clone()) } else { None }
}

fn number(value: &SqlValue) -> Option<i64> {
    if let SqlValue::Integer(number) = value { Some(*number) } else { None }
}

fn bytes(value: &SqlValue) -> Option<Vec<u8>> {
    if let SqlValue::Blob(bytes) = value { Some(bytes.clone()) } else { None }
}

impl<'a> Scene<'a> {
    pub fn of(play: &'a Play, is_calm: bool) -> Self {
        let world = &play.deployment.world;
        let mut scene = Self {
            play,
            is_calm,
            world,
            connections: Vec::new(),
            things: OnceCell::new(),
            to_be_revoked: BTreeSet::new(),
        };
        for vault in scene.vaults() {
            scene.look_into(&vault);
        }
        scene
    }

    /// The vaults that ever received a request.
    fn vaults(&self) -> Vec<Rc<Object>> {
        let is_vault = |object: &Rc<Object>| {
            let tables = "SELECT 1 FROM sqlite_master WHERE name = 'connection'";
            object.class == ObjectClass::Vault && !object.database.look(tables).is_empty()
        };
        self.world.objects().into_iter().filter(is_vault).collect()
    }

    fn look_into(&mut self, vault: &Object) {
        let rows = vault.database.look(
            "SELECT app, status, reason, connection.revision, kid, wrapped_key,
             (SELECT sealed FROM token_journal WHERE token_journal.app = connection.app AND token_journal.revision = connection.revision),
             connected_at, max(connected_at, coalesce(last_used_at, 0))
             FROM connection",
        );
        for row in rows {
            let app = AppId::parse(&text(&row[0]).unwrap()).unwrap();
            let tokens = self.opened(vault, &app, [&row[3], &row[4], &row[5], &row[6]]);
            self.connections.push(Connection {
                vault: vault.name.clone(),
                app,
                status: text(&row[1]).unwrap(),
                reason: text(&row[2]),
                connected_at: number(&row[7]).unwrap(),
                used_at: number(&row[8]).unwrap(),
                refresh_token: tokens.and_then(refresh_token),
            });
        }
        let rows = vault
            .database
            .look("SELECT app, coalesce(revision, id), kid, wrapped_key, sealed FROM revocation");
        for row in rows {
            let app = AppId::parse(&text(&row[0]).unwrap()).unwrap();
            let tokens = self.opened(vault, &app, [&row[1], &row[2], &row[3], &row[4]]);
            self.to_be_revoked.extend(tokens.and_then(refresh_token));
        }
    }

    /// The tokens of a revision: its wrapped key, and the sealed tokens if they are not in KV.
    fn opened(
        &self,
        vault: &Object,
        app: &AppId,
        [revision, kid, wrapped_key, sealed]: [&SqlValue; 4],
    ) -> Option<TokenSet> {
        let id = VaultId::from_name(&vault.name)?;
        let (revision, config) = (text(revision)?, self.play.deployment.config());
        let wrapped = WrappedKey { kid: text(kid)?, bytes: bytes(wrapped_key)? };
        let place = SealContext { vault: &id, app };
        let key = config.master_keys.unwrap(place, &wrapped).ok()?;
        let in_kv = || {
            let wanted = id.kv_key(app, &revision.as_str().into());
            self.world.kv.everything().into_iter().find(|(key, _)| *key == wanted).map(|(_, value)| value)
        };
        let sealed = bytes(sealed).filter(|sealed| !sealed.is_empty()).or_else(in_kv)?;
        TokenSet::from_bytes(&key.open(place, &revision, &sealed).ok()?)
    }

    /// The violations once everything is settled.
    pub fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        for person in &self.play.people {
            self.no_write_twice(person, &mut found);
            self.no_run_without_end(person, &mut found);
            self.nobody_without_a_word(person, &mut found);
            self.nothing_private_is_read_by_another(person, &mut found);
        }
        self.no_grant_lost(&mut found);
        self.no_login_without_reason(&mut found);
        self.nothing_connected_that_was_left(&mut found);
        self.no_secret_in_the_clear(&mut found);
        self.nothing_forgotten(&mut found);
        found
    }

    /// The accounts that made the things of a command.
    fn makers(&self, command: &Command) -> Vec<&str> {
        let is_meant = |(app, name, _): &&(App, String, String)| *app == command.app && *name == command.name;
        let all = || App::ALL.into_iter().flat_map(|app| things(self.world, app)).collect();
        self.things.get_or_init(all).iter().filter(is_meant).map(|(_, _, maker)| maker.as_str()).collect()
    }

    /// No write happened twice, and none as another person.
    fn no_write_twice(&self, person: &Person, found: &mut Vec<String>) {
        for command in person.commands.borrow().iter() {
            let makers = self.makers(command);
            if makers.len() > 1 {
                found.push(format!("a write twice: {:?} was made by {makers:?}", command.name));
            }
            if let Some(other) = makers.iter().find(|maker| **maker != person.upn) {
                found.push(format!("{:?} was made as {other}", command.name));
            }
        }
    }

    fn runs(&self, person: &Person) -> Vec<(String, Value)> {
        let name = person.vault().name();
        let Some(vault) = self.vaults().into_iter().find(|vault| vault.name == name) else {
            return Vec::new();
        };
        let rows = vault.database.look("SELECT state, body FROM run");
        let read = |row: &Vec<SqlValue>| Some((text(&row[0])?, serde_json::from_str(&text(&row[1])?).ok()?));
        rows.iter().filter_map(read).collect()
    }

    /// Whether a person's own connection to an app works.
    fn is_connected(&self, person: &Person, app: &Value) -> bool {
        let vault = person.vault().name();
        let is_meant = |connection: &&Connection| {
            connection.vault == vault && app.as_str() == Some(connection.app.as_str())
        };
        self.connections.iter().find(is_meant).is_some_and(|connection| connection.status == "connected")
    }

    /// Every run is over, or waits for a person, who sees the reason.
    fn no_run_without_end(&self, person: &Person, found: &mut Vec<String>) {
        let chat = person.chat();
        for (state, run) in self.runs(person) {
            let card = run.pointer(&format!("/state/{state}/card")).and_then(Value::as_str);
            let shown = card.and_then(|card| shown(&chat, card));
            let waits_for = run.pointer("/state/waiting_login/apps").and_then(Value::as_array);
            if waits_for.is_some_and(|apps| apps.iter().all(|app| self.is_connected(person, app))) {
                found.push(format!("run {} waits for a login that has been made", run["id"]));
            }
            let run = &run["id"];
            match state.as_str() {
                "over" | "cancelled" => {}
                "waiting_login" if shown.is_some_and(|shown| !login_links(&shown.activity).is_empty()) => {}
                "waiting_input" | "waiting_answer" if shown.is_some() => {}
                // The connector responded with a page in place of the card's id: the card may or may not be
                // there.
                _ if card == Some("") => {}
                "waiting_confirmation" if chat.iter().any(|sent| asks_whether_to_go_on(sent, run)) => {}
                other => found.push(format!(
                    "run {run} is {other}, and its person sees {}",
                    shown.map_or_else(|| "nothing".to_owned(), |shown| shown.activity.to_string())
                )),
            }
        }
    }

    /// Every person who gave a command got a message, and every completed write was reported.
    fn nobody_without_a_word(&self, person: &Person, found: &mut Vec<String>) {
        // After a page as the response, it is unknown whether the person got the message.
        if self.world.truth.borrow().pages >= 3 || person.removed_bot.get() {
            return;
        }
        let (chat, runs) = (person.chat(), self.runs(person));
        let is_open = |command: &Command| {
            runs.iter().any(|(state, run)| {
                !matches!(state.as_str(), "over" | "cancelled") && run.to_string().contains(&command.name)
            })
        };
        for question in person.questions.borrow().iter() {
            let since = Timestamp(question.at).rfc3339();
            let responses = |sending: &SentActivity| {
                sending.time >= since && sending.activity.to_string().contains(question.words)
            };
            if !chat.iter().any(responses) {
                found.push(format!("nobody heard what {:?} comes to", question.text));
            }
        }
        // A person who cancels a run in the tab sees that in the tab.
        let mut cancelled = runs.iter().filter(|(state, _)| state == "cancelled").count();
        for command in person.commands.borrow().iter().filter(|command| command.taken) {
            let since = Timestamp(command.at).rfc3339();
            let read: Vec<String> = chat
                .iter()
                .filter(|sending| sending.time >= since && sending.activity["type"] != "typing")
                .map(|sending| sending.activity.to_string())
                .collect();
            let at_once = Timestamp(command.at + AT_ONCE).rfc3339();
            let is_at_once = |sending: &SentActivity| {
                (&since..=&at_once).contains(&&sending.time) && sending.activity["type"] != "typing"
            };
            if self.is_calm && !chat.iter().any(is_at_once) {
                found.push(format!("nobody heard of {:?} within five seconds", command.name));
            }
            if read.is_empty() && cancelled > 0 {
                cancelled -= 1;
            } else if read.is_empty() {
                found.push(format!("nobody heard of {:?}", command.name));
            }
            let tells = |text: &String| {
                [command.name.as_str(), DOUBT, TOO_LONG].iter().any(|words| text.contains(words))
            };
            let (was_made, is_told) = (!self.makers(command).is_empty(), read.iter().any(tells));
            if was_made && !is_told && !is_open(command) {
                found.push(format!("{:?} was made, and nobody was told", command.name));
            }
        }
    }

    /// What is private to a person is read by that person alone; in a channel or group chat it is a targeted
    /// message.
    fn nothing_private_is_read_by_another(&self, person: &Person, found: &mut Vec<String>) {
        let member = format!("29:{}", person.oid);
        for sending in self.world.sandbox.memory().sent.list(None, 0) {
            let is_public = sending.conversation.starts_with("19:") && !sending.targeted;
            let is_anothers =
                if sending.targeted { !sending.is_read_by(&member) } else { !person.reads(&sending) };
            let has_link = is_public && sending.activity.to_string().contains("/connect/");
            if has_link || (is_public || is_anothers) && private_to(&self.play.deployment, person, &sending) {
                found.push(format!("another reads what is private: {} {}", person.oid, sending.activity));
            }
        }
    }

    /// Every grant whose tokens a vault knew and that is valid at its app belongs to a connection. All others
    /// were revoked.
    fn no_grant_lost(&self, found: &mut Vec<String>) {
        if !self.to_be_revoked.is_empty() {
            found.push(format!("{} grants are still to be revoked", self.to_be_revoked.len()));
        }
        let truth = self.world.truth.borrow();
        let held: BTreeSet<&String> =
            self.connections.iter().filter_map(|connection| connection.refresh_token.as_ref()).collect();
        for request in
            truth.requests.iter().filter(|request| request.known && request.seen == Some(Seen::Real))
        {
            let Some(Real::Tokens { refresh: Some(token), .. }) = &request.real else { continue };
            let app = oauth_apps::named(&request.app).unwrap();
            let now = u64::try_from(self.world.now()).unwrap();
            let lives = self
                .world
                .sandbox
                .read(|saved| app.accounts(saved).grants.gives_access(&app.life, token, now));
            // At an app where one revocation ends every grant of an account, tokens of an unknown account are
            // not revoked.
            let is_left_alone = matches!(request.grant, Grant::Code(_)) && ends_every_grant(&request.app);
            if lives && !is_left_alone && !held.contains(token) && !self.to_be_revoked.contains(token) {
                found.push(format!(
                    "{} lost a grant that lives at {} (by {:?} at {})",
                    request.object,
                    request.app,
                    kind(&request.grant),
                    request.at
                ));
            }
        }
    }

    /// Every connection that needs a login states the true reason.
    fn no_login_without_reason(&self, found: &mut Vec<String>) {
        let truth = self.world.truth.borrow();
        for connection in self.connections.iter().filter(|connection| connection.status == "needs_login") {
            let reason = connection.reason.as_deref().unwrap_or_default();
            let requests: Vec<&TokenRequest> =
                connection.refresh_token.iter().flat_map(|token| truth.with_refresh(token)).collect();
            let refused = requests.iter().position(|request| request.known && request.is_refused());
            let was_unknown = requests.iter().take(refused.unwrap_or(0)).any(|request| request.is_unknown());
            let doubts = requests.iter().filter(|request| request.is_doubtful()).count();
            let is_true = match reason {
                "grant_gone" => refused.is_some() && !was_unknown,
                "answer_lost" => refused.is_some() && was_unknown,
                "doubtful" => doubts >= 3,
                "not_renewable" => connection.refresh_token.is_none(),
                _ => false,
            };
            if !is_true {
                let told: Vec<String> = requests
                    .iter()
                    .map(|request| format!("{:?}", (request.at, &request.real, &request.seen, request.known)))
                    .collect();
                found.push(format!(
                    "{} needs a login to {} because of {reason:?}, which is not true: {told:?}",
                    connection.vault, connection.app
                ));
            }
        }
    }

    /// A person who removed the bot or left the company has no connections except those of a later login.
    fn nothing_connected_that_was_left(&self, found: &mut Vec<String>) {
        for person in &self.play.people {
            let (Some(left), name) = (person.left_all.get(), person.vault().name()) else { continue };
            let is_left = |connection: &&Connection| {
                connection.vault == name
                    && connection.status != "disconnected"
                    && connection.connected_at < left
            };
            for connection in self.connections.iter().filter(is_left) {
                found.push(format!("{} is connected to {}, and was left", person.oid, connection.app));
            }
        }
    }

    /// No token, code, key or password is in plain text in a store, the log or a chat.
    fn no_secret_in_the_clear(&self, found: &mut Vec<String>) {
        let truth = self.world.truth.borrow();
        let settings = &self.world.sandbox.settings;
        let clients = [
            Some(&settings.bot),
            settings.salesforce.as_ref(),
            settings.servicenow.as_ref(),
            settings.box_com.as_ref(),
        ];
        let passwords = clients.into_iter().flatten().map(|client| client.secret.clone());
        let secrets: Vec<String> =
            truth.secrets.iter().cloned().chain(passwords).filter(|secret| secret.len() >= 8).collect();
        let mut look = |place: String, text: &str| {
            if let Some(secret) = secrets.iter().find(|secret| text.contains(secret.as_str())) {
                found.push(format!("{place} holds a secret in the clear: {secret}"));
            }
        };
        for object in self.world.objects() {
            for (table, row) in object.database.everything() {
                for value in row {
                    let place = || format!("table {table} of {}", object.name);
                    match value {
                        SqlValue::Text(text) => look(place(), &text),
                        SqlValue::Blob(bytes) => look(place(), &String::from_utf8_lossy(&bytes)),
                        _ => {}
                    }
                }
            }
        }
        for (key, value) in self.world.kv.everything() {
            look("KV".to_owned(), &key);
            look("KV".to_owned(), &String::from_utf8_lossy(&value));
        }
        for line in self.world.log.borrow().iter() {
            look("the log".to_owned(), line);
        }
        for person in &self.play.people {
            for sending in person.chat() {
                look("a chat".to_owned(), &sending.activity.to_string());
            }
        }
    }

    /// Every object with a due job has an alarm.
    fn nothing_forgotten(&self, found: &mut Vec<String>) {
        for vault in self.vaults() {
            let due = vault.database.look("SELECT id FROM job WHERE parked <> 1");
            if !due.is_empty() && !vault.has_alarm() {
                found.push(format!("{} has no alarm for {due:?}", vault.name));
            }
        }
    }

    /// The violations after all waits have timed out. `wakes`: whether every alarm could be set.
    pub fn violations_at_the_end(&self, wakes: bool) -> Vec<String> {
        let mut found = Vec::new();
        for person in &self.play.people {
            for (state, run) in self.runs(person) {
                if !matches!(state.as_str(), "over" | "cancelled") {
                    found.push(format!("run {} is still {state} after two days", run["id"]));
                }
            }
        }
        let shared = VaultId::shared(&self.play.people[0].subject().tenant).name();
        let is_idle = |connection: &&Connection| {
            wakes
                && connection.vault != shared
                && connection.status != "disconnected"
                && self.world.now() - connection.used_at > IDLE
        };
        for connection in self.connections.iter().filter(is_idle) {
            found
                .push(format!("{} is connected to {}, and nobody uses it", connection.vault, connection.app));
        }
        found
    }
}

/// Whether a message asks if this run is still wanted.
fn asks_whether_to_go_on(sending: &SentActivity, run: &Value) -> bool {
    let text = sending.activity.to_string();
    text.contains("run.resume") && run.as_str().is_some_and(|run| text.contains(run))
}

/// The things that exist at an app.
fn things(world: &World, app: App) -> Vec<(App, String, String)> {
    let (list, at) = match app {
        App::Salesforce => ("records", "/fields/Name"),
        App::ServiceNow => ("records", "/fields/short_description"),
        App::Box => ("items", "/name"),
        App::Fixture(_) => return Vec::new(),
    };
    let all = world.look(&format!("{}/{list}", app.name()));
    let named = |thing: &Value| {
        let maker = thing["created_by"].as_str().unwrap_or_default().to_owned();
        Some((app, thing.pointer(at)?.as_str()?.to_owned(), maker))
    };
    all[list].as_array().into_iter().flatten().filter_map(named).collect()
}

/// Whether the catalog says that one revocation at an app ends every grant of an account.
fn ends_every_grant(app: &str) -> bool {
    let app = catalog().apps.get(&AppId::parse(app).unwrap());
    app.and_then(|app| app.oauth2.as_ref()).is_some_and(|oauth2| oauth2.revokes == Revokes::Grant)
}

/// Whether a message contains the account, a thing or a login link of a person.
pub fn private_to(deployment: &Deployment, person: &Person, sending: &SentActivity) -> bool {
    // The first person's account is the company's too.
    let has_account = |text: &str| text.contains(&person.upn) && person.oid != "person0";
    let has_link =
        |link: &String| deployment.ticket(link).is_some_and(|ticket| ticket.subject == person.subject());
    // Its recipient, its sender and its place are not private.
    let content = ["text", "summary", "attachments"].map(|name| sending.activity[name].to_string()).concat();
    content.contains(&format!("of {}", person.oid))
        || has_account(&content)
        || login_links(&sending.activity).iter().any(has_link)
}

fn kind(grant: &Grant) -> &'static str {
    match grant {
        Grant::Code(_) => "a code",
        Grant::Refresh(_) => "a refresh",
    }
}

fn refresh_token(tokens: TokenSet) -> Option<String> {
    tokens.refresh_token.map(|token| token.expose_secret().to_owned())
}

/// The current version of an activity. `None`: it was deleted or never existed.
fn shown<'a>(chat: &'a [SentActivity], activity: &str) -> Option<&'a SentActivity> {
    let last = chat.iter().rev().find(|sending| sending.activity_id.as_deref() == Some(activity))?;
    (last.method != "DELETE").then_some(last)
}
