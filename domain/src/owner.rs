//! The owners of connections, and the ids of their vaults.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use std::fmt;
use workbot_shared::{AppId, TenantId, UserId};

use crate::ids::Revision;

/// The owner of connections inside a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A person, with private connections.
    User(UserId),
    /// The tenant, with shared connections.
    Shared,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "u-{}", encode(user.as_str())),
            Self::Shared => f.write_str("shared"),
        }
    }
}

/// A person in a tenant who may complete a login.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// The tenant.
    pub tenant: TenantId,
    /// The person.
    pub user: UserId,
}

/// The id of an owner's vault. Each owner has exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VaultId {
    /// The tenant.
    pub tenant: TenantId,
    /// The owner.
    pub owner: Owner,
}

impl VaultId {
    /// Returns the id of the vault with a person's private connections and runs.
    #[must_use]
    pub fn of(subject: &Subject) -> Self {
        Self { tenant: subject.tenant.clone(), owner: Owner::User(subject.user.clone()) }
    }

    /// Returns the id of the vault with a tenant's shared connections.
    #[must_use]
    pub fn shared(tenant: &TenantId) -> Self {
        Self { tenant: tenant.clone(), owner: Owner::Shared }
    }

    /// Returns the name of the vault's Durable Object: `{tenant}/{owner}`, percent-encoded.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", encode(self.tenant.as_str()), self.owner)
    }

    /// Parses a name. Returns `None` for any other text.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let (tenant, owner) = name.split_once('/')?;
        let tenant = TenantId::parse(&decode(tenant)?).ok()?;
        let owner = match owner.strip_prefix("u-") {
            Some(user) => Owner::User(UserId::parse(&decode(user)?).ok()?),
            None if owner == "shared" => Owner::Shared,
            None => return None,
        };
        Some(Self { tenant, owner })
    }

    /// Returns the id of a Durable Object's vault: from the name that the runtime provides, else from the
    /// stored one.
    #[must_use]
    pub fn of_object(given: Option<&str>, stored: Option<&str>) -> Option<Self> {
        given.or(stored).and_then(Self::from_name)
    }

    /// Returns the KV key of one revision of a connection: `connection/v1/{tenant}/{owner}/{app}/{revision}`.
    ///
    /// ```
    /// use workbot_domain::owner::VaultId;
    /// use workbot_shared::{AppId, TenantId};
    ///
    /// let vault = VaultId::shared(&TenantId::parse("Contoso").unwrap());
    /// let app = AppId::parse("box").unwrap();
    /// assert_eq!(vault.kv_key(&app, &"r1".into()), "connection/v1/contoso/shared/box/r1");
    /// ```
    #[must_use]
    pub fn kv_key(&self, app: &AppId, revision: &Revision) -> String {
        format!(
            "connection/v1/{}/{}/{}/{}",
            encode(self.tenant.as_str()),
            self.owner,
            app,
            encode(revision.as_str())
        )
    }
}

/// All characters except the unreserved ones (RFC 3986 section 2.3), so that no encoded id contains a `/`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> VaultId {
        VaultId {
            tenant: TenantId::parse("T/1").unwrap(),
            owner: Owner::User(UserId::parse("Ada@x").unwrap()),
        }
    }

    #[test]
    fn a_kv_key_is_lower_case_and_percent_encoded() {
        let app = AppId::parse("salesforce").unwrap();
        assert_eq!(vault().kv_key(&app, &"r1".into()), "connection/v1/t%2F1/u-ada%40x/salesforce/r1");
        let shared = VaultId { owner: Owner::Shared, ..vault() };
        assert_eq!(shared.kv_key(&app, &"r1".into()), "connection/v1/t%2F1/shared/salesforce/r1");
    }

    #[test]
    fn a_vault_knows_its_owner_from_its_name() {
        assert_eq!(VaultId::from_name(&vault().name()), Some(vault()));
        assert_eq!(VaultId::from_name("t/everyone"), None);
        assert_eq!(VaultId::from_name("t/u-%ff"), None);
    }

    #[test]
    fn a_vault_without_a_provided_name_uses_the_stored_one() {
        let (own, other) = (vault().name(), "t/shared".to_owned());
        assert_eq!(VaultId::of_object(None, Some(&own)), Some(vault()));
        assert_eq!(VaultId::of_object(Some(&own), None), Some(vault()));
        assert_eq!(
            VaultId::of_object(Some(&own), Some(&other)),
            Some(vault()),
            "the name from the runtime wins"
        );
        assert_eq!(VaultId::of_object(None, None), None);
    }
}
