//! The card with the progress of a run.

use serde_json::Value;

use super::{button, card, line, note};
use crate::catalog::Catalog;
use crate::run::{Run, StepRecord};
use crate::template::escape_markdown;

/// Shows the progress of a run, step by step.
#[must_use]
pub fn progress(run: &Run, catalog: &Catalog) -> Value {
    let name = run.name(catalog);
    let (first, actions) = match &run.stalled {
        Some(stalled) => (
            run.words().stalled(&name, catalog.app_name(&stalled.app)),
            vec![button(run.words().0.cancel(), "run.cancel", &run.id)],
        ),
        None => (run.words().working_on(&name), vec![]),
    };
    let mut body = vec![line(&first)];
    let steps = catalog.recipes.get(&run.recipe).map_or(&[][..], |recipe| &recipe.steps);
    // A single step needs no list.
    if steps.len() > 1 {
        let mut next = true;
        let lines = steps.iter().zip(&run.steps).filter_map(|(step, record)| {
            let mark = match record {
                StepRecord::Done { .. } | StepRecord::Answered { .. } => "✓",
                StepRecord::Skipped => return None,
                StepRecord::Pending | StepRecord::Intended if std::mem::take(&mut next) => "●",
                StepRecord::Pending | StepRecord::Intended => "○",
            };
            let label = run.words().step_name(step, catalog);
            Some(format!("{mark} {}", escape_markdown(label)))
        });
        body.extend(lines.map(|text| note(&text)));
    }
    card(body, actions)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::catalog::tests::catalog_of_four_steps;
    use crate::present::text::Texts;
    use crate::run::Stall;
    use crate::run::next::tests::{halfway, run};

    pub(in super::super) fn all(words: Texts) -> Vec<(&'static str, Value)> {
        let catalog = catalog_of_four_steps().in_language(words.0);
        let halfway = Run { language: words.0, ..halfway(&catalog) };
        let salesforce =
            Stall { app: workbot_shared::AppId::parse("salesforce").unwrap(), since: halfway.created_at };
        vec![
            ("progress", progress(&halfway, &catalog)),
            (
                "progress held up by an app",
                progress(&Run { stalled: Some(salesforce), ..halfway.clone() }, &catalog),
            ),
            ("progress of one step", progress(&Run { language: words.0, ..run() }, &catalog)),
        ]
    }

    #[test]
    fn progress_shows_done_current_and_pending_steps() {
        let catalog = catalog_of_four_steps();
        let shown = progress(&halfway(&catalog), &catalog).to_string();
        let marks: Vec<_> = ["✓", "●", "○"].map(|mark| shown.matches(mark).count()).into();
        assert_eq!(marks, [2, 1, 1], "{shown}");
    }

    #[test]
    fn a_run_held_up_by_an_app_says_so_and_can_be_cancelled() {
        let words = Texts(workbot_shared::Language::En);
        let shown = all(words).into_iter().find(|(name, _)| *name == "progress held up by an app").unwrap().1;
        let text = shown.to_string();
        assert!(text.contains("Salesforce cannot be reached or is busy right now"), "{text}");
        assert!(text.contains("run.cancel"), "{text}");
    }
}
