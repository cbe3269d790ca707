//! The data of Box.

use serde::{Deserialize, Serialize};

use super::accounts::{Accounts, User};
use crate::clock;

/// The data of Box.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Store {
    /// Users, sessions and grants.
    #[serde(flatten)]
    pub accounts: Accounts,
    /// Folders and files of all enterprises.
    pub items: Vec<Item>,
    /// Comments.
    pub comments: Vec<Comment>,
    /// Tasks.
    pub tasks: Vec<Task>,
    /// Whether the initial items were inserted, so that deleted ones do not come back.
    pub(crate) items_seeded: bool,
    pub(crate) serial: u64,
}

/// The id of every user's root folder.
pub const ROOT: &str = "0";

/// A folder or a file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Item {
    /// Digits.
    pub id: String,
    /// The name, unique in its folder.
    pub name: String,
    /// The description.
    pub description: String,
    /// The parent folder; `0` is the owner's root.
    pub parent: String,
    /// The owner's login name.
    pub owner: String,
    /// The enterprise whose people share it with the owner.
    pub open_to: Option<String>,
    /// The creator's login name.
    pub created_by: String,
    /// The creator's client.
    pub client_id: String,
    /// When, in ms.
    pub created: u64,
    /// The login name of the last editor.
    pub modified_by: String,
    /// When, in ms.
    pub modified: u64,
    /// The number of changes.
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

    /// Whether this user has access.
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

/// The metadata of a file's content. The bytes are not stored.
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
    /// The last part of its address.
    pub(crate) name: String,
    pub(crate) access: String,
    pub(crate) unshared_at: Option<String>,
    pub(crate) has_password: bool,
    pub(crate) can_download: bool,
}

/// A comment on a file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Comment {
    /// Digits.
    pub id: String,
    /// The file's id.
    pub item: String,
    /// The text.
    pub message: String,
    /// The author's login name.
    pub created_by: String,
    /// When, in ms.
    pub created: u64,
}

/// A task on a file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Task {
    /// Digits.
    pub id: String,
    /// The file's id.
    pub item: String,
    /// `review` or `complete`.
    pub action: String,
    /// The message.
    pub message: String,
    /// The due date, as given.
    pub due_at: Option<String>,
    /// `all_assignees` or `any_assignee`.
    pub completion_rule: String,
    /// The creator's login name.
    pub created_by: String,
    /// When, in ms.
    pub created: u64,
    /// Assignment ids with the assignees' login names.
    pub assignments: Vec<(String, String)>,
}
