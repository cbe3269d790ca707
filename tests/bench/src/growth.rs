//! Growth: what a list, a run and an admin's page cost as owners and their connections become many.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::json;
use workbot_e2e::Sandbox;

use crate::load::{Load, Turn, one_by_one};
use crate::ours::{Modules, Ours};
use crate::page::{Section, table};
use crate::people::{self, COMPANY, Person};
use crate::place::Place;
use crate::rules::{self, CONNECTIONS};
use crate::run::find_account;
use crate::saying::Saying;
use crate::seed;
use crate::world::World;

/// The heading.
pub const TITLE: &str = "Growth";
/// So many of each kind are measured, one after the other.
const TURNS: usize = 300;
/// So many people really logged in: nobody is heard more often than a person may ask.
const CONNECTED: usize = 16;
/// An admin asks so often.
const PAGES: usize = 30;

/// Measures, with up to so many owners.
///
/// # Errors
/// When our bot does not answer, or the catalog cannot be read.
pub async fn measure(place: &Place, world: &Arc<World>, most: usize) -> Result<Section> {
    let by_connections = connections(place, world).await?;
    let by_owners = owners(place, world, most).await?;
    let rules = tokio::task::block_in_place(|| rules::measure(place))?;
    let text = format!(
        "{}\n{}\n{}\n\
         - One caller; each turn is another owner's. Every owner has a vault and a row in the company's directory, copied from one that real turns made.\n\
         - *List, woken*: the first turn of an owner since the start, with the database on disk. In the other columns the database is in memory.\n\
         - *Run*: `find account Acme` as the person, by {CONNECTED} people who logged in.\n\
         - *Page*: the first 50 rows of the admin's list of people. *Search*: one of them by name.\n\n{}\n{}\n\
         One caller; people with this number of connections, of which they use one. The card shows 40 and says where the others are, because Teams limits the size of a card.\n\n{rules}\n\
         The rules alone, compiled natively: the card of a list with this number of connections, and the recognition of a text among this number of recipes (the command of the last recipe, and a typo that matches none).\n",
        crate::machine::described(place),
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

/// How many there are, and what was measured then.
type Row = (usize, Vec<f64>);

fn shown(rows: &[Row]) -> Vec<Vec<String>> {
    let row = |(count, values): &Row| {
        let values = values.iter().map(|value| format!("{value:.1}"));
        std::iter::once(count.to_string()).chain(values).collect()
    };
    rows.iter().map(row).collect()
}

/// What the last row is, times the first.
fn ratios(what: &str, rows: &[Row]) -> String {
    let (Some((fewest, first)), Some((most, last))) = (rows.first(), rows.last()) else {
        return String::new();
    };
    let times: Vec<_> = last.iter().zip(first).map(|(last, first)| format!("{:.2}", last / first)).collect();
    format!("Growth from {fewest} to {most} {what}, per column: {} times.\n", times.join(", "))
}

/// A list and a run of people with more and more connections.
async fn connections(place: &Place, world: &Arc<World>) -> Result<Vec<Row>> {
    let objects = place.fresh("objects")?;
    let people = prepared(place, world, &objects, CONNECTIONS.len() * CONNECTED).await?;
    let groups: Vec<_> = people.chunks(CONNECTED).zip(CONNECTIONS).collect();
    for &(group, count) in &groups {
        for person in group {
            seed::connections(place, &objects, person, count)?;
        }
    }
    let _ours = Ours::start(place, world, &Modules::deployed(place)?, &objects).await?;
    let mut rows = Vec::new();
    for (group, count) in groups {
        let (list, run) = (list(world, group), find_account(world, group.to_vec()));
        one_by_one(&list, CONNECTED).await?;
        let (list, run) = (one_by_one(&list, TURNS).await?, one_by_one(&run, TURNS).await?);
        println!("  {count} connections: {:.1} and {:.1} ms", list.percentile(50.0), run.percentile(50.0));
        rows.push((count, [percentiles(&list), percentiles(&run)].concat()));
    }
    Ok(rows)
}

/// A list, a run and an admin's page among more and more owners.
async fn owners(place: &Place, world: &Arc<World>, most: usize) -> Result<Vec<Row>> {
    let objects = place.fresh("objects")?;
    let people = prepared(place, world, &objects, CONNECTED).await?;
    let (first, one) = (seed::owner(0), people.first().context("no person is connected")?);
    {
        let _ours = Ours::start(place, world, &Modules::deployed(place)?, &objects).await?;
        one_by_one(&list(world, std::slice::from_ref(&first)), 1).await?;
    }
    let admin = json!({ "oid": "admin", "tid": COMPANY, "roles": ["Workbot.Admin"] });
    let bearer = tokio::task::block_in_place(|| format!("Bearer {}", Sandbox.sso_token(&admin)));
    let (mut rows, mut made, mut count) = (Vec::new(), 0, 10);
    while count <= most {
        seed::owners(place, &objects, &first, &(made..count))?;
        seed::directory(place, &objects, one, &(made..count))?;
        made = count;
        let _ours = Ours::start(place, world, &Modules::deployed(place)?, &objects).await?;
        let some = count.min(TURNS);
        // What only the first turn of a process needs.
        one_by_one(&list(world, &people), CONNECTED).await?;
        let list = list(world, &(0..some).map(|at| seed::owner(at * (count / some))).collect::<Vec<_>>());
        let woken = one_by_one(&list, some).await?;
        let list = one_by_one(&list, TURNS).await?;
        let run = one_by_one(&find_account(world, people.clone()), TURNS).await?;
        let (page, search) = (asking(world, &bearer, ""), asking(world, &bearer, "?q=owner-000007"));
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

/// So many people with a connection each, stored, with nothing running.
async fn prepared(place: &Place, world: &Arc<World>, objects: &Path, count: usize) -> Result<Vec<Person>> {
    let _ours = Ours::start(place, world, &Modules::deployed(place)?, objects).await?;
    people::verify_find_account().await?;
    let people = people::connected(count, &["salesforce"]).await?;
    // By then the directory knows them.
    one_by_one(&find_account(world, people.clone()), count).await?;
    Ok(people)
}

fn percentiles(load: &Load) -> Vec<f64> {
    vec![load.percentile(50.0), load.percentile(99.0)]
}

fn list(world: &Arc<World>, people: &[Person]) -> Saying {
    Saying { text: "personal_connections", words: "Your connections", ..find_account(world, people.to_vec()) }
}

/// An admin who looks at people's connections.
struct Asking {
    world: Arc<World>,
    url: String,
    bearer: String,
}

fn asking(world: &Arc<World>, bearer: &str, query: &str) -> Asking {
    let url = format!("{}/api/admin/connections{query}", world.worker());
    Asking { world: Arc::clone(world), url, bearer: bearer.to_owned() }
}

impl Turn for Asking {
    async fn once(&self, _: usize) -> Result<()> {
        self.world.client.get_as(&self.url, &self.bearer).await.map(|_| ())
    }
}
