//! The order that a crate states at its top, under the heading `# Layers` of its documentation: a list from
//! below to above. Each line names modules and knows only lines before it; what is in one line does not know
//! each other.
//!
//! ```text
//! # Layers
//!
//! - `time`, `json`: what everything needs
//! - `login`
//! ```

use std::collections::BTreeMap;

use crate::import_circles::Folder;
use crate::module_tree::Crate;

/// The number of each module's line.
fn lines(docs: &str) -> Option<Vec<Vec<String>>> {
    let list = docs.lines().skip_while(|line| *line != "# Layers").skip(1);
    let list = list.take_while(|line| !line.starts_with('#')).filter_map(|line| line.strip_prefix("- "));
    let names = |line: &str| {
        let names = line.split_once(':').map_or(line, |(names, _)| names);
        names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let lines: Vec<Vec<String>> = list.map(names).collect();
    (!lines.is_empty()).then_some(lines)
}

/// Where the stated order of a crate is not true.
pub fn untruths(of: &Crate, root: Option<&Folder>) -> Vec<String> {
    let place = of.files[0].path.display();
    let mut modules: Vec<_> = of.files.iter().filter_map(|file| file.place.first()).collect();
    modules.sort();
    modules.dedup();
    if modules.len() < 2 {
        return Vec::new();
    }
    let Some(lines) = lines(&of.files[0].docs) else {
        let proposed =
            proposed(&modules, root).into_iter().map(|names| format!("//! - `{}`", names.join("`, `")));
        let proposed = proposed.collect::<Vec<_>>().join("\n");
        return vec![format!("{place} does not say who knows whom, in a list below `# Layers`:\n{proposed}")];
    };
    let mut layer: BTreeMap<&str, usize> = BTreeMap::new();
    let mut untrue = Vec::new();
    for (number, names) in lines.iter().enumerate() {
        for name in names {
            if layer.insert(name, number).is_some() || !modules.contains(&name) {
                untrue.push(format!("{place}: `{name}` is no module, or is listed twice"));
            }
        }
    }
    for module in modules.iter().filter(|module| !layer.contains_key(module.as_str())) {
        untrue.push(format!("{place}: the layers lack `{module}`"));
    }
    for (from, known) in root.into_iter().flatten() {
        for (to, (from_file, to_file)) in known {
            let above = layer.get(from.as_str()).copied().unwrap_or(lines.len());
            let below = layer.get(to.as_str()).copied().unwrap_or(lines.len());
            if below >= above {
                let [from_file, to_file] = [from_file, to_file].map(|file| of.files[*file].path.display());
                untrue.push(format!("{place}: {from_file} knows {to_file}, which its layer may not"));
            }
        }
    }
    untrue
}

/// The lowest line for each module; what stands in a circle is left out.
fn proposed<'a>(modules: &[&'a String], root: Option<&Folder>) -> Vec<Vec<&'a str>> {
    let knows = |from: &str, to: &str| {
        root.and_then(|root| root.get(from)).is_some_and(|known| known.contains_key(to))
    };
    let mut left: Vec<&str> = modules.iter().map(|name| name.as_str()).collect();
    let mut lines = Vec::new();
    loop {
        let (line, others): (Vec<_>, Vec<_>) =
            left.iter().partition(|from| !left.iter().any(|to| to != *from && knows(from, to)));
        if line.is_empty() {
            return lines;
        }
        lines.push(line);
        left = others;
    }
}
