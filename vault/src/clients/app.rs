//! HTTP requests to apps: the account, an action, a revocation. Tokens are sent only to the hosts that the
//! app's file allows.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::time::Duration;
use url::Url;
use url::form_urlencoded::Serializer;
use workbot_domain::call::{
    AppRequest, CallError, Outcome, account as read_account, action_values, address, app_values, append,
    authorization, in_context, is_html, next_page, outcome, parse_body, request,
};
use workbot_domain::catalog::{Action, App, ClientAuth, Method};
use workbot_domain::config::{AppSetup, Config};
use workbot_domain::connection::account::IdentityError;
use workbot_domain::connection::revocation::{RevocationResponse, TokenRevocation, classify_revocation};
use workbot_domain::connection::{AccountIdentity, TokenSet, basic_credentials};
use workbot_domain::login::redirect_uri;
use workbot_domain::run::{MOST_KEPT, size};
use workbot_domain::template::{Target, TemplateError};
use workbot_shared::AppId;

use super::http::{self, Response};
use super::oauth::OAuthClient;
use crate::installed_catalog::catalog;
use crate::isolate::Isolate;
use crate::ports::HttpRequest;

/// A client of one app, with the app's configuration in this deployment.
#[derive(Clone, Copy)]
pub struct AppClient<'a> {
    /// The app's id.
    pub id: &'static AppId,
    /// The app's entry in the catalog.
    pub app: &'static App,
    /// The app's configuration in this deployment: variables, client id and secret.
    pub setup: &'a AppSetup,
    config: &'a Config,
    isolate: &'a Isolate,
}

impl<'a> AppClient<'a> {
    /// Returns `None` if the catalog lacks the app or this deployment does not configure it.
    pub fn of(isolate: &'a Isolate, config: &'a Config, app: &AppId) -> Option<Self> {
        let (id, app) = catalog().apps.get_key_value(app)?;
        Some(Self { id, app, setup: config.apps.get(id)?, config, isolate })
    }

    fn values(&self, tokens: Option<&TokenSet>) -> Value {
        app_values(self.setup, tokens.map(|tokens| &tokens.kept).unwrap_or(&serde_json::Map::new()))
    }

    /// This deployment's OAuth client at the app. `None` for an app without OAuth, without a client id, or
    /// whose configured addresses are invalid.
    pub fn oauth(&self) -> Option<OAuthClient> {
        let (oauth2, client) = (self.app.oauth2.as_ref()?, self.setup.client.as_ref()?);
        let values = self.values(None);
        let url = |template| address(self.app, template, Target::Plain, &values).ok();
        Some(OAuthClient {
            authorize_url: url(&oauth2.authorize_url)?,
            token_url: url(&oauth2.token_url)?,
            client_id: client.id.clone(),
            client_secret: client.secret.clone(),
            client_auth: oauth2.client_auth,
            token_request: oauth2.token_request,
            token_params: oauth2.token_params.clone(),
            redirect_uri: redirect_uri(&self.config.public_url, self.id),
            pkce: oauth2.pkce,
        })
    }

    /// The issuer that the app's authorization responses name in `iss` (RFC 9207 section 2). `None` if the
    /// app's file names none.
    ///
    /// # Errors
    /// When the template in the app's file cannot be rendered.
    pub fn issuer(&self) -> Result<Option<String>, TemplateError> {
        let template = self.app.oauth2.as_ref().and_then(|oauth2| oauth2.issuer.as_ref());
        let issuer = template.map(|issuer| issuer.render(Target::Plain, &self.values(None))).transpose()?;
        Ok(issuer.filter(|issuer| !issuer.is_empty()))
    }

    /// A request with the app's credentials in a header.
    fn request(&self, method: Method, url: &Url, tokens: &TokenSet) -> Result<HttpRequest, CallError> {
        let (header, value) = authorization(self.app, tokens)?;
        Ok(HttpRequest::new(method, url.as_str()).secret(header, value))
    }

    /// Reads the account that the tokens belong to.
    ///
    /// # Errors
    /// [`IdentityError`] says whether the tokens are dead, the app refused, the response cannot be read, or
    /// no response came.
    pub async fn account(&self, tokens: &TokenSet) -> Result<AccountIdentity, IdentityError> {
        let url = address(self.app, &self.app.account.url, Target::Plain, &self.values(Some(tokens)));
        let request = url.ok().and_then(|url| self.request(Method::Get, &url, tokens).ok());
        // The token response named values that do not form an address of the app.
        let response = http::send(self.isolate, request.ok_or(IdentityError::Unreadable)?).await;
        let response = response.map_err(|_| IdentityError::Unreachable)?;
        read_account(self.app, response.status, &response.body)
    }

