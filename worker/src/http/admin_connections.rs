//! `/api/admin/connections` and `/api/admin/users`: people's connections, which admins list and disconnect.
//! They see the metadata of a connection, never a token.

use workbot_domain::audit::Admin;
use workbot_domain::connection::disconnect::Removal;
use workbot_domain::entra_token::Person as Caller;
use workbot_domain::owner::{Subject, VaultId};
use workbot_shared::{ErrorCode, PersonConnection, PersonConnections, Receipts, UserId};

use super::admin::{known, unavailable};
use super::connections::ask_vault;
use super::paging::page;
use super::request::Request;
use super::request_context::RequestContext;
use super::response::{RequestError, Response};
use super::session::admin;
use workbot_vault::installed_catalog::catalog;
use workbot_vault::protocol::{VaultRequest, VaultResponse};
use workbot_vault::workspace::{self, PersonEntry};

/// The maximal length of a search term, in bytes.
const LONGEST_SEARCH: usize = 100;

/// `GET /api/admin/connections?q=&cursor=&limit=`: a page of people's connections.
pub async fn connections(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let caller = admin(context, request).await?;
    let (after, limit) = page(request)?;
    let (tenant, search) = (&caller.subject.tenant, search_term(request)?);
    let people =
        workspace::people(&context.isolate, tenant, search, after, limit).await.map_err(unavailable)?;
    let row = |PersonEntry { user, name, app, connection }: PersonEntry| PersonConnection {
        user,
        name,
        app_name: catalog().app_name(&app).to_owned(),
        app,
        account: connection.account,
        status: connection.status,
        connected_at: connection.connected_at.rfc3339(),
        last_used_at: connection.last_used_at.map(|at| at.rfc3339()),
    };
    let next_cursor = people.next.and_then(|next| serde_json::to_string(&next).ok());
    let connections = people.rows.into_iter().map(row).collect();
    Response::json(&PersonConnections { connections, next_cursor })
}

/// The text that the listed rows have to contain: `?q=`.
///
/// # Errors
/// 400 for one that is too long.
pub fn search_term(request: &Request) -> Result<String, RequestError> {
    let search = request.parameter("q").unwrap_or_default().trim().to_owned();
    if search.len() > LONGEST_SEARCH {
        return Err(RequestError::of(ErrorCode::BadRequest));
    }
    Ok(search)
}

/// A person in the caller's own tenant. No other tenant can be named.
///
/// # Errors
/// 404 for anything that is no user id.
pub fn subject_of(caller: &Caller, user: &str) -> Result<Subject, RequestError> {
    let unknown = || RequestError::of(ErrorCode::NotFound);
    let user = js_sys::decode_uri_component(user).map(String::from).map_err(|_| unknown())?;
    let user = UserId::parse(&user).map_err(|_| unknown())?;
    Ok(Subject { tenant: caller.subject.tenant.clone(), user })
}

/// `POST /api/admin/users/{user}/disconnect`: disconnects all connections of a leaver. Returns one receipt
/// per connection.
pub async fn disconnect_all(
    context: &RequestContext,
    request: &Request,
    user: &str,
) -> Result<Response, RequestError> {
    let caller = admin(context, request).await?;
    let vault = VaultId::of(&subject_of(&caller, user)?);
    let request = VaultRequest::DisconnectAll { by: Admin::of(&caller), language: context.language };
    match ask_vault(context, &vault, &request).await? {
        VaultResponse::AllDisconnected(receipts) => Response::json(&Receipts { receipts }),
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}

/// `POST /api/admin/users/{user}/connections/{app}/disconnect`: disconnects one connection in that person's
/// vault.
pub async fn disconnect(
    context: &RequestContext,
    request: &Request,
    user: &str,
    app: &str,
) -> Result<Response, RequestError> {
    let caller = admin(context, request).await?;
    let app = known(context, app)?;
    let vault = VaultId::of(&subject_of(&caller, user)?);
    let by = Some(Admin::of(&caller));
    let request =
        VaultRequest::Disconnect { app, removal: Removal::Disconnect, by, language: context.language };
    match ask_vault(context, &vault, &request).await? {
        VaultResponse::Disconnected(receipt) => Response::json(&receipt),
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}
