//! `GET /tab/…`: the Teams tab. Its files are static assets; the Worker adds the content security policy.

use workbot_domain::tab_csp::{NAME_IN_HTML, call_bot, content_security_policy};
use worker::{Headers, Request, Response};

use super::context::RequestContext;
use super::response::RequestError;

/// An asset of the tab, with its content security policy and the bot's name.
pub async fn serve(context: &RequestContext, request: Request) -> Result<Response, RequestError> {
    let mut found = context.env.assets("ASSETS")?.fetch_request(request).await?;
    let headers = Headers::new();
    for (name, value) in found.headers() {
        headers.append(&name, &value)?;
    }
    let policy = content_security_policy(context.config.cloud, &context.config.tab_host_origins);
    headers.set("content-security-policy", &policy)?;
    headers.set("cache-control", "no-cache")?;
    let bot = &context.config.bot.name;
    if bot == NAME_IN_HTML || found.status_code() != 200 {
        return Ok(found.with_headers(headers));
    }
    // The asset's `ETag` does not depend on the bot's name.
    headers.delete("etag")?;
    let html = call_bot(&found.text().await?, bot);
    Ok(Response::from_html(html)?.with_headers(headers))
}
