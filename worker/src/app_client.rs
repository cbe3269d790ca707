//! Calls to apps: who is connected, an action, a revocation. Tokens go to the app's own hosts only.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::form_urlencoded::Serializer;
use workbot_domain::call::{Outcome, address, app_values, outcome, request};
use workbot_domain::catalogue::{Action, App, ClientAuth, Method as AppMethod};
use workbot_domain::config::{AppSetup, Config};
use workbot_domain::connection::{AccountIdentity, TokenSet};
use workbot_domain::grant::identity;
use workbot_domain::template::Target;
use workbot_shared::AppId;
use worker::Method;

use crate::catalogue::catalogue;
use crate::oauth_client::OAuthClient;
use crate::outgoing::Outgoing;

/// An app that is set up here.
#[derive(Clone, Copy)]
pub struct AppClient<'a> {
    pub app: &'static App,
    pub setup: &'a AppSetup,
    config: &'a Config,
}

/// What a revocation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// Revoked, or it was gone already.
    Done,
    /// The app could not be reached.
    Later,
    /// The app has no revocation.
    Unsupported,
}

impl<'a> AppClient<'a> {
    /// `None` when the app is not in the catalogue or not set up.
    pub fn of(config: &'a Config, app: &AppId) -> Option<Self> {
        Some(Self { app: catalogue().apps.get(app)?, setup: config.apps.get(app)?, config })
    }

    fn values(&self, tokens: Option<&TokenSet>) -> Value {
        app_values(self.setup, tokens.map(|tokens| &tokens.kept).unwrap_or(&serde_json::Map::new()))
    }

    /// Our OAuth client at the app. `None` when its addresses cannot be made: a mistake of configuration.
    pub fn oauth(&self) -> Option<OAuthClient> {
        let oauth2 = self.app.oauth2.as_ref()?;
        let values = self.values(None);
        let url = |template| address(self.app, template, Target::Plain, &values).ok();
        Some(OAuthClient {
            authorize_url: url(&oauth2.authorize_url)?,
            token_url: url(&oauth2.token_url)?,
            client_id: self.setup.client_id.clone(),
            client_secret: self.setup.client_secret.clone(),
            client_auth: oauth2.client_auth,
            redirect_uri: format!("{}/oauth/callback", self.config.public_url),
            pkce: oauth2.pkce,
        })
    }

    /// Asks the app who is connected. `None` when it does not say.
    pub async fn account(&self, tokens: &TokenSet) -> Option<AccountIdentity> {
        let account = self.app.account.as_ref()?;
        let url = address(self.app, &account.url, Target::Plain, &self.values(Some(tokens))).ok()?;
        let request = Outgoing::new(Method::Get, url.as_str()).bearer(tokens.access_token.clone());
        let answer = request.send().await.ok().filter(|answer| answer.is_success())?;
        identity(&answer.json::<Value>()?, account)
    }

    /// Calls an action.
    pub async fn call(&self, action: &Action, with: &Value, tokens: &TokenSet) -> Outcome {
        let values = self.values(Some(tokens));
        let request = match request(self.app, action, &values, with) {
            Ok(request) => request,
            Err(mistake) => return Outcome::Refused { message: mistake.to_string() },
        };
        let method = match request.method {
            AppMethod::Get => Method::Get,
            AppMethod::Post => Method::Post,
            AppMethod::Put => Method::Put,
            AppMethod::Patch => Method::Patch,
            AppMethod::Delete => Method::Delete,
        };
        let mut outgoing = Outgoing::new(method, request.url.as_str()).bearer(tokens.access_token.clone());
        outgoing.headers.extend(request.headers);
        if let Some(body) = &request.body {
            outgoing = outgoing.json(body);
        }
        match outgoing.send().await {
            Ok(answer) => {
                let mut values = values;
                if let Some(object) = values.as_object_mut() {
                    object.insert("with".to_owned(), with.clone());
                }
                outcome(self.app, action, answer.status, answer.json::<Value>().as_ref(), &values)
            }
            Err(_) => Outcome::Unknown,
        }
    }

    /// Revokes a token (RFC 7009 section 2.1). A token that the app does not know is as good as revoked.
    pub async fn revoke(&self, token: &SecretString) -> Revoked {
        let Some(oauth2) = &self.app.oauth2 else { return Revoked::Unsupported };
        let Some(template) = &oauth2.revoke_url else { return Revoked::Unsupported };
        let Ok(url) = address(self.app, template, Target::Plain, &self.values(None)) else {
            return Revoked::Later;
        };
        let mut form = Serializer::new(String::new());
        form.append_pair("token", token.expose_secret());
        if oauth2.client_auth == ClientAuth::Body {
            form.append_pair("client_id", &self.setup.client_id);
            form.append_pair("client_secret", self.setup.client_secret.expose_secret());
        }
        let mut request = Outgoing::new(Method::Post, url.as_str());
        request.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        request.body = Some(form.finish().into_bytes());
        match request.send().await {
            Ok(answer) if answer.is_success() || answer.status == 400 => Revoked::Done,
            _ => Revoked::Later,
        }
    }
}
