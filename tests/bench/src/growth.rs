//! Growth: what a list and an understanding cost as owners, connections and recipes become many.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use tokio::task::JoinSet;
use workbot_domain::card;
use workbot_domain::catalogue::Catalogue;
use workbot_domain::catalogue::source::{self, SourceFile};
use workbot_domain::connection::Overview;
use workbot_domain::said::understand;
use workbot_domain::text::Words;
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, ConnectionStatus, Language};

use crate::load::{Turn, closed_loop};
use crate::ours::{Modules, Ours};
use crate::page::{Section, table};
use crate::people::Person;
use crate::place::Place;
use crate::run::find_account;
use crate::saying::Saying;
use crate::start::median;
use crate::world::World;

/// The heading.
pub const TITLE: &str = "Growth";
const CONNECTIONS: [usize; 4] = [1, 10, 100, 1000];
const RECIPES: [usize; 3] = [1, 30, 300];
/// Callers who make the owners.
const MAKERS: usize = 16;

/// Measures, with up to so many owners.
///
/// # Errors
/// When our bot does not answer, or the catalogue cannot be read.
pub async fn measure(place: &Place, world: &Arc<World>, time: Duration, most: usize) -> Result<Section> {
    let objects = place.fresh("objects")?;
    let ours = Ours::start(place, world, &Modules::deployed(place)?, &objects).await?;
    let person = |number| Person { oid: format!("owner-{number}"), upn: String::new() };
    let all: Vec<_> = (0..most).map(person).collect();
    let saying =
        Saying { text: "personal_connections", words: "Your connections", ..find_account(world, all) };
    let wandering = Arc::new(Wandering { saying, among: AtomicUsize::new(0), next: AtomicUsize::new(0) });
    // Few owners are soon heard more often than a person may ask.
    let time = time.min(Duration::from_secs(3));
    let mut rows = Vec::new();
    let mut count = 10;
    while count <= most {
        wandering.make(count).await?;
        let load = closed_loop(&wandering, 1, time, &ours.program).await?;
        println!("  {count} owners: {:.1} ms", load.percentile(50.0));
        rows.push((
            count,
            [load.percentile(50.0), load.percentile(99.0), load.cpu_per_turn().unwrap_or(f64::NAN)],
        ));
        count *= 10;
    }
    drop(ours);
    let ratio = |at: usize| {
        let value = |row: Option<&(usize, [f64; 3])>| row.and_then(|(_, values)| values.get(at).copied());
        value(rows.last()).unwrap_or(f64::NAN) / value(rows.first()).unwrap_or(f64::NAN)
    };
    let shown: Vec<_> = rows
        .iter()
        .map(|(count, values)| {
            std::iter::once(count.to_string())
                .chain(values.iter().map(|value| format!("{value:.1}")))
                .collect()
        })
        .collect();
    let rules = tokio::task::block_in_place(|| rules(place))?;
    let text = format!(
        "{}\n{}\n\
         One caller; every turn is a list of another owner, anyone of them. From the fewest to the most: p50 times {:.2}, processor time times {:.2}. The more there are, the rarer one's object is still in memory: what grows is the share of those that are woken from disk.\n\n{}\n\
         The last table is of the pure rules alone, compiled natively: the card of a list with so many connections, and what a text means among so many recipes (the last of them, and a slip of the pen that fits none).\n",
        crate::measured_on(place),
        table(&["owners", "list p50 ms", "list p99 ms", "CPU ms/turn"], &shown),
        ratio(0),
        ratio(2),
        rules,
    );
    Ok(Section { title: TITLE, text })
}

/// Each turn is another owner's, among the first so many.
struct Wandering {
    saying: Saying,
    among: AtomicUsize,
    next: AtomicUsize,
}

impl Turn for Wandering {
    async fn once(&self, _: usize) -> Result<()> {
        // A step that shares no factor with the powers of ten goes through all of them.
        let at = self.next.fetch_add(7919, Ordering::Relaxed) % self.among.load(Ordering::Relaxed).max(1);
        self.saying.once(at).await
    }
}

