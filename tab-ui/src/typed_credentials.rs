//! The secret that an admin types for an app without logins: validated and converted to the request. Only the
//! form fields hold it until it is sent.

use workbot_shared::{Auth, SharedSecret};

/// The fields of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The user, for [`Auth::Basic`].
    User,
    /// The key or the password.
    Secret,
}

/// What to send.
///
/// # Errors
/// The first empty field.
pub fn from_typed(auth: Auth, user: &str, secret: String) -> Result<SharedSecret, Field> {
    // Spaces around a name or key come from copying; in a password they may be intended.
    let user = user.trim();
    if auth == Auth::Basic && user.is_empty() {
        return Err(Field::User);
    }
    if secret.trim().is_empty() {
        return Err(Field::Secret);
    }
    Ok(match auth {
        Auth::Basic => SharedSecret::Password { user: user.to_owned(), password: secret },
        Auth::ApiKey | Auth::Oauth2 => SharedSecret::Key { api_key: secret.trim().to_owned() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(auth: Auth, user: &str, secret: &str) -> Result<String, Field> {
        from_typed(auth, user, secret.into()).map(|secret| serde_json::to_string(&secret).unwrap())
    }

    #[test]
    fn an_empty_field_is_refused_where_it_is() {
        assert_eq!(sent(Auth::ApiKey, "", "  "), Err(Field::Secret));
        assert_eq!(sent(Auth::Basic, " ", "hunter2"), Err(Field::User));
        assert_eq!(sent(Auth::Basic, "svc", ""), Err(Field::Secret));
    }

    #[test]
    fn an_app_gets_what_it_takes() {
        assert_eq!(sent(Auth::ApiKey, "", "k1").unwrap(), r#"{"api_key":"k1"}"#);
        assert_eq!(sent(Auth::Basic, "svc", "p").unwrap(), r#"{"user":"svc","password":"p"}"#);
    }

    #[test]
    fn what_was_copied_along_with_a_key_is_left_out_but_a_password_stays_as_typed() {
        assert_eq!(sent(Auth::ApiKey, "", " k1\n").unwrap(), r#"{"api_key":"k1"}"#);
        assert_eq!(sent(Auth::Basic, " svc ", " p ").unwrap(), r#"{"user":"svc","password":" p "}"#);
    }
}
