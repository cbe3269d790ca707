//! One MCP request: version, headers and method. Two eras share the endpoint ("Backward Compatibility with
//! Initialization-Based Versions", MCP 2026-07-28):
//!
//! - *modern*: each request states its version and the client's capabilities in `_meta`
//! - *legacy*: `initialize` opens; the capabilities travel in the session id, sealed

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::json_rpc::{RequestId, RpcError};

/// The modern version.
pub const MODERN: &str = "2026-07-28";
/// The versions with a handshake, newest first. 2025-03-26 is not among them: it demands batches of messages,
/// which 2025-06-18 removed.
pub const LEGACY: [&str; 2] = ["2025-11-25", "2025-06-18"];

/// The headers that mirror the body ("Request metadata", Streamable HTTP), as they were sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a> {
    /// `MCP-Protocol-Version`.
    pub version: Option<&'a str>,
    /// `Mcp-Method`.
    pub method: Option<&'a str>,
    /// `Mcp-Name`.
    pub name: Option<&'a str>,
}

/// Which specification a request follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Era {
    /// 2026-07-28: stateless.
    Modern,
    /// 2025-11-25 and earlier: a handshake.
    Legacy,
}

impl Era {
    /// An error in a request that could be read, with the HTTP status of this era. A legacy client reads it
    /// from a successful response only ("Sending Messages to the Server", MCP 2025-11-25: another status
    /// says that the input was not accepted).
    #[must_use]
    pub fn refused(self, error: RpcError) -> RpcError {
        match self {
            Self::Modern => error,
            Self::Legacy => RpcError { status: 200, ..error },
        }
    }
}

/// What a legacy session is: the capabilities that `initialize` declared. Its id is the sealed value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whether the client opens addresses for its person (`elicitation.url`).
    pub opens_urls: bool,
}

/// A valid request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// Its era.
    pub era: Era,
    /// Whether the client opens addresses for its person (`elicitation.url`).
    pub opens_urls: bool,
    /// What is asked.
    pub method: Method,
}

/// The methods of this server.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// `initialize`. Holds the version for the response.
    Initialize(&'static str),
    /// `server/discover`.
    Discover,
    /// `ping`.
    Ping,
    /// `tools/list`.
    ListTools,
    /// `tools/call`.
    CallTool(ToolCall),
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The tool's name.
    pub name: String,
    /// The arguments.
    pub arguments: Map<String, Value>,
    /// Whether a client's person declined what the server asked for (`inputResponses`).
    pub declined: bool,
    /// The state that the server handed out, as the client sent it back. Untrusted.
    pub request_state: Option<String>,
}

/// `-32020`: a header is missing, or differs from the body.
fn header_mismatch(what: &str) -> RpcError {
    RpcError::new(-32020, format!("Header mismatch: {what}"))
}

/// `-32022`: no such version.
fn unsupported(requested: &str) -> RpcError {
    let supported = [MODERN, LEGACY[0]];
    RpcError {
        data: Some(json!({ "supported": supported, "requested": requested })),
        ..RpcError::new(-32022, "Unsupported protocol version")
    }
}

/// Whether capabilities name URL elicitation. `{}` means forms only ("Capabilities", elicitation).
fn opens_urls(capabilities: Option<&Value>) -> bool {
    capabilities.and_then(|all| all.pointer("/elicitation/url")).is_some_and(Value::is_object)
}

/// Decodes `=?base64?…?=`, the form of a value that fits no header ("Value Encoding", Streamable HTTP).
fn decoded(header: &str) -> Option<String> {
    let Some(encoded) = header.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) else {
        return Some(header.to_owned());
    };
    String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
}

