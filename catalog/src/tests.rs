//! Fixtures of all modules' tests, and tests of the whole catalog.

use super::*;
use std::fs;
use std::sync::LazyLock;

/// The files of a folder of this project.
fn ours(folder: &str, ending: &str) -> Vec<SourceFile> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), folder, ending).unwrap()
}

/// The catalog of this project, loaded once.
pub(crate) fn real_catalog() -> Catalog {
    static REAL: LazyLock<Catalog> = LazyLock::new(|| load().unwrap_or_else(|error| panic!("{error}")));
    REAL.clone()
}

/// A valid app. Tests refer to its line numbers.
pub(crate) const APP: &str = r#"name = "Example"
auth = "oauth2"
base_url = "{{ vars.SITE_URL }}/api/{{ token.team }}"
allowed_hosts = ["{{ vars.SITE_URL | host }}"]

[vars.SITE_URL]
about = "Where it is"
default = "https://app.example.com"


[oauth2]
authorize_url = "{{ vars.SITE_URL }}/oauth/authorize"
token_url = "{{ vars.SITE_URL }}/oauth/token"
rotation = "single_use"
revokes = "token"
keep = ["team"]
revoke_url = "{{ vars.SITE_URL }}/oauth/revoke"
[account]
url = "{{ vars.SITE_URL }}/me"
label = ["/user/email"]
id = "/user/id"
[actions.add_note]
about = "Adds a note"
method = "POST"
path = "/notes"
writes = true
defaults = { color = "red" }
body = { text = "{{ with.text }}", color = "{{ with.color }}" }
output = { id = "/id" }
link = "{{ vars.SITE_URL }}/notes/{{ output.id }}"
[actions.list_notes]
about = "Lists notes"
method = "GET"
path = "/notes"
writes = false
output = { notes = "/notes" }
"#;

/// A valid recipe. Tests refer to its line numbers.
pub(crate) const RECIPE: &str = r#"name = "Note it"
command = "note it"
hint = "Notes it"
purpose = "note it"
verify_user_access = ["app"]
reply = """
Noted [it]({{ steps.first.link | link }})
{% if steps.second %}and {{ steps.second.id }}{% endif %}
"""

[[inputs]]
id = "text"
label = "Text"
type = "text"
example = "Milk"

[[inputs]]
id = "loud"
label = "Loud"
type = "yes_no"
required = false
example = "yes"

[[steps]]
id = "first"
app = "app"
action = "add_note"

[steps.with]
text = "{{ inputs.text }}"

[[steps]]
id = "second"
app = "app"
when = "inputs.loud"
action = "add_note"
[steps.with]
color = "blue"
text = "{{ steps.first.id }}"
"#;

fn file(stem: &str, text: String) -> SourceFile {
    SourceFile { path: format!("{stem}.toml"), stem: stem.to_owned(), text }
}

pub(crate) fn mistakes(app: String, recipes: &[SourceFile]) -> Vec<String> {
    let found = read(&[file("app", app)], recipes, &[]).err().unwrap_or_default();
    found.iter().map(Diagnostic::to_string).collect()
}

/// The mistakes of the app with one text replaced.
pub(crate) fn app_mistakes(old: &str, new: &str) -> Vec<String> {
    assert!(APP.contains(old), "{old}");
    mistakes(APP.replacen(old, new, 1), &[])
}

/// The mistakes of the recipe with one text replaced.
pub(crate) fn recipe_mistakes(old: &str, new: &str) -> Vec<String> {
    assert!(RECIPE.contains(old), "{old}");
    mistakes(APP.to_owned(), &[file("recipe", RECIPE.replacen(old, new, 1))])
}

/// The mistakes of a recipe.
pub(crate) fn mistakes_of_recipe(recipe: String) -> Vec<String> {
    mistakes(APP.to_owned(), &[file("recipe", recipe)])
}

/// The mistakes of two recipes that differ in their command.
pub(crate) fn twin_mistakes(command: &str) -> Vec<String> {
    let twin = RECIPE.replace("command = \"note it\"", command);
    mistakes(APP.to_owned(), &[file("recipe", RECIPE.to_owned()), file("twin", twin)])
}

pub(crate) fn only(mistakes: Vec<String>) -> String {
    assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
    mistakes.into_iter().next().unwrap()
}

#[test]
fn the_catalog_has_no_mistakes_and_survives_its_journey_as_json() {
    let mut catalog = real_catalog();
    let json = serde_json::to_string(&catalog).unwrap();
    // What the pages of the apps say is not shipped.
    for app in catalog.apps.values_mut() {
        app.registration = None;
        app.actions.values_mut().for_each(|action| action.about.clear());
    }
    assert_eq!(serde_json::from_str::<Catalog>(&json).unwrap(), catalog);
    assert!(twin_mistakes("command = \"another\"").is_empty());
}

