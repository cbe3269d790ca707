//! `/api/activity` and `/api/runs`: what was done in one's own name, and what waits or runs.

use workbot_domain::owner::VaultId;
use workbot_shared::{ErrorCode, RunId, Runs};
use worker::{Request, Response};

use super::connections::answered;
use super::context::RequestContext;
use super::paging::page;
use super::response::RequestError;
use super::session::person;
use workbot_vault::protocol::{VaultRequest, VaultResponse};

/// `GET /api/activity?cursor=&limit=`
pub async fn list(edge: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let person = person(edge, request).await?;
    let (before, limit) = page(request)?;
    let request = VaultRequest::Activity { before, limit, language: edge.language };
    match answered(edge, &VaultId::of(&person.subject), &request).await? {
        VaultResponse::Activity(activity) => Ok(Response::from_json(&activity)?),
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}

/// `GET /api/runs`
pub async fn runs(edge: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let person = person(edge, request).await?;
    let request = VaultRequest::Runs { language: edge.language };
    match answered(edge, &VaultId::of(&person.subject), &request).await? {
        VaultResponse::Runs(runs) => Ok(Response::from_json(&Runs { runs, next_cursor: None })?),
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}

/// `POST /api/runs/{run}/cancel`: answers the run's row. Of somebody else's run nothing is known here.
pub async fn cancel(edge: &RequestContext, request: &Request, run: &str) -> Result<Response, RequestError> {
    let person = person(edge, request).await?;
    let unknown = || RequestError::saying(ErrorCode::NotFound, edge.words().not_yours());
    let run = RunId::parse(run).map_err(|_| unknown())?;
    let request = VaultRequest::CancelRun { run, language: edge.language };
    match answered(edge, &VaultId::of(&person.subject), &request).await? {
        VaultResponse::Cancelled(Some(row)) => Ok(Response::from_json(&row)?),
        VaultResponse::Cancelled(None) => Err(unknown()),
        VaultResponse::TooLate => {
            Err(RequestError::saying(ErrorCode::Conflict, edge.words().too_late_to_cancel()))
        }
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}
