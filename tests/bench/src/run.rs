//! A run: a command with one action, as the person, by our bot and by the bot for comparison; and the
//! requests to the platform that a list and a run cause.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::environment::Environment;
use crate::load::Turn;
use crate::paths::Paths;
use crate::people::{self, Person};
use crate::report::{Section, table};
use crate::seed;
use crate::target_baseline::Baseline;
use crate::target_workbot::{Modules, Workbot};
use crate::turn_load::CommandTurn;
use crate::turns::Beside;

/// The heading of the section.
pub const TITLE: &str = "A run: one action, as the person";
/// Longer than the journal of a vault keeps tokens after KV took them.
const JOURNAL: Duration = Duration::from_secs(600);
/// The number of counted turns, one after the other.
const COUNTED: usize = 20;

/// Measures and counts.
///
/// # Errors
/// When the bot does not start or does not respond.
pub async fn measure(paths: &Paths, environment: &Arc<Environment>, time: Duration) -> Result<Section> {
    let objects = paths.fresh("objects")?;
    let ours = Workbot::start(paths, environment, &Modules::deployed(paths)?, &objects).await?;
    people::verify_find_account().await?;
    let people = people::connected(64, &["salesforce"]).await?;
    let run = Arc::new(find_account(environment, people.clone()));
    let peer = Baseline::start(paths, environment, &people).await?;
    let url = format!("{}/api/messages", peer.url);
    let theirs = Arc::new(CommandTurn { url, ..find_account(environment, people.clone()) });
    let beside = Beside::measured((&run, &ours.program), (&theirs, &peer.program), time).await?;
    drop((ours, peer));

    let counting = Modules::counted(paths)?;
    let ours = Workbot::start(paths, environment, &counting, &objects).await?;
    let one = people.first().cloned().context("no person")?;
    let list = CommandTurn::list(environment, environment.worker(), vec![one.clone()]);
    let run = Arc::new(find_account(environment, vec![one.clone()]));
    let nothing = async || Ok(());
    let ended = async || people::expire(&one.upn).await;
    let mut counts = vec![
        counted("list", environment, Arc::new(list), nothing).await?,
        counted("run", environment, Arc::clone(&run), nothing).await?,
        counted("run with a refresh", environment, Arc::clone(&run), ended).await?,
    ];
    drop(ours);
    seed::later(paths, &objects, &one, JOURNAL)?;
    let _ours = Workbot::start(paths, environment, &counting, &objects).await?;
    counts.push(counted("run, five minutes later", environment, run, nothing).await?);
    let text = format!(
        "{}\n{}\n\
         `find account Acme` with *Verify user access at runtime*, from the request to the reply: the vault returns the token, the query goes to the stand-in \
         for Salesforce, and the reply names the account. The baseline does the same visible work (typing indicator, query, reply), with an access token in plain text in its `MemoryStorage`. \
         It cannot refresh that token, reads no settings, no disconnects and no freezes, and after a crash it does not know what it had begun.\n\n\
         Platform operations of one turn, averaged over {COUNTED} turns. A script around the unchanged module counts them; it is absent in timed runs.\n\n{}\n\
         - *Requests out* go to Salesforce and to the connector. Two of a run's are the typing indicator and the reply.\n\
         - A run as the person uses no shared connection, so it sends no request to the company's vault.\n\
         - For five minutes after a login or a refresh the tokens are in the vault itself; later, a run reads them from KV.\n",
        crate::machine::described(paths),
        beside.shown(),
        table(&COUNTS, &counts),
    );
    Ok(Section { title: TITLE, text })
}

/// The command with one action.
pub fn find_account(environment: &Arc<Environment>, people: Vec<Person>) -> CommandTurn {
    CommandTurn {
        environment: Arc::clone(environment),
        url: format!("{}/api/messages", environment.worker()),
        people,
        text: "find account Acme",
        words: "as you (",
    }
}

const COUNTS: [&str; 10] = [
    "",
    "vault requests",
    "workspace requests",
    "KV reads",
    "KV writes",
    "requests out",
    "SQL statements",
    "rows read",
    "rows written",
    "transactions",
];

/// The average requests of a turn, if something happens before each.
async fn counted(
    name: &str,
    environment: &Arc<Environment>,
    saying: Arc<CommandTurn>,
    before_each: impl AsyncFn() -> Result<()>,
) -> Result<Vec<String>> {
    // The first turn wakes the objects, and fetches the keys and the bot's token.
    saying.once(0).await?;
    settled(environment).await?;
    // The sandbox's log has a limited length.
    environment.sandbox.sandbox.memory().requests.clear();
    let before = outside(environment);
    for _ in 0..COUNTED {
        before_each().await?;
        saying.once(0).await?;
    }
    let counts = settled(environment).await?;
    let after = outside(environment);
    let inside = |name: &str| counts.get(name).copied().unwrap_or_default();
    let numbers = [
        inside("vault"),
        inside("workspace"),
        after.0 - before.0,
        after.1 - before.1,
        after.2 - before.2,
        inside("statements"),
        inside("rows_read"),
        inside("rows_written"),
        inside("transactions"),
    ];
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let shown = numbers.iter().map(|&count| format!("{:.1}", count as f64 / COUNTED as f64));
    Ok(std::iter::once(name.to_owned()).chain(shown).collect())
}

/// The numbers of KV reads, KV writes, and requests to Salesforce and to the connector so far.
fn outside(environment: &Environment) -> (u64, u64, u64) {
    let (reads, writes) = environment.kv.counts();
    let seen = environment.sandbox.sandbox.memory().requests.list(None);
    let at_salesforce = seen.iter().filter(|seen| seen.place.starts_with("salesforce.")).count();
    (reads, writes, environment.connector.requests() + at_salesforce as u64)
}

/// The counts once nothing more happens: a turn's last writes come after its reply.
async fn settled(environment: &Environment) -> Result<BTreeMap<String, u64>> {
    let url = format!("http://localhost:{}/", environment.counts_port());
    let mut all = BTreeMap::new();
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let told: BTreeMap<String, u64> = serde_json::from_slice(&environment.client.get(&url).await?)?;
        let quiet = told.values().all(|&count| count == 0);
        for (name, count) in told {
            *all.entry(name).or_default() += count;
        }
        if quiet {
            return Ok(all);
        }
    }
}
