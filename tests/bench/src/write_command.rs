//! A run that writes: a command with all inputs that creates one record, as the person.

use std::sync::Arc;

use anyhow::Result;

use crate::benchmarks_page::Section;
use crate::command_turn::CommandTurn;
use crate::comparison::{Contest, Goal, Manner};
use crate::paths::Paths;
use crate::people::Person;
use crate::stand_ins::StandIns;

/// The heading of the section.
pub const TITLE: &str = "A write: one record, as the person";
const GOALS: [Goal; 2] = [(16, 1.1), (64, 1.1)];

/// Measures all bots.
///
/// # Errors
/// When one of them does not respond.
pub async fn measure(
    paths: &Paths,
    stand_ins: &Arc<StandIns>,
    manner: &Manner,
    contest: &Contest,
) -> Result<Section> {
    let outcome = contest.measured(manner, |origin, people| create(stand_ins, origin, people)).await?;
    let text = format!(
        "{}\n{}\
         `create opportunity` with all inputs in the command: one record at the stand-in for Salesforce, and the reply with its link. \
         The baseline does the same visible work (typing indicator, request, reply). After a crash it does not know whether it wrote. \
         The stand-in keeps the records in memory.\n",
        crate::machine::described(paths),
        outcome.shown(&GOALS),
    );
    Ok(Section { title: TITLE, text })
}

/// The command, to the bot at this origin.
pub fn create(stand_ins: &Arc<StandIns>, origin: &str, people: Vec<Person>) -> CommandTurn {
    CommandTurn {
        stand_ins: Arc::clone(stand_ins),
        url: format!("{origin}/api/messages"),
        people,
        text: "create opportunity name: Acme renewal amount: 5000 close_date: 2026-12-31",
        words: "as you (",
    }
}
