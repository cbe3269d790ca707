//! The split.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use walrus::ir::Value;
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalKind,
    ImportedFunction, Module, ModuleConfig, TableId, passes,
};

/// The import module of the second file.
const PROGRAM: &str = "program";

/// Functions that end the program with a message.
const PANICS: [&str; 9] = [
    "core::panicking::",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::result::unwrap_failed",
    "core::cell::panic_already",
    "core::str::slice_error_fail",
    "core::slice::index::slice_",
    "std::panicking::panic_with_hook",
    "alloc::raw_vec::handle_error",
];

/// Sets who hears of them: nobody does.
const HOOK: &str = "std::panicking::set_hook";

/// A function by its place in the program, which is the same in each copy of the module.
type Place = usize;

/// The two files of `program`.
///
/// # Errors
/// If `program` is no module, or has no table or no function to move.
pub fn split(program: &[u8], later: &[String]) -> Result<(Vec<u8>, Vec<u8>)> {
    let probe = parse(program)?;
    let moved: BTreeSet<Place> = places(&probe, |name| later.iter().any(|its| name.contains(its.as_str())));
    if moved.is_empty() {
        bail!("no function is called `{}…`", later.join("…` or `"));
    }
    let listed = listed(&probe, &moved)?;

    // What the first file keeps, and which of the moved functions it calls.
    let mut kept = parse(program)?;
    let nowhere = BTreeMap::new();
    without(&mut kept, &moved, &nowhere)?;
    let kept: BTreeSet<Place> = kept.funcs.iter().map(|function| function.id().index()).collect();

    // Their slots in the table: their own, or new ones behind it.
    let mut slots: BTreeMap<Place, u32> = listed.iter().map(|(slot, place)| (*place, *slot)).collect();
    let mut end = table_size(&probe)?;
    for place in moved.intersection(&kept) {
        slots.entry(*place).or_insert_with(|| {
            end += 1;
            end - 1
        });
    }

    let mut second = parse(program)?;
    let needed = only(&mut second, &moved, &kept, &listed, &slots, end)?;

    let mut first = parse(program)?;
    for item in &needed {
        export(&mut first, item)?;
    }
    let table = function_table(&first)?;
    grow(&mut first, table, end);
    without(&mut first, &moved, &slots)?;
    Ok((first.emit_wasm(), second.emit_wasm()))
}

/// The module, with traps in place of messages.
fn parse(program: &[u8]) -> Result<Module> {
    let mut module = ModuleConfig::new().generate_producers_section(false).parse(program)?;
    for place in places(&module, |name| PANICS.iter().any(|panic| name.contains(panic))) {
        let id = function(&module, place)?;
        replace(&mut module, id, true);
    }
    for place in places(&module, |name| name == HOOK) {
        let id = function(&module, place)?;
        replace(&mut module, id, false);
    }
    passes::gc::run(&mut module);
    Ok(module)
}

fn places(module: &Module, fits: impl Fn(&str) -> bool) -> BTreeSet<Place> {
    let local = module.funcs.iter_local().map(|(id, _)| module.funcs.get(id));
    local
        .filter(|its| its.name.as_deref().is_some_and(|name| fits(&readable(name))))
        .map(|its| its.id().index())
        .collect()
}

/// A name without the hashes of its crates: `core[c5930c85a12de822]::fmt` as `core::fmt`.
fn readable(name: &str) -> String {
    let mut parts = name.split('[');
    let mut readable = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']') {
            Some((hash, rest)) if hash.len() > 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                readable.push_str(rest);
            }
            _ => readable.extend(["[", part]),
        }
    }
    readable
}

fn function(module: &Module, place: Place) -> Result<FunctionId> {
    module.funcs.iter().map(walrus::Function::id).find(|id| id.index() == place).context("a function is gone")
}

fn function_table(module: &Module) -> Result<TableId> {
    module.tables.main_function_table()?.context("there is no table of functions")
}

fn table_size(module: &Module) -> Result<u32> {
    Ok(u32::try_from(module.tables.get(function_table(module)?).initial)?)
}

/// The slots of the moved functions that are in the table.
fn listed(module: &Module, moved: &BTreeSet<Place>) -> Result<Vec<(u32, Place)>> {
    let table = function_table(module)?;
    let mut listed = Vec::new();
    for element in module.elements.iter() {
        let (
            ElementKind::Active { table: its, offset: ConstExpr::Value(Value::I32(offset)) },
            ElementItems::Functions(list),
        ) = (&element.kind, &element.items)
        else {
            continue;
        };
        if *its != table {
            continue;
        }
        for (slot, id) in (u32::try_from(*offset)?..).zip(list) {
            if moved.contains(&id.index()) {
                listed.push((slot, id.index()));
            }
        }
    }
    Ok(listed)
}

/// The body of `id` becomes a trap, or nothing.
fn replace(module: &mut Module, id: FunctionId, trap: bool) {
    let (params, results) = signature(module, id);
    let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
    if trap {
        builder.func_body().unreachable();
    }
    let args = params.iter().map(|param| module.locals.add(*param)).collect();
    module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(args));
}

