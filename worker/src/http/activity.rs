//! `/api/activity` and `/api/runs`: what was done in one's own name, and what waits or runs.

use workbot_domain::owner::VaultId;
use workbot_shared::{ErrorCode, RunId, Runs};
use worker::{Request, Response};

use super::connections::answered;
use super::context::Edge;
use super::paging::page;
use super::response::Failure;
use super::session::person;
use workbot_vault::protocol::{VaultAnswer, VaultRequest};

/// `GET /api/activity?cursor=&limit=`
pub async fn list(edge: &Edge, request: &Request) -> Result<Response, Failure> {
    let person = person(edge, request).await?;
    let (before, limit) = page(request)?;
    let request = VaultRequest::Activity { before, limit, language: edge.language };
    match answered(edge, &VaultId::of(&person.subject), &request).await? {
        VaultAnswer::Activity(activity) => Ok(Response::from_json(&activity)?),
        _ => Err(Failure::of(ErrorCode::Internal)),
    }
}

/// `GET /api/runs`
pub async fn runs(edge: &Edge, request: &Request) -> Result<Response, Failure> {
    let person = person(edge, request).await?;
    let request = VaultRequest::Runs { language: edge.language };
    match answered(edge, &VaultId::of(&person.subject), &request).await? {
        VaultAnswer::Runs(runs) => Ok(Response::from_json(&Runs { runs, next_cursor: None })?),
        _ => Err(Failure::of(ErrorCode::Internal)),
    }
}

/// `POST /api/runs/{run}/cancel`: answers the run's row. Of somebody else's run nothing is known here.
pub async fn cancel(edge: &Edge, request: &Request, run: &str) -> Result<Response, Failure> {
    let person = person(edge, request).await?;
    let unknown = || Failure::saying(ErrorCode::NotFound, edge.words().not_yours());
    let run = RunId::parse(run).map_err(|_| unknown())?;
    let request = VaultRequest::CancelRun { run, language: edge.language };
    match answered(edge, &VaultId::of(&person.subject), &request).await? {
        VaultAnswer::Cancelled(Some(row)) => Ok(Response::from_json(&row)?),
        VaultAnswer::Cancelled(None) => Err(unknown()),
        VaultAnswer::TooLate => Err(Failure::saying(ErrorCode::Conflict, edge.words().too_late_to_cancel())),
        _ => Err(Failure::of(ErrorCode::Internal)),
    }
}
