//! Short names for the functions that a module imports. Those of wasm-bindgen have 40 letters, in the module
//! and in its script: 5 KB of the tab's first page with gzip.

use anyhow::Result;
use walrus::ModuleConfig;

/// The start of wasm-bindgen's names.
const LONG: &str = "__wb";

/// The module and its script with short names.
///
/// # Errors
/// If `module` is no module.
pub fn shorten(module: &[u8], glue: &str) -> Result<(Vec<u8>, String)> {
    let mut module = ModuleConfig::new().generate_producers_section(false).parse(module)?;
    let mut names: Vec<String> = module.imports.iter().map(|import| import.name.clone()).collect();
    names.retain(|name| name.starts_with(LONG));
    // No name is a part of one before it.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.dedup();
    let mut glue = glue.to_owned();
    for (number, long) in names.iter().enumerate() {
        let short = format!("i{number}");
        for import in module.imports.iter_mut().filter(|import| import.name == *long) {
            import.name.clone_from(&short);
        }
        // Where it is defined: a member of the object of imports.
        glue = glue.replace(&format!(" {long}:"), &format!(" {short}:"));
    }
    Ok((module.emit_wasm(), glue))
}

#[cfg(test)]
mod tests {
    use super::shorten;
    use walrus::Module;

    #[test]
    fn a_name_is_the_same_in_the_module_and_in_its_script() {
        let mut module = Module::default();
        let ty = module.types.add(&[], &[]);
        for name in ["__wbg_log_0123", "__wbg_log_01234", "memory"] {
            module.add_import_func("./tab_bg.js", name, ty);
        }
        let glue = "const imports = { __wbg_log_0123: function() { log(); }, __wbg_log_01234: (a) => a, };";
        let (module, glue) = shorten(&module.emit_wasm(), glue).unwrap();
        let names: Vec<_> =
            Module::from_buffer(&module).unwrap().imports.iter().map(|import| import.name.clone()).collect();
        assert_eq!(names, ["i1", "i0", "memory"]);
        assert_eq!(glue, "const imports = { i1: function() { log(); }, i0: (a) => a, };");
    }
}
