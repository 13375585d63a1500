//! A format has one name, and stands under it wherever a reader, a test or the program looks for it.

use std::collections::BTreeSet;
use std::path::Path;

use keyproof::format::FORMATS;
use keyproof_simulator::formats;

/// Pages of `docs/formats/` that are of no format.
const OTHER_PAGES: [&str; 3] = ["README", "request-evidence", "without-attestation"];

/// What every page of a format has, for the second team that writes a reader from it.
const HEADINGS: [&str; 4] =
    ["What comes", "What is checked, in order", "What the evidence cannot show", "Sources"];

fn text(path: &str) -> String {
    std::fs::read_to_string(Path::new(crate::ROOT).join(path)).unwrap_or_default()
}

/// The names of what lies in a folder, without endings.
fn names(folder: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(Path::new(crate::ROOT).join(folder)).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()
    };
    entries.map(name).collect()
}

/// The places where the format of that name does not stand.
fn missing(name: &str) -> Vec<String> {
    let folder = name.replace('-', "_");
    let facts = keyproof::facts::bundled().unwrap();
    let has_row = |page: &str| text(page).contains(&format!("\n| `{name}` | "));
    let page = text(&format!("docs/formats/{name}.md"));
    let mut places: Vec<(String, bool)> = vec![
        (
            format!("src/format/{folder}/"),
            text(&format!("src/format/{folder}/mod.rs")).contains("impl AttestationFormat for "),
        ),
        ("the formats of the simulator".into(), formats().iter().any(|it| it.name == name)),
        (
            format!("simulator/src/{folder}/"),
            !text(&format!("simulator/src/{folder}/mod.rs")).is_empty(),
        ),
        (
            format!("tests/expected/{name}.yaml"),
            text(&format!("tests/expected/{name}.yaml")).contains("\nwithout-fault: "),
        ),
        (format!("attestation-samples/{name}/"), names("attestation-samples").contains(name)),
        (
            "an anchor in vendor-roots/".into(),
            facts.trust.anchors().iter().any(|it| it.uses.iter().any(|it| it.format == name)),
        ),
        (
            "a module in vendor-roots/".into(),
            facts
                .endorsements
                .modules()
                .iter()
                .any(|it| it.formats.iter().any(|format| format == name)),
        ),
        ("a row in README.md".into(), has_row("README.md")),
        ("a row in docs/formats/README.md".into(), has_row("docs/formats/README.md")),
        ("CHANGELOG.md".into(), text("CHANGELOG.md").contains(&format!("`{name}`"))),
    ];
    places.extend(HEADINGS.map(|heading| {
        let what = format!("docs/formats/{name}.md: {heading}");
        (what, page.contains(&format!("\n## {heading}\n")))
    }));
    places.into_iter().filter(|(_, stands)| !stands).map(|(place, _)| place).collect()
}

#[test]
fn a_format_stands_under_its_name_in_every_place() {
    let missing: Vec<_> = FORMATS
        .iter()
        .flat_map(|it| {
            missing(it.name()).into_iter().map(|place| format!("{}: {place}", it.name()))
        })
        .collect();
    assert!(missing.is_empty(), "no place for\n{}", missing.join("\n"));
}

/// What lies in the places of formats and belongs to none was forgotten in the list.
#[test]
fn every_place_is_that_of_a_format() {
    let known: BTreeSet<String> = FORMATS.iter().map(|it| it.name().to_owned()).collect();
    let in_order: Vec<_> = FORMATS.iter().map(|it| it.name()).collect();
    assert!(in_order.is_sorted(), "{in_order:?}");
    let simulated: BTreeSet<_> = formats().iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(simulated, known);
    assert_eq!(names("tests/expected"), known);
    let pages: BTreeSet<_> =
        names("docs/formats").into_iter().filter(|it| !OTHER_PAGES.contains(&&**it)).collect();
    assert_eq!(pages, known);
    let is_format = |folder: &&String| {
        let code = text(&format!("src/format/{folder}/mod.rs"));
        code.contains("impl AttestationFormat for ")
    };
    let folders = names("src/format");
    let folders: BTreeSet<_> =
        folders.iter().filter(is_format).map(|it| it.replace('_', "-")).collect();
    assert_eq!(folders, known);
}

/// The check above would see it.
#[test]
fn what_a_new_format_lacks_is_named() {
    let missing = missing("toy-token").join(", ");
    for place in
        ["src/format/toy_token/", "simulator/src/toy_token/", "tests/expected/toy-token.yaml"]
    {
        assert!(missing.contains(place), "{missing}");
    }
}

/// Each target of the fuzzer is built, and what is built is there.
#[test]
fn every_fuzz_target_is_built() {
    let manifest = text("fuzz/Cargo.toml");
    let built = manifest.split("[[bin]]\nname = \"").skip(1);
    let built: BTreeSet<_> = built.map(|it| it.split('"').next().unwrap().to_owned()).collect();
    assert_eq!(built, names("fuzz/fuzz_targets"));
}
