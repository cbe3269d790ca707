//! Records: insert, update, read.

use std::collections::BTreeMap;

use super::ids::sys_id;
use super::tables::{Kind, Table, priority};
use crate::store::accounts::User;
use crate::store::servicenow::{Record, Store};
use crate::{clock, time_formats};

impl Record {
    /// The stored value of a field; empty if unset.
    pub fn value(&self, field: &str) -> String {
        match field {
            "sys_id" => self.sys_id.clone(),
            "number" => self.number.clone().unwrap_or_default(),
            "sys_class_name" => self.table.clone(),
            "sys_created_by" => self.created_by.clone(),
            "sys_created_on" => time_formats::servicenow(self.created),
            "sys_updated_by" => self.updated_by.clone(),
            "sys_updated_on" => time_formats::servicenow(self.updated),
            "sys_mod_count" => self.mod_count.to_string(),
            other => self.fields.get(other).cloned().unwrap_or_default(),
        }
    }

    /// The display value of the record in references.
    pub fn name(&self) -> String {
        self.number.clone().unwrap_or_else(|| self.value("name"))
    }
}

impl Store {
    /// All records of a table. Users are accounts.
    pub fn rows(&self, table: &str) -> Vec<Record> {
        if table == "sys_user" {
            return self.accounts.users.iter().map(person).collect();
        }
        self.records.iter().filter(|record| record.table == table).cloned().collect()
    }

    /// The record with this id. A `task` can be in any table with numbers.
    pub fn record(&self, table: &str, id: &str) -> Option<Record> {
        match table {
            "sys_user" => self.accounts.user_with_id(id).map(person),
            "task" => self.records.iter().find(|record| record.sys_id == id).cloned(),
            _ => self.records.iter().find(|record| record.table == table && record.sys_id == id).cloned(),
        }
    }

    /// The value of a field. `caller_id.name` follows the reference `caller_id`.
    pub fn value(&self, record: &Record, field: &str) -> Option<String> {
        let table = Table::named(&record.table)?;
        let Some((reference, rest)) = field.split_once('.') else {
            return table.kind(field).map(|_| record.value(field));
        };
        let Some(Kind::Reference(other)) = table.kind(reference) else {
            return None;
        };
        match self.record(other, &record.value(reference)) {
            Some(other) => self.value(&other, rest),
            None => Some(String::new()),
        }
    }

    /// Inserts a record of this user.
    pub fn insert(
        &mut self,
        table: &'static Table,
        user: &User,
        client_id: &str,
        fields: BTreeMap<String, String>,
    ) -> Record {
        let now = clock::now_ms();
        let mut record = Record {
            sys_id: self.fresh_id(),
            table: table.name.to_owned(),
            number: table.prefix.map(|prefix| self.fresh_number(prefix)),
            fields: table.defaults.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            created_by: user.username.clone(),
            client_id: client_id.to_owned(),
            created: now,
            updated_by: user.username.clone(),
            updated: now,
            mod_count: 0,
        };
        if table.kind("opened_by").is_some() {
            record.fields.insert("opened_by".to_owned(), user.id.clone());
            record.fields.insert("opened_at".to_owned(), time_formats::servicenow(now));
        }
        self.set(table, &mut record, user, client_id, fields);
        self.records.push(record.clone());
        record
    }

    /// Sets fields of a record. Unknown fields and system fields are ignored.
    pub fn set(
        &mut self,
        table: &Table,
        record: &mut Record,
        user: &User,
        client_id: &str,
        fields: BTreeMap<String, String>,
    ) {
        for (name, value) in fields {
            match table.kind(&name) {
                None | Some(Kind::System) => {}
                Some(Kind::Journal) => self.write_journal(record, user, client_id, &name, value),
                Some(_) => {
                    record.fields.insert(name, value);
                }
            }
        }
        if table.name == "incident" {
            let priority = priority(&record.value("impact"), &record.value("urgency"));
            record.fields.insert("priority".to_owned(), priority.to_owned());
            let is_active = !["7", "8"].contains(&record.value("state").as_str());
            record.fields.insert("active".to_owned(), is_active.to_string());
        }
    }

    fn write_journal(&mut self, about: &Record, user: &User, client_id: &str, element: &str, value: String) {
        let Some(journal) = Table::named("sys_journal_field").filter(|_| !value.is_empty()) else {
            return;
        };
        let fields = [
            ("element_id", about.sys_id.clone()),
            ("element", element.to_owned()),
            ("name", about.table.clone()),
            ("value", value),
        ];
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.insert(journal, user, client_id, fields);
    }

    fn fresh_id(&mut self) -> String {
        self.serial += 1;
        sys_id(&format!("record {}", self.serial))
    }

    fn fresh_number(&mut self, prefix: &str) -> String {
        let count = self.numbers.entry(prefix.to_owned()).or_insert(10_000);
        *count += 1;
        format!("{prefix}{count:07}")
    }
}

fn person(user: &User) -> Record {
    let (first, last) = user.name.split_once(' ').unwrap_or(("", &user.name));
    let fields = [
        ("user_name", user.username.as_str()),
        ("name", &user.name),
        ("first_name", first),
        ("last_name", last),
        ("email", &user.username),
        ("company", &user.org),
        ("active", if user.active { "true" } else { "false" }),
    ];
    Record {
        sys_id: user.id.clone(),
        table: "sys_user".to_owned(),
        number: None,
        fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        created_by: "system".to_owned(),
        client_id: String::new(),
        created: 0,
        updated_by: "system".to_owned(),
        updated: 0,
        mod_count: 0,
    }
}
