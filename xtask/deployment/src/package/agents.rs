//! What Microsoft 365 Copilot reads about the door for agents: an agent connector in the manifest ("Register
//! MCP servers as agent connectors", msteams-docs), and a declarative agent with its plugin ("Build a plugin
//! for a declarative agent from an MCP server", m365copilot-docs).
//!
//! Both list the tools: those of the catalog, as the menus of commands do. Hosts need not permit that tools
//! are discovered at run time ("Dynamic tool discovery for MCP plugins", m365copilot-docs), and the schema of
//! plugins takes a server without tools for an OpenAPI document too.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};
use workbot_domain::agent::oauth::{Door, SCOPE};
use workbot_domain::agent::tool::definitions;
use workbot_domain::catalog::Catalog;

use super::manifest::{Values, template, written};
use super::zip_file::Files;

/// The folder of the templates, below that of the package's own.
const FOLDER: &str = "agents";
/// The longest id of an OAuth client, in characters (`referenceId` in the manifest's schema).
const LONGEST_CLIENT: usize = 128;

/// The id of the OAuth client for `--agents`.
///
/// # Errors
/// If it is missing or malformed, with what to register where.
pub fn required_client(given: Option<&str>, public_url: &str) -> Result<String> {
    let client = given.unwrap_or_default().trim();
    if client.is_empty() {
        bail!("--agents needs --oauth-client ID.\n{}", registration(public_url));
    }
    let is_id = client.len() <= LONGEST_CLIENT && client.bytes().all(|byte| byte.is_ascii_graphic());
    ensure!(is_id, "--oauth-client: this is not the id of a registration.\n{}", registration(public_url));
    ensure!(
        public_url.starts_with("https:"),
        "--agents needs a PUBLIC_URL with https: Microsoft 365 cannot reach this machine"
    );
    Ok(client.to_owned())
}

/// What an admin enters in the Teams developer portal.
fn registration(public_url: &str) -> String {
    let door = Door::of(public_url);
    let metadata = door.server_metadata();
    let endpoint = |name: &str| metadata.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let token = endpoint("token_endpoint");
    let lines = [
        ("Base URL", door.resource()),
        ("Client ID, Client secret", "of a client that you registered at this deployment".to_owned()),
        ("Authorization endpoint", endpoint("authorization_endpoint")),
        ("Token endpoint", token.clone()),
        ("Refresh endpoint", token),
        ("Scope", SCOPE.to_owned()),
        ("Proof Key for Code Exchange", "enabled".to_owned()),
    ];
    let lines: Vec<_> = lines.iter().map(|(field, value)| format!("  {field:<28} {value}")).collect();
    format!(
        "The Teams developer portal shows it: https://dev.teams.microsoft.com/tools > OAuth client \
         registration > New,\nwith these values (docs/agents.md, \"Microsoft 365 Copilot\", has each step):\n{}",
        lines.join("\n")
    )
}

/// The id of the OAuth client in a package that was made with agents.
pub fn oauth_client(files: &Files) -> Option<String> {
    let manifest = json_of(files, "manifest.json").ok()?;
    let client = manifest.pointer("/agentConnectors/0/toolSource/remoteMcpServer/authorization/referenceId");
    client?.as_str().map(str::to_owned)
}

