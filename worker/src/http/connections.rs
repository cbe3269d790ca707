//! `/api/connections` and `/api/admin/shared`: the person's own connections, and the company's.

use workbot_domain::audit::Admin;
use workbot_domain::connection;
use workbot_domain::connection::disconnect::Removal;
use workbot_domain::entra_token::Person;
use workbot_domain::owner::{Owner, VaultId};
use workbot_shared::{
    AppId, Auth, ConnectionRow, Connections, ErrorCode, Guardrails, LoginRequest, OwnerKind, SharedSecret,
};

use super::request::Request;
use super::request_context::RequestContext;
use super::response::{RequestError, Response};
use super::session::{self, admin, person};
use workbot_vault::installed_catalog::catalog;
use workbot_vault::protocol::{VaultRequest, VaultResponse, ask};

/// An authorized caller and the only vault that they may use: their own, or for an admin the company's.
struct Caller {
    person: Person,
    kind: OwnerKind,
}

impl Caller {
    /// Authenticates the caller.
    ///
    /// # Errors
    /// 401 without a valid token, 403 for a shared connection without the admin role, 429 over the rate
    /// limit.
    async fn of(context: &RequestContext, request: &Request, kind: OwnerKind) -> Result<Self, RequestError> {
        let person = match kind {
            OwnerKind::Person => person(context, request).await?,
            OwnerKind::Shared => admin(context, request).await?,
        };
        Ok(Self { person, kind })
    }

    fn owner(&self) -> Owner {
        match self.kind {
            OwnerKind::Person => Owner::User(self.person.subject.user.clone()),
            OwnerKind::Shared => Owner::Shared,
        }
    }

    /// The admin for the audit. `None` for a person's own connections, which are not audited.
    fn admin(&self) -> Option<Admin> {
        (self.kind == OwnerKind::Shared).then(|| Admin::of(&self.person))
    }

    /// Sends a request to the caller's vault.
    async fn ask(
        &self,
        context: &RequestContext,
        ask_for: VaultRequest,
    ) -> Result<VaultResponse, RequestError> {
        let vault = VaultId { tenant: self.person.subject.tenant.clone(), owner: self.owner() };
        ask_vault(context, &vault, &ask_for).await
    }

    /// An app of the catalog that this owner can connect.
    ///
    /// # Errors
    /// 404 for any other app.
    fn known(&self, context: &RequestContext, app: &str) -> Result<(AppId, Auth), RequestError> {
        let unknown =
            || RequestError::with_message(ErrorCode::NotFound, context.words().no_such_app_to_connect());
        let id = AppId::parse(app).map_err(|_| unknown())?;
        let auth = catalog().apps.get(&id).map(|app| app.auth);
        let found = auth.filter(|auth| *auth == Auth::Oauth2 || self.kind == OwnerKind::Shared);
        found.map(|auth| (id, auth)).ok_or_else(unknown)
    }
}

/// Sends a request to a vault.
///
/// # Errors
/// 503 when the vault does not respond or fails.
pub(super) async fn ask_vault(
    context: &RequestContext,
    vault: &VaultId,
    ask_for: &VaultRequest,
) -> Result<VaultResponse, RequestError> {
    ask(&context.isolate, vault, ask_for, &context.id)
        .await
        .map_err(|problem| RequestError::of(ErrorCode::TemporarilyUnavailable).with_cause(problem))
}

/// Checks that this deployment configures an app.
///
/// # Errors
/// 503 if not.
fn require_set_up(context: &RequestContext, app: &AppId) -> Result<(), RequestError> {
    if context.config.apps.contains_key(app) {
        return Ok(());
    }
    Err(RequestError::with_message(
        ErrorCode::Misconfigured,
        context.words().not_set_up(catalog().app_name(app)),
    ))
}

