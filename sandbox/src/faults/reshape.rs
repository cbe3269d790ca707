//! The correct response in another shape, with the same or nearly the same content.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The encoding of a response.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// As JSON.
    #[default]
    Json,
    /// As a form.
    Form,
    /// As a JSON text that holds JSON.
    Text,
}

/// The changes of a correct response that is a JSON object.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reshape {
    /// Fields with other values; `null` is a value.
    pub set: BTreeMap<String, Value>,
    /// Fields to remove.
    pub remove: Vec<String>,
    /// Wrap the object in a field of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<String>,
    /// The encoding.
    pub written: Written,
    /// A byte order mark before it.
    pub bom: bool,
    /// Another status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Another content type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

impl Reshape {
    /// The changed response. A response that is not a JSON object stays unchanged.
    pub async fn reshaped(&self, response: Response<Body>) -> Response<Body> {
        let (mut parts, body) = response.into_parts();
        let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let Ok(mut fields) = serde_json::from_slice::<Map<String, Value>>(&whole) else {
            return Response::from_parts(parts, Body::from(whole));
        };
        fields.retain(|name, _| !self.remove.contains(name));
        fields.extend(self.set.iter().map(|(name, value)| (name.clone(), value.clone())));
        let fields = match &self.below {
            Some(name) => json!({ name: fields }),
            None => Value::Object(fields),
        };
        let text = match self.written {
            Written::Json => fields.to_string(),
            Written::Form => form(&fields),
            Written::Text => json!(fields.to_string()).to_string(),
        };
        let bom = if self.bom { "\u{feff}" } else { "" };
        let kind = match (&self.content_type, self.written) {
            (Some(kind), _) => kind,
            (None, Written::Form) => "application/x-www-form-urlencoded",
            (None, _) => "application/json",
        };
        parts.headers.remove(header::CONTENT_LENGTH);
        if let Ok(kind) = HeaderValue::from_str(kind) {
            parts.headers.insert(header::CONTENT_TYPE, kind);
        }
        parts.status =
            self.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(parts.status);
        Response::from_parts(parts, Body::from(format!("{bom}{text}")))
    }
}

fn form(fields: &Value) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        form.append_pair(name, &text);
    }
    form.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn reshaped(reshape: &Value) -> String {
        let reshape: Reshape = serde_json::from_value(reshape.clone()).unwrap();
        let response = Response::new(Body::from(r#"{"access_token":"a b","expires_in":7200}"#));
        let response = reshape.reshaped(response).await;
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        format!("{status} {}", String::from_utf8_lossy(&body))
    }

    #[tokio::test]
    async fn a_right_answer_comes_in_another_shape() {
        for (reshape, response) in [
            (json!({}), r#"200 {"access_token":"a b","expires_in":7200}"#),
            (json!({"set": {"expires_in": "7200"}}), r#"200 {"access_token":"a b","expires_in":"7200"}"#),
            (json!({"remove": ["expires_in"], "status": 201}), r#"201 {"access_token":"a b"}"#),
            (json!({"written": "form"}), "200 access_token=a+b&expires_in=7200"),
            (json!({"below": "data", "remove": ["expires_in"]}), r#"200 {"data":{"access_token":"a b"}}"#),
            (
                json!({"bom": true, "written": "text", "remove": ["expires_in"]}),
                "200 \u{feff}\"{\\\"access_token\\\":\\\"a b\\\"}\"",
            ),
        ] {
            assert_eq!(reshaped(&reshape).await, response);
        }
    }
}