    /// The page where a person revokes Workbot's access themselves, if the app has one.
    pub fn manage_url(&self) -> Option<String> {
        self.app.manage_url.as_ref()?.render(Target::Plain, &self.values(None)).ok()
    }

    /// Calls an action and reads a paged list, up to the number of pages that the action allows and
    /// [`MOST_KEPT`] bytes. Returns the outcome and the `Retry-After` of a busy app. `context` holds the
    /// run's values for the templates.
    pub async fn call(
        &self,
        action: &Action,
        with: &Value,
        tokens: &TokenSet,
        context: Value,
    ) -> (Outcome, Option<Duration>) {
        let values = action_values(in_context(self.values(Some(tokens)), context), action, with);
        let mut request = match request(self.app, action, &values) {
            Ok(request) => request,
            Err(_) => return (Outcome::NotSent, None),
        };
        let mut before: Option<Value> = None;
        for read in 1.. {
            let response = match self.send(request.clone(), tokens).await {
                Ok(response) => response,
                Err(outcome) => return (outcome, None),
            };
            let (status, body) = (response.status, parse_body(response.status, &response.body));
            let page = match outcome(self.app, action, status, body.as_ref(), &values) {
                Outcome::Done(_) if body.is_none() && is_html(&response.body) => {
                    return (Outcome::Unknown, None);
                }
                Outcome::Done(page) => page,
                other => return (other, response.retry_after),
            };
            match &mut before {
                Some(before) => append(action, before, page),
                None => before = Some(page),
            }
            let body = body.unwrap_or_default();
            match next_page(self.app, action, &values, &request, &body, read) {
                // Stop after the limit of what a run keeps.
                Some(next) if before.as_ref().is_none_or(|before| size(before) <= MOST_KEPT) => {
                    request = next
                }
                _ => break,
            }
        }
        (Outcome::Done(before.unwrap_or_default()), None)
    }

    async fn send(&self, request: AppRequest, tokens: &TokenSet) -> Result<Response, Outcome> {
        let mut outgoing =
            self.request(request.method, &request.url, tokens).map_err(|_| Outcome::NotSent)?;
        outgoing.headers.extend(request.headers);
        if let Some(body) = request.body {
            let (content_type, bytes) = body.encoded();
            outgoing.headers.push(("content-type".to_owned(), content_type));
            outgoing.body = Some(bytes);
        }
        http::send(self.isolate, outgoing).await.map_err(|_| Outcome::Unknown)
    }

    /// Revokes a token (RFC 7009 section 2.1). A token that the app does not know counts as revoked (section
    /// 2.2).
    pub async fn revoke(&self, token: &SecretString) -> TokenRevocation {
        let Some(oauth2) = &self.app.oauth2 else { return TokenRevocation::Unsupported };
        let (Some(template), Some(client)) = (&oauth2.revoke_url, &self.setup.client) else {
            return TokenRevocation::Unsupported;
        };
        let Ok(url) = address(self.app, template, Target::Plain, &self.values(None)) else {
            return TokenRevocation::Later(Duration::ZERO);
        };
        let mut form = Serializer::new(String::new());
        form.append_pair("token", token.expose_secret());
        let mut request = HttpRequest::new(Method::Post, url.as_str());
        match oauth2.client_auth {
            ClientAuth::Body => {
                form.append_pair("client_id", &client.id);
                form.append_pair("client_secret", client.secret.expose_secret());
            }
            ClientAuth::Basic => {
                request = request.secret("authorization", basic_credentials(&client.id, &client.secret));
            }
        }
        let sent = http::send(self.isolate, request.form(form.finish())).await;
        let Ok(response) = sent else { return TokenRevocation::Later(Duration::ZERO) };
        match classify_revocation(response.status, &response.body) {
            RevocationResponse::Revoked => TokenRevocation::Done,
            RevocationResponse::Refused => TokenRevocation::Refused { status: response.status },
            RevocationResponse::Unavailable => {
                TokenRevocation::Later(response.retry_after.unwrap_or_default())
            }
        }
    }
}
