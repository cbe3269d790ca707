//! For whom is built.

use std::env;
use std::path::PathBuf;

use crate::paths;

/// A profile of Cargo.toml.
#[derive(Clone, Copy, PartialEq)]
pub enum Profile {
    /// What is deployed: small, and slow to build.
    Release,
    /// What runs on this machine, by hand or under test: quick to build.
    E2e,
}

impl Profile {
    /// The variable that tells a build which one is wanted: wrangler starts builds too.
    pub const VARIABLE: &str = "WORKBOT_PROFILE";

    /// The one that [`Profile::VARIABLE`] names.
    pub fn named() -> Option<Self> {
        let name = env::var(Self::VARIABLE).ok()?;
        [Profile::Release, Profile::E2e].into_iter().find(|profile| profile.name() == name)
    }

    /// The folder of all that is built so, below the root. A deployment's is the one that wrangler.toml names.
    pub fn folder(self) -> &'static str {
        match self {
            Profile::Release => "build",
            Profile::E2e => "build/e2e",
        }
    }

    /// A path in that folder, written with slashes.
    pub fn at(self, path: &str) -> PathBuf {
        paths::at(&format!("{}/{path}", self.folder()))
    }

    /// Cargo's name of it, and of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Release => "release",
            Profile::E2e => "e2e",
        }
    }
}
