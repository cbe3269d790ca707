//! One thing that was found, with what to do about it. Holds no secret.

use std::fmt;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// As it should be.
    Fine(String),
    /// Good to know; nothing has to be done.
    Note(String),
    /// It will hurt.
    Problem {
        /// What is wrong.
        what: String,
        /// What to do.
        fix: String,
    },
}

impl Finding {
    /// Something that will hurt, and what to do.
    pub fn problem(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Problem { what: what.into(), fix: fix.into() }
    }

    /// Whether something has to be done.
    pub fn is_problem(&self) -> bool {
        matches!(self, Self::Problem { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fine(what) => write!(f, "  ✓ {what}"),
            Self::Note(what) => write!(f, "  · {what}"),
            Self::Problem { what, fix } => write!(f, "  ✗ {what}\n      {fix}"),
        }
    }
}
