//! Each app with OAuth as a client of it has to know it: where things are, from the login to the tokens.

use axum::http::StatusCode;
use serde_json::Value;

use crate::fixture::{Response, VERIFIER, WORKER, World, challenge, changed};

pub struct App {
    pub name: &'static str,
    pub client: (&'static str, &'static str),
    pub authorize: &'static str,
    pub home: &'static str,
    pub token: &'static str,
    revoke: &'static str,
    scope: &'static str,
    /// Opens for any good access token of Contoso's.
    pub door: &'static str,
}

pub static SALESFORCE: App = App {
    name: "salesforce",
    client: ("app", "app-secret"),
    authorize: "/salesforce/services/oauth2/authorize",
    home: "/salesforce",
    token: "/salesforce/services/oauth2/token",
    revoke: "/salesforce/services/oauth2/revoke",
    scope: "api id refresh_token",
    door: "/salesforce-org/00Dxx0000001gPLEAY/services/data/v65.0/limits",
};

pub static BOX: App = App {
    name: "box",
    client: ("box-app", "box-secret"),
    authorize: "/box-account/api/oauth2/authorize",
    home: "/box-account",
    token: "/box-api/oauth2/token",
    revoke: "/box-api/oauth2/revoke",
    scope: "root_readwrite",
    door: "/box-api/2.0/users/me",
};

pub static SERVICENOW: App = App {
    name: "servicenow",
    client: ("snow-app", "snow-secret"),
    authorize: "/servicenow/oauth_auth.do",
    home: "/servicenow",
    token: "/servicenow/oauth_token.do",
    revoke: "/servicenow/oauth_revoke_token.do",
    scope: "useraccount",
    door: "/servicenow/api/now/ui/user/current_user",
};

pub static APPS: [&App; 3] = [&SALESFORCE, &SERVICENOW, &BOX];

pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

impl App {
    /// The redirect URI that is registered there.
    pub fn callback(&self) -> String {
        format!("{WORKER}/oauth/callback/{}", self.name)
    }

    /// The authorization request, with some parameters changed, or without those that are empty now.
    pub fn query(&self, changes: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        let query = vec![
            ("client_id", self.client.0.to_owned()),
            ("redirect_uri", self.callback()),
            ("response_type", "code".to_owned()),
            ("scope", self.scope.to_owned()),
            ("state", "s1".to_owned()),
            ("code_challenge", challenge()),
            ("code_challenge_method", "S256".to_owned()),
        ];
        changed(query, changes)
    }

    fn request(&self, changes: &[(&'static str, &str)]) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.query(changes)).finish()
    }

    pub async fn authorize(&self, world: &mut World, changes: &[(&'static str, &str)]) -> Response {
        let query = self.query(changes);
        let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        world.get(self.authorize, &query).await
    }

    pub async fn log_in(&self, world: &mut World, username: &str) -> Response {
        let request = self.request(&[]);
        let form = [("request", request.as_str()), ("username", username), ("password", "sandbox")];
        world.post(&format!("{}/login", self.home), &form).await
    }

    pub async fn decide(&self, world: &mut World, decision: &str) -> Response {
        self.decide_on(world, decision, &[]).await
    }

    async fn decide_on(
        &self,
        world: &mut World,
        decision: &str,
        changes: &[(&'static str, &str)],
    ) -> Response {
        let form = [("request", self.request(changes)), ("decision", decision.to_owned())];
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        world.post(&format!("{}/consent", self.home), &form).await
    }

    /// A code that a user just gave.
    pub async fn code(&self, world: &mut World, username: &str) -> String {
        self.log_in(world, username).await;
        self.decide(world, "allow").await.parameter("code").unwrap()
    }

    pub async fn token_response(&self, world: &mut World, form: &[(&str, &str)]) -> Response {
        let mut whole = vec![("client_id", self.client.0), ("client_secret", self.client.1)];
        whole.extend_from_slice(form);
        world.post(self.token, &whole).await
    }

    pub async fn redeem(&self, world: &mut World, code: &str, verifier: &str) -> Response {
        let callback = self.callback();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &callback),
            ("code_verifier", verifier),
        ];
        self.token_response(world, &form).await
    }

    /// A new grant, from login to tokens.
    pub async fn grant(&self, world: &mut World, username: &str) -> Value {
        let code = self.code(world, username).await;
        self.redeem(world, &code, VERIFIER).await.json()
    }

    /// The same, for other scopes than the usual ones.
    pub async fn grant_of_scope(&self, world: &mut World, username: &str, scope: &str) -> Value {
        self.log_in(world, username).await;
        let code = self.decide_on(world, "allow", &[("scope", scope)]).await.parameter("code").unwrap();
        self.redeem(world, &code, VERIFIER).await.json()
    }

    pub async fn refresh_response(&self, world: &mut World, refresh_token: &str) -> Response {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        self.token_response(world, &form).await
    }

    pub async fn refresh(&self, world: &mut World, refresh_token: &str) -> Value {
        self.refresh_response(world, refresh_token).await.json()
    }

    pub async fn revoke(&self, world: &mut World, token: &str) -> Response {
        let form = [("token", token), ("client_id", self.client.0), ("client_secret", self.client.1)];
        world.post(self.revoke, &form).await
    }

    /// Does this access token still open anything?
    pub async fn is_let_in(&self, world: &mut World, access_token: &str) -> bool {
        world.get_as(access_token, self.door, &[]).await.status == StatusCode::OK
    }
}
