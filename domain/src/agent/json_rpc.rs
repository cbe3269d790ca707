//! JSON-RPC 2.0 messages (jsonrpc.org/specification), as MCP restricts them: one message per body, and the id
//! of a request is a text or a whole number.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::fmt;

use crate::json;

/// The id of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RequestId {
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

impl fmt::Display for RequestId {
    /// Writes the id as JSON, so that `1` and `"1"` differ.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{}", Value::String(text.clone())),
        }
    }
}

/// A message of a client.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A request, which gets a response.
    Request {
        /// Its id.
        id: RequestId,
        /// The method.
        method: String,
        /// The parameters; empty if there are none.
        params: Map<String, Value>,
    },
    /// A notification, or a response to a request that this server never sends. It gets no response.
    Notification,
}

/// The longest id of a request, in bytes. It is stored.
const LONGEST_ID: usize = 256;

/// An error response, with the HTTP status that goes with it.
#[derive(Debug, Clone, PartialEq)]
pub struct RpcError {
    /// The code.
    pub code: i32,
    /// The message, for the developer of the client.
    pub message: String,
    /// Further members of the error, if any.
    pub data: Option<Value>,
    /// The HTTP status.
    pub status: u16,
}

impl RpcError {
    /// An error with HTTP status 400.
    #[must_use]
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None, status: 400 }
    }

    /// `-32602`: the parameters are invalid.
    #[must_use]
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(-32602, message)
    }

    /// `-32603`: the server failed.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self { status: 500, ..Self::new(-32603, message) }
    }
}

impl Message {
    /// Reads a body.
    ///
    /// # Errors
    /// `-32700` for a body that is no JSON, `-32600` for one that is no message.
    pub fn read(body: &[u8]) -> Result<Self, RpcError> {
        let value = json::value(body).map_err(|_| RpcError::new(-32700, "Parse error"))?;
        let invalid = |why: &str| RpcError::new(-32600, format!("Invalid request: {why}"));
        let Value::Object(mut message) = value else { return Err(invalid("not a single message")) };
        if message.get("jsonrpc") != Some(&json!("2.0")) {
            return Err(invalid("`jsonrpc` is not \"2.0\""));
        }
        let method = match message.remove("method") {
            Some(Value::String(method)) => method,
            None if message.contains_key("result") || message.contains_key("error") => {
                return Ok(Self::Notification);
            }
            _ => return Err(invalid("`method` is not a text")),
        };
        let id = match message.remove("id") {
            None => return Ok(Self::Notification),
            Some(Value::String(text)) if text.len() <= LONGEST_ID => RequestId::Text(text),
            Some(Value::Number(number)) if number.as_i64().is_some() => {
                RequestId::Number(number.as_i64().unwrap_or_default())
            }
            Some(_) => return Err(invalid("`id` is neither a short text nor a whole number")),
        };
        let params = match message.remove("params") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => return Err(invalid("`params` is not an object")),
        };
        Ok(Self::Request { id, method, params })
    }
}

/// The body of a result response.
#[must_use]
pub fn result(id: &RequestId, result: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

/// The body of an error response. Without an id if the request could not be read.
#[must_use]
pub fn error(id: Option<&RequestId>, error: &RpcError) -> Value {
    let mut body = json!({ "jsonrpc": "2.0", "error": { "code": error.code, "message": error.message } });
    if let Some(body) = body.as_object_mut() {
        if let Some(id) = id {
            body.insert("id".to_owned(), json!(id));
        }
        if let (Some(data), Some(Value::Object(error))) = (&error.data, body.get_mut("error")) {
            error.insert("data".to_owned(), data.clone());
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> i32 {
        Message::read(body.as_bytes()).unwrap_err().code
    }

    #[test]
    fn a_body_is_one_request_or_one_notification() {
        let read = Message::read(br#"{"jsonrpc":"2.0","id":"a","method":"ping","params":{"x":1}}"#).unwrap();
        let params = json!({"x": 1}).as_object().unwrap().clone();
        assert_eq!(read, Message::Request { id: RequestId::Text("a".into()), method: "ping".into(), params });
        let notified = Message::read(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).unwrap();
        assert_eq!(notified, Message::Notification);
        let response = Message::read(br#"{"jsonrpc":"2.0","id":1,"result":{}}"#).unwrap();
        assert_eq!(response, Message::Notification, "nothing was asked");
        assert_eq!(code("{"), -32700);
        for invalid in [
            "[]",
            "7",
            r#"{"id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#,
        ] {
            assert_eq!(code(invalid), -32600, "{invalid}");
        }
        let long = format!(r#"{{"jsonrpc":"2.0","id":"{}","method":"ping"}}"#, "x".repeat(300));
        assert_eq!(code(&long), -32600);
    }

    #[test]
    fn a_response_has_the_id_of_its_request() {
        let (text, number) = (RequestId::Text("1".into()), RequestId::Number(1));
        assert_eq!(result(&text, json!({}))["id"], json!("1"));
        assert_eq!(result(&number, json!({}))["id"], json!(1));
        assert_ne!(text.to_string(), number.to_string());
        let refused = RpcError { data: Some(json!({"a": 1})), ..RpcError::invalid_params("no") };
        let body = error(Some(&number), &refused);
        assert_eq!(body["error"], json!({"code": -32602, "message": "no", "data": {"a": 1}}));
        assert!(error(None, &refused).get("id").is_none());
    }
}
