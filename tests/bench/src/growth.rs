//! Growth: the cost of a list, a run and an admin's page with many owners and connections.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::json;
use workbot_e2e::Sandbox;

use crate::benchmarks_page::{Section, table};
use crate::closed_loop::{Load, Turn, one_by_one};
use crate::command_turn::CommandTurn;
use crate::database_file_edits;
use crate::many_connections_and_recipes::{self, CONNECTIONS};
use crate::paths::Paths;
use crate::people::{self, COMPANY, Person};
use crate::read_command::find_account;
use crate::stand_ins::StandIns;
use crate::target_workbot::{Modules, Workbot};

/// The heading of the section.
pub const TITLE: &str = "Growth";
/// The number of measured turns of each kind.
const TURNS: usize = 300;
/// The number of people who really log in, enough to stay below the rate limit of each.
const CONNECTED: usize = 16;
/// The number of requests of an admin.
const PAGES: usize = 30;

/// Measures with up to `most` owners.
///
/// # Errors
/// When the bot does not respond, or the catalog cannot be read.
pub async fn measure(paths: &Paths, stand_ins: &Arc<StandIns>, most: usize) -> Result<Section> {
    let by_connections = connections(paths, stand_ins).await?;
    let by_owners = owners(paths, stand_ins, most).await?;
    let rules = tokio::task::block_in_place(|| many_connections_and_recipes::measure(paths))?;
    let text = format!(
        "{}\n{}\n{}\n\
         - One caller; each turn is another owner's. Every owner has a vault and a row in the company's directory, copied from one that real turns made.\n\
         - *List, woken*: the first turn of an owner since the start, with the database on disk. In the other columns the database is in memory.\n\
         - *Run*: `find account Acme` as the person, by {CONNECTED} people who logged in.\n\
         - *Page*: the first 50 rows of the admin's list of people. *Search*: one of them by name.\n\n{}\n{}\n\
         One caller; people with this number of connections, of which they use one. The card shows 40 and says where the others are, because Teams limits the size of a card.\n\n{rules}\n\
         The rules alone, compiled natively: the card of a list with this number of connections, and the recognition of a text among this number of recipes (the command of the last recipe, and a typo that matches none).\n",
        crate::machine::described(paths),
        table(
            &[
                "owners",
                "list, woken, p50 ms",
                "list p50 ms",
                "list p99 ms",
                "run p50 ms",
                "run p99 ms",
                "page p50 ms",
                "search p50 ms"
            ],
            &shown(&by_owners),
        ),
        ratios("owners", &by_owners),
        table(
            &["connections", "list p50 ms", "list p99 ms", "run p50 ms", "run p99 ms"],
            &shown(&by_connections)
        ),
        ratios("connections", &by_connections),
    );
    Ok(Section { title: TITLE, text })
}

/// A number of owners or connections, and the figures for it.
type Row = (usize, Vec<f64>);

fn shown(rows: &[Row]) -> Vec<Vec<String>> {
    let row = |(count, values): &Row| {
        let values = values.iter().map(|value| format!("{value:.1}"));
        std::iter::once(count.to_string()).chain(values).collect()
    };
    rows.iter().map(row).collect()
}

/// The ratio of the last row to the first.
fn ratios(what: &str, rows: &[Row]) -> String {
    let (Some((fewest, first)), Some((most, last))) = (rows.first(), rows.last()) else {
        return String::new();
    };
    let times: Vec<_> = last.iter().zip(first).map(|(last, first)| format!("{:.2}", last / first)).collect();
    format!("Growth from {fewest} to {most} {what}, per column: {} times.\n", times.join(", "))
}

/// A list and a run of people with a growing number of connections.
async fn connections(paths: &Paths, stand_ins: &Arc<StandIns>) -> Result<Vec<Row>> {
    let objects = paths.fresh("objects")?;
    let people = prepared(paths, stand_ins, &objects, CONNECTIONS.len() * CONNECTED).await?;
    let groups: Vec<_> = people.chunks(CONNECTED).zip(CONNECTIONS).collect();
    for &(group, count) in &groups {
        for person in group {
            database_file_edits::connections(paths, &objects, person, count)?;
        }
    }
    let _ours = Workbot::start(paths, stand_ins, &Modules::deployed(paths)?, &objects).await?;
    let mut rows = Vec::new();
    for (group, count) in groups {
        let (list, run) =
            (list(stand_ins, group), find_account(stand_ins, stand_ins.worker(), group.to_vec()));
        one_by_one(&list, CONNECTED).await?;
        let (list, run) = (one_by_one(&list, TURNS).await?, one_by_one(&run, TURNS).await?);
        println!("  {count} connections: {:.1} and {:.1} ms", list.percentile(50.0), run.percentile(50.0));
        rows.push((count, [percentiles(&list), percentiles(&run)].concat()));
    }
    Ok(rows)
}

