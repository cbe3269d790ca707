//! The bodies of requests to apps.

use serde_json::Value;
use sha2::{Digest, Sha256};
use url::form_urlencoded::Serializer;

use super::request_parameters::parameters;
use crate::catalog::{Action, Part};
use crate::template::{Target, TemplateError, evaluate_tree};

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A JSON body.
    Json(Value),
    /// A body of `application/x-www-form-urlencoded`, encoded.
    Form(String),
    /// A text.
    Text(String),
    /// A `multipart/form-data` body (RFC 7578).
    Multipart {
        /// The boundary between the parts.
        boundary: String,
        /// The encoded parts, with their boundaries.
        bytes: Vec<u8>,
    },
}

impl Body {
    /// Returns the value of `Content-Type`, unless the app's file states another.
    #[must_use]
    pub fn content_type(&self) -> String {
        match self {
            Self::Json(_) => "application/json".to_owned(),
            Self::Form(_) => "application/x-www-form-urlencoded".to_owned(),
            Self::Text(_) => "text/plain; charset=utf-8".to_owned(),
            Self::Multipart { boundary, .. } => format!("multipart/form-data; boundary={boundary}"),
        }
    }

    /// Returns the encoded bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Json(value) => value.to_string().into_bytes(),
            Self::Form(text) | Self::Text(text) => text.into_bytes(),
            Self::Multipart { bytes, .. } => bytes,
        }
    }
}

/// Builds the body of an action from its values.
pub(super) fn body(action: &Action, values: &Value) -> Result<Option<Body>, TemplateError> {
    let body = if let Some(body) = &action.body {
        Body::Json(evaluate_tree(body, values)?)
    } else if let Some(raw) = &action.raw {
        Body::Text(raw.render(Target::Plain, values)?)
    } else if !action.form.is_empty() {
        let fields = action.form.iter().map(|(name, template)| (name.as_str(), template));
        Body::Form(Serializer::new(String::new()).extend_pairs(parameters(fields, values)?).finish())
    } else if !action.parts.is_empty() {
        multipart(&action.parts, values)?
    } else {
        return Ok(None);
    };
    Ok(Some(body))
}

/// Encodes the parts (RFC 7578). Names are escaped as browsers do: HTML Standard, "multipart/form-data
/// encoding algorithm".
fn multipart(parts: &[Part], values: &Value) -> Result<Body, TemplateError> {
    let quoted = |name: &str| name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let mut encoded = Vec::new();
    for part in parts {
        let mut head = format!("Content-Disposition: form-data; name=\"{}\"", quoted(&part.name));
        if let Some(file_name) = &part.file_name {
            let file_name = file_name.render(Target::Plain, values)?;
            head +=
                &format!("; filename=\"{}\"\r\nContent-Type: application/octet-stream", quoted(&file_name));
        }
        let text = match evaluate_tree(&part.value, values)? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        encoded.push(format!("{head}\r\n\r\n{text}\r\n"));
    }
    // The boundary is a digest of the parts, so none of them contains it.
    let boundary = encoded.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize();
    let boundary = hex::encode(boundary);
    let body = encoded.iter().map(|part| format!("--{boundary}\r\n{part}")).collect::<String>();
    Ok(Body::Multipart { bytes: format!("{body}--{boundary}--\r\n").into_bytes(), boundary })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Template;
    use serde_json::json;

    #[test]
    fn parts_keep_their_order_and_a_name_cannot_leave_its_quotes() {
        let parts = [
            Part { name: "attributes".into(), value: json!({"name": "{{ name }}"}), file_name: None },
            Part {
                name: "file".into(),
                value: json!("{{ text }}"),
                file_name: Some(Template("{{ name }}".into())),
            },
        ];
        let body = multipart(&parts, &json!({"name": "a\"\r\nb", "text": "--x\r\n"})).unwrap();
        let (kind, bytes) = (body.content_type(), body.into_bytes());
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"attributes\"\r\n\r\n\
             {{\"name\":\"a\\\"\\r\\nb\"}}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22%0D%0Ab\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n--x\r\n\r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    /// The body of an action with these fields in its file.
    fn body_of(fields: Value, with: Value) -> (Body, Option<String>) {
        let mut action = json!({"about": "x", "method": "POST", "path": "/", "writes": true});
        action.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
        let action: Action = serde_json::from_value(action).unwrap();
        (body(&action, &json!({ "with": with })).unwrap().unwrap(), action.content_type)
    }

    #[test]
    fn a_form_is_encoded_and_has_no_empty_fields() {
        let fields =
            json!({"To": "{{ with.to }}", "Body": "{{ with.text }}", "MediaUrl": "{{ with.media }}"});
        let with = json!({"to": "+1 555", "text": "a&b=ü", "media": ""});
        let (body, _) = body_of(json!({ "form": fields }), with);
        assert_eq!(body.content_type(), "application/x-www-form-urlencoded");
        assert_eq!(body.into_bytes(), b"Body=a%26b%3D%C3%BC&To=%2B1+555");
    }

    #[test]
    fn a_raw_body_is_the_text_itself() {
        let fields = json!({"raw": "{{ with.text }}", "content_type": "text/markdown"});
        let (body, content_type) = body_of(fields, json!({"text": "<b> & \"ü\""}));
        assert_eq!(body.into_bytes(), "<b> & \"ü\"".as_bytes());
        assert_eq!(content_type.as_deref(), Some("text/markdown"));
    }
}
