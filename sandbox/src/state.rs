//! The sandbox's data: persistent (a JSON file) and in memory.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::faults::Faults;
use crate::http_client::{self, HttpClient};
use crate::settings::Settings;
use crate::signing_keys::KeyRing;
use crate::store::fixture_apps;
use crate::store::grants::Code;
use crate::store::playground::Playground;
use crate::store::request_log::RequestLog;
use crate::store::rosters::Rosters;
use crate::store::sent_messages::Sent;
use crate::store::{box_com, entra, freshdesk, salesforce, servicenow};

/// The sandbox, shared by all handlers.
pub type Shared = Arc<Sandbox>;

/// The shared parts of all stand-ins.
pub struct Sandbox {
    /// Addresses and clients.
    pub settings: Settings,
    /// The issuers' keys.
    pub keys: Arc<KeyRing>,
    /// For calls to the worker and the Playground.
    pub http: HttpClient,
    /// The file of the persistent state, if any.
    file: Option<PathBuf>,
    saved: Mutex<Saved>,
    memory: Mutex<Memory>,
    /// The end of a period in which all connections are refused.
    pub away: watch::Sender<Instant>,
}

/// The persistent state.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Saved {
    /// People and browser sessions of all tenants.
    pub entra: entra::Directory,
    /// Users, grants and records of all organisations.
    pub salesforce: salesforce::Store,
    /// Users, grants and records of the instance.
    pub servicenow: servicenow::Store,
    /// Users, grants, folders and files of all enterprises.
    #[serde(rename = "box")]
    pub box_com: box_com::Store,
    /// Agents, keys and tickets.
    pub freshdesk: freshdesk::Store,
    /// Users and grants of the apps with a fixture.
    pub fixture_apps: fixture_apps::Store,
    /// The conversations of the Agents Playground.
    pub playground: Playground,
    /// The members of conversations.
    pub rosters: Rosters,
}

/// The state in memory.
#[derive(Default)]
pub struct Memory {
    /// The active faults.
    pub faults: Faults,
    /// The log of requests.
    pub requests: RequestLog,
    /// The bot's messages.
    pub sent: Sent,
    /// Entra's codes and planned variations.
    pub entra: entra::Pending,
    /// The apps' open codes.
    pub codes: HashMap<String, Code>,
    /// Salesforce's query cursors.
    pub salesforce: salesforce::Pending,
    /// The calls that the apps with a fixture received.
    pub fixture_apps: fixture_apps::Journal,
}

impl Sandbox {
    /// The initial state and its file.
    pub(crate) fn new(settings: Settings, keys: Arc<KeyRing>, file: Option<PathBuf>, saved: Saved) -> Self {
        Self {
            keys,
            http: http_client::client(),
            settings,
            file,
            saved: Mutex::new(saved),
            memory: Mutex::default(),
            away: watch::Sender::new(Instant::now()),
        }
    }

    /// From now on, changes are kept in memory only.
    pub(crate) fn unsaved(self) -> Self {
        Self { file: None, ..self }
    }

    /// Reads the persistent state.
    pub fn read<T>(&self, look: impl FnOnce(&Saved) -> T) -> T {
        look(&lock(&self.saved))
    }

    /// Changes the persistent state, and saves it before the result is visible.
    pub fn change<T>(&self, change: impl FnOnce(&mut Saved) -> T) -> T {
        let mut saved = lock(&self.saved);
        let result = change(&mut saved);
        if let Some(file) = &self.file
            && let Err(error) = write(file, &saved)
        {
            eprintln!("The sandbox cannot keep its state in {}: {error:#}", file.display());
        }
        result
    }

    /// The state in memory.
    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.memory)
    }
}

fn write(file: &Path, saved: &Saved) -> anyhow::Result<()> {
    // Renaming is atomic: after a crash the file contains the old or the new state.
    let fresh = file.with_extension("json.new");
    fs::write(&fresh, serde_json::to_vec(saved)?)?;
    fs::rename(&fresh, file)?;
    Ok(())
}

/// A poisoned lock is used anyway: a partial change does not matter to a stand-in.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
