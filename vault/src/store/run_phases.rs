//! The phases of runs in SQL.

use workbot_domain::run::RunPhase;

/// The words of phases, as a list for `IN`.
pub(super) fn phase_words(phases: &[RunPhase]) -> String {
    phases.iter().map(|phase| format!("'{}'", phase.as_word())).collect::<Vec<_>>().join(", ")
}
