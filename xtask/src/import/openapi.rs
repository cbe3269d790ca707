//! An app file from an OpenAPI document ("OpenAPI Specification", versions 3.0 and 3.1).
#![allow(clippy::indexing_slicing, reason = "a missing member of a JSON value is null")]

use std::fmt::Write as _;

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use super::toml_string::quoted;

/// The longest description of an action that is taken over, in characters.
const LONGEST: usize = 100;

/// Returns an app file with these operations as actions.
///
/// # Errors
/// The operations that the document does not have.
pub fn app_file(document: &Value, operations: &[String]) -> Result<String> {
    let text = |at: &str| document.pointer(at).and_then(Value::as_str);
    let server = text("/servers/0/url").filter(|url| url.starts_with("https://") && !url.contains('{'));
    let base_url = server.map_or("TODO: the address of the API", |url| url.trim_end_matches('/'));
    let host = server.and_then(|url| url.split('/').nth(2)).unwrap_or("TODO: the host of the API");
    let name = text("/info/title").unwrap_or("TODO: the name for people");
    let mut file = format!("# Source: the OpenAPI document of {name}.\nname = {}\n", quoted(name));
    let login = login(document);
    let _ = writeln!(file, "auth = {}\nbase_url = {}", quoted(login.auth), quoted(base_url));
    let _ = writeln!(file, "allowed_hosts = [{}]", quoted(host));
    file += "manage_url = \"TODO: where people remove the access, if there is no revoke_url\"\n\n";
    file += &login.table;
    file += "[account]\nurl = \"TODO: the call that returns the account of a token\"\n";
    file +=
        "label = [\"TODO: the pointer to its name for people\"]\nid = \"TODO: the pointer to its id\"\n\n";
    file += "[errors]\nmessage = [\"TODO: the pointer to the text of an error\"]\n";
    let mut missing = Vec::new();
    for id in operations {
        match find(document, id) {
            Some(operation) => file += &action(document, id, &operation),
            None => missing.push(id.as_str()),
        }
    }
    if !missing.is_empty() {
        bail!("the document has no operation {}: its `operationId`s name them", missing.join(", "));
    }
    Ok(file)
}

struct Login {
    auth: &'static str,
    /// The table of the login or key.
    table: String,
}

/// How the API authenticates, by the first security scheme that an app's file can express.
fn login(document: &Value) -> Login {
    let schemes = document.pointer("/components/securitySchemes").and_then(Value::as_object);
    let schemes: Vec<_> =
        schemes.into_iter().flat_map(Map::values).map(|scheme| resolved(document, scheme)).collect();
    let flow = schemes.iter().find_map(|scheme| scheme.pointer("/flows/authorizationCode"));
    let key = schemes.iter().find(|scheme| scheme["type"] == "apiKey" && scheme["in"] == "header");
    let is_http =
        |wanted: &str| schemes.iter().any(|scheme| scheme["type"] == "http" && scheme["scheme"] == wanted);
    match (flow, key) {
        (None, Some(key)) => {
            let header = quoted(key["name"].as_str().unwrap_or_default());
            Login {
                auth: "api_key",
                table: format!("[api_key]\nheader = {header}\nvalue = \"{{{{ key }}}}\"\n\n"),
            }
        }
        (None, None) if is_http("bearer") => {
            Login { auth: "api_key", table: "[api_key]\nvalue = \"Bearer {{ key }}\"\n\n".to_owned() }
        }
        (None, None) if is_http("basic") => Login { auth: "basic", table: String::new() },
        (flow, _) => Login { auth: "oauth2", table: oauth2(flow) },
    }
}

