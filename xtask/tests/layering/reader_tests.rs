//! The reader sees what it says it sees, in small crates made up here.

use std::fs;
use std::path::Path;

use crate::import_circles::{circles, folders};
use crate::module_tree::Crate;
use crate::{imports, stated_module_layers};

fn crate_of(name: &str, files: &[(&str, &str)]) -> Crate {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("layering").join(name);
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Crate::read(&folder, &folder.join(files[0].0))
}

/// `folder: members` of all circles.
fn found(name: &str, files: &[(&str, &str)]) -> Vec<String> {
    let read = crate_of(name, files);
    let circles = circles(&folders(&read, &imports::of(&read)));
    let reports = circles.iter().map(|circle| {
        let members: Vec<_> = circle.members.iter().map(String::as_str).collect();
        format!("{}: {}", circle.folder.join("/"), members.join(" "))
    });
    reports.collect()
}

#[test]
fn a_circle_of_imports_and_of_paths_in_code_and_macros_is_seen() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::{self, B}; pub fn one() -> B { b::B }"),
        ("b.rs", "pub struct B; fn two() { println!(\"{}\", super::c::three()); }"),
        ("c.rs", "pub fn three() -> u8 { use crate::a::one as first; first(); 3 }"),
        ("d.rs", "use crate::a; pub fn four() { a::one(); }"),
    ];
    assert_eq!(found("paths", &files), [": a b c"]);
}

#[test]
fn a_name_is_followed_to_the_file_that_defines_it() {
    let files = [
        ("lib.rs", "mod run; pub use run::Next;"),
        ("run/mod.rs", "mod next; mod state; pub use next::Next; pub use state::*;"),
        ("run/next.rs", "use super::Run; pub struct Next(Run);"),
        ("run/state.rs", "pub struct Run;"),
    ];
    assert!(found("shown", &files).is_empty(), "what only shows names to others knows nothing");
    let files = [
        ("lib.rs", "mod run;"),
        ("run/mod.rs", "mod next; pub use next::Next; pub struct Run; fn f(_: Next) {}"),
        ("run/next.rs", "use super::*; pub struct Next(Run);"),
    ];
    assert_eq!(found("own", &files), ["run:  next"], "code of a folder's own file is code");
}

#[test]
fn a_folder_is_known_by_all_its_files() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod low; pub mod high;"),
        ("a/low.rs", "pub struct Low;"),
        ("a/high.rs", "use crate::b::B; pub struct High(B);"),
        ("b.rs", "use crate::a::low::Low; pub struct B(Low);"),
    ];
    assert_eq!(found("folders", &files), [": a b"], "though no file knows itself");
}

#[test]
fn a_function_that_a_type_gets_in_another_file_is_known_by_its_callers() {
    let files = [
        ("lib.rs", "mod core; mod low; mod high;"),
        ("core.rs", "pub struct Core; impl Core { pub fn name(&self) {} }"),
        ("low.rs", "use crate::core::Core; pub fn low(core: &Core) { core.name(); core.high(); }"),
        ("high.rs", "use crate::core::Core; impl Core { pub fn high(&self) { crate::low::low(self); } }"),
    ];
    assert_eq!(found("extension", &files), [": high low"]);
    let of = |low: &'static str| [files[0], files[1], ("low.rs", low), files[3]];
    for seen in [
        "use crate::core::Core; struct Low { core: Rc<Core> } impl Low { fn low(&self) { self.core.high(); } }",
        "use crate::core::Core; fn low(given: &Rc<Core>) { given.high(); }",
        "use crate::core::Core; impl Core { fn low(&self) { self.high(); } }",
        "use crate::core::Core; fn other() { Core::high(&Core); }",
    ] {
        assert_eq!(found("seen", &of(seen)), [": high low"], "{seen}");
    }
    for unseen in [
        "pub struct Other; impl Other { fn high(&self) {} fn low(&self) { self.high(); } }",
        "use crate::core::Core; fn low(_: &Core, run: &mut run::Run) { run.high(); }",
        "use crate::core::Core; fn low(_: &Core) { let sender = sender(); sender.high(); }",
    ] {
        assert!(found("unseen", &of(unseen)).is_empty(), "the name alone tells nothing: {unseen}");
    }
}

#[test]
fn unit_tests_are_left_out() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A(B); #[cfg(test)] mod tests;"),
        ("a/tests.rs", ""),
        (
            "b.rs",
            "#[cfg(test)] use crate::a::A; pub struct B; impl B { #[cfg(test)] fn b() -> crate::a::A { A } }",
        ),
    ];
    assert!(found("tests", &files).is_empty());
}

#[test]
fn an_order_that_is_not_true_or_not_whole_is_found() {
    let reports = |layers: &str| {
        let root = format!("//! # Layers\n//!\n{layers}\nmod a; mod b; mod c;");
        let files = [
            ("lib.rs", root.as_str()),
            ("a.rs", "pub struct A;"),
            ("b.rs", "use crate::a::A;"),
            ("c.rs", ""),
        ];
        let read = crate_of("order", &files);
        stated_module_layers::untruths(&read, folders(&read, &imports::of(&read)).get(&[] as &[String]))
    };
    assert!(reports("//! - `a`, `c`: what `b` needs\n//! - `b`").is_empty());
    assert_eq!(reports("//! - `b`, `c`\n//! - `a`"), ["lib.rs: b.rs knows a.rs, which its layer may not"]);
    assert_eq!(reports("//! - `a`, `b`, `c`"), ["lib.rs: b.rs knows a.rs, which its layer may not"]);
    assert_eq!(reports("//! - `a`\n//! - `b`, `d`").len(), 2, "one is missing and one is none");
    assert_eq!(reports("").len(), 1);
}
