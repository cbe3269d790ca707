//! Reads catalogue files and checks them, so that a mistake fails the build with file, line and what to write instead.

use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use workbot_shared::{AppId, Auth, RecipeId};

use super::{App, Catalogue, Recipe};
use crate::template::Template;

/// A file of the catalogue.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its path, for messages: `catalog/apps/salesforce.toml`.
    pub path: String,
    /// Its name without ending: the id.
    pub stem: String,
    /// Its text.
    pub text: String,
}

/// A mistake in a file: `catalog/apps/box.toml:12: unknown field …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file's path.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

impl SourceFile {
    fn line_at(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    /// The line in which a text stands first; 1 when it does not stand there literally.
    fn line_of(&self, text: &str) -> usize {
        let first_line = text.lines().next().unwrap_or(text);
        self.text.find(first_line).map_or(1, |offset| self.line_at(offset))
    }

    fn mistake(&self, near: &str, message: impl Into<String>) -> Mistake {
        Mistake { path: self.path.clone(), line: self.line_of(near), message: message.into() }
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, Mistake> {
        toml::from_str(&self.text).map_err(|error| Mistake {
            path: self.path.clone(),
            line: error.span().map_or(1, |span| self.line_at(span.start)),
            message: error.message().to_owned(),
        })
    }
}

/// Reads and checks the whole catalogue.
///
/// # Errors
/// Every mistake that was found, in the order of the files.
pub fn read(apps: &[SourceFile], recipes: &[SourceFile]) -> Result<Catalogue, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut catalogue = Catalogue::default();
    for file in apps {
        match AppId::parse(&file.stem) {
            Err(_) => mistakes
                .push(file.mistake("", "the file's name must be lower-case letters, digits and hyphens")),
            Ok(id) => match file.read::<App>() {
                Err(mistake) => mistakes.push(mistake),
                Ok(app) => {
                    check_app(file, &app, &mut mistakes);
                    catalogue.apps.insert(id, app);
                }
            },
        }
    }
    let mut commands = BTreeMap::<String, String>::new();
    for file in recipes {
        match RecipeId::parse(&file.stem) {
            Err(_) => mistakes
                .push(file.mistake("", "the file's name must be lower-case letters, digits and hyphens")),
            Ok(id) => match file.read::<Recipe>() {
                Err(mistake) => mistakes.push(mistake),
                Ok(recipe) => {
                    check_recipe(file, &recipe, &catalogue, &mut mistakes);
                    if let Some(other) = commands.insert(recipe.command.to_lowercase(), file.path.clone()) {
                        let message = format!(
                            "the command `{}` is already that of {other}: choose another",
                            recipe.command
                        );
                        mistakes.push(file.mistake(&recipe.command, message));
                    }
                    catalogue.recipes.insert(id, recipe);
                }
            },
        }
    }
    if mistakes.is_empty() { Ok(catalogue) } else { Err(mistakes) }
}

fn check_template(file: &SourceFile, template: &Template, mistakes: &mut Vec<Mistake>) {
    if let Err(error) = template.check() {
        mistakes.push(file.mistake(&template.0, error.to_string()));
    }
}

fn check_tree(file: &SourceFile, tree: &Value, mistakes: &mut Vec<Mistake>) {
    match tree {
        Value::String(text) => check_template(file, &Template(text.clone()), mistakes),
        Value::Array(items) => items.iter().for_each(|item| check_tree(file, item, mistakes)),
        Value::Object(fields) => fields.values().for_each(|field| check_tree(file, field, mistakes)),
        _ => {}
    }
}

fn check_pointer(file: &SourceFile, pointer: &str, mistakes: &mut Vec<Mistake>) {
    if !pointer.starts_with('/') {
        mistakes.push(
            file.mistake(pointer, format!("`{pointer}` is no JSON pointer: it starts with `/`, e.g. `/id`")),
        );
    }
}

fn check_app(file: &SourceFile, app: &App, mistakes: &mut Vec<Mistake>) {
    let mut templates: Vec<&Template> = vec![&app.base_url];
    templates.extend(&app.allowed_hosts);
    templates.extend(app.headers.values());
    templates.push(&app.account.url);
    templates.extend(&app.manage_url);
    let account = &app.account;
    let pointers = account.label.iter().chain([&account.id]).chain(&account.instance);
    pointers.for_each(|pointer| check_pointer(file, pointer, mistakes));
    if account.label.is_empty() {
        mistakes.push(file.mistake("label", "`label` is empty: name at least one JSON pointer"));
    }
    match (app.auth, &app.oauth2, &app.api_key) {
        (Auth::Oauth2, Some(oauth2), None) => {
            templates.extend([&oauth2.authorize_url, &oauth2.token_url]);
            templates.extend(&oauth2.revoke_url);
        }
        (Auth::ApiKey, None, Some(key)) => {
            templates.push(&key.value);
            if !key.value.0.contains("key") {
                mistakes.push(file.mistake(&key.value.0, "`value` must hold the key, e.g. `Bearer {{ key }}`"));
            }
        }
        (Auth::Basic, None, None) => {}
        _ => mistakes.push(file.mistake(
            "auth",
            "`auth = \"oauth2\"` needs the table [oauth2], `auth = \"api_key\"` the table [api_key], and no app has another's",
        )),
    }
    for pointer in &app.errors.message {
        check_pointer(file, pointer, mistakes);
    }
    for name in app.vars.keys() {
        if !name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') {
            mistakes.push(file.mistake(
                name,
                format!("the variable `{name}` must be written in capitals, e.g. `LOGIN_URL`"),
            ));
        }
    }
    if app.allowed_hosts.is_empty() {
        mistakes.push(
            file.mistake(
                "allowed_hosts",
                "`allowed_hosts` is empty: name the hosts that may be sent a token",
            ),
        );
    }
    for action in app.actions.values() {
        templates.push(&action.path);
        templates.extend(action.query.values());
        templates.extend(&action.link);
        if let Some(body) = &action.body {
            check_tree(file, body, mistakes);
        }
        for pointer in action.output.values() {
            check_pointer(file, pointer, mistakes);
        }
        if !action.path.0.starts_with('/') {
            mistakes.push(file.mistake(&action.path.0, "an action's path starts with `/`"));
        }
    }
    for template in templates {
        check_template(file, template, mistakes);
    }
}