fn oauth2(flow: Option<&Value>) -> String {
    let at = |name: &str, what: &str| {
        let found = flow.and_then(|flow| flow[name].as_str()).filter(|url| url.starts_with("https://"));
        quoted(found.unwrap_or(what))
    };
    let scopes = flow.and_then(|flow| flow["scopes"].as_object());
    let scopes: Vec<_> = scopes.into_iter().flat_map(Map::keys).map(|scope| quoted(scope)).collect();
    let mut table = format!(
        "[oauth2]\nauthorize_url = {}\ntoken_url = {}\n",
        at("authorizationUrl", "TODO: the authorization endpoint"),
        at("tokenUrl", "TODO: the token endpoint")
    );
    if flow.is_some_and(|flow| flow["refreshUrl"].is_string() && flow["refreshUrl"] != flow["tokenUrl"]) {
        let _ = writeln!(table, "refresh_url = {}", at("refreshUrl", "TODO: where refresh requests go"));
    }
    table += "# TODO: keep the scopes that the actions need.\n";
    let _ = writeln!(table, "scopes = [{}]", scopes.join(", "));
    table += "rotation = \"TODO: none, single_use or reuse_kills\"\nrevokes = \"TODO: token or grant\"\n\n";
    table
}

/// An operation, with what its path says for all methods.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    node: &'a Value,
    shared: &'a Value,
}

fn find<'a>(document: &'a Value, id: &str) -> Option<Operation<'a>> {
    let paths = document["paths"].as_object()?.iter();
    let mut all = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, node)| Operation { method, path, node, shared: &item["parameters"] })
    });
    all.find(|operation| operation.node["operationId"] == id)
}

fn action(document: &Value, id: &str, operation: &Operation<'_>) -> String {
    let Operation { method, path, node, shared } = operation;
    let parameters: Vec<_> =
        [*shared, &node["parameters"]].into_iter().filter_map(Value::as_array).flatten().collect();
    let parameters: Vec<_> = parameters.into_iter().map(|one| resolved(document, one)).collect();
    let is_required =
        |name: &str| parameters.iter().any(|one| one["name"] == name && one["required"] == true);
    let (body_kind, fields, optional) = body(document, node);

    let path =
        path.split('{').enumerate().fold(String::new(), |path, (at, piece)| match piece.split_once('}') {
            Some((name, rest)) if at > 0 => format!("{path}{{{{ with.{} }}}}{rest}", snake(name)),
            _ => path + piece,
        });
    let query = in_place(&parameters, "query");
    let of_path = in_place(&parameters, "path");
    let mut names: Vec<_> = of_path.into_iter().chain(query.iter().copied()).map(snake).collect();
    names.extend(fields.iter().map(|field| snake(field)));
    let about: String =
        node["summary"].as_str().unwrap_or("TODO: what it does").chars().take(LONGEST).collect();
    let about = if names.is_empty() { about } else { format!("{about}: {}", names.join(", ")) };

    let pairs = |names: &[&str]| {
        let pairs = names.iter().map(|name| format!("{} = \"{{{{ with.{} }}}}\"", quoted(name), snake(name)));
        pairs.collect::<Vec<_>>().join(", ")
    };
    let mut text = format!("\n[actions.{}]\nabout = {}\n", snake(id), quoted(&about));
    let _ = writeln!(text, "method = {}\npath = {}", quoted(&method.to_uppercase()), quoted(&path));
    let optional_query: Vec<_> = query.iter().filter(|name| !is_required(name)).collect();
    if !optional_query.is_empty() {
        let defaults = optional_query.iter().map(|name| format!("{} = \"\"", snake(name)));
        let _ = writeln!(text, "defaults = {{ {} }}", defaults.collect::<Vec<_>>().join(", "));
    }
    if !query.is_empty() {
        let _ = writeln!(text, "query = {{ {} }}", pairs(&query));
    }
    if !optional.is_empty() {
        let _ = writeln!(text, "# More fields of the body: {}.", optional.join(", "));
    }
    match body_kind {
        Some(kind) if !fields.is_empty() => {
            let fields: Vec<_> = fields.iter().map(String::as_str).collect();
            let _ = writeln!(text, "{kind} = {{ {} }}", pairs(&fields));
        }
        Some(_) => text += "body = \"TODO: the fields of the body\"\n",
        None => {}
    }
    let _ = writeln!(text, "writes = {}", *method != "get");
    text + &output(document, node)
}

