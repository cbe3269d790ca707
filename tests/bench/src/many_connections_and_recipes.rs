//! The cost of the pure rules with many connections and recipes, compiled natively.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use workbot_catalog::{SourceFile, files, read};
use workbot_domain::catalog::Catalog;
use workbot_domain::connection::ConnectionSummary;
use workbot_domain::conversation::intent::recognize;
use workbot_domain::present::card;
use workbot_domain::present::text::Texts;
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, ConnectionStatus, Language};

use crate::benchmarks_page::table;
use crate::cold_start::median;
use crate::paths::Paths;

/// The numbers of connections of a person.
pub const CONNECTIONS: [usize; 4] = [1, 10, 100, 1000];
const RECIPES: [usize; 3] = [1, 30, 300];

/// Measures and returns a table.
///
/// # Errors
/// When the catalog cannot be read.
pub fn measure(paths: &Paths) -> Result<String> {
    let mut rows = Vec::new();
    for count in CONNECTIONS {
        let catalog = grown(paths, count, 1)?;
        let connections: Vec<_> = catalog.apps.keys().map(overview).collect();
        let micros = timed(|| {
            let list = card::list(Texts(Language::En), black_box((&connections, count)), &[], &catalog, None);
            black_box(list.to_string());
        });
        rows.push(vec![format!("card of {count} connections"), format!("{micros:.1}"), per(micros, count)]);
    }
    for count in RECIPES {
        let catalog = grown(paths, 1, count)?;
        let last = format!("make folder {} name: Acme", count - 1);
        for (what, text) in [("command", last.as_str()), ("typo", "mkae foldr")] {
            let micros = timed(|| {
                black_box(recognize(&catalog, &|_| true, black_box(text)));
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

fn overview(app: &AppId) -> ConnectionSummary {
    ConnectionSummary {
        app: app.clone(),
        account: "ada@contoso.com".to_owned(),
        status: ConnectionStatus::Connected,
        reason: None,
        scopes: Vec::new(),
        connected_at: Timestamp(1_798_709_400_000),
        last_used_at: None,
        used_by: Vec::new(),
        guardrails: workbot_domain::connection::Guardrails::default(),
    }
}

/// A catalog with this number of copies of Box and of *Create folder*.
fn grown(paths: &Paths, apps: usize, recipes: usize) -> Result<Catalog> {
    let copied =
        |folder: &str, stem: &str, count: usize, change: &dyn Fn(SourceFile, usize) -> SourceFile| {
            let files = files(&paths.at(""), folder, "toml")?;
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
    read(&apps, &recipes, &files(&paths.at(""), "catalog/icons", "svg")?).map_err(|mistakes| {
        match mistakes.first() {
            Some(mistake) => anyhow!("the grown catalog: {mistake}"),
            None => anyhow!("cannot read the grown catalog"),
        }
    })
}

/// The microseconds of one call, as the median of several rounds.
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
