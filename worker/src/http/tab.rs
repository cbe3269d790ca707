//! `GET /tab/…`: the Teams tab. Its files are static assets; the Worker adds the content security policy.

use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use workbot_domain::tab_bot_name::{NAME_IN_HTML, call_bot};
use workbot_domain::tab_csp::content_security_policy;
use workbot_shared::ErrorCode;

use super::request::Request;
use super::request_context::RequestContext;
use super::response::{RequestError, Response};
use crate::ports_js::{asset, settled};

/// An asset of the tab, with its content security policy and the bot's name.
pub async fn serve(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let policy = content_security_policy(context.config.cloud, &context.config.tab_host_origins);
    let bot = context.config.bot.name.clone();
    let rename = if bot == NAME_IN_HTML {
        JsValue::UNDEFINED
    } else {
        Closure::once_into_js(move |html: String| call_bot(&html, &bot))
    };
    let found = settled(asset(request.raw(), &policy, rename)).await;
    found.map(Response::made).map_err(|error| RequestError::of(ErrorCode::Internal).with_cause(error))
}