/// Adds connector, agent and plugin to the files of a package, with the recipes of the catalog as tools.
///
/// # Errors
/// If a template is missing or invalid.
pub fn add(
    files: &mut Files,
    values: &Values,
    catalog: &Catalog,
    read: &dyn Fn(&str) -> Result<String>,
) -> Result<()> {
    let part = |name: &str| template(&format!("{FOLDER}/{name}"), values, read);
    let mut manifest = json_of(files, "manifest.json")?;
    let Value::Object(more) = part("manifest.json")? else {
        bail!("teams-app/{FOLDER}/manifest.json is not an object")
    };
    let whole = manifest.as_object_mut().context("teams-app/manifest.json is not an object")?;
    whole.extend(more);
    // Of both kinds of files, the schemas have to be of one version ("Localize your agent").
    let schema = text(&manifest, "/$schema")?.replace("MicrosoftTeams.", "MicrosoftTeams.Localization.");
    let own = format!("{}.json", text(&manifest, "/localizationInfo/defaultLanguageTag")?);
    let languages = manifest.pointer("/localizationInfo/additionalLanguages").and_then(Value::as_array);
    let others = languages.into_iter().flatten().filter_map(|language| language.get("file")?.as_str());
    let mut translations = vec![(own.clone(), default_language(&manifest)?)];
    for file in others {
        let Value::Object(texts) = json_of(files, file)? else { bail!("teams-app/{file} is not an object") };
        translations.push((file.to_owned(), texts));
    }
    for (file, mut texts) in translations {
        texts.insert("$schema".to_owned(), json!(schema));
        texts.insert("localizationKeys".to_owned(), part(&file)?);
        put(files, &file, &Value::Object(texts))?;
    }
    let info = manifest.pointer_mut("/localizationInfo").and_then(Value::as_object_mut);
    info.context("no localizationInfo")?.insert("defaultLanguageFile".to_owned(), json!(own));
    put(files, "manifest.json", &manifest)?;
    put(files, "declarative-agent.json", &part("declarative-agent.json")?)?;
    let tools = definitions(catalog, &|_, _| true);
    put(files, "tools.json", &json!({ "tools": tools }))?;
    put(files, "plugin.json", &with_tools(part("plugin.json")?, &tools)?)
}

/// The plugin with its tools. They stand in it, because the schema takes a file of tools for tools too.
fn with_tools(mut plugin: Value, tools: &[Value]) -> Result<Value> {
    let mut insert = |at: &str, key: &str, value: Value| {
        let place = plugin.pointer_mut(at).and_then(Value::as_object_mut);
        let place =
            place.with_context(|| format!("teams-app/{FOLDER}/plugin.json has no object at {at:?}"))?;
        place.insert(key.to_owned(), value);
        Ok::<_, anyhow::Error>(())
    };
    let member = |tool: &Value, name: &str| tool.get(name).cloned().unwrap_or_default();
    let about = |tool| json!({ "name": member(tool, "name"), "description": member(tool, "description") });
    insert("", "functions", tools.iter().map(about).collect())?;
    insert("/runtimes/0", "run_for_functions", tools.iter().map(|tool| member(tool, "name")).collect())?;
    insert("/runtimes/0/spec", "mcp_tool_description", json!({ "tools": tools }))?;
    Ok(plugin)
}

/// The texts of the manifest, as a file of its own language: with localized agents, the default language
/// needs one too.
fn default_language(manifest: &Value) -> Result<Map<String, Value>> {
    ["name.short", "name.full", "description.short", "description.full"]
        .into_iter()
        .map(|key| {
            let value = text(manifest, &format!("/{}", key.replace('.', "/")))?;
            Ok((key.to_owned(), json!(value)))
        })
        .collect()
}

fn text<'a>(manifest: &'a Value, at: &str) -> Result<&'a str> {
    let found = manifest.pointer(at).and_then(Value::as_str);
    found.with_context(|| format!("the manifest in teams-app has no text at {at}"))
}

fn json_of(files: &Files, name: &str) -> Result<Value> {
    let found = files.iter().find(|(file, _)| file == name);
    let (_, content) = found.with_context(|| format!("the package has no {name}"))?;
    serde_json::from_slice(content).with_context(|| format!("{name} is not JSON"))
}

