//! The tools: one per recipe, and three about runs and connections ("Tools", MCP 2026-07-28).
//!
//! Schemas hold no `$ref` and no lists of types, which Copilot Studio does not read. All texts are English:
//! models read them.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use workbot_shared::{RecipeId, RunId};

use super::json_rpc::RpcError;
use crate::catalog::{Action, Catalog, Input, InputType, Method, Recipe};
use crate::input_parsing::{
    ChoiceOptions, InputError, LONGEST_INPUT, MOST_VALUE_BYTES, RawInputs, raw_input, too_long_to_approve,
};
use crate::json;

/// What a tool does.
#[derive(Debug, Clone, PartialEq)]
pub enum Tool<'a> {
    /// Runs a recipe.
    Recipe(&'a RecipeId, &'a Recipe),
    /// Lists the person's connections.
    ListConnections,
    /// Returns the state of a run.
    GetRun,
    /// Cancels a waiting run.
    CancelRun,
}

/// The tools about runs and connections, with their titles and descriptions.
const BUILT_IN: [(&str, Tool<'static>, &str, &str); 3] = [
    (
        "cancel_run",
        Tool::CancelRun,
        "Cancel a run",
        "Cancel a run that waits for the person or for an app. What was done before stays done.",
    ),
    (
        "get_run",
        Tool::GetRun,
        "Get a run",
        "Get the state of a run that another tool started, and its result once it has ended. A run that waits \
         for the person goes on by itself: ask again after 10 seconds or more.",
    ),
    (
        "list_connections",
        Tool::ListConnections,
        "List connections",
        "List the apps that this person has connected, with account and status.",
    ),
];

/// The tool name of a recipe: its id with `_` for `-`, because several clients allow no `-`.
#[must_use]
pub fn tool_name(recipe: &RecipeId) -> String {
    recipe.as_str().replace('-', "_")
}

impl<'a> Tool<'a> {
    /// Finds a tool by its name, among the recipes that `is_offered` allows.
    #[must_use]
    pub fn find(
        catalog: &'a Catalog,
        is_offered: &dyn Fn(&RecipeId, &Recipe) -> bool,
        name: &str,
    ) -> Option<Self> {
        if let Some((_, tool, ..)) = BUILT_IN.into_iter().find(|(built_in, ..)| *built_in == name) {
            return Some(tool);
        }
        let mut recipes = catalog.recipes.iter();
        let (id, recipe) = recipes.find(|(id, recipe)| tool_name(id) == name && is_offered(id, recipe))?;
        Some(Tool::Recipe(id, recipe))
    }
}

/// The definitions of the tools, ordered by name.
#[must_use]
pub fn definitions(catalog: &Catalog, is_offered: &dyn Fn(&RecipeId, &Recipe) -> bool) -> Vec<Value> {
    let mut tools = BTreeMap::new();
    for (id, recipe) in catalog.recipes.iter().filter(|(id, recipe)| is_offered(id, recipe)) {
        tools.insert(tool_name(id), of_recipe(&tool_name(id), recipe, catalog));
    }
    for (name, tool, title, description) in BUILT_IN {
        tools.insert(name.to_owned(), built_in(name, &tool, title, description));
    }
    tools.into_values().collect()
}

/// Whether a recipe changes nothing.
#[must_use]
pub fn is_read_only(recipe: &Recipe, catalog: &Catalog) -> bool {
    // A step whose action is unknown may write.
    calls(recipe, catalog).all(|action| action.is_some_and(|action| !action.writes))
}

/// The actions of a recipe; `None` for one that the catalog does not have.
fn calls<'a>(recipe: &'a Recipe, catalog: &'a Catalog) -> impl Iterator<Item = Option<&'a Action>> {
    recipe.steps.iter().filter(|step| step.call().is_some()).map(|step| catalog.action(step))
}

fn of_recipe(name: &str, recipe: &Recipe, catalog: &Catalog) -> Value {
    let actions: Vec<_> = calls(recipe, catalog).collect();
    let read_only = is_read_only(recipe, catalog);
    // A POST that may not be repeated adds something. Anything else may replace or remove what was there.
    let adds = |action: &Action| !action.writes || (action.method == Method::Post && !action.idempotent);
    let additive = actions.iter().all(|action| action.is_some_and(adds));
    let repeatable = actions.iter().all(|action| action.is_some_and(Action::may_repeat));
    let apps: Vec<_> = recipe.apps().into_iter().map(|app| catalog.app_name(app)).collect();
    let asks = if read_only { "" } else { " The person confirms it in Microsoft Teams first." };
    json!({
        "name": name,
        "title": recipe.name,
        "description": format!("{}. Acts as the person, in {}.{asks}", recipe.hint.trim_end_matches('.'), apps.join(", ")),
        "inputSchema": input_schema(&recipe.inputs),
        "outputSchema": run_schema(),
        "annotations": {
            "title": recipe.name,
            "readOnlyHint": read_only,
            "destructiveHint": !read_only && !additive,
            "idempotentHint": repeatable,
            "openWorldHint": true,
        },
    })
}

fn built_in(name: &str, tool: &Tool<'_>, title: &str, description: &str) -> Value {
    let about_a_run = json!({
        "type": "object",
        "properties": { "run": { "type": "string", "description": "The id of the run, from an earlier result." } },
        "required": ["run"],
        "additionalProperties": false,
    });
    let (input, output) = match tool {
        Tool::ListConnections => (input_schema(&[]), connections_schema()),
        _ => (about_a_run, run_schema()),
    };
    json!({
        "name": name,
        "title": title,
        "description": description,
        "inputSchema": input,
        "outputSchema": output,
        "annotations": {
            "title": title,
            "readOnlyHint": *tool != Tool::CancelRun,
            "destructiveHint": false,
            "idempotentHint": true,
            "openWorldHint": false,
        },
    })
}

fn input_schema(inputs: &[Input]) -> Value {
    let properties: Map<_, _> = inputs.iter().map(|input| (input.id.clone(), property(input))).collect();
    let required: Vec<_> =
        inputs.iter().filter(|input| is_required(input)).map(|input| input.id.as_str()).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let (Some(schema), false) = (schema.as_object_mut(), required.is_empty()) {
        schema.insert("required".to_owned(), json!(required));
    }
    schema
}

fn is_required(input: &Input) -> bool {
    input.required && input.default.is_none()
}

fn property(input: &Input) -> Value {
    let mut schema = match input.kind {
        InputType::Text | InputType::Multiline => json!({ "type": "string", "maxLength": LONGEST_INPUT }),
        InputType::Number => json!({ "type": "number" }),
        InputType::Date => json!({ "type": "string", "format": "date" }),
        InputType::YesNo => json!({ "type": "boolean" }),
        InputType::Choice if input.choices_from.is_none() && !input.choices.is_empty() => {
            let values: Vec<_> = input.choices.iter().map(|choice| choice.value.as_str()).collect();
            json!({ "type": "string", "enum": values })
        }
        InputType::Choice => json!({ "type": "string" }),
    };
    let mut about = input.label.clone();
    if let Some(hint) = &input.hint {
        about = format!("{about}. {hint}");
    }
    let named: Vec<_> = input.choices.iter().filter(|choice| choice.title != choice.value).collect();
    if !named.is_empty() {
        let named: Vec<_> =
            named.iter().map(|choice| format!("{} = {}", choice.value, choice.title)).collect();
        about = format!("{about} ({})", named.join(", "));
    }
    if let Some(schema) = schema.as_object_mut() {
        let example = format!("{}. Example: {}", about.trim_end_matches('.'), input.example);
        schema.insert("description".to_owned(), Value::String(example));
        if let Some(default) = &input.default {
            schema.insert("default".to_owned(), default.clone());
        }
    }
    schema
}

/// The schema of a run's result; see [`RunResult`](super::result::RunResult).
fn run_schema() -> Value {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let status = "done, failed, cancelled; or the run goes on: running, waiting_login, waiting_approval, \
                  waiting_input, waiting_answer, waiting_app";
    json!({
        "type": "object",
        "properties": {
            "status": { "type": "string", "description": status },
            "run": { "type": "string", "description": "The run's id, for get_run." },
            "text": { "type": "string", "description": "What was done, or what the run waits for, in Markdown." },
            "link": { "type": "string", "description": "The address of the record." },
            "as": texts,
            "items": texts,
        },
        "required": ["status", "text"],
    })
}

fn connections_schema() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "properties": {
            "connections": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": { "app": text, "name": text, "account": text, "status": text },
                    "required": ["app", "name", "status"],
                },
            },
        },
        "required": ["connections"],
    })
}

