//! A page of a list of the API.

/// A request for a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// The serial number, which identifies responses to older requests.
    pub attempt: u32,
    /// The search text.
    pub search: String,
    /// The cursor of the page; `None` for the first.
    pub cursor: Option<String>,
}

/// A page: its rows and the next cursor.
pub type Page<R> = (Vec<R>, Option<String>);
