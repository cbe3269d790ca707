//! A small HTTP server on a free port of this machine.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use axum::Router;
use tokio::net::TcpListener;

/// A reserved port, and the server on it.
#[derive(Clone)]
pub struct TestServer {
    origin: String,
    address: String,
    listener: Arc<Mutex<Option<TcpListener>>>,
}

impl TestServer {
    /// Reserves a free port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn begin() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no free port")?;
        let address = listener.local_addr()?.to_string();
        Ok(Self {
            origin: format!("http://localhost:{}", listener.local_addr()?.port()),
            address,
            listener: Arc::new(Mutex::new(Some(listener))),
        })
    }

    /// Serves this router until the program ends.
    pub fn serve(&self, router: Router) {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(listener) = listener {
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
    }

    /// `http://localhost:{port}`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// `127.0.0.1:{port}`.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// A port that is free now.
///
/// # Errors
/// When no port is free.
pub fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}
