//! The initial users and records.

use serde_json::{Map, Value};

use super::APP;
use super::ids::CONTOSO;
use super::schema::Object;
use crate::store::salesforce::Store;

const INTEGRATION: &str = "integration@contoso.com";

/// Name, industry, phone, billing city.
const ACCOUNTS: [(&str, &str, &str, &str); 6] = [
    ("Acme Corporation", "Manufacturing", "+1 206 555 0110", "Seattle"),
    ("Acme Labs", "Biotechnology", "+1 617 555 0114", "Boston"),
    ("Northwind Traders", "Retail", "+1 503 555 0123", "Portland"),
    ("Woodgrove Bank", "Banking", "+44 20 7946 0135", "London"),
    ("Alpine Ski House", "Recreation", "+41 44 555 01 42", "Zürich"),
    ("Trey Research", "Consulting", "+1 312 555 0158", "Chicago"),
];

impl Store {
    /// Inserts the fixed users, and once Contoso's initial accounts.
    pub fn seed(&mut self) {
        self.accounts.seed(&APP);
        if !std::mem::replace(&mut self.accounts_seeded, true) && !self.has_accounts() {
            self.add_accounts();
        }
    }

    fn has_accounts(&self) -> bool {
        self.records.iter().any(|record| record.org == CONTOSO && record.object == "Account")
    }

    fn add_accounts(&mut self) {
        let (Some(user), Some(object)) = (self.accounts.user(INTEGRATION).cloned(), Object::named("Account"))
        else {
            return;
        };
        for (name, industry, phone, city) in ACCOUNTS {
            let fields = [("Name", name), ("Industry", industry), ("Phone", phone), ("BillingCity", city)];
            let fields: Map<String, Value> =
                fields.into_iter().map(|(field, value)| (field.to_owned(), value.into())).collect();
            self.add_record(&user, "data-import", object, fields);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(store: &Store) -> Vec<&str> {
        store.records.iter().filter_map(|record| record.fields.get("Name")?.as_str()).collect()
    }

    #[test]
    fn the_first_accounts_come_once() {
        let mut store = Store::default();
        store.seed();
        assert_eq!(names(&store), ACCOUNTS.map(|(name, ..)| name));
        store.records.clear();
        store.seed();
        assert!(store.records.is_empty(), "who deleted them does not want them back");
    }

    #[test]
    fn an_older_state_with_accounts_stays_as_it_is() {
        let mut store = Store::default();
        store.seed();
        store.accounts_seeded = false;
        store.records.truncate(1);
        store.seed();
        assert_eq!(names(&store), ["Acme Corporation"]);
    }
}
