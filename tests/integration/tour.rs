//! docs/tour.md: twenty submissions, each with the first screen of its report. What stands there is
//! what comes out; `KEYPROOF_WRITE_TOUR=1` writes it anew.

use std::path::Path;

use crate::case::Case;
use crate::support::left_out;
use keyproof::Verdict;
use keyproof::report::{TextOptions, text};

/// Lines of a terminal.
const SCREEN: usize = 24;

/// A case, who sends it, and what is worth seeing.
const TOUR: [(&str, &str, &str); 20] = [
    (
        "yubico-piv/simulated-accept-mark-8",
        "Everything is right",
        "A YubiKey 5 FIPS at firmware 5.7.4, a key on P-384. With a genuine module this is exit code 0.",
    ),
    (
        "yubico-piv plain-unit",
        "The wrong model",
        "The commonest reject of all: a plain YubiKey 5, which is as genuine as the FIPS series and not certified.",
    ),
    (
        "yubico-piv rsa-2048",
        "The old default",
        "RSA 2048 is what older tools make. The answer names what this device makes instead.",
    ),
    (
        "yubico-piv device-certificate-missing",
        "One file too few",
        "The attestation came without the certificate of slot f9. The answer has the command.",
    ),
    (
        "yubico-piv device-certificate-as-attestation",
        "The device in place of the key",
        "Slot f9 was attested, or both commands wrote to one file.",
    ),
    (
        "yubico-piv attestation-missing",
        "A request and nothing else",
        "The applicant did not know that an attestation is needed.",
    ),
    (
        "yubico-piv request-for-another-key",
        "Two slots mixed up",
        "Both halves are in order and belong to different keys.",
    ),
    (
        "yubico-piv eucleak",
        "An advisory",
        "ECDSA on firmware 5.4: a person weighs it, and may ask for another device.",
    ),
    (
        "yubico-piv pin-never",
        "Usable without a PIN",
        "Whoever finds the device can sign. A person weighs it.",
    ),
    (
        "yubico-piv replaced-attestation-key",
        "A key of their own in slot f9",
        "Only the key from the factory counts.",
    ),
    (
        "yubico-piv attested-key-as-issuer",
        "A forgery",
        "A user's key signed the attestation. The applicant is told nothing; security staff are.",
    ),
    (
        "yubico-piv private-key-sent",
        "A private key in the mail",
        "Nothing is kept, nothing else is judged, and every copy is deleted.",
    ),
    (
        "yubico-piv two-requests",
        "Two requests",
        "None is chosen: the applicant says which one counts.",
    ),
    (
        "yubico-yubihsm2 exportable-under-wrap",
        "A key made for backup",
        "It may leave the module under a wrap key. That is fixed when the key is made.",
    ),
    (
        "yubico-yubihsm2 origin-imported",
        "An imported key",
        "The YubiHSM 2 attests imported keys too, and says so.",
    ),
    (
        "smartcard-hsm without-fault",
        "A Nitrokey HSM 2",
        "In order, and silent about export: the protocol of the initialisation decides.",
    ),
    ("smartcard-hsm backup-sent", "A backup of the key", "It proves that the key left the device."),
    (
        "google-cloud-hsm without-fault",
        "A cloud HSM",
        "No firmware is stated, so that a person finds out the certification, and records it.",
    ),
    (
        "thales-luna trust-center-form",
        "The other form of a Luna confirmation",
        "The key may well be in order; one command makes the right file.",
    ),
    (
        "entrust-nshield recoverable-by-the-officer",
        "A key that its administrators can recover",
        "Who holds the cards, and how many are needed: a person weighs the answers.",
    ),
];

/// The fingerprints of made-up keys differ from run to run.
fn without_fingerprints(line: &str) -> String {
    let is_hex = |text: &str| text.len() == 8 && text.bytes().all(|it| it.is_ascii_hexdigit());
    let words = line.split(' ').map(|word| {
        let digits = word.trim_end_matches([',', '.', ')']);
        match digits.split_once("..") {
            Some((head, tail)) if is_hex(head) && is_hex(tail) => {
                word.replace(digits, "01234567..89abcdef")
            }
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn case(name: &str) -> Option<Case> {
    match name.split_once(' ') {
        Some(_) => Some(Case::simulate(name)),
        None => Case::load(&Path::new(crate::ROOT).join("attestation-samples").join(name)),
    }
}

fn first_screen(case: &Case) -> String {
    let report = text(case.result(), &TextOptions::default());
    let lines: Vec<_> = report.lines().take(SCREEN).map(without_fingerprints).collect();
    lines.join("\n")
}

/// The part of the page about one submission, its number first.
fn section((number, (name, title, story)): (usize, &(&str, &str, &str)), screen: &str) -> String {
    format!("## {number}. {title}\n\n`{name}`. {story}\n\n```text\n{screen}\n```\n")
}

#[test]
fn the_tour_shows_what_comes_out() {
    let path = Path::new(crate::ROOT).join("docs/tour.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (introduction, _) = page.split_once("\n## 1. ").unwrap_or((&page, ""));
    let mut written = format!("{}\n", introduction.trim_end());
    let mut whole = true;
    for entry in (1..).zip(&TOUR) {
        let Some(case) = case(entry.1.0) else {
            whole = false;
            continue;
        };
        let section = section(entry, &first_screen(&case));
        if std::env::var_os("KEYPROOF_WRITE_TOUR").is_none() {
            assert!(page.contains(&section), "docs/tour.md differs from:\n{section}");
        }
        written.push_str(&format!("\n{section}"));
    }
    if !whole {
        left_out("a submission of the tour", "KEYPROOF_DEMAND_SAMPLES");
    } else if std::env::var_os("KEYPROOF_WRITE_TOUR").is_some() {
        std::fs::write(&path, written).unwrap();
    } else {
        assert_eq!(page, written, "and nothing else stands there");
    }
}

/// What a new member of staff must see without scrolling.
#[test]
fn verdict_cause_and_next_step_are_on_the_first_screen() {
    for (name, ..) in &TOUR {
        let Some(case) = case(name) else { continue };
        let screen = first_screen(&case);
        let flat = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        let verdict = case.result().verdict();
        assert!(flat.contains(&verdict.id().to_uppercase()), "{name}\n{screen}");
        assert!(flat.contains("Do not issue"), "{name}\n{screen}");
        let grave = case.result().findings().iter().flat_map(|finding| finding.weighed_reasons());
        let of_verdict = grave.filter(|(outcome, _)| {
            verdict == Verdict::Review || *outcome == keyproof::Outcome::Unsatisfied
        });
        let codes: std::collections::BTreeSet<_> =
            of_verdict.map(|(_, reason)| reason.code()).collect();
        assert_eq!(codes.is_empty(), verdict == Verdict::Accept, "{name}");
        let shown = codes.iter().filter(|it| flat.contains(&format!("{} ({it})", it.sentence())));
        assert_eq!(shown.count(), codes.len().min(3), "{name}\n{screen}");
    }
}
