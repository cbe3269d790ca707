//! What an admin does to register Workbot at an app: the table `[registration]` in its file.

use serde::{Deserialize, Serialize};

/// The registration of a client, or of a key. The app's page in docs/apps shows it. All texts are Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Where an admin registers the client, or makes the key.
    pub url: String,
    /// Who allows the access.
    pub consent: Consent,
    /// The steps, in order.
    pub steps: Vec<String>,
    /// What to know before: rate limits, plans without the API, rights that the people need.
    #[serde(default)]
    pub limits: Vec<String>,
}

/// Who allows Workbot's access at an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Each person, when they connect.
    Person,
    /// An admin of the app first, then each person.
    Admin,
    /// Nobody is asked: an admin enters a key or password.
    None,
}
