//! The initial data: the persistent state, the fixed people and records.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use anyhow::Context;

use crate::signing_keys::KeyRing;
use crate::state::{Memory, Saved};
use crate::{Sandbox, Settings};

impl Sandbox {
    /// Loads keys and state from the folder, or initializes it.
    pub fn open(settings: Settings) -> anyhow::Result<Self> {
        let folder = settings.state.clone();
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let file = folder.join("state.json");
        let saved: Saved = if file.exists() {
            let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            serde_json::from_slice(&text)
                .with_context(|| format!("{} is damaged: delete it", file.display()))?
        } else {
            Saved::default()
        };
        Ok(seeded(settings, Arc::new(KeyRing::open(&folder)?), Some(file), saved))
    }

    /// A new sandbox in memory, with the fixed keys of simulated worlds.
    pub fn in_memory(settings: Settings) -> Self {
        static KEYS: LazyLock<Arc<KeyRing>> = LazyLock::new(|| Arc::new(KeyRing::simulated()));
        seeded(settings, KEYS.clone(), None, Saved::default())
    }

    /// Resets this sandbox to the state after [`Self::in_memory`]. A program that plays many worlds builds
    /// the routes once.
    pub fn begin_anew(&self) {
        *self.memory() = Memory::default();
        self.change(|saved| {
            *saved = Saved::default();
            saved.seed(&self.settings);
        });
    }
}

impl Saved {
    fn seed(&mut self, settings: &Settings) {
        self.entra.seed(&settings.bot_tenant);
        self.salesforce.seed();
        self.servicenow.seed();
        self.box_com.seed();
        self.freshdesk.seed();
    }
}

fn seeded(settings: Settings, keys: Arc<KeyRing>, file: Option<PathBuf>, mut saved: Saved) -> Sandbox {
    saved.seed(&settings);
    Sandbox::new(settings, keys, file, saved)
}
