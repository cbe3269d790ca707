//! The modules of a crate, read from its files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Item, ItemImpl, ItemMod};

use crate::syntax::{self, Import, Named};

/// The number of a module in [`Crate::modules`].
pub type ModuleId = usize;

/// All modules that one root file leads to.
pub struct Crate {
    pub modules: Vec<Module>,
    /// The first is the root.
    pub files: Vec<File>,
}

pub struct File {
    /// Below the workspace.
    pub path: PathBuf,
    /// The names of the modules that lead to it: empty for the root.
    pub place: Vec<String>,
    /// What it says of itself, `//!`.
    pub docs: String,
}

pub struct Module {
    pub parent: Option<ModuleId>,
    /// Which file it stands in.
    pub file: usize,
    pub children: BTreeMap<String, ModuleId>,
    pub items: BTreeSet<String>,
    pub imports: Vec<Import>,
    /// What its code names, and in which type's `impl`.
    pub code: Vec<Code>,
    pub impls: Vec<Impl>,
}

pub struct Code {
    /// The type whose `impl` it is.
    pub of: Option<syntax::Path>,
    pub named: Named,
}

/// An `impl Type`, without a trait.
pub struct Impl {
    pub of: syntax::Path,
    pub functions: BTreeSet<String>,
}

impl Crate {
    /// Reads a root file and all that it leads to.
    pub fn read(workspace: &Path, root: &Path) -> Self {
        let mut read = Self { modules: Vec::new(), files: Vec::new() };
        let folder = root.parent().unwrap();
        read.file(workspace, root, folder, None, Vec::new());
        read
    }

    fn file(
        &mut self,
        workspace: &Path,
        path: &Path,
        folder: &Path,
        parent: Option<ModuleId>,
        place: Vec<String>,
    ) -> ModuleId {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let docs = text
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .fold(String::new(), |docs, line| docs + line.trim() + "\n");
        self.files.push(File {
            path: path.strip_prefix(workspace).unwrap().to_owned(),
            place: place.clone(),
            docs,
        });
        let here = Here { workspace, file: self.files.len() - 1, folder: folder.to_owned(), place };
        self.module(&here, parent, syntax.items)
    }

    fn module(&mut self, here: &Here<'_>, parent: Option<ModuleId>, items: Vec<Item>) -> ModuleId {
        let id = self.modules.len();
        self.modules.push(Module {
            parent,
            file: here.file,
            children: BTreeMap::new(),
            items: BTreeSet::new(),
            imports: Vec::new(),
            code: vec![Code { of: None, named: Named::default() }],
            impls: Vec::new(),
        });
        for item in items {
            if syntax::is_test(attributes(&item)) {
                continue;
            }
            match item {
                Item::Mod(item) => {
                    let name = item.ident.to_string();
                    let child = self.child(here, id, item);
                    self.modules[id].children.insert(name, child);
                }
                Item::Use(item) => self.modules[id].imports.extend(syntax::imports(&item)),
                item => self.modules[id].add(&item),
            }
        }
        id
    }

    fn child(&mut self, here: &Here<'_>, id: ModuleId, item: ItemMod) -> ModuleId {
        let name = item.ident.to_string();
        let place = [here.place.clone(), vec![name.clone()]].concat();
        let folder = here.folder.join(&name);
        if let Some((_, items)) = item.content {
            let here = Here { folder, place, ..*here };
            return self.module(&here, Some(id), items);
        }
        let stated_path = item.attrs.iter().find_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(pair) if pair.path.is_ident("path") => {
                Some(pair.value.to_token_stream().to_string().trim_matches('"').to_owned())
            }
            _ => None,
        });
        let beside = stated_path.map_or_else(
            || here.folder.join(format!("{name}.rs")),
            |stated_path| here.folder.join(stated_path),
        );
        let path = if beside.is_file() { beside } else { folder.join("mod.rs") };
        self.file(here.workspace, &path, &folder, Some(id), place)
    }
}

/// Where a module is read.
#[derive(Clone)]
struct Here<'a> {
    workspace: &'a Path,
    file: usize,
    /// Where its children are.
    folder: PathBuf,
    place: Vec<String>,
}

impl Module {
    fn add(&mut self, item: &Item) {
        self.items.extend(name(item));
        let tokens = item.to_token_stream();
        let Item::Impl(item) = item else { return self.code[0].named.read(tokens) };
        let of = type_path(item);
        if let (Some(of), None) = (&of, &item.trait_) {
            let functions = item.items.iter().filter_map(|item| match item {
                syn::ImplItem::Fn(function) if !syntax::is_test(&function.attrs) => {
                    Some(function.sig.ident.to_string())
                }
                _ => None,
            });
            self.impls.push(Impl { of: of.clone(), functions: functions.collect() });
        }
        self.code(of, tokens);
    }

    fn code(&mut self, of: Option<syntax::Path>, tokens: TokenStream) {
        let mut named = Named::default();
        named.read(tokens);
        self.code.push(Code { of, named });
    }
}

fn type_path(item: &ItemImpl) -> Option<syntax::Path> {
    let syn::Type::Path(path) = &*item.self_ty else { return None };
    Some(path.path.segments.iter().map(|segment| segment.ident.to_string()).collect())
}

fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
