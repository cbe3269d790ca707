//! The bodies of requests to apps.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::catalog::Part;
use crate::template::{Target, TemplateError, evaluate_tree};

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A JSON body.
    Json(Value),
    /// A `multipart/form-data` body (RFC 7578).
    Multipart {
        /// The boundary between the parts.
        boundary: String,
        /// The encoded parts, with their boundaries.
        bytes: Vec<u8>,
    },
}

impl Body {
    /// Returns the value of `Content-Type` and the encoded bytes.
    #[must_use]
    pub fn encoded(self) -> (String, Vec<u8>) {
        match self {
            Self::Json(value) => ("application/json".to_owned(), value.to_string().into_bytes()),
            Self::Multipart { boundary, bytes } => {
                (format!("multipart/form-data; boundary={boundary}"), bytes)
            }
        }
    }
}

/// Encodes the parts (RFC 7578). Names are escaped as browsers do: HTML Standard, "multipart/form-data
/// encoding algorithm".
pub(super) fn multipart(parts: &[Part], values: &Value) -> Result<Body, TemplateError> {
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
        let (kind, bytes) = body.encoded();
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"attributes\"\r\n\r\n\
             {{\"name\":\"a\\\"\\r\\nb\"}}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22%0D%0Ab\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n--x\r\n\r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }
}
