//! The id by which the log lines and the error message of one request are found.

use serde::{Deserialize, Serialize};

/// The id of a request in logs and error messages: eight hex digits in two groups, e.g. `8f3a-21c9`. Empty
/// for work without a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct CorrelationId(String);

impl CorrelationId {
    /// Creates the id of a request: the last digits of Cloudflare's own id (`cf-ray`), which its support can
    /// look up, or random digits without one.
    #[must_use]
    pub fn of_request(ray: Option<&str>, random: [u8; 4]) -> Self {
        let is_hex = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let ray = ray.and_then(|ray| ray.split('-').next()).filter(is_hex);
        let last = ray.and_then(|digits| digits.get(digits.len().checked_sub(8)?..));
        let digits = last.map_or_else(|| hex::encode(random), str::to_ascii_lowercase);
        let (one, other) = digits.split_at(4);
        Self(format!("{one}-{other}"))
    }

    /// Returns the id for people and logs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the work has no request.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Maps a text that is no correlation id to the empty id.
impl From<String> for CorrelationId {
    fn from(text: String) -> Self {
        let fits = text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        Self(if fits { text } else { String::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correlation_id_is_the_end_of_cloudflares_id_for_the_request() {
        let of = |ray: Option<&str>| CorrelationId::of_request(ray, [0xab, 0xcd, 1, 2]).as_str().to_owned();
        assert_eq!(of(Some("230B030023AE2822-SJC")), "23ae-2822");
        for none in [None, Some(""), Some("short"), Some("</script>xxxxxxx")] {
            assert_eq!(of(none), "abcd-0102", "{none:?}");
        }
        assert!(CorrelationId::from("</b>".to_owned()).is_empty());
    }
}
