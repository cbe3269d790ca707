//! The card with a person's open runs.

use serde_json::Value;

use super::{button, card, line, note, note_below, title};
use crate::catalog::Catalog;
use crate::json::object;
use crate::present::text::Texts;
use crate::run::Run;
use crate::template::escape_markdown;

/// Maximum number of runs in a card.
const MOST_RUNS: usize = 20;

/// Lists the open runs, oldest first. A waiting run has a button to cancel it.
#[must_use]
pub fn runs(words: Texts, runs: &[Run], catalog: &Catalog) -> Value {
    if runs.is_empty() {
        return card(vec![line(words.nothing_waits())], vec![]);
    }
    let mut body = vec![title(words.waiting_or_running())];
    for run in runs.iter().take(MOST_RUNS) {
        let name = format!("**{}**", escape_markdown(&run.name(catalog)));
        let far = words.how_far(run.status(), &run.created_at.time_in_card());
        let mut lines = vec![line(&name), note(&far)];
        let asked = run.waiting_step(catalog).and_then(|step| step.label.as_deref());
        lines.extend(asked.map(|label| note_below(&escape_markdown(label))));
        let mut columns = vec![object!({ "type": "Column", "width": "stretch", "items": lines })];
        if run.waits() {
            let cancel = button(words.0.cancel(), "run.cancel", &run.id);
            columns.push(object!({
                "type": "Column", "width": "auto", "verticalContentAlignment": "Center",
                "items": [{ "type": "ActionSet", "actions": [cancel] }]
            }));
        }
        body.push(object!({ "type": "ColumnSet", "separator": true, "columns": columns }));
    }
    card(body, vec![])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::catalog::tests::catalog_of_four_steps;
    use crate::run::RunState;
    use crate::run::next::tests::run;

    pub(in super::super) fn all(words: Texts) -> Vec<(&'static str, Value)> {
        let catalog = catalog_of_four_steps().in_language(words.0);
        let waiting = Run { state: RunState::WaitingConfirmation, ..run() };
        vec![("runs", runs(words, &[waiting, run()], &catalog)), ("no runs", runs(words, &[], &catalog))]
    }

    #[test]
    fn a_waiting_run_can_be_cancelled_and_a_running_one_cannot() {
        let shown = all(Texts(workbot_shared::Language::En)).remove(0).1.to_string();
        assert_eq!(shown.matches("\"title\":\"Cancel\"").count(), 2, "the button, and its fallback: {shown}");
    }
}
