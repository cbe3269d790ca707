//! The language model that reads sentences in people's own words.

use serde::{Deserialize, Serialize};

/// The response of `GET /api/admin/language-model`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageModel {
    /// The host that gets the sentences; `None` if the deployment has no language model.
    pub host: Option<String>,
    /// Whether an admin switched it on.
    pub enabled: bool,
}

/// The body of `PUT /api/admin/language-model`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageModelUse {
    /// Whether sentences that are no command are sent to it.
    pub enabled: bool,
}
