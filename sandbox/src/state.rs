//! What the sandbox knows: what outlives it (a JSON file) and what does not (memory).

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::faults::Faults;
use crate::keys::KeyRing;
use crate::outbound::{self, HttpClient};
use crate::settings::Settings;
use crate::store::accounts::Code;
use crate::store::playground::Playground;
use crate::store::requests::RequestLog;
use crate::store::rosters::Rosters;
use crate::store::sent::Sent;
use crate::store::{box_com, entra, freshdesk, salesforce, servicenow};

/// The sandbox, as every handler sees it.
pub type Shared = Arc<Sandbox>;

/// Everything that the stand-ins share.
pub struct Sandbox {
    /// Addresses and clients.
    pub settings: Settings,
    /// The issuers' keys.
    pub keys: Arc<KeyRing>,
    /// For calls to the worker and the Playground.
    pub http: HttpClient,
    /// Where the saved state is written down, if it is.
    file: Option<PathBuf>,
    saved: Mutex<Saved>,
    memory: Mutex<Memory>,
    /// Until when nobody listens here.
    pub away: watch::Sender<Instant>,
}

/// What is kept from one run to the next.
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
    /// Which conversations live in the Agents Playground.
    pub playground: Playground,
    /// Who is in which conversation.
    pub rosters: Rosters,
}

/// What a restart forgets.
#[derive(Default)]
pub struct Memory {
    /// Faults that are switched on.
    pub faults: Faults,
    /// Requests seen.
    pub requests: RequestLog,
    /// What the bot sent.
    pub sent: Sent,
    /// Entra's codes and planned oddities.
    pub entra: entra::Pending,
    /// The apps' codes, not yet redeemed.
    pub codes: HashMap<String, Code>,
    /// Salesforce's query cursors.
    pub salesforce: salesforce::Pending,
}

impl Sandbox {
    /// What is known at the start, and where it is kept.
    pub(crate) fn new(settings: Settings, keys: Arc<KeyRing>, file: Option<PathBuf>, saved: Saved) -> Self {
        Self {
            keys,
            http: outbound::client(),
            settings,
            file,
            saved: Mutex::new(saved),
            memory: Mutex::default(),
            away: watch::Sender::new(Instant::now()),
        }
    }

    /// Looks at the saved state.
    pub fn read<T>(&self, look: impl FnOnce(&Saved) -> T) -> T {
        look(&lock(&self.saved))
    }

    /// Changes the saved state and writes it down before anyone learns of it.
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

    /// What a restart forgets.
    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.memory)
    }
}

fn write(file: &Path, saved: &Saved) -> anyhow::Result<()> {
    // Renaming is atomic: a crash leaves the old state or the new one.
    let fresh = file.with_extension("json.new");
    fs::write(&fresh, serde_json::to_vec(saved)?)?;
    fs::rename(&fresh, file)?;
    Ok(())
}

/// A thread that panicked while holding the lock leaves nothing half done that matters to a stand-in.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
