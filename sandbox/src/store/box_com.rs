//! What Box keeps.

use serde::{Deserialize, Serialize};

use super::accounts::{Accounts, User};
use crate::clock;

/// Everything Box keeps.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Store {
    /// Users, sessions and grants.
    #[serde(flatten)]
    pub accounts: Accounts,
    /// Folders and files of all enterprises.
    pub items: Vec<Item>,
    /// What was said about files.
    pub comments: Vec<Comment>,
    /// What is to be done about files.
    pub tasks: Vec<Task>,
    /// Who deletes the first items does not want them back.
    pub(crate) items_seeded: bool,
    pub(crate) serial: u64,
}

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

/// The link of an item.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SharedLink {
    /// What its address ends in.
    pub(crate) name: String,
    pub(crate) access: String,
    pub(crate) unshared_at: Option<String>,
    pub(crate) has_password: bool,
    pub(crate) can_download: bool,
}

/// What somebody said about a file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Comment {
    /// Digits.
    pub id: String,
    /// The file's id.
    pub item: String,
    /// What was said.
    pub message: String,
    /// The login name of who said it.
    pub created_by: String,
    /// When, in ms.
    pub created: u64,
}

/// What is to be done about a file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Task {
    /// Digits.
    pub id: String,
    /// The file's id.
    pub item: String,
    /// `review` or `complete`.
    pub action: String,
    /// What is asked.
    pub message: String,
    /// Until when, as it was given.
    pub due_at: Option<String>,
    /// `all_assignees` or `any_assignee`.
    pub completion_rule: String,
    /// The login name of who asked.
    pub created_by: String,
    /// When, in ms.
    pub created: u64,
    /// Assignment ids, and the login names of who has to do it.
    pub assignments: Vec<(String, String)>,
}
