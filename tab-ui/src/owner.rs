//! Whose connections a list shows.

/// Whose connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Those of the person who looks.
    Person,
    /// The company's, which its admins make.
    Company,
}

/// What leaving a connection means, with a recipe as the example, whose name is set apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Consequence<'a> {
    /// Before the name.
    pub lead: &'static str,
    /// The recipe.
    pub example: Option<&'a str>,
    /// After the name.
    pub rest: String,
}

impl Owner {
    /// Names the list in the page.
    pub fn page(self) -> &'static str {
        match self {
            Self::Person => "connections",
            Self::Company => "shared",
        }
    }
}
