//! A stand-in of static assets: the files of a tab, below `/tab/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::test_server::TestServer;

/// A served folder, which can be changed.
pub struct StaticSite {
    folder: Mutex<PathBuf>,
    listening: TestServer,
}

impl StaticSite {
    /// Starts to serve a folder.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(folder: &Path) -> Result<Arc<Self>> {
        let listening = TestServer::begin().await?;
        let site = Arc::new(Self { folder: Mutex::new(folder.to_owned()), listening: listening.clone() });
        listening.serve(Router::new().fallback(file).with_state(Arc::clone(&site)));
        Ok(site)
    }

    /// Serves another folder from now on.
    pub fn show(&self, folder: &Path) {
        folder.clone_into(&mut self.folder.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Its address.
    pub fn address(&self) -> &str {
        self.listening.address()
    }

    fn folder(&self) -> PathBuf {
        self.folder.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn file(State(site): State<Arc<StaticSite>>, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    let kind = match Path::new(&path).extension().and_then(|its| its.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    if path.split('/').any(|part| part == "..") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match fs::read(site.folder().join(path)) {
        Ok(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