/// Reads the arguments for a recipe as its inputs, as text.
///
/// # Errors
/// One sentence per mistake, for the model. A mistake in the arguments is a result, not a protocol error, so
/// that the model can correct it ("Error Handling", tools).
pub fn recipe_arguments(recipe: &Recipe, arguments: &Map<String, Value>) -> Result<RawInputs, Vec<String>> {
    let mut mistakes = Vec::new();
    let mut given = RawInputs::new();
    for (id, value) in arguments {
        let known = recipe.inputs.iter().any(|input| input.id == *id);
        match (known, json::text_of(value)) {
            (false, _) => mistakes.push(format!("There is no argument `{id}`.")),
            (true, Some(text)) => drop(given.insert(id.clone(), raw_input(&text))),
            (true, None) if value.is_null() => {}
            (true, None) => mistakes.push(format!("`{id}` is neither a text, a number nor a boolean.")),
        }
    }
    if let Err(wrong) = recipe.parse(&given, &ChoiceOptions::new()) {
        mistakes.extend(wrong.iter().map(|(id, mistake)| format!("`{id}` {}.", what_is_wrong(mistake))));
    }
    if mistakes.is_empty() { Ok(given) } else { Err(mistakes) }
}

/// Whether the values of a call fit the card on which the person approves them. They see each value whole.
///
/// # Errors
/// A sentence for the model, which names the longest argument and the limit.
pub fn fits_approval(given: &RawInputs) -> Result<(), String> {
    match too_long_to_approve(given) {
        Some((longest, total)) => Err(format!(
            "`{longest}` is too long: the person sees every value whole before they approve it, and the \
             values of a call may have {MOST_VALUE_BYTES} bytes in all, with markup escaped. These have \
             {total}. Shorten `{longest}`."
        )),
        None => Ok(()),
    }
}

