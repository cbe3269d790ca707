//! A person's chat with the bot.

use serde_json::{Value, json};
use workbot_shared::RunOutcome;

use crate::{Response, Sandbox, agent, eventually, unique, worker};

/// The default tenant.
pub const TENANT: &str = "00000000-0000-0000-0000-0000000000001";

/// A new person with a chat, and an account of the same name at every app.
#[derive(Debug, Clone)]
pub struct Chat {
    pub tenant: String,
    pub oid: String,
    pub upn: String,
    pub conversation: String,
    kind: &'static str,
}

/// The worker's response to an activity.
#[derive(Debug)]
pub struct Turn {
    pub status: u64,
    pub body: Value,
}

impl Chat {
    /// A new person in a personal chat.
    pub fn new() -> Self {
        Self::in_tenant(TENANT)
    }

    /// A new person of a tenant, in a personal chat.
    pub fn in_tenant(tenant: &str) -> Self {
        let oid = unique("person-");
        let upn = format!("{oid}@contoso.com");
        Sandbox.person(tenant, &oid, "Test Person", &upn);
        Self { tenant: tenant.to_owned(), conversation: format!("a:{oid}"), oid, upn, kind: "personal" }
    }

    /// The same person, in a group chat.
    pub fn in_group(&self) -> Self {
        Self { conversation: format!("19:{}", unique("group-")), kind: "groupChat", ..self.clone() }
    }

    /// The same person, in a thread of a channel.
    pub fn in_channel(&self) -> Self {
        let conversation = format!("19:{}@thread.tacv2;messageid=1700000000000", unique("channel-"));
        Self { conversation, kind: "channel", ..self.clone() }
    }

    /// This group or channel, which takes no targeted messages.
    pub fn without_targeted(self) -> Self {
        let conversation = self.conversation.split(';').next();
        Sandbox.post("targeted", &json!({"conversation": conversation, "allowed": false}));
        self
    }

    /// Changes the person's entry on this chat's roster: `tid`, `role`.
    pub fn shown_as(&self, shown: &Value) {
        let mut body = self.in_roster();
        body["oid"] = json!(self.oid);
        body.as_object_mut().unwrap().extend(shown.as_object().unwrap().clone());
        Sandbox.post("rosters", &body);
    }

    /// Removes the person from this chat's roster.
    pub fn taken_out(&self) {
        Sandbox.post("rosters/out", &self.in_roster());
    }

    fn in_roster(&self) -> Value {
        let conversation = self.conversation.split(';').next();
        json!({"conversation": conversation, "member": format!("29:{}", self.oid)})
    }

    /// An activity of this person, with these fields changed.
    pub fn activity(&self, fields: &Value) -> Value {
        let is_group = self.kind != "personal";
        let mut activity = json!({
            "type": "message",
            "id": unique("activity-"),
            "channelId": "msteams",
            "serviceUrl": format!("{}/connector", Sandbox.origin()),
            "from": {"id": format!("29:{}", self.oid), "name": "Test Person", "aadObjectId": self.oid},
            "recipient": {"id": "28:bot", "name": "Workbot"},
            "conversation": {
                "id": self.conversation, "conversationType": self.kind, "isGroup": is_group, "tenantId": self.tenant
            },
            "channelData": {"tenant": {"id": self.tenant}},
            "locale": "en-US",
        });
        activity.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        activity
    }

    /// Delivers an activity as the Bot Framework does.
    pub fn deliver(&self, activity: &Value) -> Turn {
        let response = Sandbox.post("relay", activity);
        Turn { status: response["status"].as_u64().unwrap(), body: response["body"].clone() }
    }

    pub fn say(&self, text: &str) -> Turn {
        self.deliver(&self.activity(&json!({"text": text})))
    }

    /// Sends a card action.
    pub fn press(&self, verb: &str, data: &Value) -> Turn {
        self.deliver(&self.activity(&json!({
            "type": "invoke", "name": "adaptiveCard/action",
            "value": {"action": {"type": "Action.Execute", "verb": verb, "data": data}, "trigger": "manual"}
        })))
    }

    /// Sends the usual command with an unused record name, and returns that name.
    pub fn create_opportunity(&self) -> String {
        let name = unique("Deal ");
        let turn = self.say(&format!("create opportunity name: {name} amount: 5000 close_date: 2026-12-31"));
        assert_eq!(turn.status, 200, "{}", turn.body);
        name
    }

    /// An API request of this person's tab, with further claims in the token.
    fn call_with(&self, claims: &Value, method: &str, path: &str, body: &str) -> Response {
        let mut wanted = json!({"oid": self.oid, "tid": self.tenant});
        wanted.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        let bearer = format!("Bearer {}", Sandbox.sso_token(&wanted));
        let url = format!("{}/api/{path}", worker());
        let attempt = || {
            let (url, bearer) = (url.as_str(), bearer.as_str());
            let response = match method {
                "GET" => agent().get(url).header("authorization", bearer).call(),
                "DELETE" => agent().delete(url).header("authorization", bearer).call(),
                "PUT" => agent().put(url).header("authorization", bearer).send(body),
                _ => agent().post(url).header("authorization", bearer).send(body),
            };
            Response::read(response.expect("the worker"))
        };
        // A client over the rate limit waits and retries.
        eventually("an answer within the limit", || Some(attempt()).filter(|answer| answer.status != 429))
    }

