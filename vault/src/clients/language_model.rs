//! The language model: a sentence in, one command with values out. `domain::language_model` writes the
//! request and reads the response. No sentence is stored or logged.

use workbot_domain::catalog::{Method, Recipe};
use workbot_domain::language_model::{self, PATIENCE};
use workbot_domain::recipe_command::RawInputs;
use workbot_shared::RecipeId;

use super::http;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::ports::HttpRequest;

/// The command that a language model finds in a sentence. `None` if the deployment has no model, or if it did
/// not respond in time or as demanded.
///
/// # Errors
/// When the vault is not configured.
pub async fn find_command<'a>(
    ctx: &VaultCtx,
    sentence: &str,
    offered: &[(&'a RecipeId, &'a Recipe)],
) -> Result<Option<(&'a RecipeId, &'a Recipe, RawInputs)>, VaultError> {
    let config = ctx.config()?;
    let Some(model) = &config.language_model else { return Ok(None) };
    let now = ctx.now().rfc3339();
    let today = now.get(..10).unwrap_or_default();
    let Some(body) = language_model::request(&model.model, sentence, offered, today) else { return Ok(None) };
    let mut request = HttpRequest::new(Method::Post, format!("{}/chat/completions", model.url));
    if let Some(key) = &model.api_key {
        request = request.bearer(key);
    }
    let sent = http::send(ctx, request.json(body.to_string()));
    let response = ctx.within(PATIENCE, sent).await.and_then(Result::ok);
    let response = response.filter(http::Response::is_success);
    Ok(response.and_then(|response| language_model::read(&response.body, offered)))
}
