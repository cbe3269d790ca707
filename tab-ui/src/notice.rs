//! What was done.

/// A result, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What was done: the first sentence stands out.
    pub text: String,
    /// The page where the person does the rest.
    pub link: Option<String>,
}

impl From<String> for Notice {
    fn from(text: String) -> Self {
        Self { text, link: None }
    }
}