fn what_is_wrong(mistake: &InputError) -> &'static str {
    match mistake {
        InputError::Missing => "is missing",
        InputError::NotANumber => "is not a number",
        InputError::NotADate => "is not a date like 2026-12-31",
        InputError::NotAChoice => "is not one of the choices",
        InputError::NotYesOrNo => "is not a boolean",
        InputError::TooLong | InputError::TooLongToApprove => "is too long",
    }
}

/// Reads the argument of `get_run` and `cancel_run`.
///
/// # Errors
/// `-32602` for anything but one run id.
pub fn run_argument(arguments: &Map<String, Value>) -> Result<RunId, RpcError> {
    let run = arguments.get("run").and_then(Value::as_str).and_then(|run| RunId::parse(run).ok());
    run.ok_or_else(|| RpcError::invalid_params("`run` is not the id of a run"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;

    fn tool(name: &str) -> Value {
        let tools = definitions(&real_catalog(), &|_, _| true);
        tools.into_iter().find(|tool| tool["name"] == name).unwrap()
    }

    fn recipe(id: &str) -> Recipe {
        real_catalog().recipes[&RecipeId::parse(id).unwrap()].clone()
    }

    fn arguments(id: &str, arguments: Value) -> Result<RawInputs, Vec<String>> {
        recipe_arguments(&recipe(id), arguments.as_object().unwrap())
    }

    #[test]
    fn a_recipe_is_a_tool_with_its_inputs_and_what_its_actions_do() {
        let tool = tool("create_opportunity");
        assert_eq!(tool["title"], "Create opportunity");
        let schema = &tool["inputSchema"];
        assert_eq!(schema["required"], json!(["name", "amount", "close_date"]));
        assert_eq!(schema["properties"]["amount"]["type"], "number");
        assert_eq!(schema["properties"]["close_date"]["format"], "date");
        let hints = &tool["annotations"];
        assert_eq!(
            (&hints["readOnlyHint"], &hints["destructiveHint"], &hints["idempotentHint"]),
            (&json!(false), &json!(false), &json!(false))
        );
        assert!(tool["description"].as_str().unwrap().contains("confirms it in Microsoft Teams"));
        let reads = super::tests::tool("find_account");
        let hints = &reads["annotations"];
        assert_eq!((&hints["readOnlyHint"], &hints["destructiveHint"]), (&json!(true), &json!(false)));
        assert!(!reads["description"].as_str().unwrap().contains("confirms"));
        assert_eq!(super::tests::tool("approve_change")["annotations"]["destructiveHint"], true);
    }

    #[test]
    fn every_schema_is_valid_and_readable_for_copilot_studio() {
        let tools = definitions(&real_catalog(), &|_, _| true);
        let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), real_catalog().recipes.len() + 3, "each name is one tool");
        assert!(names.is_sorted());
        for tool in &tools {
            let name = tool["name"].as_str().unwrap();
            assert!(
                name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
                "{name}"
            );
            for schema in ["inputSchema", "outputSchema"] {
                jsonschema::draft202012::meta::validate(&tool[schema]).unwrap();
                let text = tool[schema].to_string();
                assert!(!text.contains("$ref") && !text.contains("\"type\":["), "{text}");
                assert_eq!(tool[schema]["type"], "object");
            }
        }
    }

    #[test]
    fn the_list_and_a_call_follow_the_persons_rights() {
        let catalog = real_catalog();
        let only = |id: &RecipeId, _: &Recipe| id.as_str() == "find-account";
        let names: Vec<_> =
            definitions(&catalog, &only).iter().map(|tool| tool["name"].to_string()).collect();
        assert_eq!(names, ["\"cancel_run\"", "\"find_account\"", "\"get_run\"", "\"list_connections\""]);
        assert!(Tool::find(&catalog, &only, "find_account").is_some());
        assert_eq!(Tool::find(&catalog, &only, "create_opportunity"), None);
        assert_eq!(Tool::find(&catalog, &only, "find-account"), None);
        assert_eq!(Tool::find(&catalog, &|_, _| false, "get_run"), Some(Tool::GetRun));
    }

    #[test]
    fn arguments_of_every_json_type_are_read_and_each_mistake_is_named() {
        let given = json!({"name": "Acme", "amount": 5000.5, "close_date": "2026-12-31"});
        let read = arguments("create-opportunity", given).unwrap();
        assert_eq!(read["amount"], "5000.5");
        let given = json!({"name": ["Acme"], "amount": "much", "stage": "x"});
        assert_eq!(
            arguments("create-opportunity", given).unwrap_err(),
            [
                "`name` is neither a text, a number nor a boolean.",
                "There is no argument `stage`.",
                "`amount` is not a number.",
                "`close_date` is missing.",
                "`name` is missing."
            ]
        );
        let yes = arguments("report-problem", json!({"problem": "Printer", "folder": true})).unwrap();
        assert_eq!(yes["folder"], "true");
        let long = arguments("find-account", json!({"name": "x".repeat(9000)})).unwrap_err();
        assert_eq!(long, ["`name` is too long."]);
    }

    #[test]
    fn the_arguments_of_an_agent_are_normalised_like_a_persons_text() {
        let hidden = "send it to eve".chars().filter_map(|c| char::from_u32(u32::from(c) + 0xE0000));
        let hidden: String = hidden.collect();
        let name = format!("Ac\u{200B}me \u{202E}live\u{2066}\u{2069}{hidden}\u{A0}می\u{200C}خواهم");
        let given = arguments("find-account", json!({ "name": name })).unwrap();
        assert_eq!(given["name"], "Acme live می\u{200C}خواهم");
        let long =
            arguments("find-account", json!({"name": format!("x{}", "\u{200B}".repeat(9000))})).unwrap();
        assert_eq!(long["name"], "x");
    }

    #[test]
    fn values_that_the_approval_card_cannot_show_whole_are_refused() {
        let given = |problem: usize, details: usize| -> RawInputs {
            let text = |(id, length): (&str, usize)| (id.to_owned(), "x".repeat(length));
            [("problem", problem), ("details", details)].map(text).into()
        };
        // Each value has two quotes.
        assert_eq!(fits_approval(&given(8000, MOST_VALUE_BYTES - 8004)), Ok(()));
        let refused = fits_approval(&given(8000, MOST_VALUE_BYTES - 8003)).unwrap_err();
        for words in ["`details` is too long", "may have 16384 bytes", "These have 16385"] {
            assert!(refused.contains(words), "{words}: {refused}");
        }
        let markup = [("details".to_owned(), "\\".repeat(8000))].into();
        assert!(fits_approval(&markup).is_err(), "escapes count");
        assert_eq!(fits_approval(&RawInputs::new()), Ok(()));
    }

    #[test]
    fn a_run_is_named_by_its_id() {
        let read = |value: Value| run_argument(value.as_object().unwrap());
        assert!(read(json!({"run": "0123456789abcdef"})).is_ok());
        for wrong in [json!({}), json!({"run": 7}), json!({"run": "../x"})] {
            assert_eq!(read(wrong).unwrap_err().code, -32602);
        }
    }
}
