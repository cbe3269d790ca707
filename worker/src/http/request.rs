//! A request: its head, read in one call, and its body with a size limit.

use serde::de::DeserializeOwned;
use url::form_urlencoded;
use wasm_bindgen::JsValue;
use workbot_domain::json;
use workbot_shared::ErrorCode;

use super::response::RequestError;
use crate::ports_js::{body, bytes, head, settled};

/// In bytes. Teams limits an activity to about 100 KB ("Format your bot messages", msteams-docs).
const MAX_BODY: u32 = 1_000_000;
/// The headers that are read, in the order of [`Header`].
const HEADERS: &str = "authorization cookie accept-language cf-ray cf-connecting-ip accept";

/// A header that is read.
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "their names say it")]
pub enum Header {
    Authorization,
    Cookie,
    AcceptLanguage,
    CfRay,
    CfConnectingIp,
    Accept,
}

/// A request.
pub struct Request {
    raw: JsValue,
    /// The method, the path, the query string, and the headers in the order of [`Header`].
    head: Vec<String>,
}

impl Request {
    /// Reads the head.
    pub fn of(raw: JsValue) -> Self {
        let head = head(&raw, HEADERS).split('\n').map(str::to_owned).collect();
        Self { raw, head }
    }

    fn line(&self, number: usize) -> &str {
        self.head.get(number).map_or("", String::as_str)
    }

    /// The method.
    pub fn method(&self) -> &str {
        self.line(0)
    }

    /// The path, percent-encoded.
    pub fn path(&self) -> &str {
        self.line(1)
    }

    /// A header. `None` also for an empty one.
    pub fn header(&self, header: Header) -> Option<&str> {
        Some(self.line(3 + header as usize)).filter(|value| !value.is_empty())
    }

    /// A parameter of the query string, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.line(2).trim_start_matches('?').as_bytes();
        form_urlencoded::parse(query).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The query string, without `?`.
    pub fn query(&self) -> &str {
        self.line(2).trim_start_matches('?')
    }

    /// Further headers, by their names in one text; empty for those that are missing.
    pub fn headers(&self, names: &str) -> Vec<String> {
        head(&self.raw, names).split('\n').skip(3).map(str::to_owned).collect()
    }

    /// The request of the runtime.
    pub fn raw(&self) -> &JsValue {
        &self.raw
    }

    /// Reads the body.
    ///
    /// # Errors
    /// 413 beyond [`MAX_BODY`] bytes, whatever `Content-Length` says; 500 when the connection breaks.
    pub async fn body(&self) -> Result<Vec<u8>, RequestError> {
        let read = settled(body(&self.raw, MAX_BODY)).await;
        let read = read.map_err(|error| RequestError::of(ErrorCode::Internal).with_cause(error))?;
        bytes(&read).ok_or_else(|| RequestError::of(ErrorCode::TooLarge))
    }

    /// Reads a JSON body, which may have no member without a field. `None` for an empty body.
    ///
    /// # Errors
    /// As [`Self::body`], and 400 for one that is not the expected JSON.
    pub async fn json<T: DeserializeOwned>(&self) -> Result<Option<T>, RequestError> {
        let body = self.body().await?;
        if body.is_empty() {
            return Ok(None);
        }
        json::exactly(&body).map(Some).map_err(|_| RequestError::of(ErrorCode::BadRequest))
    }
}

/// A cookie by its name (RFC 6265 section 5.4).
pub fn cookie(request: &Request, name: &str) -> Option<String> {
    let header = request.header(Header::Cookie)?;
    header.split(';').find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then(|| value.to_owned())
    })
}
