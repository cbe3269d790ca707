//! The account behind a connection, and the company boundary.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalog::Account;

/// The account of a connection, as the app identifies it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountIdentity {
    /// The name that a person recognises, e.g. `ada@contoso.com`.
    pub label: String,
    /// The account's id at the app.
    pub id: String,
    /// The id of the account's organization at the app (e.g. the Salesforce organization id), if the app's
    /// file names one.
    pub instance: Option<String>,
}

/// Why the app does not identify the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The token or key is dead: status 401, the app's own word for it, or no account behind it.
    #[error("the token is dead")]
    Dead,
    /// The app refuses the token or key (status 403).
    #[error("the app refused the account call")]
    Refused,
    /// The response does not identify an account.
    #[error("the response does not identify an account")]
    Unreadable,
    /// The account is not in the organization that the app's file names.
    #[error("the account is in another organization")]
    OtherOrganization,
    /// The app did not respond.
    #[error("the app did not respond")]
    Unreachable,
}

/// Reads the account from the response of the account call, or from the token response, by the JSON pointers
/// in the app's file. Returns `None` if the id or every label is missing.
#[must_use]
pub fn identity(response: &Value, account: &Account) -> Option<AccountIdentity> {
    let text = |pointer: &String| match response.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Some(AccountIdentity {
        label: account.label.iter().find_map(text)?,
        id: text(&account.id)?,
        instance: account.instance.as_ref().and_then(text),
    })
}

/// Checks the company boundary: whether an account of `instance` may be connected in this tenant.
///
/// The instance has to equal that of the tenant's shared connection, or be in `allowed`. Without a shared
/// connection and with an empty `allowed` list there is no boundary.
#[must_use]
pub fn within_company(instance: Option<&str>, shared_instance: Option<&str>, allowed: &[String]) -> bool {
    match (shared_instance, allowed.is_empty()) {
        (None, true) => true,
        (shared, _) => {
            instance.is_some_and(|own| shared == Some(own) || allowed.iter().any(|listed| listed == own))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use serde_json::json;
    use workbot_shared::AppId;

    #[test]
    fn the_account_is_named_by_its_first_label() {
        let account = real_catalog().apps[&AppId::parse("salesforce").unwrap()].account.clone();
        let full = json!({"username": "ada@contoso.com", "user_id": "005", "organization_id": "00D"});
        assert_eq!(identity(&full, &account).unwrap().label, "ada@contoso.com");
        let fallback = json!({"username": "", "email": "a@b.c", "user_id": 5});
        let identity_of_fallback = identity(&fallback, &account).unwrap();
        assert_eq!((identity_of_fallback.label.as_str(), identity_of_fallback.id.as_str()), ("a@b.c", "5"));
        assert_eq!(identity(&json!({"username": "ada"}), &account), None);
    }

    #[test]
    fn an_account_of_another_company_is_refused() {
        let list = vec!["00D1".to_owned()];
        assert!(within_company(Some("00D9"), None, &[]));
        assert!(within_company(Some("00D1"), None, &list));
        assert!(within_company(Some("00D2"), Some("00D2"), &list));
        assert!(!within_company(Some("00D9"), Some("00D2"), &list));
        assert!(!within_company(Some("00D9"), Some("00D2"), &[]));
        assert!(!within_company(None, None, &list));
    }
}
