//! The tree of folders.

use crate::store::accounts::User;
use crate::store::box_com::{Item, Store};

impl Store {
    /// The items of a folder that the user can see.
    pub fn children(&self, user: &User, folder: &str) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.parent == folder && item.is_open_to(user))
    }

    /// The folders above an item, the nearest first, without the root.
    pub fn above<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = &'a Item> {
        let parent = |item: &Item| self.items.iter().find(|folder| folder.id == item.parent);
        std::iter::successors(parent(item), move |folder| parent(folder))
    }
}