/// A list, a run and an admin's page with a growing number of owners.
async fn owners(paths: &Paths, stand_ins: &Arc<StandIns>, most: usize) -> Result<Vec<Row>> {
    let objects = paths.fresh("objects")?;
    let people = prepared(paths, stand_ins, &objects, CONNECTED).await?;
    let (first, one) = (database_file_edits::owner(0), people.first().context("no person")?);
    {
        let _ours = Workbot::start(paths, stand_ins, &Modules::deployed(paths)?, &objects).await?;
        one_by_one(&list(stand_ins, std::slice::from_ref(&first)), 1).await?;
    }
    let admin = json!({ "oid": "admin", "tid": COMPANY, "roles": ["Workbot.Admin"] });
    let bearer = tokio::task::block_in_place(|| format!("Bearer {}", Sandbox.sso_token(&admin)));
    let (mut rows, mut made, mut count) = (Vec::new(), 0, 10);
    while count <= most {
        database_file_edits::owners(paths, &objects, &first, &(made..count))?;
        database_file_edits::directory(paths, &objects, one, &(made..count))?;
        made = count;
        let _ours = Workbot::start(paths, stand_ins, &Modules::deployed(paths)?, &objects).await?;
        let some = count.min(TURNS);
        // The first turn of a process costs more.
        one_by_one(&list(stand_ins, &people), CONNECTED).await?;
        let list = list(
            stand_ins,
            &(0..some).map(|at| database_file_edits::owner(at * (count / some))).collect::<Vec<_>>(),
        );
        let woken = one_by_one(&list, some).await?;
        let list = one_by_one(&list, TURNS).await?;
        let run = one_by_one(&find_account(stand_ins, stand_ins.worker(), people.clone()), TURNS).await?;
        let (page, search) = (asking(stand_ins, &bearer, ""), asking(stand_ins, &bearer, "?q=owner-000007"));
        let (page, search) = (one_by_one(&page, PAGES).await?, one_by_one(&search, PAGES).await?);
        println!("  {count} owners: {:.1} and {:.1} ms", list.percentile(50.0), run.percentile(50.0));
        let middle = |load: &Load| vec![load.percentile(50.0)];
        rows.push((
            count,
            [middle(&woken), percentiles(&list), percentiles(&run), middle(&page), middle(&search)].concat(),
        ));
        count *= 10;
    }
    Ok(rows)
}

/// Stores this number of people with a connection each. The bot is stopped.
async fn prepared(
    paths: &Paths,
    stand_ins: &Arc<StandIns>,
    objects: &Path,
    count: usize,
) -> Result<Vec<Person>> {
    let _ours = Workbot::start(paths, stand_ins, &Modules::deployed(paths)?, objects).await?;
    people::verify_find_account().await?;
    let people = people::connected(count, &["salesforce"]).await?;
    // The directory knows them after that.
    one_by_one(&find_account(stand_ins, stand_ins.worker(), people.clone()), count).await?;
    Ok(people)
}

fn percentiles(load: &Load) -> Vec<f64> {
    vec![load.percentile(50.0), load.percentile(99.0)]
}

fn list(stand_ins: &Arc<StandIns>, people: &[Person]) -> CommandTurn {
    CommandTurn::list(stand_ins, stand_ins.worker(), people.to_vec())
}

/// An admin's request for people's connections.
struct Asking {
    stand_ins: Arc<StandIns>,
    url: String,
    bearer: String,
}

fn asking(stand_ins: &Arc<StandIns>, bearer: &str, query: &str) -> Asking {
    let url = format!("{}/api/admin/connections{query}", stand_ins.worker());
    Asking { stand_ins: Arc::clone(stand_ins), url, bearer: bearer.to_owned() }
}

impl Turn for Asking {
    async fn once(&self, _: usize) -> Result<()> {
        self.stand_ins.client.get_as(&self.url, &self.bearer).await.map(|_| ())
    }
}
