//! HTTP requests to apps: the account, an action, a revocation. Tokens are sent only to the hosts that the
//! app's file allows.

use secrecy::SecretString;
use serde_json::Value;
use std::time::Duration;
use workbot_domain::call::{
    AppRequest, AppResponse, Body, CallError, Outcome, account_request, account_response, action_values,
    address, app_values, append, authorization, credentials, in_context, is_html, next_page,
    organization as choose_organization, organization_request, organization_response, outcome, parameters,
    parse_body, request, revocation_request, revocation_response,
};
use workbot_domain::catalog::{Action, App};
use workbot_domain::config::{AppSetup, Config};
use workbot_domain::connection::account::{IdentityError, identity};
use workbot_domain::connection::revocation::{RevocationResponse, TokenRevocation};
use workbot_domain::connection::{AccountIdentity, TokenSet};
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
        let params = oauth2.token_params.iter().map(|(name, template)| (name.as_str(), template));
        let params = parameters(params, &values).ok()?;
        let scopes = oauth2.scopes.iter().map(|scope| ("", scope));
        Some(OAuthClient {
            authorize_url: url(&oauth2.authorize_url)?,
            token_url: url(&oauth2.token_url)?,
            refresh_url: url(oauth2.refresh_url.as_ref().unwrap_or(&oauth2.token_url))?,
            client_id: client.id.clone(),
            client_secret: client.secret.clone(),
            client_auth: oauth2.client_auth,
            token_request: oauth2.token_request,
            token_params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            token_response: oauth2.token_response.clone(),
            scopes: parameters(scopes, &values).ok()?.into_iter().map(|(_, scope)| scope).collect(),
            redirect_uri: redirect_uri(&self.config.public_url, self.id),
            redirect_uri_in_refresh: oauth2.redirect_uri_in_refresh,
            pkce: oauth2.pkce,
        })
    }

    /// The apps that use the same OAuth client at the same server, this one included. The logins of one
    /// account to any of them are one grant there.
    pub fn apps_of_same_client(&self) -> Vec<&'static AppId> {
        let Some(own) = self.oauth() else { return vec![self.id] };
        let is_same = |app: &&AppId| {
            let other = AppClient::of(self.isolate, self.config, app);
            let other = other
                .filter(|other| other.setup.client.as_ref().is_some_and(|client| client.id == own.client_id));
            other.and_then(|other| other.oauth()).is_some_and(|other| other.token_url == own.token_url)
        };
        catalog().apps.keys().filter(is_same).collect()
    }

    /// The app's additional parameters of an authorization request. `None` for an app without OAuth, or if a
    /// template in its file cannot be rendered.
    pub fn authorization_parameters(&self, switch_account: bool) -> Option<Vec<(&'static str, String)>> {
        let params = self.app.oauth2.as_ref()?.authorization_parameters(switch_account);
        parameters(params, &self.values(None)).ok()
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

    /// Identifies the account that the tokens belong to. `stated` is what the token response says of it. Adds
    /// the values of its organization to those that the tokens keep.
    ///
    /// # Errors
    /// [`IdentityError`] says whether the tokens are dead, the app refused, the response cannot be read, the
    /// organization is another one, or no response came.
    pub async fn identify(
        &self,
        tokens: &mut TokenSet,
        stated: Option<Value>,
    ) -> Result<AccountIdentity, IdentityError> {
        let account = &self.app.account;
        let Some(organization) = &account.organization else {
            let response = self.account_response(tokens, stated).await?;
            return identity(&response, account).ok_or(IdentityError::Unreadable);
        };
        // A call of its own comes first: its values may be part of the account's address.
        let own = organization_request(self.app, &self.values(Some(tokens)));
        let own = match own.map_err(|_| IdentityError::Unreadable)? {
            Some(request) => Some(self.identity_response(request, tokens, organization_response).await?),
            None => None,
        };
        let response = match own {
            Some(_) => None,
            None => Some(self.account_response(tokens, stated.clone()).await?),
        };
        let chosen_from = own.as_ref().or(response.as_ref()).ok_or(IdentityError::Unreadable)?;
        let (id, kept) = choose_organization(organization, chosen_from, &self.values(Some(tokens)))?;
        tokens.kept.extend(kept);
        let response = match response {
            Some(response) => response,
            None => self.account_response(tokens, stated).await?,
        };
        let identity = identity(&response, account).ok_or(IdentityError::Unreadable)?;
        Ok(AccountIdentity { instance: Some(id), ..identity })
    }

    /// Whether the app says that the access token is dead. An app whose account stands in the token response
    /// cannot be asked.
    pub async fn says_token_is_dead(&self, tokens: &TokenSet) -> bool {
        matches!(self.account_response(tokens, None).await, Err(IdentityError::Dead))
    }

    /// The response that identifies the account: that of the account call, or what the token response stated.
    async fn account_response(
        &self,
        tokens: &TokenSet,
        stated: Option<Value>,
    ) -> Result<Value, IdentityError> {
        let request = account_request(self.app, &self.values(Some(tokens)));
        // The token response named values that do not form an address of the app.
        match request.map_err(|_| IdentityError::Unreadable)? {
            Some(request) => self.identity_response(request, tokens, account_response).await,
            None => stated.ok_or(IdentityError::Unreadable),
        }
    }

    async fn identity_response(
        &self,
        request: AppRequest,
        tokens: &TokenSet,
        read: fn(&App, u16, &[u8]) -> Result<Value, IdentityError>,
    ) -> Result<Value, IdentityError> {
        let request = self.authorized(request, tokens).map_err(|_| IdentityError::Unreadable)?;
        let response = http::send(self.isolate, request).await.map_err(|_| IdentityError::Unreachable)?;
        read(self.app, response.status, &response.body)
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
        let sent = credentials(self.app, tokens);
        let mut before: Option<Value> = None;
        for read in 1.. {
            let response = match self.send(request.clone(), tokens).await {
                Ok(response) => response,
                Err(outcome) => return (outcome, None),
            };
            let body = parse_body(response.status, &response.body);
            let read_response = AppResponse {
                status: response.status,
                headers: &response.headers,
                body: body.as_ref(),
                sent: &sent,
            };
            let page = match outcome(self.app, action, read_response, &values) {
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
            match next_page(self.app, action, &values, &request, read_response, read) {
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
        let outgoing = self.authorized(request, tokens).map_err(|_| Outcome::NotSent)?;
        http::send(self.isolate, outgoing).await.map_err(|_| Outcome::Unknown)
    }

    /// A request with the app's credentials in a header.
    fn authorized(&self, request: AppRequest, tokens: &TokenSet) -> Result<HttpRequest, CallError> {
        let (header, value) = authorization(self.app, tokens)?;
        let mut outgoing = HttpRequest::new(request.method, request.url.as_str()).secret(header, value);
        outgoing.headers.extend(request.headers);
        outgoing.body = request.body.map(Body::into_bytes);
        Ok(outgoing)
    }

    /// Revokes a token (RFC 7009 section 2.1, or as the app's file says). A token that the app does not know
    /// counts as revoked (section 2.2).
    pub async fn revoke(&self, token: &SecretString) -> TokenRevocation {
        let Some(client) = &self.setup.client else { return TokenRevocation::Unsupported };
        let request = match revocation_request(self.app, client, token, self.values(None)) {
            Ok(Some(request)) => request,
            Ok(None) => return TokenRevocation::Unsupported,
            Err(_) => return TokenRevocation::Later(Duration::ZERO),
        };
        let mut outgoing = HttpRequest::new(request.method, request.url.as_str());
        outgoing.headers.extend(request.headers);
        outgoing.secret = request.authorization.map(|value| ("authorization".to_owned(), value));
        outgoing.body = request.body;
        let sent = http::send(self.isolate, outgoing).await;
        let Ok(response) = sent else { return TokenRevocation::Later(Duration::ZERO) };
        match revocation_response(self.app, response.status, &response.body) {
            RevocationResponse::Revoked => TokenRevocation::Done,
            RevocationResponse::Refused => TokenRevocation::Refused { status: response.status },
            RevocationResponse::Unavailable => {
                TokenRevocation::Later(response.retry_after.unwrap_or_default())
            }
        }
    }
}