/// Replaces a file, or adds it.
fn put(files: &mut Files, name: &str, json: &Value) -> Result<()> {
    let content = written(json)?;
    match files.iter_mut().find(|(file, _)| file == name) {
        Some((_, old)) => *old = content,
        None => files.push((name.to_owned(), content)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked_catalog;
    use crate::package;
    use crate::package::manifest;
    use crate::package::tests::contoso;
    use crate::settings::Settings;

    const MANIFEST: &str = include_str!("../../tests/schemas/teams-manifest-1.30.json");
    const LOCALISATION: &str = include_str!("../../tests/schemas/teams-localization.json");
    const AGENT: &str = include_str!("../../tests/schemas/declarative-agent-1.8.json");
    const PLUGIN: &str = include_str!("../../tests/schemas/copilot-plugin-2.4.json");

    fn made(oauth_client: Option<&str>) -> Files {
        let mut values = package::values(&contoso(), "1.2.3").unwrap();
        values.oauth_client = oauth_client.map(str::to_owned);
        package::files(&values, &checked_catalog::tests::real_catalog()).unwrap()
    }

    fn json(name: &str) -> Value {
        json_of(&made(Some("Y2xpZW50")), name).unwrap()
    }

    /// The mistakes by the draft that the schema states, and by draft 7: the schemas use its keywords `const`
    /// and `if`, which draft 4 ignores.
    fn mistakes(schema: &str, json: &Value) -> Vec<String> {
        let later = schema.replace("json-schema.org/draft-04", "json-schema.org/draft-07");
        assert_ne!(schema.contains("draft-04"), later == schema);
        let mut found = manifest::tests::mistakes(schema, json);
        found.extend(manifest::tests::mistakes(&later, json));
        found.sort();
        found.dedup();
        found
    }

    /// The mistakes after a change, in a file that has none before it.
    fn after(schema: &str, name: &str, at: &str, value: Value) -> usize {
        let mut json = json(name);
        assert_eq!(mistakes(schema, &json), Vec::<String>::new(), "{name}");
        *json.pointer_mut(at).unwrap_or_else(|| panic!("{name}{at}")) = value;
        mistakes(schema, &json).len()
    }

    #[test]
    fn manifest_agent_plugin_and_translations_are_what_microsofts_schemas_say() {
        for (schema, name) in [
            (MANIFEST, "manifest.json"),
            (AGENT, "declarative-agent.json"),
            (PLUGIN, "plugin.json"),
            (LOCALISATION, "en.json"),
            (LOCALISATION, "de.json"),
        ] {
            assert_eq!(mistakes(schema, &json(name)), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn what_microsofts_schemas_forbid_is_found() {
        let server = "/agentConnectors/0/toolSource/remoteMcpServer";
        let http = json!("http://workbot.contoso.com/mcp");
        assert_eq!(after(MANIFEST, "manifest.json", &format!("{server}/mcpServerUrl"), http), 1);
        let password = json!({"type": "Password"});
        assert_eq!(after(MANIFEST, "manifest.json", &format!("{server}/authorization"), password), 1);
        assert_eq!(after(MANIFEST, "manifest.json", "/manifestVersion", json!("1.29")), 1);
        assert_eq!(after(MANIFEST, "manifest.json", "/copilotAgents/declarativeAgents", json!([])), 1);
        assert_eq!(after(AGENT, "declarative-agent.json", "/actions", json!([])), 1);
        assert_eq!(after(AGENT, "declarative-agent.json", "/instructions", json!("x".repeat(8001))), 1);
        assert_eq!(after(PLUGIN, "plugin.json", "/runtimes/0/type", json!("McpServer")), 1);
        assert_eq!(after(PLUGIN, "plugin.json", "/runtimes/0/auth", json!({"type": "OAuthPluginVault"})), 1);
        assert_eq!(after(PLUGIN, "plugin.json", "/namespace", json!("work bot")), 1);
    }

    #[test]
    fn connector_and_plugin_lead_to_the_door_of_the_deployment() {
        let manifest = json("manifest.json");
        let server = &manifest["agentConnectors"][0]["toolSource"]["remoteMcpServer"];
        let runtime = &json("plugin.json")["runtimes"][0];
        let door = "https://workbot.contoso.workers.dev/mcp";
        assert_eq!((&server["mcpServerUrl"], &runtime["spec"]["url"]), (&json!(door), &json!(door)));
        let (connector, plugin) = (&server["authorization"]["referenceId"], &runtime["auth"]["reference_id"]);
        assert_eq!((connector, plugin), (&json!("Y2xpZW50"), &json!("Y2xpZW50")));
        assert_eq!(oauth_client(&made(Some("Y2xpZW50"))).as_deref(), Some("Y2xpZW50"));
    }

    #[test]
    fn the_tools_are_those_of_the_catalog() {
        let (plugin, tools) = (json("plugin.json"), json("tools.json"));
        let runtime = &plugin["runtimes"][0];
        assert_eq!(runtime["spec"]["mcp_tool_description"], tools);
        let names = |list: &Value| -> Vec<_> {
            list.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
        };
        let all = names(&tools["tools"]);
        assert!(all.contains(&"create_opportunity".to_owned()) && all.contains(&"get_run".to_owned()));
        assert_eq!(names(&plugin["functions"]), all);
        assert_eq!(runtime["run_for_functions"], serde_json::json!(all));
        let fewer = package::offered(&contoso_with_box(), checked_catalog::tests::real_catalog());
        let mut values = package::values(&contoso(), "1.2.3").unwrap();
        values.oauth_client = Some("c".to_owned());
        let files = package::files(&values, &fewer).unwrap();
        let fewer = names(&json_of(&files, "tools.json").unwrap()["tools"]);
        assert!(fewer.len() < all.len() && fewer.contains(&"create_folder".to_owned()), "{fewer:?}");
        assert!(!fewer.contains(&"create_opportunity".to_owned()), "its app is not set up");
    }

    fn contoso_with_box() -> Settings {
        Settings::of(&[("APP_BOX_CLIENT_ID", "c"), ("APP_BOX_CLIENT_SECRET", "s")])
    }

    #[test]
    fn every_file_and_text_that_the_agent_refers_to_is_in_the_package() {
        let files = made(Some("c"));
        let (manifest, agent) = (json("manifest.json"), json("declarative-agent.json"));
        let server = &manifest["agentConnectors"][0]["toolSource"]["remoteMcpServer"];
        let names = [
            &server["mcpToolDescription"]["file"],
            &manifest["copilotAgents"]["declarativeAgents"][0]["file"],
            &agent["actions"][0]["file"],
            &manifest["localizationInfo"]["defaultLanguageFile"],
        ];
        for name in names {
            assert!(files.iter().any(|(file, _)| name == file), "{name}");
        }
        let referring = format!("{agent}{}", json("plugin.json"));
        let keys: Vec<_> = referring.split("[[").skip(1).filter_map(|rest| rest.split_once("]]")).collect();
        assert!(keys.len() > 5);
        for language in ["en.json", "de.json"] {
            let texts = json(language);
            for (key, _) in &keys {
                assert!(texts["localizationKeys"][*key].is_string(), "{language}: {key}");
            }
            assert_eq!(texts["localizationKeys"].as_object().unwrap().len(), keys.len(), "{language}");
            assert_eq!(texts["name.short"], "Workbot");
            assert!(
                texts["$schema"].as_str().unwrap().ends_with("v1.30/MicrosoftTeams.Localization.schema.json")
            );
        }
        assert!(!files.iter().any(|(_, content)| String::from_utf8_lossy(content).contains("${{")));
    }

    #[test]
    fn without_agents_nothing_of_theirs_is_in_the_package_and_with_them_nothing_else_changes() {
        let (plain, with) = (made(None), made(Some("c")));
        let names: Vec<_> = plain.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["manifest.json", "de.json", "color.png", "outline.png"]);
        assert_eq!(oauth_client(&plain), None);
        let (plain, mut with) =
            (json_of(&plain, "manifest.json").unwrap(), json_of(&with, "manifest.json").unwrap());
        for added in ["agentConnectors", "copilotAgents"] {
            assert!(plain.get(added).is_none() && with.as_object_mut().unwrap().remove(added).is_some());
        }
        with["localizationInfo"].as_object_mut().unwrap().remove("defaultLanguageFile");
        for version in ["$schema", "manifestVersion"] {
            with[version] = plain[version].clone();
        }
        assert_eq!(with, plain);
    }

    #[test]
    fn a_missing_oauth_client_is_an_error_that_says_what_to_enter_where() {
        let refused = |given, url| required_client(given, url).unwrap_err().to_string();
        let long = "x".repeat(LONGEST_CLIENT + 1);
        for given in [None, Some(" "), Some("two words"), Some(long.as_str())] {
            let refused = refused(given, "https://bot.contoso.com");
            for expected in [
                "dev.teams.microsoft.com",
                "https://bot.contoso.com/mcp",
                "https://bot.contoso.com/agent/authorize",
                "https://bot.contoso.com/agent/token",
                "recipes",
            ] {
                assert!(refused.contains(expected), "{expected}: {refused}");
            }
        }
        assert!(refused(Some("c"), "http://localhost:8787").contains("PUBLIC_URL with https"));
        assert_eq!(required_client(Some("Y2xpZW50"), "https://bot.contoso.com").unwrap(), "Y2xpZW50");
    }
}