fn check_recipe(file: &SourceFile, recipe: &Recipe, catalogue: &Catalogue, mistakes: &mut Vec<Mistake>) {
    if recipe.command.trim().is_empty() || recipe.command.contains(':') {
        mistakes.push(
            file.mistake("command", "`command` is a few words without a colon, e.g. `create opportunity`"),
        );
    }
    if recipe.steps.is_empty() {
        mistakes.push(file.mistake("", "a recipe has at least one [[steps]]"));
    }
    for step in &recipe.steps {
        match catalogue.apps.get(&step.app) {
            None => {
                let known: Vec<_> = catalogue.apps.keys().map(AppId::as_str).collect();
                let message = format!("there is no app `{}`: known are {}", step.app, known.join(", "));
                mistakes.push(file.mistake(&format!("\"{}\"", step.app), message));
            }
            Some(app) if !app.actions.contains_key(&step.action) => {
                let known: Vec<_> = app.actions.keys().map(String::as_str).collect();
                let message =
                    format!("{} has no action `{}`: it has {}", app.name, step.action, known.join(", "));
                mistakes.push(file.mistake(&format!("\"{}\"", step.action), message));
            }
            Some(_) => {}
        }
        step.with.values().for_each(|tree| check_tree(file, tree, mistakes));
    }
    for app in &recipe.verify_user_access {
        let supported = catalogue.apps.get(app).is_some_and(|app| app.auth == Auth::Oauth2);
        if !supported || !recipe.apps().contains(&app) {
            let message =
                format!("`verify_user_access` names `{app}`, which is no OAuth2 app that this recipe uses");
            mistakes.push(file.mistake("verify_user_access", message));
        }
    }
    let ids: Vec<_> = recipe.inputs.iter().map(|input| input.id.as_str()).collect();
    for (index, id) in ids.iter().enumerate() {
        let named = !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !named || ids.iter().take(index).any(|other| other == id) {
            mistakes.push(file.mistake(
                id,
                format!("the input id `{id}` must be lower-case letters, digits and `_`, and be there once"),
            ));
        }
    }
    check_template(file, &recipe.reply, mistakes);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn real(folder: &str) -> Vec<SourceFile> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog").join(folder);
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| SourceFile {
                path: path.display().to_string(),
                stem: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                text: fs::read_to_string(path).unwrap(),
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// The catalogue of this project.
    pub(crate) fn real_catalogue() -> Catalogue {
        read(&real("apps"), &real("recipes")).unwrap()
    }

    fn with(old: &str, new: &str) -> Vec<String> {
        let mut apps = real("apps");
        let mut recipes = real("recipes");
        for file in apps.iter_mut().chain(recipes.iter_mut()) {
            file.path = format!("{}.toml", file.stem);
            file.text = file.text.replace(old, new);
        }
        read(&apps, &recipes).err().unwrap_or_default().iter().map(Mistake::to_string).collect()
    }

    #[test]
    fn the_catalogue_has_no_mistakes_and_survives_its_journey_as_json() {
        let catalogue = real_catalogue();
        let json = serde_json::to_string(&catalogue).unwrap();
        assert_eq!(serde_json::from_str::<Catalogue>(&json).unwrap(), catalogue);
    }

    #[test]
    fn a_mistake_is_named_with_file_line_and_remedy() {
        let unknown = with("rotation =", "rotatoin =");
        let named =
            |mistake: &String| mistake.starts_with("salesforce.toml:") && mistake.contains("rotatoin");
        assert!(unknown.iter().any(named), "{unknown:?}");
        let action = with("action = \"create_record\"", "action = \"create_recrod\"");
        assert!(action[0].contains("create_recrod") && action[0].contains("create_record"), "{action:?}");
        let app = with("app = \"salesforce\"", "app = \"salesfroce\"");
        assert!(
            app[0].contains("there is no app `salesfroce`: known are") && !app[0].contains(":1:"),
            "{app:?}"
        );
        let template = with("{{ inputs.name }}", "{{ inputs.name ");
        assert!(
            template.iter().any(|mistake| mistake.starts_with("create-opportunity.toml:")),
            "{template:?}"
        );
        let pointer = with("id = \"/user_id\"", "id = \"user_id\"");
        assert!(pointer[0].contains("no JSON pointer"), "{pointer:?}");
    }

    #[test]
    fn two_recipes_cannot_have_one_command() {
        let mut recipes = real("recipes");
        let mut twin = recipes[0].clone();
        twin.stem = "twin".into();
        recipes.push(twin);
        let mistakes = read(&real("apps"), &recipes).unwrap_err();
        assert!(mistakes[0].message.contains("is already that of"), "{mistakes:?}");
    }
}
