//! The initial data: a few folders of each company, open to all its people.

use super::{APP, sha1};
use crate::store::box_com::{FileVersion, Item, ROOT, Store};

/// Owner, company, folder above (empty: the root), name; a file has a text.
const ITEMS: [(&str, &str, &str, &str, Option<&str>); 8] = [
    ("integration@contoso.com", "Contoso", "", "Customers", None),
    ("integration@contoso.com", "Contoso", "Customers", "Acme Corporation", None),
    ("integration@contoso.com", "Contoso", "Customers", "Northwind Traders", None),
    (
        "integration@contoso.com",
        "Contoso",
        "Acme Corporation",
        "Acme offer.txt",
        Some("50 licences, 12 months."),
    ),
    ("integration@contoso.com", "Contoso", "", "Policies", None),
    (
        "integration@contoso.com",
        "Contoso",
        "Policies",
        "Travel policy.txt",
        Some("By train, if it takes less than five hours."),
    ),
    ("eve@fabrikam.com", "Fabrikam", "", "Fabrikam Team", None),
    ("eve@fabrikam.com", "Fabrikam", "Fabrikam Team", "Roadmap.txt", Some("First the road, then the map.")),
];

/// 5 January 2026: search finds it at once.
const LONG_AGO: u64 = 1_767_603_600_000;

impl Store {
    /// Inserts the fixed users, and once the initial items.
    pub fn seed(&mut self) {
        self.accounts.seed(&APP);
        if std::mem::replace(&mut self.items_seeded, true) {
            return;
        }
        for (owner, company, above, name, content) in ITEMS {
            let parent = self.items.iter().find(|item| item.name == above).map(|item| item.id.clone());
            let version = content.map(|text| FileVersion {
                id: self.fresh_id(),
                size: text.len(),
                sha1: sha1::hex(text.as_bytes()),
            });
            let item = Item {
                id: self.fresh_id(),
                name: name.to_owned(),
                description: String::new(),
                parent: parent.unwrap_or_else(|| ROOT.to_owned()),
                owner: owner.to_owned(),
                open_to: Some(APP.company_id(company)),
                created_by: owner.to_owned(),
                client_id: "data-import".to_owned(),
                created: LONG_AGO,
                modified_by: owner.to_owned(),
                modified: LONG_AGO,
                etag: 0,
                file: version,
                shared_link: None,
            };
            self.items.push(item);
        }
    }
}
