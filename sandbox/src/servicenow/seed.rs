//! The initial data: a few incidents, a request, and changes that wait for approval.

use super::APP;
use super::tables::Table;
use crate::oauth::User;
use crate::store::servicenow::{Record, Store};

const INTEGRATION: &str = "integration@contoso.com";
const APPROVERS: [&str; 3] = ["alexw@contoso.com", "ada@contoso.com", "bob@contoso.com"];

/// Table, then fields. `@` marks a user, and is replaced by the user's id.
const RECORDS: [(&str, &[(&str, &str)]); 6] = [
    (
        "incident",
        &[
            ("short_description", "VPN drops every ten minutes"),
            ("description", "Since the update on Monday."),
            ("urgency", "2"),
            ("impact", "2"),
            ("category", "network"),
            ("caller_id", "@ada@contoso.com"),
        ],
    ),
    (
        "incident",
        &[
            ("short_description", "Printer on floor 3 prints nothing"),
            ("category", "hardware"),
            ("caller_id", "@bob@contoso.com"),
        ],
    ),
    (
        "incident",
        &[
            ("short_description", "VPN token is lost"),
            ("state", "2"),
            ("urgency", "1"),
            ("category", "network"),
            ("caller_id", "@alexw@contoso.com"),
        ],
    ),
    (
        "sc_request",
        &[("short_description", "Laptop for a new colleague"), ("requested_for", "@ada@contoso.com")],
    ),
    (
        "change_request",
        &[
            ("short_description", "Renew the certificate of the intranet"),
            ("state", "-4"),
            ("approval", "requested"),
        ],
    ),
    (
        "change_request",
        &[("short_description", "Replace the switch on floor 2"), ("state", "-4"), ("approval", "requested")],
    ),
];

impl Store {
    /// Inserts the fixed users, and once the initial records.
    pub fn seed(&mut self) {
        self.accounts.seed(&APP);
        let Some(user) = self.accounts.user(INTEGRATION).cloned() else {
            return;
        };
        if std::mem::replace(&mut self.records_seeded, true) {
            return;
        }
        for (table, fields) in RECORDS {
            let fields: Vec<(&str, String)> =
                fields.iter().map(|(name, value)| (*name, self.resolved(value))).collect();
            let Some(record) = self.add(table, &user, &fields) else {
                continue;
            };
            if table == "change_request" {
                self.request_approval(&user, &record);
            }
        }
    }

    /// All approvers must approve the change.
    fn request_approval(&mut self, user: &User, change: &Record) {
        for approver in APPROVERS {
            let fields = [
                ("approver", self.resolved(&format!("@{approver}"))),
                ("sysapproval", change.sys_id.clone()),
                ("document_id", change.sys_id.clone()),
                ("source_table", change.table.clone()),
            ];
            self.add("sysapproval_approver", user, &fields);
        }
    }

    fn add(&mut self, table: &str, user: &User, fields: &[(&str, String)]) -> Option<Record> {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Some(self.insert(Table::named(table)?, user, "data-import", fields))
    }

    fn resolved(&self, value: &str) -> String {
        let user = value.strip_prefix('@').and_then(|username| self.accounts.user(username));
        user.map_or(value, |user| &user.id).to_owned()
    }
}
