//! Folders and files: whose they are, who sees them, and where they may be put.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::problem::Problem;
use super::shared_links::SharedLink;
use super::{Store, shown};
use crate::clock;
use crate::oauth::User;

/// The id of everybody's own root folder.
pub const ROOT: &str = "0";

/// A folder or a file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Item {
    /// Digits.
    pub id: String,
    /// The name, unique in its folder.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The folder that it is in; `0` is the owner's root.
    pub parent: String,
    /// Whose it is: the login name.
    pub owner: String,
    /// The enterprise whose people work on it together with the owner.
    pub open_to: Option<String>,
    /// The login name of who made it.
    pub created_by: String,
    /// The client with which it was made.
    pub client_id: String,
    /// When, in ms.
    pub created: u64,
    /// The login name of who changed it last.
    pub modified_by: String,
    /// When, in ms.
    pub modified: u64,
    /// How often it was changed.
    pub etag: u32,
    /// Absent for folders.
    pub file: Option<FileVersion>,
    /// The link for others.
    pub shared_link: Option<SharedLink>,
}

/// What a file holds; the bytes themselves are not kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FileVersion {
    /// The id of the version.
    pub id: String,
    /// In bytes.
    pub size: usize,
    /// SHA-1 in hex.
    pub sha1: String,
}

impl Item {
    /// `folder` or `file`.
    pub fn kind(&self) -> &'static str {
        if self.file.is_some() { "file" } else { "folder" }
    }

    /// May this user see and change it?
    pub fn is_open_to(&self, user: &User) -> bool {
        self.owner == user.username || self.open_to.as_deref() == Some(user.org.as_str())
    }

    /// A change by this user.
    pub fn touch(&mut self, user: &User) {
        self.etag += 1;
        self.modified = clock::now_ms();
        self.modified_by.clone_from(&user.username);
    }
}

impl Store {
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

    /// What the user sees in a folder.
    pub fn children(&self, user: &User, folder: &str) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.parent == folder && item.is_open_to(user))
    }

    /// The folders above an item, the nearest first, without the root.
    pub fn above<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = &'a Item> {
        let parent = |item: &Item| self.items.iter().find(|folder| folder.id == item.parent);
        std::iter::successors(parent(item), move |folder| parent(folder))
    }

    /// Puts a new item, a file or a folder, into a folder.
    pub fn add(
        &mut self,
        user: &User,
        client_id: &str,
        name: &str,
        parent: &str,
        file: Option<FileVersion>,
    ) -> Result<Item, Problem> {
        check_name(name)?;
        // In a folder of several people everything belongs to the folder's owner.
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

    /// Nothing else that the user sees in the folder has this name.
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
            // Of folders there is a list, of files the one.
            Some(item) if item.file.is_none() => {
                Err(Problem::name_in_use(Value::from(vec![shown::mini(item)])))
            }
            Some(item) => Err(Problem::name_in_use(shown::mini(item))),
        }
    }
}

/// What Box accepts as a name.
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