/// The names of the parameters in a place.
fn in_place<'a>(parameters: &'a [Value], place: &str) -> Vec<&'a str> {
    let there = parameters.iter().filter(|one| one["in"] == place);
    there.filter_map(|one| one["name"].as_str()).collect()
}

/// The kind of the body, its required fields, and the others.
fn body(document: &Value, operation: &Value) -> (Option<&'static str>, Vec<String>, Vec<String>) {
    let body = resolved(document, &operation["requestBody"]);
    let content = &body["content"];
    let kinds = [("application/json", "body"), ("application/x-www-form-urlencoded", "form")];
    let found = kinds.into_iter().find(|(kind, _)| content.get(kind).is_some());
    let Some((kind, field)) = found else {
        return (content.is_object().then_some("body"), Vec::new(), Vec::new());
    };
    let (properties, required) = properties(document, &content[kind]["schema"]);
    let (fields, optional) =
        properties.into_iter().map(|(name, _)| name).partition(|name| required.contains(name));
    (Some(field), fields, optional)
}

/// The outputs of the first response with a status of success.
fn output(document: &Value, operation: &Value) -> String {
    let responses = operation["responses"].as_object();
    let good = responses.into_iter().flatten().find(|(status, _)| status.starts_with('2'));
    let response = good.map(|(_, response)| resolved(document, response)).unwrap_or_default();
    let schema = resolved(document, &response["content"]["application/json"]["schema"]);
    if schema.is_null() {
        return String::new();
    }
    if schema["type"] == "array" {
        return "output = { items = \"\" }\n".to_owned();
    }
    let (properties, _) = properties(document, &schema);
    let is_list = |kind: &str| kind == "array";
    let mut shown: Vec<_> = properties.iter().filter(|(_, kind)| is_list(kind)).collect();
    const TELLING: [&str; 8] = ["id", "key", "number", "name", "title", "status", "html_url", "url"];
    shown.extend(properties.iter().filter(|(name, kind)| TELLING.contains(&name.as_str()) && !is_list(kind)));
    let outputs: Vec<_> = shown
        .into_iter()
        .map(|(name, _)| {
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            format!("{} = {}", snake(name), quoted(&pointer))
        })
        .collect();
    if outputs.is_empty() {
        return "output = { result = \"TODO: the pointer to what recipes need\" }\n".to_owned();
    }
    format!("output = {{ {} }}\n", outputs.join(", "))
}

/// The properties of an object's schema with their types, in the document's order, and the required ones.
fn properties(document: &Value, schema: &Value) -> (Vec<(String, String)>, Vec<String>) {
    let schema = resolved(document, schema);
    let (mut all, mut required) = (Vec::new(), Vec::new());
    let parts = ["allOf"].into_iter().filter_map(|name| schema[name].as_array()).flatten();
    for part in parts {
        let (more, needed) = properties(document, part);
        all.extend(more);
        required.extend(needed);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let property = resolved(document, property);
        all.push((name.clone(), property["type"].as_str().unwrap_or_default().to_owned()));
    }
    let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    required.extend(names.map(str::to_owned));
    (all, required)
}

/// A node, or what its `$ref` leads to within the document. References may lead to further ones.
fn resolved(document: &Value, node: &Value) -> Value {
    let mut node = node;
    for _ in 0..10 {
        let Some(at) = node["$ref"].as_str().and_then(|at| at.strip_prefix('#')) else { break };
        node = document.pointer(at).unwrap_or(&Value::Null);
    }
    node.clone()
}