impl Request {
    /// Reads a request. `session` is the opened session id of a legacy client, if it sent one.
    ///
    /// # Errors
    /// [`RpcError`] for an unsupported version, headers that differ from the body, invalid parameters and an
    /// unknown method.
    pub fn read(
        id: RequestId,
        method: &str,
        params: &Map<String, Value>,
        headers: Headers<'_>,
        session: Option<Session>,
    ) -> Result<Self, RpcError> {
        let meta = params.get("_meta");
        let field = |name: &str| meta.and_then(|meta| meta.get(format!("io.modelcontextprotocol/{name}")));
        let legacy = headers.version.is_none_or(|version| LEGACY.contains(&version));
        match field("protocolVersion") {
            None if method == "initialize" => Self::initialize(id, params),
            None if legacy => {
                let opens_urls = session.unwrap_or_default().opens_urls;
                Ok(Self {
                    id,
                    era: Era::Legacy,
                    opens_urls,
                    method: Method::read(method, params, Era::Legacy)?,
                })
            }
            None if headers.version == Some(MODERN) => {
                Err(RpcError::invalid_params("`_meta` lacks io.modelcontextprotocol/protocolVersion"))
            }
            None => Err(unsupported(headers.version.unwrap_or_default())),
            Some(Value::String(version)) => {
                mirrors(headers.version, version, "MCP-Protocol-Version")?;
                if version != MODERN {
                    return Err(unsupported(version));
                }
                let Some(capabilities @ Value::Object(_)) = field("clientCapabilities") else {
                    let missing = "`_meta` lacks io.modelcontextprotocol/clientCapabilities";
                    return Err(RpcError::invalid_params(missing));
                };
                mirrors(headers.method, method, "Mcp-Method")?;
                if let (Some(Value::String(name)), "tools/call") = (params.get("name"), method) {
                    let header = headers.name.map(|header| decoded(header).unwrap_or_default());
                    mirrors(header.as_deref(), name, "Mcp-Name")?;
                }
                let opens_urls = opens_urls(Some(capabilities));
                Ok(Self {
                    id,
                    era: Era::Modern,
                    opens_urls,
                    method: Method::read(method, params, Era::Modern)?,
                })
            }
            Some(_) => Err(RpcError::invalid_params("the protocol version is not a text")),
        }
    }

    /// The handshake of a legacy client. A version that this server lacks gets the newest one that it has
    /// ("Version Negotiation", MCP 2025-11-25).
    fn initialize(id: RequestId, params: &Map<String, Value>) -> Result<Self, RpcError> {
        let Some(Value::String(requested)) = params.get("protocolVersion") else {
            return Err(RpcError::invalid_params("`protocolVersion` is not a text"));
        };
        let version = LEGACY.into_iter().find(|version| version == requested).unwrap_or(LEGACY[0]);
        let opens_urls = opens_urls(params.get("capabilities"));
        Ok(Self { id, era: Era::Legacy, opens_urls, method: Method::Initialize(version) })
    }
}

/// Checks that a header repeats a value of the body. Values are case-sensitive.
fn mirrors(header: Option<&str>, body: &str, name: &str) -> Result<(), RpcError> {
    match header.map(str::trim) {
        Some(header) if header == body => Ok(()),
        Some(_) => Err(header_mismatch(&format!("{name} does not match the body"))),
        None => Err(header_mismatch(&format!("{name} is missing"))),
    }
}

impl Method {
    fn read(method: &str, params: &Map<String, Value>, era: Era) -> Result<Self, RpcError> {
        match (method, era) {
            ("server/discover", Era::Modern) => Ok(Self::Discover),
            ("ping", Era::Legacy) => Ok(Self::Ping),
            ("tools/list", _) => Ok(Self::ListTools),
            ("tools/call", _) => ToolCall::read(params).map(Self::CallTool),
            // 404 tells a modern client that the endpoint is there and the method is not. A legacy one would
            // read 404 as "no such session".
            _ => Err(RpcError { status: 404, ..RpcError::new(-32601, "Method not found") }),
        }
        .map_err(|error| era.refused(error))
    }
}