fn signature(module: &Module, id: FunctionId) -> (Vec<walrus::ValType>, Vec<walrus::ValType>) {
    let ty = module.types.get(module.funcs.get(id).ty());
    (ty.params().to_vec(), ty.results().to_vec())
}

/// Takes the moved functions out: a call of one goes through its slot.
fn without(module: &mut Module, moved: &BTreeSet<Place>, slots: &BTreeMap<Place, u32>) -> Result<()> {
    let table = function_table(module)?;
    for place in moved {
        let id = function(module, *place)?;
        let (params, results) = signature(module, id);
        let ty = module.types.find(&params, &results).context("a type is gone")?;
        let args: Vec<_> = params.iter().map(|param| module.locals.add(*param)).collect();
        let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
        let mut body = builder.func_body();
        match slots.get(place) {
            Some(slot) => {
                for arg in &args {
                    body.local_get(*arg);
                }
                body.i32_const(i32::try_from(*slot)?).call_indirect(ty, table);
            }
            None => {
                body.unreachable();
            }
        }
        module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(args));
    }
    // Their slots are filled by the second file.
    let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
    builder.func_body().unreachable();
    let absent = builder.finish(vec![], &mut module.funcs);
    for element in module.elements.iter_mut() {
        if let ElementItems::Functions(list) = &mut element.items {
            for id in list.iter_mut().filter(|id| moved.contains(&id.index())) {
                *id = absent;
            }
        }
    }
    passes::gc::run(module);
    Ok(())
}

/// What the second file imports, by its place in the program.
enum Needed {
    Function(Place),
    Table(usize),
    Memory(usize),
    Global(usize),
}

impl Needed {
    fn name(&self) -> String {
        match self {
            Self::Function(place) => format!("{place:x}"),
            Self::Table(place) => format!("t{place}"),
            Self::Memory(place) => format!("m{place}"),
            Self::Global(place) => format!("g{place}"),
        }
    }
}

/// Leaves only what the first file lacks, and imports the rest.
fn only(
    module: &mut Module,
    moved: &BTreeSet<Place>,
    kept: &BTreeSet<Place>,
    listed: &[(u32, Place)],
    slots: &BTreeMap<Place, u32>,
    table_size: u32,
) -> Result<Vec<Needed>> {
    module.start = None;
    ids(module.exports.iter().map(walrus::Export::id)).into_iter().for_each(|id| module.exports.delete(id));
    ids(module.data.iter().map(walrus::Data::id)).into_iter().for_each(|id| module.data.delete(id));
    ids(module.elements.iter().map(walrus::Element::id))
        .into_iter()
        .for_each(|id| module.elements.delete(id));
    for memory in module.memories.iter_mut() {
        memory.data_segments.clear();
    }
    for table in module.tables.iter_mut() {
        table.elem_segments.clear();
    }
    let table = function_table(module)?;
    grow(module, table, table_size);

    let mut needed = Vec::new();
    for id in ids(module.funcs.iter().map(walrus::Function::id)) {
        let place = id.index();
        // The imports of the program come through the first file too.
        let old = match &module.funcs.get(id).kind {
            FunctionKind::Import(import) => Some(import.import),
            _ => None,
        };
        if moved.contains(&place) || (old.is_none() && !kept.contains(&place)) {
            continue;
        }
        let ty = module.funcs.get(id).ty();
        let item = Needed::Function(place);
        if let Some(old) = old {
            module.imports.delete(old);
        }
        let import = module.imports.add(PROGRAM, &item.name(), id);
        module.funcs.get_mut(id).kind = FunctionKind::Import(ImportedFunction { import, ty });
        needed.push(item);
    }
    for id in ids(module.tables.iter().map(walrus::Table::id)) {
        let item = Needed::Table(id.index());
        let import = module.imports.add(PROGRAM, &item.name(), id);
        module.tables.get_mut(id).import = Some(import);
        needed.push(item);
    }
    for id in ids(module.memories.iter().map(walrus::Memory::id)) {
        let item = Needed::Memory(id.index());
        let import = module.imports.add(PROGRAM, &item.name(), id);
        module.memories.get_mut(id).import = Some(import);
        needed.push(item);
    }
    for id in ids(module.globals.iter().map(walrus::Global::id)) {
        let item = Needed::Global(id.index());
        let import = module.imports.add(PROGRAM, &item.name(), id);
        module.globals.get_mut(id).kind = GlobalKind::Import(import);
        needed.push(item);
    }

    let new = slots.iter().filter(|(place, _)| listed.iter().all(|(_, its)| its != *place));
    let all = listed.iter().copied().chain(new.map(|(place, slot)| (*slot, *place)));
    for (slot, place) in all {
        let id = function(module, place)?;
        let offset = ConstExpr::Value(Value::I32(i32::try_from(slot)?));
        let element =
            module.elements.add(ElementKind::Active { table, offset }, ElementItems::Functions(vec![id]));
        module.tables.get_mut(table).elem_segments.insert(element);
    }
    passes::gc::run(module);
    let imported: BTreeSet<_> = module.imports.iter().map(|import| import.name.clone()).collect();
    needed.retain(|item| imported.contains(&item.name()));
    Ok(needed)
}

