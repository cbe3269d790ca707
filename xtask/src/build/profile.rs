//! The build profiles.

use std::env;
use std::path::PathBuf;

use crate::paths;

/// A profile of Cargo.toml.
#[derive(Clone, Copy, PartialEq)]
pub enum Profile {
    /// The deployed build: small and slow to compile.
    Release,
    /// The local build, for `dev` and tests: fast to compile.
    E2e,
}

impl Profile {
    /// The environment variable that selects the profile, also for the builds that wrangler starts.
    pub const VARIABLE: &str = "WORKBOT_PROFILE";

    /// The profile that [`Profile::VARIABLE`] names.
    pub fn named() -> Option<Self> {
        let name = env::var(Self::VARIABLE).ok()?;
        [Profile::Release, Profile::E2e].into_iter().find(|profile| profile.name() == name)
    }

    /// The output folder, relative to the root. wrangler.toml names the one of the release.
    pub fn folder(self) -> &'static str {
        match self {
            Profile::Release => "build",
            Profile::E2e => "build/e2e",
        }
    }

    /// A path in the output folder, with `/` as separator.
    pub fn at(self, path: &str) -> PathBuf {
        paths::at(&format!("{}/{path}", self.folder()))
    }

    /// The name of the profile in Cargo.toml, and of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Release => "release",
            Profile::E2e => "e2e",
        }
    }
}
