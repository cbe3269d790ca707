//! `/api/activity` and `/api/runs`: the history of the person's runs, and the open ones.

use workbot_domain::owner::VaultId;
use workbot_shared::{ErrorCode, RunId, Runs};

use super::connections::ask_vault;
use super::paging::page;
use super::request::Request;
use super::request_context::RequestContext;
use super::response::{RequestError, Response};
use super::session::person;
use workbot_vault::protocol::{VaultRequest, VaultResponse};

/// `GET /api/activity?cursor=&limit=`: a page of the history.
pub async fn list(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let person = person(context, request).await?;
    let (before, limit) = page(request)?;
    let request = VaultRequest::ListHistory { before, limit, language: context.language };
    match ask_vault(context, &VaultId::of(&person.subject), &request).await? {
        VaultResponse::History(activity) => Response::json(&activity),
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}

/// `GET /api/runs`: the open runs.
pub async fn runs(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let person = person(context, request).await?;
    let request = VaultRequest::ListOpenRuns { language: context.language };
    match ask_vault(context, &VaultId::of(&person.subject), &request).await? {
        VaultResponse::Runs(runs) => Response::json(&Runs { runs, next_cursor: None }),
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}

/// `POST /api/runs/{run}/cancel`: returns the run's row. Another person's run is 404, because the caller's
/// vault does not hold it.
pub async fn cancel(
    context: &RequestContext,
    request: &Request,
    run: &str,
) -> Result<Response, RequestError> {
    let person = person(context, request).await?;
    let unknown = || RequestError::with_message(ErrorCode::NotFound, context.words().not_yours());
    let run = RunId::parse(run).map_err(|_| unknown())?;
    let request = VaultRequest::CancelRun { run, language: context.language };
    match ask_vault(context, &VaultId::of(&person.subject), &request).await? {
        VaultResponse::Cancelled(Some(row)) => Response::json(&row),
        VaultResponse::Cancelled(None) => Err(unknown()),
        VaultResponse::NotWaiting => {
            Err(RequestError::with_message(ErrorCode::Conflict, context.words().too_late_to_cancel()))
        }
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}
