//! Findings of the doctor, each with a fix. They contain no secret.

use std::fmt;

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Correct.
    Fine(String),
    /// Information; no action needed.
    Note(String),
    /// A problem.
    Problem {
        /// The problem.
        what: String,
        /// The fix.
        fix: String,
    },
}

impl Finding {
    /// A problem with its fix.
    pub fn problem(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Problem { what: what.into(), fix: fix.into() }
    }

    /// Whether the finding needs an action.
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
