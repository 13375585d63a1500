//! The drawing of docs/architecture.md holds: imports run downhill, and nothing runs in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A module, by the segments of its path below the crate.
type Module = Vec<String>;

/// The text of every module of that folder, without comments and tests. What only tests compile is no
/// part of the drawing.
fn modules(sources: &str) -> BTreeMap<Module, String> {
    let mut found = BTreeMap::new();
    visit(&Path::new(crate::ROOT).join(sources), &mut Vec::new(), &mut found);
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
        } else if file.extension().is_some_and(|it| it == "rs") {
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
fn arrows(sources: &str) -> BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> {
    let modules = modules(sources);
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
    let arrows = arrows("src");
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
    let there = modules("src").into_keys().filter_map(|module| module.first().cloned());
    assert_eq!(drawn, there.collect());
}

#[test]
fn nothing_runs_in_a_circle() {
    let mut circles = Vec::new();
    for sources in ["src", "ledger/src", "simulator/src", "program/src"] {
        for (folder, mut arrows) in arrows(sources) {
            // What takes from nobody that is left stands at the bottom, and is taken away.
            loop {
                let left: BTreeSet<_> = arrows.keys().cloned().collect();
                arrows.retain(|_, to| !to.is_disjoint(&left));
                if arrows.len() == left.len() {
                    break;
                }
            }
            let folder = folder.join("::");
            circles.extend(arrows.keys().map(|module| format!("{sources} {folder}::{module}")));
        }
    }
    assert_eq!(circles, Vec::<String>::new());
}

/// ADR 0042: of the library for signatures the judge takes verification alone.
#[test]
fn the_judge_makes_no_key_and_no_signature() {
    for (module, code) in modules("src") {
        for word in ["EcdsaKeyPair", "RsaKeyPair", "Ed25519KeyPair", "SystemRandom"] {
            assert!(!code.contains(word), "{word} in {}", module.join("::"));
        }
    }
}

/// Each row of the table of requirements names the function that decides it.
#[test]
fn the_table_of_requirements_names_what_decides_each() {
    let root = Path::new(crate::ROOT);
    let page = std::fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    for requirement in keyproof::Requirement::ALL {
        let start = format!("| `{}` | ", requirement.id());
        let row = page.lines().find(|line| line.starts_with(&start)).unwrap();
        let (_, link) = row.rsplit_once(" | [`").unwrap();
        let (function, file) = link.split_once("`](../").unwrap();
        let file = std::fs::read_to_string(root.join(file.strip_suffix(") |").unwrap())).unwrap();
        assert_eq!(function, requirement.id().replace('-', "_"));
        assert!(file.contains(&format!("fn {function}(")), "{row}");
    }
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
