//! The vendor of *Ledger* (`apps/ledger.toml`), an app of the tests that keeps to no standard.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use url::{Position, Url};
use workbot_vault::ports::HttpRequest;

/// The address of the vendor.
pub const LEDGER: &str = "https://ledger.example";

/// The vendor: what it got, and how it responds.
#[derive(Default)]
pub struct Ledger {
    /// The requests in order: method, path, authorization and body.
    pub requests: RefCell<Vec<String>>,
    /// The realm in the redirect back to the worker.
    pub realm: RefCell<String>,
    /// Whether it accepts no refresh token any more.
    pub is_refresh_dead: Cell<bool>,
    issued: Cell<u32>,
}

impl Ledger {
    /// The redirect after the person has consented.
    pub fn redirect(&self, authorize: &Url) -> String {
        let parameter =
            |name: &str| authorize.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        let mut to = Url::parse(&parameter("redirect_uri")).unwrap();
        to.query_pairs_mut()
            .append_pair("code", "c0de")
            .append_pair("state", &parameter("state"))
            .append_pair("realm", &self.realm.borrow())
            .append_pair("sub", "somebody else");
        to.into()
    }

    /// The response to a request of the vault with this method: status and body.
    pub fn respond(&self, method: &str, request: &HttpRequest) -> (u16, Vec<u8>) {
        let url = Url::parse(&request.url).unwrap();
        let authorization = request.secret.as_ref().map_or("-", |(_, value)| value.expose_secret());
        let body = String::from_utf8(request.body.clone().unwrap_or_default()).unwrap();
        let path = &url[Position::BeforePath..];
        self.requests.borrow_mut().push(format!("{} {path} {authorization} {body}", method));
        let (status, body) = match url.path() {
            "/refresh" if self.is_refresh_dead.get() => (400, json!({"error": "invalid_grant"})),
            "/token" | "/refresh" => (200, self.tokens()),
            path if path.ends_with("/companies") => (
                200,
                json!({"companies": [{"realm": 90, "id": "other"}, {"realm": 91, "id": "acme", "region": "eu"}]}),
            ),
            path if path.starts_with("/clients/") => (200, json!({})),
            path => panic!("unexpected request: {path}"),
        };
        (status, body.to_string().into_bytes())
    }

    fn tokens(&self) -> Value {
        let number = self.issued.get() + 1;
        self.issued.set(number);
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"ada-1","email":"ada@ledger.example"}"#);
        json!({
            "id_token": format!("e30.{claims}.c2ln"),
            "authed_user": {
                "access_token": format!("access-{number}"), "refresh_token": format!("refresh-{number}"),
                "expires_in": 3600
            }
        })
    }

    /// The requests to a path.
    pub fn requests_to(&self, path: &str) -> Vec<String> {
        self.requests.borrow().iter().filter(|request| request.contains(path)).cloned().collect()
    }
}
