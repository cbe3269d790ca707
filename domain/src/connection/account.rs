//! Who is connected, as the app names them; and whether an account is of the company.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalog::Account;

/// Who is connected, as the app names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountIdentity {
    /// What a person recognises, e.g. `ada@contoso.com`.
    pub label: String,
    /// The account's id at the app.
    pub id: String,
    /// The account's company at the app.
    pub instance: Option<String>,
}

/// Why it is not known who is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The token or key is dead: 401, the app's own word for that, or nobody behind it.
    #[error("the app no longer takes the token")]
    Dead,
    /// The app does not accept the token or key: 403.
    #[error("the app refuses")]
    Refused,
    /// The response does not say who is connected.
    #[error("the app's response does not name an account")]
    Unreadable,
    /// The app did not respond.
    #[error("the app did not respond")]
    Unreachable,
}

/// Reads who is connected out of the account answer; `None` when the id or every label is missing.
#[must_use]
pub fn identity(answer: &Value, account: &Account) -> Option<AccountIdentity> {
    let text = |pointer: &String| match answer.pointer(pointer)? {
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

/// The company boundary: whether an account's instance may be connected here.
///
/// It must be that of the tenant's shared connection, if there is one, or be listed, if there is a list.
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
    fn the_account_is_named_by_the_first_label_there_is() {
        let account = real_catalog().apps[&AppId::parse("salesforce").unwrap()].account.clone();
        let full = json!({"username": "ada@contoso.com", "user_id": "005", "organization_id": "00D"});
        assert_eq!(identity(&full, &account).unwrap().label, "ada@contoso.com");
        let fallback = json!({"username": "", "email": "a@b.c", "user_id": 5});
        let identity_of_fallback = identity(&fallback, &account).unwrap();
        assert_eq!((identity_of_fallback.label.as_str(), identity_of_fallback.id.as_str()), ("a@b.c", "5"));
        assert_eq!(identity(&json!({"username": "ada"}), &account), None);
    }

    #[test]
    fn an_account_of_another_company_is_kept_out() {
        let list = vec!["00D1".to_owned()];
        assert!(within_company(Some("00D9"), None, &[]));
        assert!(within_company(Some("00D1"), None, &list));
        assert!(within_company(Some("00D2"), Some("00D2"), &list));
        assert!(!within_company(Some("00D9"), Some("00D2"), &list));
        assert!(!within_company(Some("00D9"), Some("00D2"), &[]));
        assert!(!within_company(None, None, &list));
    }
}