/// A name of the catalog: lower-case letters, digits and `_`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && text.chars().last().is_some_and(|last| last.is_ascii_lowercase()) {
            text.push('_');
        }
        if c.is_ascii_alphanumeric() {
            text.push(c.to_ascii_lowercase());
        } else if !text.is_empty() && !text.ends_with('_') {
            text.push('_');
        }
    }
    text.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "openapi": "3.1.0", "info": {"title": "Tracker"}, "servers": [{"url": "https://api.tracker.example/v1/"}],
            "paths": {
                "/projects/{projectId}/tasks": {
                    "parameters": [{"$ref": "#/components/parameters/project"}],
                    "post": {
                        "operationId": "tasks/create-task", "summary": "Creates a task",
                        "requestBody": {"content": {"application/json": {"schema": {"allOf": [
                            {"$ref": "#/components/schemas/Draft"}, {"properties": {"dueOn": {"type": "string"}}}
                        ]}}}},
                        "responses": {"201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}}}
                    },
                    "get": {
                        "operationId": "listTasks", "summary": "Lists tasks",
                        "parameters": [{"name": "state", "in": "query"}, {"name": "page-size", "in": "query", "required": true}],
                        "responses": {"200": {"content": {"application/json": {"schema": {
                            "properties": {"data": {"type": "array"}, "next": {"type": "string"}}
                        }}}}}
                    }
                }
            },
            "components": {
                "parameters": {"project": {"name": "projectId", "in": "path", "required": true}},
                "schemas": {
                    "Draft": {"properties": {"title": {"type": "string"}}, "required": ["title"]},
                    "Task": {"properties": {"id": {"type": "string"}, "secret": {"type": "string"}}}
                },
                "securitySchemes": {"login": {"type": "oauth2", "flows": {"authorizationCode": {
                    "authorizationUrl": "https://tracker.example/authorize", "tokenUrl": "https://tracker.example/token",
                    "scopes": {"tasks": "Tasks"}
                }}}}
            }
        })
    }

    #[test]
    fn operations_become_actions() {
        let file = app_file(&document(), &["tasks/create-task".to_owned(), "listTasks".to_owned()]).unwrap();
        let app: toml::Table = file.parse().unwrap();
        assert_eq!(app["name"].as_str(), Some("Tracker"));
        assert_eq!(app["base_url"].as_str(), Some("https://api.tracker.example/v1"));
        assert_eq!(app["oauth2"]["token_url"].as_str(), Some("https://tracker.example/token"));
        let action = |name: &str| serde_json::to_value(&app["actions"][name]).unwrap();
        assert_eq!(
            action("tasks_create_task"),
            json!({
                "about": "Creates a task: project_id, title", "method": "POST",
                "path": "/projects/{{ with.project_id }}/tasks", "body": {"title": "{{ with.title }}"},
                "writes": true, "output": {"id": "/id"}
            })
        );
        assert_eq!(
            action("list_tasks"),
            json!({
                "about": "Lists tasks: project_id, state, page_size", "method": "GET",
                "path": "/projects/{{ with.project_id }}/tasks", "defaults": {"state": ""},
                "query": {"state": "{{ with.state }}", "page-size": "{{ with.page_size }}"},
                "writes": false, "output": {"data": "/data"}
            })
        );
        assert!(file.contains("# More fields of the body: dueOn."), "{file}");
        for unsaid in ["[account]\nurl = \"TODO", "rotation = \"TODO", "manage_url = \"TODO"] {
            assert!(file.contains(unsaid), "{unsaid}");
        }
    }

    #[test]
    fn an_operation_that_is_not_there_is_named() {
        let error = app_file(&document(), &["listTasks".to_owned(), "deleteTask".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("no operation deleteTask"), "{error}");
        assert!(app_file(&json!({}), &["x".to_owned()]).is_err());
    }

    #[test]
    fn an_api_with_a_key_has_no_login() {
        let with = |scheme: Value| {
            let mut document = document();
            document["components"]["securitySchemes"] = json!({ "only": scheme });
            app_file(&document, &["listTasks".to_owned()]).unwrap()
        };
        let key = with(json!({"type": "apiKey", "in": "header", "name": "X-Key"}));
        assert!(key.contains("auth = \"api_key\"") && key.contains("header = \"X-Key\""), "{key}");
        assert!(with(json!({"type": "http", "scheme": "bearer"})).contains("value = \"Bearer {{ key }}\""));
        assert!(with(json!({"type": "http", "scheme": "basic"})).contains("auth = \"basic\""));
        assert!(with(json!({"type": "mutualTLS"})).contains("authorize_url = \"TODO"));
    }
}