impl ToolCall {
    /// The digest of what is called: the tool and the arguments. A state that was handed out for one call is
    /// valid for no other.
    #[must_use]
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(json!([self.name, self.arguments]).to_string().as_bytes()))
    }

    fn read(params: &Map<String, Value>) -> Result<Self, RpcError> {
        let Some(Value::String(name)) = params.get("name") else {
            return Err(RpcError::invalid_params("`name` is not a text"));
        };
        let arguments = match params.get("arguments") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(arguments)) => arguments.clone(),
            Some(_) => return Err(RpcError::invalid_params("`arguments` is not an object")),
        };
        let responses = params.get("inputResponses").and_then(Value::as_object);
        let refused = |response: &Value| {
            let action = response.get("action").and_then(Value::as_str);
            matches!(action, Some("decline" | "cancel"))
        };
        let declined = responses.is_some_and(|responses| responses.values().any(refused));
        let request_state = params.get("requestState").and_then(Value::as_str).map(str::to_owned);
        Ok(Self { name: name.clone(), arguments, declined, request_state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(version: &str, capabilities: Value) -> Value {
        json!({
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientCapabilities": capabilities,
        })
    }

    fn read(method: &str, params: Value, headers: Headers<'_>) -> Result<Request, RpcError> {
        Request::read(RequestId::Number(1), method, params.as_object().unwrap(), headers, None)
    }

    const LIST: Headers<'_> = Headers { version: Some(MODERN), method: Some("tools/list"), name: None };

    #[test]
    fn a_modern_request_states_version_and_capabilities() {
        let asked = read("tools/list", json!({"_meta": meta(MODERN, json!({}))}), LIST).unwrap();
        assert_eq!((asked.era, asked.opens_urls, asked.method), (Era::Modern, false, Method::ListTools));
        for (capabilities, opens) in [
            (json!({"elicitation": {}}), false),
            (json!({"elicitation": {"form": {}}}), false),
            (json!({"elicitation": {"url": {}}}), true),
        ] {
            let asked = read("tools/list", json!({"_meta": meta(MODERN, capabilities)}), LIST).unwrap();
            assert_eq!(asked.opens_urls, opens);
        }
        for lacking in [
            json!({}),
            json!({"_meta": {}}),
            json!({"_meta": {"io.modelcontextprotocol/protocolVersion": MODERN}}),
            json!({"_meta": {"io.modelcontextprotocol/protocolVersion": 7}}),
        ] {
            let error = read("tools/list", lacking.clone(), LIST).unwrap_err();
            assert_eq!((error.code, error.status), (-32602, 400), "{lacking}");
        }
    }

    #[test]
    fn an_unknown_version_gets_the_list_of_the_known_ones() {
        let headers = Headers { version: Some("1900-01-01"), ..LIST };
        for params in [json!({"_meta": meta("1900-01-01", json!({}))}), json!({})] {
            let error = read("tools/list", params, headers).unwrap_err();
            assert_eq!((error.code, error.status), (-32022, 400));
            let data = json!({"supported": ["2026-07-28", "2025-11-25"], "requested": "1900-01-01"});
            assert_eq!(error.data, Some(data));
        }
    }

    #[test]
    fn headers_repeat_the_body() {
        let call = json!({"name": "find_account", "_meta": meta(MODERN, json!({}))});
        let right = Headers { version: Some(MODERN), method: Some("tools/call"), name: Some("find_account") };
        assert!(read("tools/call", call.clone(), right).is_ok());
        let encoded = Headers { name: Some("=?base64?ZmluZF9hY2NvdW50?="), ..right };
        assert!(read("tools/call", call.clone(), encoded).is_ok());
        for wrong in [
            Headers { version: None, ..right },
            Headers { version: Some("2025-11-25"), ..right },
            Headers { method: None, ..right },
            Headers { method: Some("tools/list"), ..right },
            Headers { method: Some("Tools/Call"), ..right },
            Headers { name: None, ..right },
            Headers { name: Some("create_opportunity"), ..right },
            Headers { name: Some("=?base64?%%?="), ..right },
        ] {
            let error = read("tools/call", call.clone(), wrong).unwrap_err();
            assert_eq!((error.code, error.status), (-32020, 400), "{wrong:?}");
        }
    }

    #[test]
    fn a_legacy_client_opens_with_initialize_and_its_session_keeps_its_capabilities() {
        let params = json!({"protocolVersion": "2025-06-18", "capabilities": {"elicitation": {"url": {}}}});
        let opened = read("initialize", params, Headers::default()).unwrap();
        let expected = (Era::Legacy, true, Method::Initialize("2025-06-18"));
        assert_eq!((opened.era, opened.opens_urls, opened.method), expected);
        for version in ["2031-01-01", "2025-03-26"] {
            let other = read("initialize", json!({ "protocolVersion": version }), Headers::default());
            assert_eq!(other.unwrap().method, Method::Initialize("2025-11-25"), "{version}");
        }
        for version in [None, Some("2025-11-25"), Some("2025-06-18")] {
            let headers = Headers { version, ..Headers::default() };
            assert_eq!(read("ping", json!({}), headers).unwrap().method, Method::Ping);
        }
        let session = Some(Session { opens_urls: true });
        let params = Map::new();
        let asked =
            Request::read(RequestId::Number(2), "tools/list", &params, Headers::default(), session).unwrap();
        assert!(asked.opens_urls);
    }

    #[test]
    fn a_method_of_the_other_era_is_unknown() {
        let headers = Headers { method: Some("ping"), ..LIST };
        let modern = read("ping", json!({"_meta": meta(MODERN, json!({}))}), headers).unwrap_err();
        assert_eq!((modern.code, modern.status), (-32601, 404));
        let legacy = read("server/discover", json!({}), Headers::default()).unwrap_err();
        assert_eq!((legacy.code, legacy.status), (-32601, 200), "404 would end the session");
    }

    #[test]
    fn a_legacy_client_reads_an_error_from_a_successful_response() {
        for params in [json!({}), json!({"name": "x", "arguments": 7})] {
            let error = read("tools/call", params, Headers::default()).unwrap_err();
            assert_eq!((error.code, error.status), (-32602, 200));
        }
        let unknown = RpcError::invalid_params("Unknown tool: x");
        assert_eq!(
            (Era::Modern.refused(unknown.clone()).status, Era::Legacy.refused(unknown).status),
            (400, 200)
        );
        let version = Headers { version: Some("1900-01-01"), ..Headers::default() };
        assert_eq!(read("tools/list", json!({}), version).unwrap_err().status, 400, "not accepted at all");
    }

    #[test]
    fn a_declined_address_is_seen_and_an_accepted_one_claims_nothing() {
        let call = |responses: Value| {
            let params = json!({"name": "x", "inputResponses": responses, "requestState": "s"});
            let Method::CallTool(call) = read("tools/call", params, Headers::default()).unwrap().method
            else {
                panic!()
            };
            call
        };
        assert!(call(json!({"login": {"action": "decline"}})).declined);
        assert!(call(json!({"login": {"action": "cancel"}})).declined);
        for other in [json!({}), json!([]), json!({"login": {"action": "accept"}}), json!({"login": true})] {
            assert!(!call(other).declined);
        }
        assert_eq!(call(json!({})).request_state.as_deref(), Some("s"));
        let mut other = call(json!({}));
        other.arguments.insert("amount".into(), json!(1));
        assert_eq!(call(json!({})).digest(), call(json!([])).digest());
        assert_ne!(other.digest(), call(json!({})).digest());
        for wrong in [json!({}), json!({"name": 1}), json!({"name": "x", "arguments": []})] {
            assert_eq!(read("tools/call", wrong, Headers::default()).unwrap_err().code, -32602);
        }
    }
}
