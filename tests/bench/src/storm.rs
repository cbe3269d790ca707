//! The storm: many callers want the same access at the very moment when it has expired.

use std::panic::catch_unwind;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use serde_json::Value;
use workbot_e2e::Sandbox;

use crate::load::at_once;
use crate::ours::{Modules, Ours};
use crate::page::{Section, table};
use crate::people::{self, Person};
use crate::place::Place;
use crate::run::find_account;
use crate::saying::Saying;
use crate::world::World;

/// The heading.
pub const TITLE: &str = "The storm: one refresh for all";
/// How many callers at the same time.
const CALLERS: [usize; 3] = [1, 100, 1000];

/// Measures.
///
/// # Errors
/// When a caller goes empty-handed, or the app was asked for more than one refresh.
pub async fn measure(place: &Place, world: &Arc<World>) -> Result<Section> {
    let objects = place.fresh("objects")?;
    let _ours = Ours::start(place, world, &Modules::deployed(place)?, &objects).await?;
    let upn = people::share_salesforce().await?;
    let mut rows = Vec::new();
    for callers in CALLERS {
        let person = |number| Person { oid: format!("caller-{number}"), upn: String::new() };
        let people = (0..callers).map(person).collect();
        let saying = Arc::new(Saying { words: "as the shared connection (", ..find_account(world, people) });
        // Everybody's vault is there, and awake.
        at_once(&saying, callers).await?;
        let before = refreshes(&upn).await?;
        people::expire(&upn).await?;
        let load = at_once(&saying, callers).await?;
        let asked = refreshes(&upn).await? - before;
        println!("  {callers} callers: {asked} refreshes");
        if asked != 1 {
            bail!("{callers} callers made {asked} refreshes");
        }
        rows.push(vec![
            callers.to_string(),
            asked.to_string(),
            format!("{:.0}", load.percentile(50.0)),
            format!("{:.0}", load.percentile(99.0)),
        ]);
    }
    let text = format!(
        "{}\n{}\n\
         All callers are different people who give a command at the same time. Each needs the company's connection to Salesforce, whose access token has just expired. \
         All commands succeed, and Salesforce receives one refresh. Each caller has a vault, which gets the access token from the company's vault.\n",
        crate::machine::described(place),
        table(&["callers", "refreshes at the app", "p50 ms", "p99 ms"], &rows),
    );
    Ok(Section { title: TITLE, text })
}

/// How many refresh tokens of an account came to Salesforce so far.
async fn refreshes(upn: &str) -> Result<u64> {
    let upn = upn.to_owned();
    let grants = tokio::task::spawn_blocking(move || catch_unwind(|| Sandbox.grants(&upn))).await?;
    let grants = grants.map_err(|_| anyhow!("the sandbox did not respond"))?;
    let sent = |grant: &Value| grant.get("refresh_tokens_sent").and_then(Value::as_u64).unwrap_or_default();
    Ok(grants.iter().map(sent).sum())
}
