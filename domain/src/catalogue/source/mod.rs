//! Reads catalogue files and checks them, so that a mistake fails the build with file, line and what to write instead.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};
use workbot_shared::{AppId, RecipeId};

use super::{App, Catalogue, Recipe};

mod actions;
mod apps;
mod conditions;
mod hosts;
mod icons;
mod inputs;
mod kept;
mod languages;
mod left_out;
mod literals;
mod place;
mod recipes;
mod secrets;
mod templates;

pub use place::{Mistake, SourceFile};

use place::Checked;

const BAD_FILE_NAME: &str =
    "the file's name must be lower-case letters, digits and hyphens, e.g. `my-app.toml`";

/// The files of a folder below a project's root whose names end in `ending`, by name. `folder` is written with slashes.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn files(root: &Path, folder: &str, ending: &str) -> io::Result<Vec<SourceFile>> {
    let at = folder.split('/').fold(root.to_owned(), |path, name| path.join(name));
    let paths = fs::read_dir(at)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<io::Result<Vec<PathBuf>>>()?;
    paths.retain(|path| path.extension().is_some_and(|its| its == ending));
    paths.sort();
    let file = |path: PathBuf| {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(SourceFile { path: format!("{folder}/{stem}.{ending}"), stem, text: fs::read_to_string(path)? })
    };
    paths.into_iter().map(file).collect()
}

