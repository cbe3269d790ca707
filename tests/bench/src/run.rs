//! A run: a command with one action, as the person who gives it, ours beside the peer's, and what a list and a run ask
//! of the platform.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::load::Turn;
use crate::ours::{Modules, Ours};
use crate::page::{Section, table};
use crate::peer::Peer;
use crate::people::{self, Person};
use crate::place::Place;
use crate::saying::Saying;
use crate::seed;
use crate::turns::Beside;
use crate::world::World;

/// The heading.
pub const TITLE: &str = "A run: one action, as the person";
/// For longer than a vault keeps tokens itself that KV took.
const JOURNAL: Duration = Duration::from_secs(600);
/// So many turns are counted, one after the other.
const COUNTED: usize = 20;

/// Measures and counts.
///
/// # Errors
/// When our bot does not start or does not answer.
pub async fn measure(place: &Place, world: &Arc<World>, time: Duration) -> Result<Section> {
    let objects = place.fresh("objects")?;
    let ours = Ours::start(place, world, &Modules::deployed(place)?, &objects).await?;
    people::verify_find_account().await?;
    let people = people::connected(64, &["salesforce"]).await?;
    let run = Arc::new(find_account(world, people.clone()));
    let peer = Peer::start(place, world, &people).await?;
    let url = format!("{}/api/messages", peer.url);
    let theirs = Arc::new(Saying { url, ..find_account(world, people.clone()) });
    let beside = Beside::measured((&run, &ours.program), (&theirs, &peer.program), time).await?;
    drop((ours, peer));

    let counting = Modules::counted(place)?;
    let ours = Ours::start(place, world, &counting, &objects).await?;
    let one = people.first().cloned().context("no person is connected")?;
    let list = Saying {
        text: "personal_connections",
        words: "Your connections",
        ..find_account(world, vec![one.clone()])
    };
    let run = Arc::new(find_account(world, vec![one.clone()]));
    let nothing = async || Ok(());
    let ended = async || people::expire(&one.upn).await;
    let mut counts = vec![
        counted("list", world, Arc::new(list), nothing).await?,
        counted("run", world, Arc::clone(&run), nothing).await?,
        counted("run with a refresh", world, Arc::clone(&run), ended).await?,
    ];
    drop(ours);
    seed::later(place, &objects, &one, JOURNAL)?;
    let _ours = Ours::start(place, world, &counting, &objects).await?;
    counts.push(counted("run, five minutes later", world, run, nothing).await?);
    let text = format!(
        "{}\n{}\n\
         `find account Acme` with *Verify user access at runtime*, from the request to the reply: the vault returns the token, the query goes to the stand-in \
         for Salesforce, and the reply names the account. The baseline does the same visible work (typing indicator, query, reply), with an access token in plain text in its `MemoryStorage`. \
         It cannot refresh that token, reads no settings, no disconnects and no freezes, and after a crash it does not know what it had begun.\n\n\
         Platform operations of one turn, averaged over {COUNTED} turns. A script around the unchanged module counts them; it is absent in timed runs.\n\n{}\n\
         - *Requests out* go to Salesforce and to the connector. Two of a run's are the typing indicator and the reply.\n\
         - A run as the person uses no shared connection, so it sends no request to the company's vault.\n\
         - For five minutes after a login or a refresh the tokens are in the vault itself; later, a run reads them from KV.\n",
        crate::machine::described(place),
        beside.shown(),
        table(&COUNTS, &counts),
    );
    Ok(Section { title: TITLE, text })
}

/// The command of one action.
pub fn find_account(world: &Arc<World>, people: Vec<Person>) -> Saying {
    Saying {
        world: Arc::clone(world),
        url: format!("{}/api/messages", world.worker()),
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

/// What one turn asks for, on average, if something happens before each.
async fn counted(
    name: &str,
    world: &Arc<World>,
    saying: Arc<Saying>,
    before_each: impl AsyncFn() -> Result<()>,
) -> Result<Vec<String>> {
    // The first one wakes the objects, and brings the keys and the bot's own token.
    saying.once(0).await?;
    settled(world).await?;
    // The sandbox's log is of a certain length.
    world.sandbox.sandbox.memory().requests.clear();
    let before = outside(world);
    for _ in 0..COUNTED {
        before_each().await?;
        saying.once(0).await?;
    }
    let counts = settled(world).await?;
    let after = outside(world);
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

/// KV reads, KV writes, and requests to Salesforce and the connector, so far.
fn outside(world: &World) -> (u64, u64, u64) {
    let (reads, writes) = world.kv.counts();
    let seen = world.sandbox.sandbox.memory().requests.list(None);
    let at_salesforce = seen.iter().filter(|seen| seen.place.starts_with("salesforce.")).count();
    (reads, writes, world.connector.requests() + at_salesforce as u64)
}

/// What was counted until nothing more happens: a turn's last notes come after its reply.
async fn settled(world: &World) -> Result<BTreeMap<String, u64>> {
    let url = format!("http://localhost:{}/", world.counts_port());
    let mut all = BTreeMap::new();
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let told: BTreeMap<String, u64> = serde_json::from_slice(&world.client.get(&url).await?)?;
        let quiet = told.values().all(|&count| count == 0);
        for (name, count) in told {
            *all.entry(name).or_default() += count;
        }
        if quiet {
            return Ok(all);
        }
    }
}
