//! A sandbox without a port, and a browser with a cookie jar.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http_body_util::BodyExt;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use workbot_sandbox::settings::Client;
use workbot_sandbox::{Sandbox, Settings, router};

pub const TENANT: &str = "00000000-0000-0000-0000-0000000000001";
pub const WORKER: &str = "http://localhost:8787";
pub const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-rfc-7636";

pub struct World {
    folder: PathBuf,
    settings: Settings,
    app: Router,
    cookies: HashMap<String, String>,
}

pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// A parameter of the address that the answer leads to.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let location = self.headers.get(header::LOCATION)?.to_str().unwrap();
        let url = url::Url::parse(location).unwrap();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// A query with some parameters changed, and without those that are empty now.
pub fn changed(
    mut query: Vec<(&'static str, String)>,
    changes: &[(&'static str, &str)],
) -> Vec<(&'static str, String)> {
    for (name, value) in changes {
        query.retain(|(known, _)| known != name);
        if !value.is_empty() {
            query.push((name, (*value).to_owned()));
        }
    }
    query
}

pub fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// Making RSA keys takes long: all tests of all runs use the same.
fn keys() -> &'static PathBuf {
    static KEYS: OnceLock<PathBuf> = OnceLock::new();
    KEYS.get_or_init(|| {
        let keys = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("keys");
        if !keys.exists() {
            let fresh = fresh_folder();
            Sandbox::open(settings(fresh.clone())).unwrap();
            // Another test run may have been faster; then its keys are as good.
            let _ = std::fs::rename(&fresh, &keys);
        }
        keys
    })
}

fn fresh_folder() -> PathBuf {
    static SERIAL: AtomicU32 = AtomicU32::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("world-{}-{serial}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub fn settings(state: PathBuf) -> Settings {
    Settings {
        port: 8788,
        origin: "http://localhost:8788".to_owned(),
        worker: WORKER.to_owned(),
        playground: "http://localhost:8789".to_owned(),
        state,
        bot: Client { id: "bot".to_owned(), secret: "bot-secret".to_owned() },
        bot_tenant: TENANT.to_owned(),
        salesforce: Some(Client { id: "app".to_owned(), secret: "app-secret".to_owned() }),
        servicenow: Some(Client { id: "snow-app".to_owned(), secret: "snow-secret".to_owned() }),
        box_com: Some(Client { id: "box-app".to_owned(), secret: "box-secret".to_owned() }),
        fixture_apps: BTreeMap::new(),
    }
}

fn open(settings: &Settings) -> Router {
    router(Arc::new(Sandbox::open(settings.clone()).unwrap()))
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl World {
    pub fn new() -> Self {
        Self::beside(WORKER, "http://localhost:8789")
    }

    /// With this worker and this Playground.
    pub fn beside(worker: &str, playground: &str) -> Self {
        let folder = fresh_folder();
        for file in std::fs::read_dir(keys()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
        let settings = Settings {
            worker: worker.to_owned(),
            playground: playground.to_owned(),
            ..settings(folder.clone())
        };
        let app = open(&settings);
        Self { folder, settings, app, cookies: HashMap::new() }
    }

    /// Starts again with other settings.
    pub fn restart_with(&mut self, edit: impl FnOnce(&mut Settings)) {
        edit(&mut self.settings);
        self.app = open(&self.settings);
    }

    /// Starts again with the state that was saved, edited.
    pub fn restart(&mut self, edit: impl FnOnce(&mut Value)) {
        let file = self.folder.join("state.json");
        let mut state = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        edit(&mut state);
        std::fs::write(&file, state.to_string()).unwrap();
        self.app = open(&self.settings);
    }

    pub async fn get(&mut self, path: &str, query: &[(&str, &str)]) -> Response {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        self.send(Request::get(format!("{path}?{query}")).body(Body::empty()).unwrap()).await
    }

    /// An address as it is.
    pub async fn get_raw(&mut self, address: &str) -> Response {
        self.send(Request::get(address).body(Body::empty()).unwrap()).await
    }

    pub async fn get_as(&mut self, token: &str, path: &str, query: &[(&str, &str)]) -> Response {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let request =
            Request::get(format!("{path}?{query}")).header("authorization", format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Response {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form)).unwrap()).await
    }

    pub async fn call(&mut self, token: &str, method: &str, path: &str, body: Value) -> Response {
        self.call_as(&format!("Bearer {token}"), method, path, body).await
    }

    /// With this `Authorization`.
    pub async fn call_as(&mut self, credentials: &str, method: &str, path: &str, body: Value) -> Response {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .header("authorization", credentials);
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// A GET at the sandbox's own host, with this `Authorization`.
    pub async fn at_own_address(&mut self, path: &str, credentials: &str) -> Response {
        let request =
            Request::get(path).header("host", "localhost:8788").header("authorization", credentials);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// With this `Authorization` and this body.
    pub async fn post_as(&mut self, credentials: &str, path: &str, kind: &str, body: String) -> Response {
        let request = Request::post(path).header("content-type", kind).header("authorization", credentials);
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn send(&mut self, mut request: Request<Body>) -> Response {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert("cookie", cookies.join("; ").parse().unwrap());
        }
        let (parts, body) = self.app.clone().oneshot(request).await.unwrap().into_parts();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        Response {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }
}