/// Reads and checks the whole catalogue.
///
/// # Errors
/// Every mistake that was found, in the order of the files and their lines.
pub fn read(
    apps: &[SourceFile],
    recipes: &[SourceFile],
    icons: &[SourceFile],
) -> Result<Catalogue, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut catalogue = Catalogue::default();
    // Nothing can be said about what recipes do with these.
    let mut unread = BTreeSet::new();
    for file in apps {
        mistakes.extend(secrets::secrets(file));
        let Ok(id) = AppId::parse(&file.stem) else {
            mistakes.push(file.mistake_at(0, BAD_FILE_NAME));
            continue;
        };
        match file.read::<App>() {
            Err(mistake) => {
                mistakes.push(mistake);
                unread.insert(id);
            }
            Ok(app) => {
                let mut checked = Checked::new(file);
                apps::check(&mut checked, &app);
                icons::check(&mut checked, &app, icons);
                mistakes.extend(checked.finish());
                catalogue.apps.insert(id, app);
            }
        }
    }
    let mut commands = BTreeMap::<String, String>::new();
    for file in recipes {
        mistakes.extend(secrets::secrets(file));
        let Ok(id) = RecipeId::parse(&file.stem) else {
            mistakes.push(file.mistake_at(0, BAD_FILE_NAME));
            continue;
        };
        match file.read::<Recipe>() {
            Err(mistake) => mistakes.push(mistake),
            Ok(recipe) => {
                let mut checked = Checked::new(file);
                recipes::check(&mut checked, &recipe, &catalogue, &unread);
                let words = recipe.command.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
                if let Some(other) = commands.insert(words, file.path.clone()) {
                    let command = &recipe.command;
                    let message =
                        format!("the command `{command}` is already that of {other}: choose another");
                    checked.mistake(&["command"], "", message);
                }
                mistakes.extend(checked.finish());
                catalogue.kept.insert(id.clone(), kept::kept(&recipe));
                catalogue.recipes.insert(id, recipe);
            }
        }
    }
    if mistakes.is_empty() { Ok(catalogue) } else { Err(mistakes) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::template::Template;
    use std::sync::LazyLock;

    /// The files of a folder of this project.
    fn ours(folder: &str, ending: &str) -> Vec<SourceFile> {
        super::files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), folder, ending).unwrap()
    }

    /// The catalogue of this project, read once.
    pub(crate) fn real_catalogue() -> Catalogue {
        static REAL: LazyLock<Catalogue> = LazyLock::new(|| {
            let [apps, recipes] = ["catalog/apps", "catalog/recipes"].map(|folder| ours(folder, "toml"));
            match read(&apps, &recipes, &ours("catalog/icons", "svg")) {
                Ok(catalogue) => catalogue,
                Err(mistakes) => {
                    panic!("{}", mistakes.iter().map(|m| format!("{m}\n")).collect::<String>())
                }
            }
        });
        REAL.clone()
    }

    /// The catalogue of this project with a *Win deal* of four steps: a search, then a write in each of three apps.
    pub(crate) fn catalogue_of_four_steps() -> Catalogue {
        let mut catalogue = real_catalogue();
        let id = RecipeId::parse("win-deal").unwrap();
        let recipe = catalogue.recipes.get_mut(&id).unwrap();
        recipe.steps.retain(|step| ["found", "closed", "folder", "request"].contains(&step.id.as_str()));
        let last = recipe.steps.last_mut().unwrap();
        last.when = Some(Template("steps.closed and inputs.setup".to_owned()));
        last.with = serde_json::Map::from_iter([("item".to_owned(), "7".into())]);
        catalogue.kept.insert(id, kept::kept(recipe));
        catalogue
    }

    /// An app without mistakes; tests refer to its lines.
    const APP: &str = r#"name = "Example"
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

    /// A recipe without mistakes; tests refer to its lines.
    const RECIPE: &str = r#"name = "Note it"
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

    fn mistakes(app: String, recipes: &[SourceFile]) -> Vec<String> {
        let found = read(&[file("app", app)], recipes, &[]).err().unwrap_or_default();
        found.iter().map(Mistake::to_string).collect()
    }

    /// The mistakes of the app with one text replaced.
    pub(super) fn app_mistakes(old: &str, new: &str) -> Vec<String> {
        assert!(APP.contains(old), "{old}");
        mistakes(APP.replacen(old, new, 1), &[])
    }

    /// The mistakes of the recipe with one text replaced.
    pub(super) fn recipe_mistakes(old: &str, new: &str) -> Vec<String> {
        assert!(RECIPE.contains(old), "{old}");
        mistakes(APP.to_owned(), &[file("recipe", RECIPE.replacen(old, new, 1))])
    }

    /// The mistakes of two recipes that differ in their command.
    pub(super) fn twin_mistakes(command: &str) -> Vec<String> {
        let twin = RECIPE.replace("command = \"note it\"", command);
        mistakes(APP.to_owned(), &[file("recipe", RECIPE.to_owned()), file("twin", twin)])
    }

    pub(super) fn only(mistakes: Vec<String>) -> String {
        assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
        mistakes.into_iter().next().unwrap()
    }

    #[test]
    fn the_catalogue_has_no_mistakes_and_survives_its_journey_as_json() {
        let catalogue = real_catalogue();
        let json = serde_json::to_string(&catalogue).unwrap();
        assert_eq!(serde_json::from_str::<Catalogue>(&json).unwrap(), catalogue);
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
        assert!(found[0].message.starts_with("the file's name must be"), "{found:?}");
    }

    #[test]
    fn of_an_app_that_cannot_be_read_its_recipes_say_nothing() {
        for slip in ["[account", "rotatoin = \"none\"\n[account]", "scopes = \"a b\"\n[account]"] {
            let app = APP.replacen("[account]", slip, 1);
            let choices = "type = \"choice\"\nexample = \"Milk\"\nchoices_from = { app = \"app\", action = \"list_notes\", items = \"notes\", title = \"/text\", value = \"/id\" }";
            let recipe = RECIPE.replacen("type = \"text\"\nexample = \"Milk\"", choices, 1);
            let mistake = only(mistakes(app.clone(), &[file("recipe", recipe)]));
            assert!(mistake.starts_with("app.toml:"), "{mistake}");
            // What is wrong in the recipe itself is named all the same.
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
        let mistake =
            only(recipe_mistakes("color = \"blue\"", "color = \"0123456789abcdef0123456789abcdef\""));
        assert!(
            mistake.starts_with("recipe.toml:38: ") && mistake.contains("looks like a secret"),
            "{mistake}"
        );
    }

    #[test]
    fn the_examples_of_the_documentation_build_and_its_pages_show_them() {
        let examples = ours("docs/examples", "toml");
        let (apps, recipes): (Vec<_>, Vec<_>) =
            examples.iter().cloned().partition(|file| file.text.contains("\nauth = "));
        let catalogue = read(&apps, &recipes, &[]).unwrap();
        assert!(!catalogue.apps.is_empty() && !catalogue.recipes.is_empty());
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
        let pages = ["adding-an-app.md", "adding-a-recipe.md"]
            .map(|page| fs::read_to_string(docs.join(page)).unwrap());
        let refused = |text: &str| toml::from_str::<App>(text).err().map(|error| error.message().to_owned());
        let recipe =
            |text: &str| toml::from_str::<Recipe>(text).err().map(|error| error.message().to_owned());
        let unknown = [
            refused("x = 1"),
            refused("oauth2 = { x = 1 }"),
            refused("actions.a = { x = 1 }"),
            recipe("x = 1"),
            recipe("de = { x = 1 }"),
            recipe("de = { inputs = { a = { x = 1 } } }"),
            recipe("inputs = [{ x = 1 }]"),
            recipe("steps = [{ x = 1 }]"),
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
}
