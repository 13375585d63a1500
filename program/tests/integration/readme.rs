//! The runs that the README shows are what the program prints.

use std::process::Command;

#[test]
fn the_readme_shows_what_the_program_prints() {
    let readme = include_str!("../../../README.md");
    let mut shown = 0;
    for run in readme.split("<!-- run: keyproof ").skip(1) {
        shown += 1;
        let (arguments, rest) = run.split_once(" -->\n```text\n").expect("a run and its text");
        let (text, _) = rest.split_once("```\n").expect("the end of the text");
        let output = Command::new(env!("CARGO_BIN_EXE_keyproof"))
            .args(arguments.split_whitespace())
            .current_dir(crate::ROOT)
            .output()
            .expect("the program runs");
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(without_releases(text), without_releases(&printed), "keyproof {arguments}");
    }
    assert_eq!(shown, 2);
}

/// The fingerprints of policy and facts change with every release, and with them nothing else.
fn without_releases(text: &str) -> String {
    let (before, rests) = text.split_once("  Policy     ").expect("the policy");
    let rests = rests.split_whitespace().map(|word| {
        let is_hash = word.trim_end_matches(',').split("..").all(|half| half.len() == 8);
        if is_hash && word.contains("..") { "#" } else { word }
    });
    format!("{before}{}", rests.collect::<Vec<_>>().join(" "))
}
