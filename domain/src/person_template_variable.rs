//! The template variable `person`, from the roster of a conversation ("Get a single member", msteams-docs).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use workbot_shared::UserId;

/// The person who gave a command, beyond their name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The Entra object id.
    pub id: UserId,
    /// The email address, if the roster has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// Returns the email address in a roster entry: its `email`, else a sign-in name that is an address. A
/// guest's sign-in name (`…#EXT#@…`) receives no mail.
#[must_use]
pub fn email(entry: &Value) -> Option<String> {
    let text = |name: &str| entry.get(name)?.as_str().map(str::trim);
    let names = [text("email"), text("userPrincipalName"), text("upn")];
    let mut addresses = names.into_iter().flatten().filter(|text| is_address(text));
    addresses.next().map(str::to_owned)
}

/// Whether a text looks like exactly one email address.
fn is_address(text: &str) -> bool {
    let inside =
        |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '#');
    text.len() <= 254
        && !text.contains(inside)
        && text.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty() && !host.contains('@') && host.trim_matches('.').contains('.')
        })
}

/// Returns the template variable `person`. An unknown address is absent, so that a template that needs it
/// fails instead of sending an empty value.
#[must_use]
pub fn in_templates(name: &str, contact: Option<&Contact>) -> Value {
    let mut person = json!({ "name": name });
    if let (Some(person), Some(contact)) = (person.as_object_mut(), contact) {
        person.insert("id".to_owned(), contact.id.as_str().into());
        person.extend(contact.email.iter().map(|email| ("email".to_owned(), email.as_str().into())));
    }
    person
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_rosters_or_an_address_like_sign_in_name() {
        for (entry, expected) in [
            (
                json!({"email": "ada@contoso.com", "userPrincipalName": "a.l@contoso.com"}),
                Some("ada@contoso.com"),
            ),
            (json!({"email": null, "userPrincipalName": "a.l@contoso.com"}), Some("a.l@contoso.com")),
            (json!({"email": "", "userPrincipalName": "a.l@contoso.com"}), Some("a.l@contoso.com")),
            (json!({"email": " ada@contoso.com "}), Some("ada@contoso.com")),
            (json!({"email": {}, "upn": "a.l@contoso.com"}), Some("a.l@contoso.com")),
            (json!({"userPrincipalName": "bob_fabrikam.com#EXT#@contoso.onmicrosoft.com"}), None),
            (
                json!({"email": "bob@fabrikam.com", "userPrincipalName": "bob_fabrikam.com#EXT#@contoso.com"}),
                Some("bob@fabrikam.com"),
            ),
            (json!({"email": "Ada <ada@contoso.com>"}), None),
            (json!({"email": "ada@contoso.com, bob@contoso.com"}), None),
            (json!({"email": "ada@localhost"}), None),
            (json!({"email": "ada"}), None),
            (json!({}), None),
            (json!(null), None),
            (json!([]), None),
        ] {
            assert_eq!(email(&entry).as_deref(), expected, "{entry}");
        }
    }
}
