//! `cargo xtask doctor`: checks a configuration. Each finding says what to do.

mod apps;
mod finding;
mod master_key_randomness;
mod microsoft;
mod registration_instructions;
mod teams_package;
mod variables;
mod worker;

use std::fmt;

use anyhow::Result;
use workbot_domain::config::Config;

use crate::checked_catalog;
use crate::http_client;
use crate::settings::{Place, Settings};
use finding::Finding;

/// The options.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// Send no requests: to Microsoft, Cloudflare, the apps, the deployed worker
    #[arg(long)]
    offline: bool,
}

/// The result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Health {
    /// No finding needs an action.
    Good,
    /// A finding needs an action.
    Ill,
}

/// Checks everything and prints the findings.
///
/// # Errors
/// If the configuration or the catalog cannot be read.
pub fn run(options: &Options) -> Result<Health> {
    let settings = Settings::read(&options.place)?;
    let catalog = checked_catalog::catalog()?;
    let config = Config::read(&catalog, &|name| settings.get(name));

    let mut all = Section::new(&match settings.file() {
        Some(file) => format!("Variables ({})", file.display()),
        None => "Variables (of the environment)".to_owned(),
    });
    all.add(variables::check(&settings, &catalog, &config));
    all.add(master_key_randomness::check(&settings.get("MASTER_KEYS").unwrap_or_default()));
    print!("{all}");
    let mut health = all.health();

    let mut package = Section::new("Teams package");
    package.add([teams_package::check(&settings, &catalog)]);
    print!("{package}");
    health = health.and(package.health());

    if options.offline {
        println!("\nNo requests were sent (--offline).");
    } else if let Ok(config) = &config {
        health = health.and(ask_around(config, &catalog)?);
    } else {
        println!("\nNo requests were sent: fix the variables first.");
    }
    if let Some(public_url) = settings.get("PUBLIC_URL") {
        let bot = settings.get("BOT_APP_ID").unwrap_or_else(|| "<BOT_APP_ID>".to_owned());
        print!("\n{}", registration_instructions::listed(public_url.trim_end_matches('/'), &bot, &catalog));
    }
    println!(
        "\n{}",
        if health == Health::Good { "No problems found." } else { "Problems found: see ✗ above." }
    );
    Ok(health)
}

fn ask_around(config: &Config, catalog: &workbot_domain::catalog::Catalog) -> Result<Health> {
    let (microsoft, deployed) = (microsoft::questions(config), worker::question(config));
    let (agents, apps) = (worker::agent_questions(config), apps::questions(config, catalog));
    let mut questions = microsoft.to_vec();
    questions.push(deployed);
    questions.extend(agents.clone());
    questions.extend(apps.iter().map(|(_, question)| question.clone()));
    let mut responses = http_client::ask(&questions)?.into_iter();

    let mut others = Section::new("Microsoft");
    others.add(microsoft::judge(config, &responses.by_ref().take(microsoft.len()).collect::<Vec<_>>()));
    let mut cloudflare = Section::new("Cloudflare");
    let health = responses.next().unwrap_or_default();
    cloudflare.add([worker::judge(config, &health)]);
    let metadata: Vec<_> = responses.by_ref().take(agents.len()).collect();
    cloudflare.add(worker::judge_agents(config, &health, &metadata));
    cloudflare.add(worker::login(config));
    let mut business = Section::new("Apps");
    business.add(apps.iter().zip(responses).map(|((app, _), response)| apps::judge(catalog, app, &response)));
    print!("{others}{cloudflare}{business}");
    Ok(others.health().and(cloudflare.health()).and(business.health()))
}

impl Health {
    fn and(self, other: Self) -> Self {
        if self == Self::Good { other } else { self }
    }
}

/// The findings about one subject.
struct Section {
    title: String,
    findings: Vec<Finding>,
}

impl Section {
    fn new(title: &str) -> Self {
        Self { title: title.to_owned(), findings: Vec::new() }
    }

    fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    fn health(&self) -> Health {
        if self.findings.iter().any(Finding::is_problem) { Health::Ill } else { Health::Good }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.findings.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n{}", self.title)?;
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))
    }
}