/// `GET /api/connections` and `GET /api/admin/shared`: the list of connections; with `?session=true` also who
/// asks.
pub async fn list(
    context: &RequestContext,
    request: &Request,
    owner: OwnerKind,
) -> Result<Response, RequestError> {
    let caller = Caller::of(context, request, owner).await?;
    match caller.ask(context, VaultRequest::ListConnections { language: context.language }).await? {
        VaultResponse::Connections(connections) => {
            let session = request.parameter("session").is_some_and(|asked| asked == "true");
            let session = session.then(|| session::session(context, &caller.person));
            Response::json(&Connections { connections, next_cursor: None, session })
        }
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}

/// `POST …/{app}/login`: a login link for the caller alone.
pub async fn login(
    context: &RequestContext,
    request: &Request,
    app: &str,
    owner: OwnerKind,
) -> Result<Response, RequestError> {
    let caller = Caller::of(context, request, owner).await?;
    let (app, auth) = caller.known(context, app)?;
    let LoginRequest { switch_account } = request.json().await?.unwrap_or_default();
    if auth != Auth::Oauth2 {
        let message = context.words().connected_with_a_key(catalog().app_name(&app));
        return Err(RequestError::with_message(ErrorCode::Unsupported, message));
    }
    require_set_up(context, &app)?;
    let name = caller.person.name.clone();
    let request = VaultRequest::CreateLoginLink { app, owner: caller.owner(), switch_account, name };
    match ask_vault(context, &VaultId::of(&caller.person.subject), &request).await? {
        VaultResponse::Link(link) => Response::json(&link),
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}

/// `POST …/{app}/disconnect` and `DELETE …/{app}`: the receipt.
pub async fn disconnect(
    context: &RequestContext,
    request: &Request,
    app: &str,
    removal: Removal,
    owner: OwnerKind,
) -> Result<Response, RequestError> {
    let caller = Caller::of(context, request, owner).await?;
    let (app, _) = caller.known(context, app)?;
    let request = VaultRequest::Disconnect { app, removal, by: caller.admin(), language: context.language };
    match caller.ask(context, request).await? {
        VaultResponse::Disconnected(receipt) => Response::json(&receipt),
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}

/// `PUT /api/connections/{app}/guardrails`: sets what the person allows with their own connection. Returns
/// the connection's row.
pub async fn set_guardrails(
    context: &RequestContext,
    request: &Request,
    app: &str,
) -> Result<Response, RequestError> {
    let caller = Caller::of(context, request, OwnerKind::Person).await?;
    let (app, _) = caller.known(context, app)?;
    let name = catalog().app_name(&app);
    let set = request.json::<Guardrails>().await?.ok_or(RequestError::of(ErrorCode::BadRequest))?;
    let guardrails = connection::Guardrails::of(&set, context.isolate.now()).map_err(|problem| {
        RequestError::with_message(ErrorCode::BadRequest, context.words().guardrails_invalid(problem))
    })?;
    let request = VaultRequest::SetGuardrails { app: app.clone(), guardrails, language: context.language };
    match caller.ask(context, request).await? {
        VaultResponse::Connections(rows) => row_of(rows, &app),
        VaultResponse::NoConnection => {
            Err(RequestError::with_message(ErrorCode::Conflict, context.words().connect_first(name)))
        }
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}

/// The row of an app, as a response.
fn row_of(rows: Vec<ConnectionRow>, app: &AppId) -> Result<Response, RequestError> {
    match rows.into_iter().find(|row| row.app == *app) {
        Some(row) => Response::json(&row),
        None => Err(RequestError::of(ErrorCode::Internal)),
    }
}

/// `PUT /api/admin/shared/{app}`: stores the API key, or the user and password, of an app without OAuth.
/// Returns the connection's row.
pub async fn set_secret(
    context: &RequestContext,
    request: &Request,
    app: &str,
) -> Result<Response, RequestError> {
    let caller = Caller::of(context, request, OwnerKind::Shared).await?;
    let (app, auth) = caller.known(context, app)?;
    let name = catalog().app_name(&app);
    let bad = |message: String| RequestError::with_message(ErrorCode::BadRequest, message);
    let secret = match (auth, request.json().await?) {
        (Auth::Oauth2, _) => {
            return Err(RequestError::with_message(
                ErrorCode::Unsupported,
                context.words().connected_by_login(name),
            ));
        }
        (Auth::ApiKey, Some(SharedSecret::Key { api_key })) if !api_key.trim().is_empty() => {
            SharedSecret::Key { api_key: api_key.trim().to_owned() }
        }
        (Auth::Basic, Some(SharedSecret::Password { user, password }))
            if !user.is_empty() && !password.is_empty() =>
        {
            SharedSecret::Password { user, password }
        }
        (Auth::ApiKey, _) => return Err(bad(context.words().key_missing(name))),
        (Auth::Basic, _) => return Err(bad(context.words().password_missing(name))),
    };
    require_set_up(context, &app)?;
    let Some(by) = caller.admin() else { return Err(RequestError::of(ErrorCode::Forbidden)) };
    let request = VaultRequest::SetSecret { app: app.clone(), secret, by, language: context.language };
    match caller.ask(context, request).await? {
        VaultResponse::Connections(rows) => row_of(rows, &app),
        VaultResponse::SecretRefused(why) => Err(bad(why)),
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}
