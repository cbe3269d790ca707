//! What agents' clients send: messages of MCP, and requests of the authorization server.

use serde_json::{Map, Value};
use url::Url;
use workbot_domain::agent::client::{Client, ClientId};
use workbot_domain::agent::json_rpc::{self, Message};
use workbot_domain::agent::oauth::{
    AuthorizationRefusal, AuthorizationRequest, Credentials, Door, Parameters, TokenRequest,
};
use workbot_domain::agent::request::{Headers, LEGACY, MODERN, Request};

const PUBLIC: &str = "https://workbot.contoso.com";
const REDIRECT_URI: &str = "https://agent.example/callback?a=1";
/// The codes of the specification that this server uses.
const CODES: [i32; 6] = [-32700, -32600, -32601, -32602, -32020, -32022];

/// A body at the MCP endpoint, in both eras: it is a request, or it is refused with a code of the
/// specification and its own id.
pub fn agent_message(data: &[u8]) {
    let (id, method, params) = match Message::read(data) {
        Ok(Message::Request { id, method, params }) => (id, method, params),
        Ok(Message::Notification) => return,
        Err(error) => return assert!(CODES.contains(&error.code) && error.status == 400, "{error:?}"),
    };
    let name = params.get("name").and_then(Value::as_str).map(str::to_owned);
    for version in [None, Some(MODERN), Some(LEGACY[0]), Some("1900-01-01")] {
        let headers = Headers { version, method: Some(&method), name: name.as_deref() };
        match Request::read(id.clone(), &method, &params, headers, None) {
            Ok(read) => assert_eq!(read.id, id),
            Err(error) => {
                assert!(CODES.contains(&error.code), "{error:?}");
                assert!([200, 400, 404].contains(&error.status), "{error:?}");
                assert_eq!(json_rpc::error(Some(&id), &error)["id"], serde_json::json!(id));
            }
        }
    }
}

fn client() -> Client {
    let redirect_uris = vec![REDIRECT_URI.into(), "http://127.0.0.1/callback".into()];
    Client { id: "c".into(), name: "Agent".into(), host: None, redirect_uris }
}

/// A query or a form of the authorization server. A browser is sent to a redirect URI of the client only.
pub fn agent_form(data: &[u8]) {
    let (parameters, door) = (Parameters::read(data), Door::of(PUBLIC));
    let _ = TokenRequest::read(&parameters, &door);
    let text = String::from_utf8_lossy(data);
    let _ = Credentials::read(&parameters, Some(&text));
    let to = match AuthorizationRequest::read(&parameters, client(), &door) {
        Ok(request) => request.granted("code", &door),
        Err(AuthorizationRefusal::Redirect(to)) => to,
        Err(AuthorizationRefusal::Page) => return,
    };
    let to = Url::parse(&to).expect("an address");
    let is_loopback = to.host_str() == Some("127.0.0.1") && to.scheme() == "http";
    assert!(to.as_str().starts_with(&format!("{REDIRECT_URI}&")) || is_loopback, "{to}");
    assert!(to.query_pairs().any(|(name, value)| name == "iss" && value == PUBLIC), "{to}");
}

/// A client id, and a metadata document at a public address.
pub fn agent_client(data: &[u8]) {
    if let Ok(ClientId::Document(url)) = ClientId::parse(&String::from_utf8_lossy(data), PUBLIC) {
        assert_eq!(url.scheme(), "https");
        assert!(url.domain().is_some_and(|host| host.contains('.')), "{url}");
    }
    let at = Url::parse("https://agent.example/client.json").expect("an address");
    let Ok(mut document) = serde_json::from_slice::<Map<String, Value>>(data) else {
        return assert!(Client::from_document(&at, data).is_err() || data.starts_with(b"\xef\xbb\xbf"));
    };
    document.insert("client_id".into(), at.as_str().into());
    let Ok(client) = Client::from_document(&at, Value::from(document).to_string().as_bytes()) else { return };
    assert!(
        !client.name.is_empty() && !client.name.contains(['\n', '<', '[', '\u{202e}']),
        "{}",
        client.name
    );
    for uri in &client.redirect_uris {
        let url = Url::parse(uri).expect("an address");
        assert!(url.scheme() == "https" || url.scheme() == "http", "{uri}");
        assert!(client.allows_redirect(uri), "{uri}");
    }
}
