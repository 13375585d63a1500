//! The pages for applicants: what they tell people to type is what the programs there take.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::left_out;

/// The commands in the blocks of every page: its name, and a line.
fn commands() -> Vec<(String, String)> {
    let folder = Path::new(crate::ROOT).join("docs/applicants");
    let mut commands = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let page = std::fs::read_to_string(&path).unwrap();
        for block in page.split("```sh\n").skip(1) {
            let (block, _) = block.split_once("```").expect("a block ends");
            commands.extend(block.lines().map(|line| (name.clone(), line.to_owned())));
        }
    }
    assert!(commands.len() > 20, "{}", commands.len());
    commands
}

/// The words of a line; what stands in quotes is one.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// What asks a program for its options: its name, its sub-commands, and the question.
fn question(words: &[String]) -> Option<Vec<&str>> {
    let program = words.first()?.as_str();
    let asks = match program {
        "ykman" => {
            return Some(
                [&words.iter().map(String::as_str).take(4).collect::<Vec<_>>()[..], &["--help"]]
                    .concat(),
            );
        }
        "openssl" => return Some(vec!["openssl", words.get(1)?, "-help"]),
        "yubico-piv-tool" | "pkcs11-tool" | "pkcs15-tool" | "sc-hsm-tool" => "--help",
        _ => return None,
    };
    Some(vec![program, asks])
}

/// Whether one of the words of `help` is that one.
fn has(help: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    help.split(|c| !is_part(c)).any(|one| one.eq_ignore_ascii_case(word))
}

/// The options whose values are a list that the help shows.
const LISTED: &[&str] =
    &["-a", "-A", "-H", "-s", "--action", "--algorithm", "--pin-policy", "--touch-policy"];

#[test]
fn every_option_that_a_page_uses_is_one_of_its_program() {
    let mut asked = BTreeSet::new();
    for (page, line) in commands() {
        let words = words(&line);
        let Some(question) = question(&words) else { continue };
        asked.insert(question[0].to_owned());
        let Ok(output) = Command::new(question[0]).args(&question[1..]).output() else {
            left_out(&format!("{} is not there", question[0]), "KEYPROOF_DEMAND_TOOLS");
            continue;
        };
        let help = [output.stdout, output.stderr].concat();
        let help = String::from_utf8_lossy(&help);
        let mut words = words.iter().skip(1).peekable();
        while let Some(word) = words.next() {
            if !word.starts_with('-') {
                continue;
            }
            let (option, value) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value)),
                None => (word.as_str(), words.peek().map(|it| it.as_str())),
            };
            assert!(has(&help, option), "{page}: {option} in `{line}`\n{help}");
            // ykman shows no list of slots, and its -s is the subject.
            let listed = LISTED.contains(&option) && question[0] != "openssl";
            if let (true, Some(value)) = (listed, value) {
                assert!(has(&help, value), "{page}: {option} {value} in `{line}`\n{help}");
            }
        }
    }
    let programs =
        ["openssl", "pkcs11-tool", "pkcs15-tool", "sc-hsm-tool", "ykman", "yubico-piv-tool"];
    assert!(asked.iter().eq(&programs), "{asked:?}");
}

#[test]
fn a_word_is_found_whole_or_not_at_all() {
    assert!(has("  -a, --action=ENUM  (possible values=\"attest\")", "--action"));
    assert!(has("[NEVER|ONCE]", "once"));
    assert!(!has("--actions", "--action") && !has("--pin-policy", "-pin"));
}

/// What every page must tell, whatever the product.
#[test]
fn every_page_says_what_to_send_and_what_fails() {
    let folder = Path::new(crate::ROOT).join("docs/applicants");
    let index = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name == "README.md" {
            continue;
        }
        let page = std::fs::read_to_string(&path).unwrap();
        for part in ["## What to send", "## What will fail, and why", "RSA 2048", "../formats/"] {
            assert!(page.contains(part), "{name}: {part}");
        }
        assert!(index.contains(&format!("({name})")), "{name} is not in the index");
    }
}
