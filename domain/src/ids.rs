//! Ids that this deployment generates, or that Teams does. Each is a type of its own, so that none takes the
//! place of another.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(String);

        impl $type {
            /// As it is stored.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $type {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// One token set of a connection. Each refresh makes a new one, and none is ever changed.
    Revision
);
id!(
    /// One life of a Durable Object: from its start in memory to its eviction.
    Incarnation
);
id!(
    /// A login ticket: the link with which its subject may log in to one app.
    TicketId
);
id!(
    /// One browser's attempt at a ticket.
    AttemptId
);

id!(
    /// A person's consent that one agent acts for them.
    GrantId
);
id!(
    /// An activity of the Bot Framework, as Teams names it: a person's message, or one of the bot. Empty if
    /// the response to a sent message named none.
    ActivityId
);

/// The version of a stored run. A save names the version that was read, and fails if another writer was
/// faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunVersion(pub i64);

impl RunVersion {
    /// The version of a run that is not saved again yet.
    pub const FIRST: Self = Self(1);

    /// The version after a save.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