impl Wandering {
    /// Makes owners, by their first turn, until there are so many.
    async fn make(self: &Arc<Self>, count: usize) -> Result<()> {
        let next = Arc::new(AtomicUsize::new(self.among.swap(count, Ordering::Relaxed)));
        let mut makers = JoinSet::new();
        for _ in 0..MAKERS {
            let (next, us) = (Arc::clone(&next), Arc::clone(self));
            makers.spawn(async move {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        return anyhow::Ok(());
                    }
                    us.saying.once(at).await?;
                }
            });
        }
        while let Some(made) = makers.join_next().await {
            made??;
        }
        Ok(())
    }
}

/// A table of what the pure rules take.
fn rules(place: &Place) -> Result<String> {
    let mut rows = Vec::new();
    for count in CONNECTIONS {
        let catalogue = grown(place, count, 1)?;
        let connections: Vec<_> = catalogue.apps.keys().map(overview).collect();
        let micros = timed(|| {
            black_box(card::list(Words(Language::En), black_box(&connections), &catalogue, None).to_string());
        });
        rows.push(vec![format!("card of {count} connections"), format!("{micros:.1}"), per(micros, count)]);
    }
    for count in RECIPES {
        let catalogue = grown(place, 1, count)?;
        let last = format!("make folder {} name: Acme", count - 1);
        for (what, text) in [("command", last.as_str()), ("slip", "mkae foldr")] {
            let micros = timed(|| {
                black_box(understand(&catalogue, black_box(text)));
            });
            rows.push(vec![
                format!("{what} among {count} recipes"),
                format!("{micros:.1}"),
                per(micros, count),
            ]);
        }
    }
    Ok(table(&["", "µs", "µs per connection or recipe"], &rows))
}

#[expect(clippy::cast_precision_loss, reason = "shown with two decimals")]
fn per(micros: f64, count: usize) -> String {
    format!("{:.2}", micros / count as f64)
}

fn overview(app: &AppId) -> Overview {
    Overview {
        app: app.clone(),
        account: "ada@contoso.com".to_owned(),
        status: ConnectionStatus::Connected,
        reason: None,
        scopes: Vec::new(),
        connected_at: Timestamp(1_798_709_400_000),
        last_used_at: None,
        used_by: Vec::new(),
    }
}

/// A catalogue of so many copies of Box and of *Create folder*.
fn grown(place: &Place, apps: usize, recipes: usize) -> Result<Catalogue> {
    let copied =
        |folder: &str, stem: &str, count: usize, change: &dyn Fn(SourceFile, usize) -> SourceFile| {
            let files = source::files(&place.at(""), folder, "toml")?;
            let one = files.into_iter().find(|file| file.stem == stem);
            let one = one.ok_or_else(|| anyhow!("{folder} has no {stem}"))?;
            anyhow::Ok((0..count).map(|number| change(one.clone(), number)).collect::<Vec<_>>())
        };
    let apps = copied("catalog/apps", "box", apps, &|file, number| match number {
        0 => file,
        _ => SourceFile { stem: format!("box-{number}"), ..file },
    })?;
    let recipes = copied("catalog/recipes", "create-folder", recipes, &|file, number| SourceFile {
        stem: format!("make-folder-{number}"),
        text: file
            .text
            .replace("\"create folder\"", &format!("\"make folder {number}\""))
            .replace("\"Create folder\"", &format!("\"Make folder {number}\"")),
        ..file
    })?;
    source::read(&apps, &recipes, &source::files(&place.at(""), "catalog/icons", "svg")?).map_err(
        |mistakes| match mistakes.first() {
            Some(mistake) => anyhow!("the grown catalogue: {mistake}"),
            None => anyhow!("the grown catalogue cannot be read"),
        },
    )
}

/// Microseconds of one, the median of some rounds.
fn timed(mut once: impl FnMut()) -> f64 {
    let mut seen = Vec::new();
    for _ in 0..15 {
        let (began, mut count) = (Instant::now(), 0_u32);
        while began.elapsed() < Duration::from_millis(20) {
            once();
            count += 1;
        }
        seen.push(began.elapsed().as_secs_f64() * 1e6 / f64::from(count.max(1)));
    }
    median(seen)
}
