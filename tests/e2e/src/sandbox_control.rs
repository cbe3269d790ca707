//! The sandbox's control routes.

use serde_json::{Value, json};

use crate::{Response, agent, setting};

/// The JSON pointers to a record's name, by app.
const NAMES: [&str; 3] = ["/name", "/fields/Name", "/fields/short_description"];

/// The stand-ins of Bot Framework, Entra and the apps.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox;

impl Sandbox {
    pub fn origin(self) -> String {
        setting("WORKBOT_SANDBOX_URL")
    }

    pub fn post(self, path: &str, body: &Value) -> Value {
        let response = Response::read(
            agent()
                .post(format!("{}/_control/{path}", self.origin()))
                .header("content-type", "application/json")
                .send(body.to_string())
                .expect("the sandbox"),
        );
        assert!(response.status < 300, "{path}: {} {}", response.status, response.body);
        if response.body.is_empty() { Value::Null } else { response.json() }
    }

    pub fn get(self, path: &str) -> Value {
        Response::read(agent().get(format!("{}/_control/{path}", self.origin())).call().expect("the sandbox"))
            .json()
    }

    /// A Bot Framework token with this variation.
    pub fn bot_token(self, variation: &Value) -> String {
        self.post("bot-token", variation)["token"].as_str().expect("a token").to_owned()
    }

    /// An SSO token with these claims.
    pub fn sso_token(self, wanted: &Value) -> String {
        self.post("sso-token", wanted)["token"].as_str().expect("a token").to_owned()
    }

    /// The bot's messages in a conversation.
    pub fn sent(self, conversation: &str) -> Vec<Value> {
        let sent = self.get(&format!("sent?conversation={conversation}"));
        sent["sent"].as_array().cloned().unwrap_or_default()
    }

    /// The messages of the bot to a person, wherever they are, and those to a conversation.
    pub fn sent_to(self, oid: &str, conversation: &str) -> Vec<Value> {
        let sent = self.get(&format!("sent?person=29:{oid}&conversation={conversation}"));
        sent["sent"].as_array().cloned().unwrap_or_default()
    }

    /// The records that an account created at Salesforce.
    pub fn created_by(self, username: &str) -> Vec<Value> {
        self.created_at("salesforce", username)
    }

    /// The records, or folders and files, that an account created at an app.
    pub fn created_at(self, app: &str, username: &str) -> Vec<Value> {
        self.records(app).into_iter().filter(|record| record["created_by"] == json!(username)).collect()
    }

    /// The accounts that created a record or folder of this name at an app.
    pub fn creators(self, app: &str, name: &str) -> Vec<String> {
        let is_meant = |record: &Value| NAMES.iter().any(|at| record.pointer(at) == Some(&json!(name)));
        let meant = self.records(app).into_iter().filter(is_meant);
        meant.map(|record| record["created_by"].as_str().expect("a creator").to_owned()).collect()
    }

    fn records(self, app: &str) -> Vec<Value> {
        let list = if app == "box" { "items" } else { "records" };
        self.get(&format!("{app}/{list}"))[list].as_array().cloned().unwrap_or_default()
    }

    /// The names of all records or folders at an app.
    pub fn names(self, app: &str) -> Vec<String> {
        let name =
            |record: &Value| NAMES.iter().find_map(|at| record.pointer(at)?.as_str().map(str::to_owned));
        self.records(app).iter().filter_map(name).collect()
    }

    /// Sets a person's permissions at an app: `full` or `read_only`.
    pub fn rights(self, app: &str, username: &str, rights: &str) {
        self.post(&format!("{app}/users"), &json!({"username": username, "rights": rights}));
    }

    /// The grants of an account at Salesforce.
    pub fn grants(self, username: &str) -> Vec<Value> {
        self.grants_at("salesforce", username)
    }

    /// The grants of an account at an app.
    pub fn grants_at(self, app: &str, username: &str) -> Vec<Value> {
        let grants = self.get(&format!("{app}/grants?username={username}"));
        grants["grants"].as_array().cloned().unwrap_or_default()
    }

    /// The number of an account's grants at an app that are not revoked.
    pub fn live_grants(self, app: &str, username: &str) -> usize {
        self.grants_at(app, username).iter().filter(|grant| grant["revoked"].is_null()).count()
    }

    /// Injects a fault into a stand-in.
    pub fn fault(self, fault: &Value) {
        self.post("faults", fault);
    }

    /// Removes the faults with this `match`. The requests that they hold go on.
    pub fn remove_faults(self, matching: &str) {
        let url = format!("{}/_control/faults", self.origin());
        let removed =
            Response::read(agent().delete(url).query("match", matching).call().expect("the sandbox"));
        assert!(removed.json()["count"].as_u64() > Some(0), "no fault at {matching}: {}", removed.body);
    }

    /// The number of faults at an endpoint that have not been used up.
    pub fn faults_left(self, place: &str) -> usize {
        let faults = self.get("faults")["faults"].as_array().cloned().unwrap_or_default();
        faults.iter().filter(|fault| fault["where"] == json!(place) && fault["times"] != json!(0)).count()
    }

    /// Removes all faults.
    pub fn clear_faults(self) {
        let cleared = agent().delete(format!("{}/_control/faults", self.origin())).call();
        assert!(cleared.expect("the sandbox").status().is_success());
    }

    /// Creates a person in the directory, with an account of the same name at every app.
    pub fn person(self, tenant: &str, oid: &str, name: &str, upn: &str) {
        self.post("persons", &json!({"tid": tenant, "oid": oid, "name": name, "upn": upn, "roles": []}));
        for app in ["salesforce", "servicenow", "box"] {
            self.post(&format!("{app}/users"), &json!({"username": upn}));
        }
    }
}
