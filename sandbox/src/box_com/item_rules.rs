//! Folders and files: owners, visibility and permitted locations.

use axum::http::StatusCode;
use serde_json::Value;

use super::error_response::Problem;
use super::json;
use crate::clock;
use crate::store::accounts::User;
use crate::store::box_com::{FileVersion, Item, ROOT, Store};

impl Store {
    /// All ids are numbers.
    pub(super) fn fresh_id(&mut self) -> String {
        self.serial += 1;
        (160_000_000_000 + self.serial).to_string()
    }

    /// The item with this id, if the user may see it.
    pub fn item(&self, user: &User, kind: &str, id: &str) -> Result<&Item, Problem> {
        self.items
            .iter()
            .find(|item| item.id == id && item.kind() == kind && item.is_open_to(user))
            .ok_or_else(Problem::not_found)
    }

    /// The same, to be changed.
    pub fn item_mut(&mut self, user: &User, kind: &str, id: &str) -> Result<&mut Item, Problem> {
        self.items
            .iter_mut()
            .find(|item| item.id == id && item.kind() == kind && item.is_open_to(user))
            .ok_or_else(Problem::not_found)
    }

    /// Inserts a new file or folder into a folder.
    pub fn add(
        &mut self,
        user: &User,
        client_id: &str,
        name: &str,
        parent: &str,
        file: Option<FileVersion>,
    ) -> Result<Item, Problem> {
        check_name(name)?;
        // In a shared folder, everything belongs to the folder's owner.
        let (owner, open_to) = match parent {
            ROOT => (user.username.clone(), None),
            id => {
                let folder = self.item(user, "folder", id)?;
                (folder.owner.clone(), folder.open_to.clone())
            }
        };
        self.check_free(user, parent, name, None)?;
        let now = clock::now_ms();
        let item = Item {
            id: self.fresh_id(),
            name: name.to_owned(),
            description: String::new(),
            parent: parent.to_owned(),
            owner,
            open_to,
            created_by: user.username.clone(),
            client_id: client_id.to_owned(),
            created: now,
            modified_by: user.username.clone(),
            modified: now,
            etag: 0,
            file,
            shared_link: None,
        };
        self.items.push(item.clone());
        Ok(item)
    }

    /// Checks that the name is unique in the folder for this user.
    pub fn check_free(
        &self,
        user: &User,
        folder: &str,
        name: &str,
        but: Option<&str>,
    ) -> Result<(), Problem> {
        let is_taken = |item: &&Item| item.name.eq_ignore_ascii_case(name) && Some(item.id.as_str()) != but;
        match self.children(user, folder).find(is_taken) {
            None => Ok(()),
            // Box returns a list of conflicting folders, but a single file.
            Some(item) if item.file.is_none() => {
                Err(Problem::name_in_use(Value::from(vec![json::mini(item)])))
            }
            Some(item) => Err(Problem::name_in_use(json::mini(item))),
        }
    }
}

/// Whether Box accepts a name.
pub fn check_name(name: &str) -> Result<(), Problem> {
    let is_wrong = name.contains(['/', '\\'])
        || name.contains(char::is_control)
        || matches!(name, "." | "..")
        || name.trim() != name;
    let problem = |code, message: &str| Err(Problem::new(StatusCode::BAD_REQUEST, code, message));
    if name.is_empty() {
        return Err(Problem::bad("missing_parameter", "name", "'name' is required"));
    }
    if is_wrong {
        return problem("item_name_invalid", "Item name invalid");
    }
    if name.chars().count() > 255 {
        return problem("item_name_too_long", "Item name too long");
    }
    Ok(())
}
