//! `manifest.json` and its translations, rendered from the templates in `teams-app/`.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};
use workbot_domain::catalog::Catalog;
use workbot_shared::Language;

use super::command_menu;
use super::zip_file::Files;

/// The values for the templates.
#[derive(Debug, Clone)]
pub struct Values {
    /// The app's id in Teams.
    pub app_id: String,
    /// The bot's registration.
    pub bot_app_id: String,
    /// The worker's origin, without a trailing slash.
    pub public_url: String,
    /// Its host, with the port if there is one.
    pub host: String,
    /// The bot's display name.
    pub bot_name: String,
    /// The package's version.
    pub version: String,
    /// With agents: the id of the OAuth client that the Teams developer portal shows.
    pub oauth_client: Option<String>,
}

impl Values {
    fn of(&self, name: &str) -> Option<&str> {
        Some(match name {
            "BOT_APP_ID" => &self.bot_app_id,
            "BOT_NAME" => &self.bot_name,
            "OAUTH_CLIENT" => self.oauth_client.as_ref()?,
            "PUBLIC_HOST" => &self.host,
            "PUBLIC_URL" => &self.public_url,
            "TEAMS_APP_ID" => &self.app_id,
            "VERSION" => &self.version,
            _ => return None,
        })
    }

    /// An error that Teams would report, with its source.
    fn check(&self) -> Result<()> {
        for (name, id) in [("the app's id", &self.app_id), ("BOT_APP_ID", &self.bot_app_id)] {
            ensure!(is_guid(id), "{name} must be a GUID like 11111111-2222-3333-4444-555555555555");
        }
        ensure!(
            self.bot_name.chars().count() <= 30,
            "BOT_NAME is longer than the 30 characters that Teams shows"
        );
        let numbers: Vec<_> = self.version.split('.').map(str::parse::<u32>).collect();
        ensure!(
            numbers.len() == 3 && numbers.iter().all(Result::is_ok),
            "the version must be three numbers, like 1.2.3: Teams compares them"
        );
        Ok(())
    }
}

/// Whether a text is a GUID.
pub fn is_guid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The manifest, and a file for each additional language.
///
/// # Errors
/// If a template is not JSON, uses an unknown value, or Teams would reject a value.
pub fn texts(values: &Values, catalog: &Catalog, read: &dyn Fn(&str) -> Result<String>) -> Result<Files> {
    values.check()?;
    let mut manifest = template("manifest.json", values, read)?;
    let Some(info) = manifest.get("localizationInfo").cloned() else {
        bail!("teams-app/manifest.json has no localizationInfo");
    };
    let Localisation { own, more } =
        serde_json::from_value(info).context("localizationInfo in teams-app/manifest.json")?;
    let Some(bot) = manifest.pointer_mut("/bots/0").and_then(Value::as_object_mut) else {
        bail!("teams-app/manifest.json has no bot");
    };
    bot.insert("commandLists".to_owned(), command_menu::lists(catalog, Language::of_locale(&own)));
    let mut files = vec![("manifest.json".to_owned(), written(&manifest)?)];
    for Further { tag, file } in more {
        let mut texts: Map<_, _> = serde_json::from_value(template(&file, values, read)?)?;
        let translated = command_menu::translations(catalog, Language::of_locale(&tag));
        texts.extend(translated.into_iter().map(|(key, text)| (key, Value::String(text))));
        files.push((file, written(&Value::Object(texts))?));
    }
    Ok(files)
}

/// `localizationInfo`: the manifest's own language, and the others with their files.
#[derive(Deserialize)]
struct Localisation {
    #[serde(rename = "defaultLanguageTag")]
    own: String,
    #[serde(rename = "additionalLanguages", default)]
    more: Vec<Further>,
}

#[derive(Deserialize)]
struct Further {
    #[serde(rename = "languageTag")]
    tag: String,
    file: String,
}

/// The id and the version of a package.
pub fn identity(files: &Files) -> Option<(String, String)> {
    let (_, manifest) = files.iter().find(|(name, _)| name == "manifest.json")?;
    let manifest: Value = serde_json::from_slice(manifest).ok()?;
    let text = |name: &str| manifest.get(name)?.as_str().map(str::to_owned);
    Some((text("id")?, text("version")?))
}

/// Whether two packages of one app differ, but not in their version.
pub fn is_silent_change(before: &Files, after: &Files) -> bool {
    before != after && identity(before) == identity(after)
}

/// A file of the package.
pub fn written(json: &Value) -> Result<Vec<u8>> {
    Ok((serde_json::to_string_pretty(json)? + "\n").into_bytes())
}

/// A template, filled in.
///
/// # Errors
/// If it is missing, is not JSON, or uses an unknown value.
pub fn template(name: &str, values: &Values, read: &dyn Fn(&str) -> Result<String>) -> Result<Value> {
    let mut json =
        serde_json::from_str(&read(name)?).with_context(|| format!("teams-app/{name} is not JSON"))?;
    fill(&mut json, values).with_context(|| format!("teams-app/{name}"))?;
    Ok(json)
}

