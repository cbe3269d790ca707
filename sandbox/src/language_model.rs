//! A language model behind the API of OpenAI's chat completions, without a model: it chooses the command
//! whose words occur in the sentence, and fills inputs with what is quoted, a number or a date.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{Shared, clock};

/// The key of the endpoint.
pub const KEY: &str = "local-language-model-key";

/// The API below `/language-model/v1`.
pub fn routes() -> Router<Shared> {
    Router::new().route("/language-model/v1/chat/completions", post(complete))
}

#[derive(Deserialize)]
struct Request {
    model: String,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: String,
}

/// A command as the system message lists it.
#[derive(Deserialize)]
struct Command {
    id: String,
    command: String,
    inputs: Vec<Input>,
}

#[derive(Deserialize)]
struct Input {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

async fn complete(headers: HeaderMap, Json(request): Json<Request>) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if bearer != Some(&format!("Bearer {KEY}")) {
        let error =
            json!({ "error": { "message": "Incorrect API key provided", "code": "invalid_api_key" } });
        return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
    }
    let content = |role: &str| {
        let message = request.messages.iter().find(|message| message.role == role);
        message.map_or("", |message| message.content.as_str())
    };
    let answer = chosen(content("system"), content("user")).to_string();
    Json(json!({
        "id": "chatcmpl-local", "object": "chat.completion", "created": clock::now_ms() / 1000,
        "model": request.model,
        "choices": [{ "index": 0, "finish_reason": "stop", "message": { "role": "assistant", "content": answer } }],
    }))
    .into_response()
}

/// The command with the most words in the sentence, as the system message lists them.
fn chosen(system: &str, sentence: &str) -> Value {
    let listed = system.lines().find(|line| line.starts_with('['));
    let commands: Vec<Command> = listed.and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    let sentence_words = sentence.to_lowercase();
    let sentence_words: Vec<_> = sentence_words.split(|c: char| !c.is_alphanumeric()).collect();
    let score =
        |command: &Command| command.command.split(' ').filter(|word| sentence_words.contains(word)).count();
    let best = commands.iter().rev().max_by_key(|command| score(command));
    match best.filter(|command| score(command) > 0) {
        Some(command) => json!({ "recipe": command.id, "inputs": inputs(command, sentence) }),
        None => json!({ "recipe": null }),
    }
}

fn inputs(command: &Command, sentence: &str) -> Map<String, Value> {
    let mut quoted = sentence.split('"').skip(1).step_by(2);
    let words = || sentence.split_whitespace().map(|word| word.trim_matches(['.', ',', '!', '?']));
    let is_date = |word: &&str| word.len() == 10 && word.split('-').count() == 3;
    let mut filled = Map::new();
    for input in &command.inputs {
        let value = match input.kind.as_str() {
            "number" => words().find(|word| word.parse::<f64>().is_ok()),
            "date" => words().find(is_date),
            "text" => quoted.next(),
            _ => None,
        };
        filled.extend(value.map(|value| (input.id.clone(), value.into())));
    }
    filled
}
