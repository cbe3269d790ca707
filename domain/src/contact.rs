//! A person as templates know them: by what the roster of a conversation says ("Get a single member", msteams-docs).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use workbot_shared::UserId;

/// Who gave a command, beyond their name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Their id in the directory.
    pub id: UserId,
    /// Their mail address, where the roster tells one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// The mail address in a roster's entry: its `email`, else a sign-in name that is one. A guest's sign-in name
/// (`…#EXT#@…`) receives no mail.
#[must_use]
pub fn email(entry: &Value) -> Option<String> {
    let text = |name: &str| entry.get(name)?.as_str().map(str::trim);
    let names = [text("email"), text("userPrincipalName"), text("upn")];
    let mut addresses = names.into_iter().flatten().filter(|text| is_address(text));
    addresses.next().map(str::to_owned)
}

/// Whether a text is one address, as far as that can be seen.
fn is_address(text: &str) -> bool {
    let inside =
        |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '#');
    text.len() <= 254
        && !text.contains(inside)
        && text.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty() && !host.contains('@') && host.trim_matches('.').contains('.')
        })
}

/// `person` of templates. An address that is not known is no value at all, so that nothing is sent in its place.
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
    fn the_address_is_the_rosters_or_a_sign_in_name_that_is_one() {
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
