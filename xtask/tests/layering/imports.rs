//! Which file of a crate knows which other: every name is followed to the file that defines it.

use std::collections::{BTreeMap, BTreeSet};

use crate::module_tree::{Crate, ModuleId};

/// Where a file names what another defines.
pub struct Known {
    pub line: usize,
    pub name: String,
}

/// By the files that know and are known.
pub type Knowledge = BTreeMap<(usize, usize), Known>;

/// What a path leads to.
#[derive(Clone, PartialEq)]
enum Found {
    Module(ModuleId),
    /// An item, by its module and name, and how many segments lead to it.
    Item(ModuleId, String),
}

/// A type, by the module that defines it.
type Type = (ModuleId, String);

/// Functions that a type gets in other files than its own: by the type and the function, the file.
type Extensions = BTreeMap<(Type, String), usize>;

/// Follows every name.
pub fn of(of: &Crate) -> Knowledge {
    let mut names = Names { of, known: Knowledge::new() };
    let extensions = names.extensions();
    let everywhere = names.typed_everywhere();
    for id in 0..of.modules.len() {
        names.imports(id);
        names.paths(id, &extensions);
        names.methods(id, &extensions, &everywhere);
    }
    names.known
}

struct Names<'a> {
    of: &'a Crate,
    known: Knowledge,
}

impl Names<'_> {
    fn knows(&mut self, from: usize, to: usize, line: usize, name: String) {
        if from != to {
            self.known.entry((from, to)).or_insert(Known { line, name });
        }
    }

    /// A module that is brought in is known by what is then named of it; a name that is only shown to others
    /// is known where it is used.
    fn imports(&mut self, id: ModuleId) {
        let module = &self.of.modules[id];
        for import in &module.imports {
            let used = || module.code.iter().find_map(|code| code.named.words.get(&import.name));
            let line = if import.shown { used().copied() } else { Some(import.line) };
            let (Some(line), Some(Found::Item(at, _))) = (line, self.follow(id, &import.path, 0)) else {
                continue;
            };
            self.knows(module.file, self.of.modules[at].file, line, import.path.join("::"));
        }
    }

    fn paths(&mut self, id: ModuleId, extensions: &Extensions) {
        let module = &self.of.modules[id];
        let all_of_others = module.imports.iter().any(|import| import.name == "*");
        for code in &module.code {
            let own = code.of.as_ref().and_then(|path| self.follow(id, path, 0));
            for (path, line) in &code.named.paths {
                let of_self = path.first().is_some_and(|first| first == "Self");
                let found = if of_self { own.clone() } else { self.follow(id, path, 0) };
                // A path that ends at a module is part of a longer one: of a macro's, or of `pub(in …)`.
                let Some(Found::Item(at, name)) = found else { continue };
                self.knows(module.file, self.of.modules[at].file, *line, path.join("::"));
                let function = path.last().cloned().unwrap_or_default();
                if let Some(file) = extensions.get(&((at, name), function)) {
                    self.knows(module.file, *file, *line, path.join("::"));
                }
            }
            for (word, line) in code.named.words.iter().filter(|_| all_of_others) {
                if let Some(Found::Item(at, _)) = self.follow(id, std::slice::from_ref(word), 0) {
                    self.knows(module.file, self.of.modules[at].file, *line, word.clone());
                }
            }
        }
    }

    /// Methods that a type gets in other files than its own. `self` has the type of the `impl`; another word
    /// has the type that it is given in this code, or else the one that it is given wherever it is given one
    /// in the crate.
    fn methods(
        &mut self,
        id: ModuleId,
        extensions: &Extensions,
        everywhere: &BTreeMap<String, BTreeSet<Type>>,
    ) {
        let module = &self.of.modules[id];
        for code in &module.code {
            let own = code.of.as_ref().and_then(|path| self.follow_to_item(id, path));
            for ((method, on), line) in &code.named.methods {
                let Some(word) = on else { continue };
                let types: Vec<Type> = match code.named.typed.get(word) {
                    _ if word == "self" => own.iter().cloned().collect(),
                    Some(paths) => paths.iter().filter_map(|path| self.follow_to_item(id, path)).collect(),
                    None => everywhere
                        .get(word)
                        .filter(|types| types.len() == 1)
                        .into_iter()
                        .flatten()
                        .cloned()
                        .collect(),
                };
                for of in types {
                    if let Some(file) = extensions.get(&(of, method.clone())) {
                        self.knows(module.file, *file, *line, format!(".{method}()"));
                    }
                }
            }
        }
    }

    /// The crate's types that words are given anywhere.
    fn typed_everywhere(&self) -> BTreeMap<String, BTreeSet<Type>> {
        let mut found: BTreeMap<String, BTreeSet<Type>> = BTreeMap::new();
        for (id, module) in self.of.modules.iter().enumerate() {
            for (word, paths) in module.code.iter().flat_map(|code| &code.named.typed) {
                let types = paths.iter().filter_map(|path| self.follow_to_item(id, path));
                found.entry(word.clone()).or_default().extend(types);
            }
        }
        found
    }

    fn extensions(&self) -> Extensions {
        let mut found = Extensions::new();
        for (id, module) in self.of.modules.iter().enumerate() {
            for inherent in &module.impls {
                let Some(Found::Item(at, name)) = self.follow(id, &inherent.of, 0) else { continue };
                if self.of.modules[at].file != module.file {
                    let functions = inherent.functions.iter();
                    found.extend(
                        functions.map(|function| (((at, name.clone()), function.clone()), module.file)),
                    );
                }
            }
        }
        found
    }

    fn follow_to_item(&self, id: ModuleId, path: &[String]) -> Option<Type> {
        match self.follow(id, path, 0)? {
            Found::Item(at, name) => Some((at, name)),
            Found::Module(_) => None,
        }
    }

    /// Follows a path from a module.
    fn follow(&self, id: ModuleId, path: &[String], depth: usize) -> Option<Found> {
        let (first, mut rest) = path.split_first()?;
        let mut found = match first.as_str() {
            "crate" => Found::Module(0),
            "self" => Found::Module(id),
            "super" => Found::Module(self.of.modules[id].parent?),
            name => self.look_up(id, name, rest.is_empty(), depth)?,
        };
        while let (Found::Module(at), Some((name, more))) = (&found, rest.split_first()) {
            found = match name.as_str() {
                "super" => Found::Module(self.of.modules[*at].parent?),
                // What is not seen (made by a macro, say) is in that module.
                name => self
                    .look_up(*at, name, more.is_empty(), depth)
                    .unwrap_or_else(|| Found::Item(*at, name.to_owned())),
            };
            rest = more;
        }
        Some(found)
    }

    fn look_up(&self, id: ModuleId, name: &str, last: bool, depth: usize) -> Option<Found> {
        // A `use` can name itself by way of others.
        if depth > 8 {
            return None;
        }
        let module = &self.of.modules[id];
        let child = module.children.get(name).map(|child| Found::Module(*child));
        if child.is_some() && !last {
            return child;
        }
        if module.items.contains(name) {
            return Some(Found::Item(id, name.to_owned()));
        }
        let imported = module.imports.iter().filter(|import| import.name == name && import.path != [name]);
        let imported = imported.filter_map(|import| self.follow(id, &import.path, depth + 1)).next();
        let of_all = || {
            let all = module.imports.iter().filter(|import| import.name == "*");
            all.filter_map(|import| match self.follow(id, &import.path, depth + 1)? {
                Found::Module(at) if at != id => self.look_up(at, name, last, depth + 1),
                _ => None,
            })
            .next()
        };
        imported.or(child).or_else(of_all)
    }
}
