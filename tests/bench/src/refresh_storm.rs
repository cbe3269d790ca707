//! The storm: many callers want the same access at the very moment when it has expired.

use std::panic::catch_unwind;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use serde_json::Value;
use workbot_e2e::Sandbox;

use crate::environment::Environment;
use crate::load::at_once;
use crate::paths::Paths;
use crate::people::{self, Person};
use crate::report::{Section, table};
use crate::run::find_account;
use crate::target_workbot::{Modules, Workbot};
use crate::turn_load::CommandTurn;

/// The heading.
pub const TITLE: &str = "The storm: one refresh for all";
/// How many callers at the same time.
const CALLERS: [usize; 3] = [1, 100, 1000];

/// Measures.
///
/// # Errors
/// When a caller goes empty-handed, or the app was asked for more than one refresh.
pub async fn measure(paths: &Paths, environment: &Arc<Environment>) -> Result<Section> {
    let objects = paths.fresh("objects")?;
    let _ours = Workbot::start(paths, environment, &Modules::deployed(paths)?, &objects).await?;
    let upn = people::share_salesforce().await?;
    let mut rows = Vec::new();
    for callers in CALLERS {
        let person = |number| Person { oid: format!("caller-{number}"), upn: String::new() };
        let people = (0..callers).map(person).collect();
        let saying = Arc::new(CommandTurn {
            words: "as the shared connection (",
            ..find_account(environment, people)
        });
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
         So many people give a command at once, each needs the company's access to Salesforce, and the access token has just expired there. All of them succeed; Salesforce is asked for one refresh. \
         Each has a vault of their own, which borrows from the company's.\n",
        crate::machine::described(paths),
        table(&["callers", "refreshes at the app", "p50 ms", "p99 ms"], &rows),
    );
    Ok(Section { title: TITLE, text })
}

/// How many refresh tokens of an account came to Salesforce so far.
async fn refreshes(upn: &str) -> Result<u64> {
    let upn = upn.to_owned();
    let grants = tokio::task::spawn_blocking(move || catch_unwind(|| Sandbox.grants(&upn))).await?;
    let grants = grants.map_err(|_| anyhow!("the sandbox did not answer"))?;
    let sent = |grant: &Value| grant.get("refresh_tokens_sent").and_then(Value::as_u64).unwrap_or_default();
    Ok(grants.iter().map(sent).sum())
}
