//! Accounts and browser sessions.

use super::app::App;
use crate::random_name;
use crate::store::accounts::{Accounts, Rights, User};

/// The users with an account at every app: login name, number of the company, display name.
const PEOPLE: [(&str, usize, &str); 5] = [
    ("alexw@contoso.com", 0, "Alex Wilber"),
    ("ada@contoso.com", 0, "Ada Lovelace"),
    ("bob@contoso.com", 0, "Bob Baker"),
    ("integration@contoso.com", 0, "Workbot Integration"),
    ("eve@fabrikam.com", 1, "Eve Fisher"),
];

impl Accounts {
    /// Inserts the fixed users.
    pub fn seed(&mut self, app: &App) {
        for (username, company, name) in PEOPLE {
            if let (None, Some((_, org))) = (self.user(username), app.companies.get(company)) {
                self.put(app, username, |user| {
                    (user.org, user.name) = ((*org).to_owned(), name.to_owned());
                });
            }
        }
    }

    /// Inserts or updates a user by login name. A new user belongs to the first company and has full rights.
    pub fn put(&mut self, app: &App, username: &str, change: impl FnOnce(&mut User)) -> User {
        let mut user = self.user(username).cloned().unwrap_or_else(|| User {
            username: username.to_owned(),
            org: app.companies[0].1.to_owned(),
            id: self.fresh_id(app),
            name: username.to_owned(),
            active: true,
            rights: Rights::Full,
        });
        change(&mut user);
        self.users.retain(|known| known.id != user.id);
        self.users.push(user.clone());
        user
    }

    /// The user with this login name.
    pub fn user(&self, username: &str) -> Option<&User> {
        self.users.iter().find(|user| user.username.eq_ignore_ascii_case(username))
    }

    /// The user with this id.
    pub fn user_with_id(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Creates a session; returns its name.
    pub(super) fn log_in(&mut self, user: &User) -> String {
        let id = random_name::random(32);
        self.sessions.insert(id.clone(), user.username.clone());
        id
    }

    pub(super) fn log_out(&mut self, session: &str) {
        self.sessions.remove(session);
    }

    pub(super) fn signed_in(&self, session: Option<&str>) -> Option<&User> {
        self.user(self.sessions.get(session?)?).filter(|user| user.active)
    }

    fn fresh_id(&self, app: &App) -> String {
        let mut serial = 0;
        loop {
            serial += 1;
            let id = (app.user_id)(serial);
            if self.user_with_id(&id).is_none() {
                return id;
            }
        }
    }
}