fn ids<T>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.collect()
}

fn grow(module: &mut Module, table: TableId, size: u32) {
    let table = module.tables.get_mut(table);
    table.initial = table.initial.max(u64::from(size));
    table.maximum = table.maximum.map(|maximum| maximum.max(u64::from(size)));
}

/// Exports what the second file needs.
fn export(module: &mut Module, item: &Needed) -> Result<()> {
    let name = item.name();
    let exported: ExportItem = match item {
        Needed::Function(place) => function(module, *place)?.into(),
        Needed::Table(place) => module
            .tables
            .iter()
            .map(walrus::Table::id)
            .find(|id| id.index() == *place)
            .context("a table is gone")?
            .into(),
        Needed::Memory(place) => module
            .memories
            .iter()
            .map(walrus::Memory::id)
            .find(|id| id.index() == *place)
            .context("a memory is gone")?
            .into(),
        Needed::Global(place) => module
            .globals
            .iter()
            .map(walrus::Global::id)
            .find(|id| id.index() == *place)
            .context("a global is gone")?
            .into(),
    };
    module.exports.add(&name, exported);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `main` calls `later`, which calls `shared`, `only_later` and a function through the table.
    fn program() -> Vec<u8> {
        let mut module = Module::default();
        let memory = module.memories.add_local(false, false, 1, None, None);
        module.exports.add("memory", memory);
        let table = module.tables.add_local(false, 2, Some(2), walrus::RefType::FUNCREF);
        let ty = module.types.add(&[], &[walrus::ValType::I32]);
        let (outside, _) = module.add_import_func("./tab.js", "later", ty);
        let mut define = |name: &str, body: &dyn Fn(&mut walrus::InstrSeqBuilder<'_>)| {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[walrus::ValType::I32]);
            builder.name(name.to_owned());
            body(&mut builder.func_body());
            builder.finish(vec![], &mut module.funcs)
        };
        let shared = define("tab::shared", &|body| {
            body.i32_const(1);
        });
        let only_later = define("tab::only_later", &|body| {
            body.i32_const(2);
        });
        let later = define("tab::sections::page", &|body| {
            body.call(shared).call(only_later).binop(walrus::ir::BinaryOp::I32Add);
        });
        let listed = define("<Page as tab::sections::View>::view", &|body| {
            body.call(outside);
        });
        let main = define("tab::main", &|body| {
            body.call(later).call(shared).binop(walrus::ir::BinaryOp::I32Add);
        });
        module.exports.add("main", main);
        let offset = ConstExpr::Value(Value::I32(1));
        let element =
            module.elements.add(ElementKind::Active { table, offset }, ElementItems::Functions(vec![listed]));
        module.tables.get_mut(table).elem_segments.insert(element);
        module.exports.add("table", table);
        module.emit_wasm()
    }

    fn names(module: &[u8]) -> Vec<String> {
        let module = Module::from_buffer(module).unwrap();
        let mut names: Vec<_> =
            module.funcs.iter_local().filter_map(|(id, _)| module.funcs.get(id).name.clone()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_second_file_has_what_only_later_functions_need() {
        let (first, second) = split(&program(), &["tab::sections::".to_owned()]).unwrap();
        assert_eq!(
            names(&second),
            ["<Page as tab::sections::View>::view", "tab::only_later", "tab::sections::page"]
        );
        assert!(!names(&first).contains(&"tab::only_later".to_owned()));
        assert!(names(&first).contains(&"tab::shared".to_owned()));
    }

    #[test]
    fn the_second_file_imports_from_the_first_and_fills_its_slots() {
        let (first, second) = split(&program(), &["tab::sections::".to_owned()]).unwrap();
        let (first, second) = (Module::from_buffer(&first).unwrap(), Module::from_buffer(&second).unwrap());
        for import in second.imports.iter() {
            assert_eq!(import.module, PROGRAM);
            assert!(first.exports.iter().any(|export| export.name == import.name), "{}", import.name);
        }
        // The function in the table keeps its slot; the one that is called gets a new one.
        let mut slots: Vec<_> = second
            .elements
            .iter()
            .filter_map(|element| match &element.kind {
                ElementKind::Active { offset: ConstExpr::Value(Value::I32(slot)), .. } => Some(*slot),
                _ => None,
            })
            .collect();
        slots.sort_unstable();
        assert_eq!(slots, [1, 2]);
        assert_eq!(table_size(&first).unwrap(), 3);
    }

    #[test]
    fn names_are_compared_without_the_hashes_of_crates() {
        assert_eq!(
            readable("<[u8; 4] as core[c5930c85a12de822]::fmt::Debug>::fmt"),
            "<[u8; 4] as core::fmt::Debug>::fmt"
        );
    }

    #[test]
    fn a_program_without_later_functions_is_refused() {
        assert!(split(&program(), &["tab::pages::".to_owned()]).is_err());
    }
}
