//! The language model: a sentence in, one command with values out. `domain::language_model` writes the
//! request and reads the response. No sentence is stored or logged.

use workbot_domain::catalog::{Method, Recipe};
use workbot_domain::config::{LanguageModel, ModelEndpoint};
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
    let today = now.get(..10)?;
    let output = match &model.endpoint {
        ModelEndpoint::ChatCompletions { url, api_key } => {
            let body = language_model::request(&model.model, sentence, offered, today)?;
            let mut request = HttpRequest::new(Method::Post, format!("{url}/chat/completions"));
            if let Some(key) = api_key {
                request = request.bearer(key);
            }
            let sent = isolate.within(PATIENCE, http::send(isolate, request.json(body.to_string()))).await;
            match sent {
                Some(Ok(response)) if response.is_success() => Ok(response.body),
                other => Err(other.and_then(Result::ok).map_or(0, |response| response.status)),
            }
        }
        ModelEndpoint::WorkersAi => {
            let input = language_model::workers_ai_input(sentence, offered, today)?.to_string();
            let run = isolate.platform().run_model(model.model.clone(), input);
            isolate.within(PATIENCE, run).await.flatten().map(String::into_bytes).ok_or(0)
        }
    };
    match output {
        Ok(output) => language_model::read(&output, offered),
        Err(status) => {
            isolate.report_alone(&Event::LanguageModelFailed { status });
            None
        }
    }
}