    /// An API request of this person's tab.
    pub fn call(&self, method: &str, path: &str, body: &str) -> Response {
        self.call_with(&json!({}), method, path, body)
    }

    /// An API request of this person's tab, as an admin.
    pub fn call_as_admin(&self, method: &str, path: &str, body: &str) -> Response {
        self.call_with(&json!({"roles": ["Workbot.Admin"]}), method, path, body)
    }

    /// A new person who has connected an app, of the given rotation class, by their first command.
    pub fn connected_to(app: &str, rotation: &str, command: &str) -> Self {
        let chat = Self::new();
        Sandbox.post(&format!("{app}/oauth"), &json!({"username": chat.upn, "rotation": rotation}));
        chat.say(&format!("{command}{}", unique("First ")));
        let mut browser = crate::Browser::new();
        browser.log_in(&chat.expect_link(), &chat.oid, &chat.upn, "allow").expect("Successfully connected");
        chat.expect("as you (");
        chat.ended();
        chat
    }

    /// Waits until every run of this person has ended in the vault. A vault that is killed between sending a
    /// message and saving the run sends it again.
    pub fn ended(&self) {
        eventually("the end of all runs", || {
            let entries = self.call("GET", "activity", "").json()["entries"].as_array().cloned()?;
            entries.iter().all(|entry| entry["outcome"] != json!(RunOutcome::UnderWay)).then_some(())
        });
    }

    /// The number of commands that succeeded as this person.
    pub fn successes(&self) -> usize {
        self.sent().iter().filter(|sent| text_of(sent).contains("as you (")).count()
    }

    /// The status of this person's connection to an app, from the API.
    pub fn status(&self, app: &str) -> String {
        let list = self.call("GET", "connections", "").json();
        let rows = list["connections"].as_array().cloned().unwrap_or_default();
        let row = rows.into_iter().find(|row| row["app"] == json!(app));
        row.unwrap_or_else(|| panic!("no row for {app}"))["status"].as_str().unwrap().to_owned()
    }

    /// All messages of the bot in this chat.
    pub fn sent(&self) -> Vec<Value> {
        Sandbox.sent(&self.conversation)
    }

    /// The bot's messages without those that only show that it is at work: typing, and "Working on it…".
    pub fn replies(&self) -> Vec<Value> {
        let shows_work = |sent: &Value| {
            sent["activity"]["type"] == json!("typing") || text_of(sent).contains("Working on it…")
        };
        self.sent().into_iter().filter(|sent| !shows_work(sent)).collect()
    }

    /// Waits for the first message that contains this text.
    pub fn expect(&self, words: &str) -> Value {
        eventually(&format!("{words:?} in {}", self.conversation), || {
            self.sent().into_iter().find(|sent| text_of(sent).contains(words))
        })
    }

    /// Waits for a login card, and returns the login link of the newest one.
    pub fn expect_link(&self) -> String {
        self.expect("login needed");
        let newest = self.sent().into_iter().rev().find_map(|sent| login_link(&sent));
        newest.expect("a Login button")
    }

    /// Connects this person to an app from their tab.
    pub fn connect_to(&self, app: &str) {
        let link = self.tab_login_link(app);
        crate::Browser::new().log_in(&link, &self.oid, &self.upn, "allow").expect("Successfully connected");
    }

    /// A new login link from this person's tab.
    pub fn tab_login_link(&self, app: &str) -> String {
        let response = self.call("POST", &format!("connections/{app}/login"), "");
        response.json()["url"].as_str().expect("a link").to_owned()
    }

    /// Logs in with a link until the app redirects back: the browser and the callback's address, not opened.
    pub fn log_in_until_callback(&self, link: &str) -> (crate::Browser, String) {
        let mut browser = crate::Browser::new();
        let callback = format!("{}/oauth/callback", crate::worker());
        let page = browser.log_in_until(link, &self.oid, &self.upn, "allow", &callback);
        assert!(page.url.starts_with(&callback), "{}", page.url);
        (browser, page.url)
    }

    /// Connects this person to Salesforce by a run.
    pub fn connect(&self) -> crate::Browser {
        self.create_opportunity();
        let mut browser = crate::Browser::new();
        browser.log_in(&self.expect_link(), &self.oid, &self.upn, "allow").expect("Successfully connected");
        self.expect("as you (");
        self.ended();
        browser
    }
}

impl Default for Chat {
    fn default() -> Self {
        Self::new()
    }
}

/// The text of a message, as JSON.
pub fn text_of(sent: &Value) -> String {
    sent["activity"].to_string()
}

/// The address of the card's first Login button.
pub fn login_link(sent: &Value) -> Option<String> {
    login_links(sent).into_iter().next()
}

/// The addresses of the card's Login buttons.
pub fn login_links(sent: &Value) -> Vec<String> {
    fn find(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object)
                if ["Login", "Anmelden"].iter().any(|title| object.get("title") == Some(&json!(title))) =>
            {
                found.extend(object.get("url").and_then(Value::as_str).map(str::to_owned));
            }
            Value::Object(object) => object.values().for_each(|value| find(value, found)),
            Value::Array(items) => items.iter().for_each(|item| find(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    find(&sent["activity"], &mut found);
    found
}
