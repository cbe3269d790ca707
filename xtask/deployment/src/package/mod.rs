//! `cargo xtask package`: builds the zip file for Teams from `teams-app/` and the catalog.

mod agents;
mod command_menu;
mod icons;
mod manifest;
mod zip_file;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use url::Url;
use workbot_domain::catalog::{App, Catalog};
use workbot_domain::config::{missing_variables, own_origin};
use workbot_shared::AppId;

use crate::checked_catalog::catalog;
use crate::project_path::at;
use crate::settings::{Place, Settings};
pub use agents::oauth_client;
use manifest::Values;
pub use manifest::{identity, is_guid};
pub use zip_file::Files;

const FOLDER: &str = "teams-app";

/// The options.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// The app's id in Teams; default: BOT_APP_ID
    #[arg(long, value_name = "GUID")]
    app_id: Option<String>,
    /// The package's version: Teams accepts an update only with a higher one
    #[arg(long = "app-version", value_name = "VERSION", default_value = env!("CARGO_PKG_VERSION"))]
    version: String,
    /// The output file; default: dist/teams-app-<host>.zip
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Add what Microsoft 365 Copilot needs to act as a person (docs/agents.md)
    #[arg(long)]
    agents: bool,
    /// With --agents: the id of the OAuth client registration in the Teams developer portal
    #[arg(long, value_name = "ID", requires = "agents")]
    oauth_client: Option<String>,
}

/// Builds the package.
///
/// # Errors
/// If a variable is missing, or Teams would reject the package. The error says what to do.
pub fn run(options: &Options) -> Result<()> {
    let settings = Settings::read(&options.place)?;
    let mut values = values(&settings, &options.version)?;
    if let Some(id) = &options.app_id {
        values.app_id.clone_from(id);
    }
    if options.agents {
        let client = agents::required_client(options.oauth_client.as_deref(), &values.public_url)?;
        values.oauth_client = Some(client);
    }
    let files = files(&values, &offered(&settings, catalog()?))?;
    let out = options.out.clone().unwrap_or_else(|| usual_place(&values));
    let before = zip_file::read(&out).ok();
    if let Some(folder) = out.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be created", folder.display()))?;
    }
    fs::write(&out, zip_file::write(&files)?)
        .with_context(|| format!("{} cannot be written", out.display()))?;
    println!("{} {} for {}: {}", values.bot_name, values.version, values.public_url, out.display());
    for (name, content) in &files {
        println!("  {name:<22} {:>6} bytes", content.len());
    }
    if before.is_some_and(|before| manifest::is_silent_change(&before, &files)) {
        println!(
            "note: it differs from the package that was there, with the same version. Teams takes an update only with a \
             higher one: raise `version` in Cargo.toml, or say --app-version"
        );
    }
    if options.agents {
        println!("note: agents act for nobody until an admin opens the door (docs/agents.md)");
    }
    if values.public_url.starts_with("http:") {
        println!(
            "note: PUBLIC_URL is on this machine. Teams cannot reach it: package a deployment's variables (--vars FILE)"
        );
    }
    Ok(())
}

/// The values of a package for these settings.
///
/// # Errors
/// If a variable is missing or malformed.
pub fn values(settings: &Settings, version: &str) -> Result<Values> {
    let public_url =
        own_origin(&settings.needed("PUBLIC_URL")?).map_err(|what| anyhow!("PUBLIC_URL {what}"))?;
    let host = Url::parse(&public_url)?.authority().to_owned();
    let bot_app_id = settings.needed("BOT_APP_ID")?;
    Ok(Values {
        app_id: bot_app_id.clone(),
        bot_app_id,
        public_url,
        host,
        bot_name: settings.get("BOT_NAME").unwrap_or_else(|| "Workbot".to_owned()),
        version: version.to_owned(),
        oauth_client: None,
    })
}

/// The default path of the package.
pub fn usual_place(values: &Values) -> PathBuf {
    at("dist").join(format!("teams-app-{}.zip", values.host.replace(':', "-")))
}

/// The files of an existing package.
///
/// # Errors
/// If it does not exist.
pub fn made_earlier(place: &Path) -> Result<Files> {
    zip_file::read(place)
}

/// The catalog with the recipes whose apps these settings set up: only those are in the menu of commands. A
/// secret may be elsewhere. Settings that set up no app decide nothing.
pub fn offered(settings: &Settings, mut catalog: Catalog) -> Catalog {
    let get = |name: &str| settings.get(name);
    let is_set_up = |id: &AppId, app: &App| {
        let missing = missing_variables(&get, id, app);
        missing.iter().all(|name| name.ends_with("_CLIENT_SECRET"))
    };
    let set_up: Vec<_> =
        catalog.apps.iter().filter(|(id, app)| is_set_up(id, app)).map(|(id, _)| id.clone()).collect();
    if !set_up.is_empty() {
        catalog.recipes.retain(|_, recipe| recipe.apps().into_iter().all(|app| set_up.contains(app)));
    }
    catalog
}

/// All files of the package.
///
/// # Errors
/// If Teams would reject one.
pub fn files(values: &Values, catalog: &Catalog) -> Result<Files> {
    let read = |name: &str| {
        let path = at(FOLDER).join(name);
        fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let (color, outline) = (read("color.png")?, read("outline.png")?);
    icons::check_color(&color).context("teams-app/color.png")?;
    icons::check_outline(&outline).context("teams-app/outline.png")?;
    let read_text = |name: &str| Ok(String::from_utf8(read(name)?)?);
    let mut files = manifest::texts(values, catalog, &read_text)?;
    if values.oauth_client.is_some() {
        agents::add(&mut files, values, catalog, &read_text)?;
    }
    files.extend([("color.png".to_owned(), color), ("outline.png".to_owned(), outline)]);
    Ok(files)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A deployment.
    pub fn contoso() -> Settings {
        Settings::of(&[
            ("PUBLIC_URL", "https://workbot.contoso.workers.dev/"),
            ("BOT_APP_ID", "11111111-2222-3333-4444-555555555555"),
        ])
    }

    #[test]
    fn a_package_is_the_same_bytes_whenever_it_is_made() {
        let values = values(&contoso(), "1.2.3").unwrap();
        let files = files(&values, &crate::checked_catalog::tests::real_catalog()).unwrap();
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["manifest.json", "de.json", "color.png", "outline.png"]);
        let bytes = zip_file::write(&files).unwrap();
        assert_eq!(bytes, zip_file::write(&files).unwrap());
        assert_eq!(zip_file::unpack(std::io::Cursor::new(bytes)).unwrap(), files);
        assert!(usual_place(&values).ends_with("dist/teams-app-workbot.contoso.workers.dev.zip"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let refused = values(&Settings::of(&[("PUBLIC_URL", "https://x.example")]), "1.0.0").unwrap_err();
        assert!(refused.to_string().starts_with("BOT_APP_ID is not set"), "{refused}");
        let refused = values(&Settings::of(&[("PUBLIC_URL", "contoso")]), "1.0.0").unwrap_err();
        assert!(refused.to_string().starts_with("PUBLIC_URL must be"), "{refused}");
    }
}
