//! A run: a command with one action that reads, as the person, by our bot and by the bot for comparison.

use std::sync::Arc;

use anyhow::Result;

use crate::benchmarks_page::Section;
use crate::command_turn::CommandTurn;
use crate::comparison::{Contest, Goal, Manner};
use crate::paths::Paths;
use crate::people::Person;
use crate::stand_ins::StandIns;

/// The heading of the section.
pub const TITLE: &str = "A run: one action, as the person";
const GOALS: [Goal; 2] = [(16, 1.3), (64, 1.3)];

/// Measures all bots. `counts` is the table of the platform's operations, and `counted` its number of turns.
///
/// # Errors
/// When one of them does not respond.
pub async fn measure(
    paths: &Paths,
    stand_ins: &Arc<StandIns>,
    manner: &Manner,
    contest: &Contest,
    (counts, counted): (&str, usize),
) -> Result<Section> {
    let outcome = contest.measured(manner, |origin, people| find_account(stand_ins, origin, people)).await?;
    let text = format!(
        "{}\n{}\n\
         `find account Acme` with *Verify user access at runtime*, from the request to the reply: the vault returns the token, the query goes to the stand-in \
         for Salesforce, and the reply names the account. The baseline does the same visible work (typing indicator, query, reply), with an access token in plain text in its storage. \
         It cannot refresh that token, reads no settings, no disconnects and no freezes, and after a crash it does not know what it had begun.\n\n\
         Platform operations of one turn, averaged over {counted} turns. A script around the unchanged module counts them; it is absent in timed runs.\n\n{counts}\n\
         - *Requests out* go to Salesforce and to the connector. Two of a run's are the typing indicator and the reply.\n\
         - *Commits* are groups of writes of one object with no return to the event loop between them. *Alarms set* are those at a new time.\n\
         - *Write* is the command of the next section.\n\
         - A run as the person uses no shared connection, so it sends no request to the company's vault.\n\
         - For five minutes after a login or a refresh the tokens are in the vault itself; later, a run reads them from KV.\n",
        crate::machine::described(paths),
        outcome.shown(&GOALS),
    );
    Ok(Section { title: TITLE, text })
}

/// The command with one action, to the bot at this origin.
pub fn find_account(stand_ins: &Arc<StandIns>, origin: &str, people: Vec<Person>) -> CommandTurn {
    CommandTurn {
        stand_ins: Arc::clone(stand_ins),
        url: format!("{origin}/api/messages"),
        people,
        text: "find account Acme",
        words: "as you (",
    }
}