/// Fills `${{NAME}}` in every text.
fn fill(json: &mut Value, values: &Values) -> Result<()> {
    match json {
        Value::String(text) => {
            let mut filled = String::new();
            let mut rest = text.as_str();
            while let Some((before, name, after)) = placeholder(rest) {
                let Some(value) = values.of(name) else { bail!("no such value `{name}`: {text}") };
                filled += before;
                filled += value;
                rest = after;
            }
            *text = filled + rest;
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| fill(item, values))?,
        Value::Object(fields) => fields.values_mut().try_for_each(|field| fill(field, values))?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

/// The text before the first `${{NAME}}`, the name, and the text after it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${{")?;
    let (name, after) = rest.split_once("}}")?;
    Some((before, name.trim(), after))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::package::tests::contoso;
    use crate::{checked_catalog, package};
    use serde_json::json;

    const MANIFEST: &str = include_str!("../../tests/schemas/teams-manifest.json");
    const LOCALISATION: &str = include_str!("../../tests/schemas/teams-localization.json");

    fn contosos() -> Values {
        package::values(&contoso(), "1.2.3").unwrap()
    }

    fn made(values: &Values) -> Result<Files> {
        package::files(values, &checked_catalog::tests::real_catalog())
    }

    fn json(files: &Files, name: &str) -> Value {
        let (_, content) = files.iter().find(|(file, _)| file == name).unwrap();
        serde_json::from_slice(content).unwrap()
    }

    /// The mistakes of a file, by a schema.
    pub fn mistakes(schema: &str, json: &Value) -> Vec<String> {
        let schema = serde_json::from_str(schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        validator.iter_errors(json).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    #[test]
    fn the_manifest_and_its_translations_are_what_teams_schemas_say() {
        let files = made(&contosos()).unwrap();
        let manifest = json(&files, "manifest.json");
        assert_eq!(mistakes(MANIFEST, &manifest), Vec::<String>::new());
        assert_eq!(mistakes(LOCALISATION, &json(&files, "de.json")), Vec::<String>::new());
        let mut broken = manifest;
        broken["bots"][0]["scopes"] = json!(["everywhere"]);
        assert_eq!(mistakes(MANIFEST, &broken).len(), 1, "the schema is read as it should be");
    }

    #[test]
    fn everything_that_is_the_deployments_own_is_filled_in() {
        let manifest = json(&made(&contosos()).unwrap(), "manifest.json");
        let id = "11111111-2222-3333-4444-555555555555";
        assert_eq!((&manifest["id"], &manifest["bots"][0]["botId"]), (&json!(id), &json!(id)));
        assert_eq!(manifest["validDomains"], json!(["workbot.contoso.workers.dev"]));
        assert_eq!(
            manifest["webApplicationInfo"],
            json!({"id": id, "resource": format!("api://workbot.contoso.workers.dev/{id}")})
        );
        assert_eq!(manifest["staticTabs"][0], json!({"entityId": "conversations", "scopes": ["personal"]}));
        assert_eq!(manifest["staticTabs"][1]["contentUrl"], "https://workbot.contoso.workers.dev/tab/");
        assert_eq!(manifest["version"], "1.2.3");
        assert!(!manifest.to_string().contains("${{"));
    }

    #[test]
    fn each_description_of_a_command_is_said_in_each_language() {
        let files = made(&contosos()).unwrap();
        let (manifest, german) = (json(&files, "manifest.json"), json(&files, "de.json"));
        for (list, menu) in manifest["bots"][0]["commandLists"].as_array().unwrap().iter().enumerate() {
            for (at, command) in menu["commands"].as_array().unwrap().iter().enumerate() {
                let translated = &german[format!("bots[0].commandLists[{list}].commands[{at}].description")];
                assert!(translated.is_string() && translated != &command["description"], "{command}");
            }
        }
    }

    #[test]
    fn the_bot_takes_targeted_messages_and_its_slash_commands_are_listed() {
        let manifest = json(&made(&contosos()).unwrap(), "manifest.json");
        let bot = &manifest["bots"][0];
        assert_eq!(bot["supportsTargetedMessages"], true);
        let lists = bot["commandLists"].as_array().unwrap();
        let is_slash = |list: &&Value| list["triggers"] == json!(["slash"]);
        assert!(lists.len() <= 3 && lists.iter().filter(is_slash).count() == 1, "{lists:?}");
        let mut broken = manifest.clone();
        broken["bots"][0]["commandLists"][2]["triggers"] = json!(["voice"]);
        assert_eq!(mistakes(MANIFEST, &broken).len(), 1, "the schema knows the triggers");
    }

    #[test]
    fn what_teams_would_refuse_is_refused_here_with_its_cause() {
        let refused = |change: &dyn Fn(&mut Values)| {
            let mut values = contosos();
            change(&mut values);
            made(&values).unwrap_err().to_string()
        };
        assert!(
            refused(&|values| values.bot_app_id = "bot".to_owned()).starts_with("BOT_APP_ID must be a GUID")
        );
        assert!(refused(&|values| values.bot_name = "W".repeat(31)).starts_with("BOT_NAME is longer"));
        assert!(refused(&|values| values.version = "1.0".to_owned()).contains("three numbers"));
    }

    #[test]
    fn a_template_that_asks_for_something_unknown_says_what() {
        let mut text = json!({"a": ["${{BOT_NAME}} and ${{NOTHING}}"]});
        let refused = fill(&mut text, &contosos()).unwrap_err().to_string();
        assert!(refused.contains("`NOTHING`"), "{refused}");
    }

    #[test]
    fn a_change_without_a_new_version_is_noticed() {
        let (mut values, before) = (contosos(), made(&contosos()).unwrap());
        assert!(!is_silent_change(&before, &made(&values).unwrap()));
        values.bot_name = "Helper".to_owned();
        assert!(is_silent_change(&before, &made(&values).unwrap()));
        values.version = "1.2.4".to_owned();
        assert!(!is_silent_change(&before, &made(&values).unwrap()));
    }
}
