//! A tenant for one test, for behaviour that concerns all of its people.

use serde_json::json;
use std::fs::OpenOptions;
use std::path::Path;
use workbot_shared::{AuditEntry, ConnectionRow, LoginLink, RecipeRow};

use crate::{Browser, Chat, Response, Sandbox, eventually, setting, unique};

/// An unused tenant, and an admin of it.
pub struct Company {
    pub tenant: String,
    pub admin: Chat,
}

impl Company {
    /// Takes the next free tenant. A file in the run's folder marks it as taken.
    pub fn new() -> Self {
        let (state, count) = (setting("WORKBOT_STATE"), setting("WORKBOT_COMPANIES"));
        let count: u32 = count.parse().expect("a number");
        let free = |number: &u32| {
            let path = Path::new(&state).join(format!("company-{number}"));
            OpenOptions::new().write(true).create_new(true).open(path).is_ok()
        };
        let number = (1..=count).find(free).expect("a tenant that is free: more are needed in xtask");
        Self::of(format!("company-{number}"))
    }

    /// A configured tenant, with a new admin.
    pub fn of(tenant: String) -> Self {
        let admin = Chat::in_tenant(&tenant);
        let person = json!({"tid": tenant, "oid": admin.oid, "name": "Megan Admin", "upn": admin.upn, "roles": ["Workbot.Admin"]});
        Sandbox.post("persons", &person);
        Self { tenant, admin }
    }

    /// A new person of this tenant.
    pub fn person(&self) -> Chat {
        Chat::in_tenant(&self.tenant)
    }

    /// A successful API request of the admin.
    pub fn call(&self, method: &str, path: &str, body: &str) -> Response {
        let response = self.admin.call_as_admin(method, &format!("admin/{path}"), body);
        assert_eq!(response.status, 200, "{method} {path}: {}", response.body);
        response
    }

    /// The row of the shared connection to an app.
    pub fn shared(&self, app: &str) -> ConnectionRow {
        let rows: Vec<ConnectionRow> =
            serde_json::from_value(self.call("GET", "shared", "").json()["connections"].clone())
                .expect("rows");
        rows.into_iter().find(|row| row.app.as_str() == app).unwrap_or_else(|| panic!("no row for {app}"))
    }

    /// A link by which the admin connects an app for the company.
    pub fn shared_link(&self, app: &str) -> String {
        let response = self.call("POST", &format!("shared/{app}/login"), "");
        serde_json::from_str::<LoginLink>(&response.body).expect("a link").url
    }

    /// Connects Salesforce for the company. Returns the account.
    pub fn connect_salesforce(&self) -> String {
        self.share("salesforce")
    }

    /// Connects an app for the company with an unused account. Returns the account.
    pub fn share(&self, app: &str) -> String {
        let account = unique("integration-") + "@contoso.com";
        Sandbox.post(&format!("{app}/users"), &json!({"username": account}));
        self.connect(app, &account);
        account
    }

    /// Connects an app for the company with an account.
    pub fn connect(&self, app: &str, account: &str) {
        let link = self.shared_link(app);
        Browser::new().log_in(&link, &self.admin.oid, account, "allow").expect("Successfully connected");
    }

    /// Sets *Verify user access at runtime* for a recipe and an app.
    pub fn verify(&self, recipe: &str, app: &str, on: bool) -> RecipeRow {
        let body = json!({"verify_user_access": {app: on}}).to_string();
        let response = self.call("PUT", &format!("recipes/{recipe}/settings"), &body);
        serde_json::from_str(&response.body).expect("a row")
    }

    /// Waits until the audit has this number of entries. Returns them, newest first.
    pub fn audit(&self, entries: usize) -> Vec<AuditEntry> {
        eventually(&format!("{entries} entries in the audit"), || {
            let entries_now = self.call("GET", "audit", "").json()["entries"].clone();
            let list: Vec<AuditEntry> = serde_json::from_value(entries_now).expect("entries");
            (list.len() == entries).then_some(list)
        })
    }
}

impl Default for Company {
    fn default() -> Self {
        Self::new()
    }
}
