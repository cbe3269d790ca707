//! `POST /mcp`: the Streamable HTTP endpoint of agents, in both eras (`domain::agent::request`). Each
//! response is one JSON object; there is no stream and no session here, so `GET` and `DELETE` get 405.

use serde_json::Value;
use workbot_domain::agent::cross_origin::is_valid_origin;
use workbot_domain::agent::json_rpc::{Message, RpcError, error, result};
use workbot_domain::agent::request::{Era, Headers, Method, Request as McpRequest, Session};
use workbot_domain::agent::result::{
    called, completed, discovered, initialized, logins_required, logins_required_data, tools,
};
use workbot_domain::agent::token::AccessToken;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::present::text::Texts;
use workbot_domain::route::Route;
use workbot_domain::seal::Purpose;
use workbot_shared::ErrorCode;
use workbot_vault::agent_protocol::{AgentRequest, AgentResponse};

use super::agent::{ask_vault, door};
use super::agent_tokens::bearer;
use super::request::Request;
use super::request_context::RequestContext;
use super::response::{RequestError, Response};

/// The headers of this endpoint, in this order.
const HEADERS: &str = "origin mcp-protocol-version mcp-method mcp-name mcp-session-id";

/// Handles a message of a client.
pub async fn receive(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let headers = request.headers(HEADERS);
    let header = |at: usize| headers.get(at).map(String::as_str).filter(|value| !value.is_empty());
    if header(0).is_some_and(|origin| !is_valid_origin(origin)) {
        return Err(RequestError::of(ErrorCode::Forbidden));
    }
    let token = match bearer(context, request).await? {
        Ok(token) => token,
        Err(challenge) => return unauthorized(challenge),
    };
    let body = request.body().await?;
    let (id, method, params) = match Message::read(&body) {
        Ok(Message::Request { id, method, params }) => (id, method, params),
        Ok(Message::Notification) => return Ok(Response::empty().with_status(202)),
        Err(problem) => return refused(None, &problem),
    };
    let keys = &context.config.master_keys;
    let session = header(4).and_then(|id| keys.open_text::<Session>(Purpose::AgentSession, id).ok());
    let mirrored = Headers { version: header(1), method: header(2), name: header(3) };
    let asked = match McpRequest::read(id.clone(), &method, &params, mirrored, session) {
        Ok(asked) => asked,
        Err(problem) => return refused(Some(&id), &problem),
    };
    let (era, opens_urls) = (asked.era, asked.opens_urls);
    let about = (context.config.bot.name.as_str(), env!("CARGO_PKG_VERSION"));
    let members = match asked.method {
        Method::Initialize(version) => {
            let session = Session { opens_urls };
            let session = keys.seal_text(Purpose::AgentSession, &session, context.isolate.random());
            let body = completed(era, initialized(version, about), about);
            let response = json(&result(&id, body), 200)?;
            return Ok(response.with("mcp-session-id", session));
        }
        Method::Discover => discovered(),
        Method::Ping => serde_json::Map::new(),
        Method::ListTools => {
            let request = AgentRequest::ListTools { grant: token.grant.clone() };
            match ask_vault(context, &token.subject, request).await? {
                AgentResponse::Tools(list) => tools(era, list),
                _ => return ended(context),
            }
        }
        Method::CallTool(call) => {
            let (grant, id) = (token.grant.clone(), id.clone());
            let request = AgentRequest::CallTool { grant, id, opens_urls, call };
            return answer(context, &token, era, &asked.id, request).await;
        }
    };
    json(&result(&id, completed(era, members, about)), 200)
}

/// Calls a tool.
async fn answer(
    context: &RequestContext,
    token: &AccessToken,
    era: Era,
    id: &workbot_domain::agent::json_rpc::RequestId,
    request: AgentRequest,
) -> Result<Response, RequestError> {
    let about = (context.config.bot.name.as_str(), env!("CARGO_PKG_VERSION"));
    let members = match ask_vault(context, &token.subject, request).await? {
        AgentResponse::Called { structured, is_error } => called(&structured, is_error),
        AgentResponse::Logins { logins, state, .. } if era == Era::Modern => logins_required(&logins, &state),
        AgentResponse::Logins { run, logins, .. } => {
            let data = Some(logins_required_data(&logins, &run));
            let problem = RpcError { data, status: 200, ..RpcError::new(-32042, "A login is required") };
            return refused(Some(id), &problem);
        }
        AgentResponse::InvalidCall(why) => {
            return refused(Some(id), &era.refused(RpcError::invalid_params(why)));
        }
        _ => return ended(context),
    };
    json(&result(id, completed(era, members, about)), 200)
}

fn json(body: &Value, status: u16) -> Result<Response, RequestError> {
    let response = Response::json(body)?.with_status(status);
    Ok(response.with("content-type", "application/json").with("cache-control", "no-store"))
}

fn refused(
    id: Option<&workbot_domain::agent::json_rpc::RequestId>,
    problem: &RpcError,
) -> Result<Response, RequestError> {
    json(&error(id, problem), problem.status)
}

/// The grant has ended: the client has to ask the person again.
fn ended(context: &RequestContext) -> Result<Response, RequestError> {
    unauthorized(door(context).challenge(Some("invalid_token")))
}

fn unauthorized(challenge: String) -> Result<Response, RequestError> {
    let response = json(&error(None, &RpcError::new(-32000, "Unauthorized")), 401)?;
    Ok(response.with("www-authenticate", challenge))
}

/// The response to a request that failed beside the protocol: another method, an invalid origin, a rate
/// limit, a vault that does not respond. It is an error of JSON-RPC too, since clients read nothing else.
pub fn failed(failure: &RequestError, route: Route, words: Texts, id: &CorrelationId) -> Response {
    let data = Some(serde_json::json!({ "correlation_id": id.as_str() }));
    let problem = RpcError { data, ..RpcError::new(-32000, failure.message(words)) };
    failure.response_with(&error(None, &problem), route)
}
