//! Client authentication at an app's token and revocation endpoints.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// Returns the value of the header `Authorization` for HTTP Basic client authentication. Id and secret are
/// form-urlencoded before they are joined (RFC 6749 section 2.3.1).
#[must_use]
pub fn basic_credentials(client_id: &str, client_secret: &SecretString) -> SecretString {
    let written = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", written(client_id), written(client_secret.expose_secret()));
    format!("Basic {}", STANDARD.encode(pair)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_authenticates_with_its_form_urlencoded_id_and_secret() {
        let sent = basic_credentials("work bot", &"s+/%:&=".into());
        let written = STANDARD.encode("work+bot:s%2B%2F%25%3A%26%3D");
        assert_eq!(sent.expose_secret(), format!("Basic {written}"));
    }
}
