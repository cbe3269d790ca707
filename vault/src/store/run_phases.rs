//! The phases of runs in SQL.

use workbot_domain::run::RunPhase;

/// The words of phases, as a list for `IN`.
pub(super) fn phase_words(phases: &[RunPhase]) -> String {
    phases.iter().map(|phase| format!("'{}'", phase.as_word())).collect::<Vec<_>>().join(", ")
}

/// The condition for runs that are not over, word for word that of the index `run_open`: SQLite uses a
/// partial index only for a query that names its condition ("Partial Indexes", SQLite documentation).
pub(super) const OPEN: &str = "state NOT IN ('over', 'cancelled')";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_condition_for_open_runs_names_the_phases_in_which_nothing_is_to_be_done() {
        assert_eq!(OPEN, format!("state NOT IN ({})", phase_words(&RunPhase::ENDED)));
        assert!(crate::store::schema::MIGRATIONS[0].iter().any(|statement| statement.ends_with(OPEN)));
    }
}
