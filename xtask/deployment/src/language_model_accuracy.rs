//! `cargo xtask ask`: how well a language model understands sentences, measured at an endpoint of one's own.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use secrecy::{ExposeSecret, SecretString};
use workbot_domain::config::{Config, ModelEndpoint};
use workbot_domain::language_model;

use crate::http_client::{self, Question};
use crate::project_files::{at, catalog};
use crate::settings::{Place, Settings};

/// The sentences of this project: the expected recipe, or `-` for none, a tab, and the sentence.
const SENTENCES: &str = "catalog/sentences.tsv";
/// The requests that are sent at the same time.
const SIDE_BY_SIDE: usize = 8;

/// The options.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// Other sentences: a recipe's id or `-`, a tab, and the sentence, per line
    #[arg(long, value_name = "FILE")]
    sentences: Option<PathBuf>,
}

/// Sends each sentence to the language model that the variables name, and prints how many led to the expected
/// command.
///
/// # Errors
/// If no language model is configured, or the sentences cannot be read.
pub fn run(options: &Options) -> Result<()> {
    let catalog = catalog()?;
    let settings = Settings::read(&options.place)?;
    let config = Config::read(&catalog, &|name| settings.get(name)).map_err(|problems| {
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the configuration has mistakes:\n{}", problems.join("\n"))
    })?;
    let model = config.language_model.as_ref();
    let model = model.context("no language model is configured: set LLM_URL and LLM_MODEL")?;
    let ModelEndpoint::ChatCompletions { url, api_key } = &model.endpoint else {
        bail!(
            "Workers AI cannot be asked from here: set LLM_URL to its API of chat completions, see docs/deploy.md"
        );
    };
    let file = options.sentences.clone().unwrap_or_else(|| at(SENTENCES));
    let text = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let sentences: Vec<_> = text.lines().filter_map(|line| line.split_once('\t')).collect();
    ensure!(!sentences.is_empty(), "{} has no line with a recipe, a tab and a sentence", file.display());
    println!("{} sentences to {} ({})", sentences.len(), model.host(), model.model);

    let offered: Vec<_> = catalog.recipes.iter().collect();
    let (mut right, mut without) = (0, 0);
    let mut missed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for part in sentences.chunks(SIDE_BY_SIDE) {
        let requests = part
            .iter()
            .map(|(_, sentence)| request((url, &model.model, api_key.as_ref()), sentence, &offered));
        let responses =
            http_client::ask(&requests.collect::<Option<Vec<_>>>().context("a sentence is too long")?)?;
        for ((expected, sentence), response) in part.iter().zip(responses) {
            if response.status != Some(200) {
                without += 1;
                missed.entry(expected).or_default().push(format!("{sentence}: {}", response.in_short()));
                continue;
            }
            let found = language_model::read(response.body.as_bytes(), &offered);
            let found = found.as_ref().map_or("-", |(id, ..)| id.as_str());
            if found == *expected {
                right += 1;
            } else {
                missed.entry(expected).or_default().push(format!("{sentence}: {found}"));
            }
        }
    }
    for (expected, sentences) in &missed {
        println!("\n{expected}");
        sentences.iter().for_each(|sentence| println!("  {sentence}"));
    }
    println!("\n{right} of {} as expected, {without} without a response", sentences.len());
    Ok(())
}

fn request(
    (url, model, key): (&str, &str, Option<&SecretString>),
    sentence: &str,
    offered: &[(&workbot_shared::RecipeId, &workbot_domain::catalog::Recipe)],
) -> Option<Question> {
    let body = language_model::request(model, sentence, offered, "2026-12-01")?;
    let request = Question::json_body(format!("{url}/chat/completions"), body.to_string());
    Some(match key {
        Some(key) => request.with("authorization", format!("Bearer {}", key.expose_secret())),
        None => request,
    })
}
