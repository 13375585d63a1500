//! The drawing of docs/architecture.md holds: imports run downhill, and nothing runs in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A module, by the segments of its path below the crate.
type Module = Vec<String>;

/// The text of every module of `src/`, without comments and tests. What only tests compile is no part
/// of the drawing.
fn modules() -> BTreeMap<Module, String> {
    let mut found = BTreeMap::new();
    visit(&Path::new(crate::ROOT).join("src"), &mut Vec::new(), &mut found);
    found
}

fn visit(folder: &Path, path: &mut Module, found: &mut BTreeMap<Module, String>) {
    const LEFT_OUT: [&str; 5] = ["tests", "fixtures", "silence", "tally", "written"];
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        if LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        let module = if ["mod", "lib"].contains(&name.as_str()) {
            path.clone()
        } else {
            [path.as_slice(), &[name]].concat()
        };
        if file.is_dir() {
            visit(&file, &mut module.clone(), found);
        } else {
            let text = std::fs::read_to_string(&file).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let text = text.split("#[cfg(all(test").next().unwrap();
            let code = text.lines().map(|line| line.split("//").next().unwrap());
            found.insert(module, code.collect::<Vec<_>>().join("\n"));
        }
    }
}

/// What `module` names of other modules, each by its whole path.
fn imports(module: &Module, is_folder: bool, code: &str) -> Vec<Module> {
    let within = if is_folder { module.as_slice() } else { &module[..module.len() - 1] };
    let mut found = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        if !code[..start].ends_with(|it: char| it.is_alphanumeric() || it == '_') {
            expand(&mut Vec::new(), &code[start + 7..], &mut found);
        }
    }
    for (start, _) in code.match_indices("super::") {
        if code[..start].ends_with("::") {
            continue;
        }
        let mut rest = &code[start..];
        let mut base = within.to_vec();
        // Of a file the parent is the folder that it lies in.
        if is_folder {
            base.pop();
        }
        rest = rest.strip_prefix("super::").unwrap();
        while let Some(after) = rest.strip_prefix("super::") {
            base.pop();
            rest = after;
        }
        expand(&mut base, rest, &mut found);
    }
    found
}

/// The paths of a use tree, which `text` begins with; and what follows it.
fn expand<'t>(prefix: &mut Module, text: &'t str, found: &mut Vec<Module>) -> &'t str {
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches([' ', '\n', ',']);
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            if rest.is_empty() {
                return rest;
            }
            rest = expand(prefix, rest, found);
            // `as` another name.
            rest = rest.trim_start_matches(|it| ![',', '}'].contains(&it));
        }
    }
    let end = text.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return text.get(1..).unwrap_or_default();
    }
    prefix.push(name.to_owned());
    let rest = match rest.strip_prefix("::") {
        Some(deeper) => expand(prefix, deeper, found),
        None => {
            found.push(prefix.clone());
            rest
        }
    };
    prefix.pop();
    rest
}

/// For each folder, which of the modules in it takes something from which other. What a folder's own
/// file holds is everybody's.
fn arrows() -> BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> {
    let modules = modules();
    let is_folder = |module: &Module| {
        modules.keys().any(|it| it.len() > module.len() && it.starts_with(module))
    };
    let mut arrows: BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (from, code) in &modules {
        for path in imports(from, is_folder(from), code) {
            let known = (0..=path.len()).rev().find(|end| modules.contains_key(&path[..*end]));
            let to = &path[..known.unwrap_or(0)];
            let shared = from.iter().zip(to).take_while(|(one, other)| one == other).count();
            if let (Some(from), Some(to)) = (from.get(shared), to.get(shared)) {
                let folder = arrows.entry(path[..shared].to_vec()).or_default();
                folder.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    arrows
}

/// The rows of the drawing, from the top: between the lines ```downhill and ```.
fn rows() -> Vec<Vec<String>> {
    let document = Path::new(crate::ROOT).join("docs/architecture.md");
    let document = std::fs::read_to_string(document).unwrap();
    let (_, drawing) = document.split_once("```downhill\n").unwrap();
    let (drawing, _) = drawing.split_once("```").unwrap();
    drawing.lines().map(|row| row.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn imports_run_downhill() {
    let rows = rows();
    let height = |module: &str| {
        let row = rows.iter().position(|row| row.iter().any(|it| it == module));
        row.unwrap_or_else(|| panic!("{module} is not in the drawing of docs/architecture.md"))
    };
    let arrows = arrows();
    let mut uphill = Vec::new();
    for (from, targets) in &arrows[&Vec::new()] {
        uphill.extend(
            targets
                .iter()
                .filter(|to| height(to) <= height(from))
                .map(|to| format!("{from} -> {to}")),
        );
    }
    assert_eq!(uphill, Vec::<String>::new());
    let drawn: BTreeSet<_> = rows.concat().into_iter().collect();
    let there = modules().into_keys().filter_map(|module| module.first().cloned());
    assert_eq!(drawn, there.collect());
}

#[test]
fn nothing_runs_in_a_circle() {
    let mut circles = Vec::new();
    for (folder, mut arrows) in arrows() {
        // What takes from nobody that is left stands at the bottom, and is taken away.
        loop {
            let bottom: Vec<_> = {
                let left: BTreeSet<_> = arrows.keys().cloned().collect();
                let is_bottom = |(_, to): &(&String, &BTreeSet<String>)| to.is_disjoint(&left);
                arrows.iter().filter(is_bottom).map(|(from, _)| from.clone()).collect()
            };
            if bottom.is_empty() {
                break;
            }
            arrows.retain(|from, _| !bottom.contains(from));
        }
        circles.extend(arrows.keys().map(|module| format!("{}::{module}", folder.join("::"))));
    }
    // The settings are read by the reader that they are part of.
    assert_eq!(circles, ["policy::config", "policy::settings"]);
}

#[test]
fn paths_are_read_from_every_form_of_use() {
    let at = |path: &str| path.split("::").map(str::to_owned).collect::<Module>();
    let code = "use crate::a::{self, b::C, d as e};\nfn f() -> crate::g::H { super::i::j() }";
    let found = imports(&at("x::y"), false, code);
    let expected = ["a::self", "a::b::C", "a::d", "g::H", "x::i::j"];
    assert_eq!(found, expected.map(at));
    assert_eq!(imports(&at("x"), true, "use super::k;"), [at("k")]);
}
