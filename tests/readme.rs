//! The runs that the README shows are what the program prints.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::Command;

#[test]
fn the_readme_shows_what_the_program_prints() {
    let readme = include_str!("../README.md");
    let mut shown = 0;
    for run in readme.split("<!-- run: keyproof ").skip(1) {
        shown += 1;
        let (arguments, rest) = run.split_once(" -->\n```text\n").expect("a run and its text");
        let (text, _) = rest.split_once("```\n").expect("the end of the text");
        let output = Command::new(env!("CARGO_BIN_EXE_keyproof"))
            .args(arguments.split_whitespace())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("the program runs");
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(text, printed, "keyproof {arguments}");
    }
    assert_eq!(shown, 2);
}