#[test]
fn a_file_that_is_no_toml_is_a_mistake_with_its_line() {
    let mistake = only(app_mistakes("[account]", "[account"));
    assert!(mistake.starts_with("app.toml:18: "), "{mistake}");
}

#[test]
fn a_files_name_is_the_id() {
    let found = read(&[file("My App", APP.to_owned())], &[], &[]).unwrap_err();
    assert!(found[0].message.starts_with("the file name must be"), "{found:?}");
}

#[test]
fn of_an_app_that_cannot_be_read_its_recipes_say_nothing() {
    for slip in ["[account", "rotatoin = \"none\"\n[account]", "scopes = \"a b\"\n[account]"] {
        let app = APP.replacen("[account]", slip, 1);
        let choices = "type = \"choice\"\nexample = \"Milk\"\nchoices_from = { app = \"app\", action = \"list_notes\", items = \"notes\", title = \"/text\", value = \"/id\" }";
        let recipe = RECIPE.replacen("type = \"text\"\nexample = \"Milk\"", choices, 1);
        let mistake = only(mistakes(app.clone(), &[file("recipe", recipe)]));
        assert!(mistake.starts_with("app.toml:"), "{mistake}");
        // Errors in the recipe itself are still reported.
        let recipe = RECIPE.replacen("{{ inputs.text }}", "{{ inputs.txt }}{{ inputs.text }}", 1);
        let both = mistakes(app, &[file("recipe", recipe)]);
        assert_eq!(both.len(), 2, "{both:?}");
        assert!(both[1].starts_with("recipe.toml:30: `inputs.txt` does not exist"), "{both:?}");
    }
}

#[test]
fn of_an_action_that_does_not_exist_there_is_one_line() {
    let mistake = only(recipe_mistakes("action = \"add_note\"", "action = \"add\""));
    assert_eq!(mistake, "recipe.toml:27: Example has no action `add`: it has add_note, list_notes");
}

#[test]
fn a_secret_fails_the_build() {
    let mistake = only(recipe_mistakes("color = \"blue\"", "color = \"0123456789abcdef0123456789abcdef\""));
    assert!(mistake.starts_with("recipe.toml:38: ") && mistake.contains("looks like a secret"), "{mistake}");
}

#[test]
fn the_examples_of_the_documentation_build_and_its_pages_show_them() {
    let examples = ours("docs/examples", "toml");
    let (apps, recipes): (Vec<_>, Vec<_>) =
        examples.iter().cloned().partition(|file| file.text.contains("\nauth = "));
    let catalog = read(&apps, &recipes, &[]).unwrap();
    assert!(!catalog.apps.is_empty() && !catalog.recipes.is_empty());
    let page = |name: &str| {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        fs::read_to_string(docs.join(name)).unwrap()
    };
    for (pages, files) in [("adding-an-app.md", apps), ("adding-a-recipe.md", recipes)] {
        for file in files {
            assert!(
                page(pages).contains(&format!("```toml\n{}```\n", file.text)),
                "{pages} differs from {}: copy the file into the page",
                file.path
            );
        }
    }
}

#[test]
fn the_documentation_names_every_filter_and_every_field() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let pages =
        ["app-file.md", "adding-a-recipe.md"].map(|page| fs::read_to_string(docs.join(page)).unwrap());
    let refused = |text: &str| toml::from_str::<App>(text).err().map(|error| error.message().to_owned());
    let recipe = |text: &str| toml::from_str::<Recipe>(text).err().map(|error| error.message().to_owned());
    let unknown = [
        refused("x = 1"),
        refused("oauth2 = { x = 1 }"),
        refused("oauth2 = { revoke = { x = 1 } }"),
        refused("oauth2 = { errors = { x = 1 } }"),
        refused("account = { x = 1 }"),
        refused("account = { organization = { x = 1 } }"),
        refused("registration = { x = 1 }"),
        refused("actions.a = { x = 1 }"),
        recipe("x = 1"),
        recipe("de = { x = 1 }"),
        recipe("de = { inputs = { a = { x = 1 } } }"),
        recipe("de = { ask = { a = { x = 1 } } }"),
        recipe("inputs = [{ x = 1 }]"),
        recipe("inputs = [{ choices_from = { x = 1 } }]"),
        recipe("steps = [{ x = 1 }]"),
        recipe("steps = [{ ask = { x = 1 } }]"),
    ];
    for message in unknown {
        let message = message.unwrap();
        let fields = message.split("expected one of ").nth(1).unwrap();
        for field in fields.split(", ") {
            let named = pages.iter().any(|page| {
                page.contains(field) || page.contains(&format!("`[{}]`", field.trim_matches('`')))
            });
            let tables = ["`vars`", "`icon`", "`actions`", "`oauth2`", "`inputs`", "`steps`"];
            assert!(named || tables.contains(&field), "{field}: {message}");
        }
    }
}
