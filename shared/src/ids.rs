//! Identifiers, a type each.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A text that is no valid identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdError {
    /// The expected kind, e.g. `tenant id`.
    pub kind: &'static str,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a {}", self.kind)
    }
}

impl std::error::Error for IdError {}

/// Directory ids are opaque: 1 to 128 printable ASCII characters. Real tenants send UUIDs, the Agents
/// Playground sends longer ids.
fn opaque(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.len() <= 128 && text.chars().all(|c| c.is_ascii_graphic());
    fits.then(|| text.to_ascii_lowercase())
}

/// Names of catalog files: 1 to 64 lower-case letters, digits, hyphens and underscores.
fn name(text: &str) -> Option<String> {
    let fits = !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    fits.then(|| text.to_owned())
}

/// Generated ids: 16 to 64 lower-case hexadecimal digits.
fn hex(text: &str) -> Option<String> {
    let fits =
        (16..=64).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    fits.then(|| text.to_owned())
}

macro_rules! id {
    ($(#[$doc:meta])* $type:ident, $rule:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// Parses an identifier into its canonical spelling.
            ///
            /// # Errors
            /// [`IdError`] if the text is no such identifier.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                $rule(text).map(Self).ok_or(IdError { kind: $kind })
            }

            /// The canonical spelling.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$type> for String {
            fn from(id: $type) -> Self {
                id.0
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
    /// A Microsoft Entra tenant (claim `tid`). Opaque, stored in lower case.
    TenantId, opaque, "tenant id"
);
id!(
    /// A person in a tenant (claim `oid`, in Teams `aadObjectId`). Opaque, stored in lower case.
    UserId, opaque, "user id"
);
id!(
    /// An app of the catalog: the name of its file, e.g. `salesforce`.
    AppId, name, "app id"
);
id!(
    /// A recipe of the catalog: the name of its file, e.g. `create-opportunity`.
    RecipeId, name, "recipe id"
);
id!(
    /// One execution of a recipe.
    RunId, hex, "run id"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_ids_are_opaque_and_compared_in_lower_case() {
        let playground = TenantId::parse("00000000-0000-0000-0000-0000000000001").unwrap();
        assert_eq!(playground.as_str().len(), 37);
        assert_eq!(UserId::parse("AbC-9").unwrap(), UserId::parse("aBc-9").unwrap());
    }

    #[test]
    fn what_cannot_be_an_id_is_refused() {
        assert!(TenantId::parse("").is_err());
        assert!(UserId::parse("a b").is_err());
        assert!(AppId::parse("../box").is_err());
        assert!(RunId::parse("XYZ").is_err());
        assert!(serde_json::from_str::<AppId>("\"Sales Force\"").is_err());
    }
}
