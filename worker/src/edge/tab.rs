//! `GET /tab/…`: the Teams tab. The files are static assets; only the HTML passes here, to get its policy.
use super::Edge;
use super::answer::Failure;
use worker::{Request, Response};

pub async fn serve(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let assets = edge.env.assets("ASSETS")?;
    Ok(assets.fetch_request(request).await?)
}
