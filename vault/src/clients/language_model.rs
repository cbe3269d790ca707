//! The language model: a sentence in, one command with values out. `domain::language_model` writes the
//! request and reads the response. No sentence is stored or logged.

use workbot_domain::catalog::{Method, Recipe};
use workbot_domain::config::LanguageModel;
use workbot_domain::input_parsing::RawInputs;
use workbot_domain::language_model::{self, PATIENCE};
use workbot_domain::log_event::Event;
use workbot_shared::RecipeId;

use super::http;
use crate::isolate::Isolate;
use crate::ports::HttpRequest;

/// The command that a language model finds in a sentence. `None` if the model did not respond in time or as
/// demanded.
pub async fn find_command<'a>(
    isolate: &Isolate,
    model: &LanguageModel,
    sentence: &str,
    offered: &[(&'a RecipeId, &'a Recipe)],
) -> Option<(&'a RecipeId, &'a Recipe, RawInputs)> {
    let now = isolate.now().rfc3339();
    let body = language_model::request(&model.model, sentence, offered, now.get(..10)?)?;
    let mut request = HttpRequest::new(Method::Post, format!("{}/chat/completions", model.url));
    if let Some(key) = &model.api_key {
        request = request.bearer(key);
    }
    let sent = isolate.within(PATIENCE, http::send(isolate, request.json(body.to_string()))).await;
    match sent {
        Some(Ok(response)) if response.is_success() => language_model::read(&response.body, offered),
        other => {
            let status = other.and_then(Result::ok).map_or(0, |response| response.status);
            isolate.report_alone(&Event::LanguageModelFailed { status });
            None
        }
    }
}
