//! A stand-in of Workers KV: a map in memory behind the HTTP protocol of workerd's KV namespaces. It adds the
//! time of one request on loopback, and counts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;

use crate::test_server::TestServer;

/// The namespace.
pub struct Kv {
    values: Mutex<HashMap<String, Bytes>>,
    reads: AtomicU64,
    writes: AtomicU64,
    listening: TestServer,
}

impl Kv {
    /// Starts the server.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> Result<Arc<Self>> {
        let listening = TestServer::begin().await?;
        let kv = Arc::new(Self {
            values: Mutex::default(),
            reads: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            listening: listening.clone(),
        });
        let one = get(read).put(write).delete(remove);
        listening.serve(Router::new().route("/{*key}", one).with_state(Arc::clone(&kv)));
        Ok(kv)
    }

    /// Its address.
    pub fn address(&self) -> &str {
        self.listening.address()
    }

    /// The numbers of reads, and of writes and deletes, so far.
    pub fn counts(&self) -> (u64, u64) {
        (self.reads.load(Ordering::Relaxed), self.writes.load(Ordering::Relaxed))
    }

    fn with<T>(&self, look: impl FnOnce(&mut HashMap<String, Bytes>) -> T) -> T {
        look(&mut self.values.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn read(State(kv): State<Arc<Kv>>, Path(key): Path<String>) -> Result<Bytes, StatusCode> {
    kv.reads.fetch_add(1, Ordering::Relaxed);
    kv.with(|values| values.get(&key).cloned()).ok_or(StatusCode::NOT_FOUND)
}

async fn write(State(kv): State<Arc<Kv>>, Path(key): Path<String>, value: Bytes) {
    kv.writes.fetch_add(1, Ordering::Relaxed);
    kv.with(|values| values.insert(key, value));
}

async fn remove(State(kv): State<Arc<Kv>>, Path(key): Path<String>) {
    kv.writes.fetch_add(1, Ordering::Relaxed);
    kv.with(|values| values.remove(&key));
}
