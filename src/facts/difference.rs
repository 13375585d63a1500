//! What one bundle says otherwise than another, in sentences for whoever adopts it.

use super::Facts;
use crate::endorsement::{Certification, Module, Reading, Scheme};
use crate::time::Timestamp;

/// What `new` says otherwise than `old`: a sentence each, in the order of anchors, refused certificates,
/// modules, advisories and devices without attestation. Nothing that differs is left out.
pub fn differences(old: &Facts, new: &Facts) -> Vec<String> {
    let mut told = Vec::new();
    compare(
        &mut told,
        (old.trust.anchors(), new.trust.anchors()),
        (|it| &it.id, |it| format!("Trust anchor {}", it.id)),
        |anchor| format!("believed, {} ({})", anchor.status.id(), anchor.subject),
        "no longer believed",
        |old, new| {
            let mut parts = Vec::new();
            push(&mut parts, "status", old.status.id(), new.status.id());
            changed(&mut parts, "key", old.public_key.spki(), new.public_key.spki());
            changed(&mut parts, "certificates", &old.certificate_sha256, &new.certificate_sha256);
            changed(&mut parts, "validity", &old.valid, &new.valid);
            changed(&mut parts, "uses", &old.uses, &new.uses);
            changed(&mut parts, "parent", &old.parent, &new.parent);
            changed(&mut parts, "sources", &old.sources, &new.sources);
            changed(&mut parts, "name", &old.subject, &new.subject);
            changed(&mut parts, "note", &old.note, &new.note);
            parts
        },
    );
    compare(
        &mut told,
        (old.trust.refused(), new.trust.refused()),
        (|it| &it.id, |it| format!("Certificate {}", it.id)),
        |refused| format!("refused: {}", refused.why),
        "no longer refused",
        |old, new| {
            let mut parts = Vec::new();
            changed(&mut parts, "key", &old.spki_sha256, &new.spki_sha256);
            changed(&mut parts, "certificates", &old.certificate_sha256, &new.certificate_sha256);
            changed(&mut parts, "why it is refused", &old.why, &new.why);
            parts
        },
    );
    compare(
        &mut told,
        (old.endorsements.modules(), new.endorsements.modules()),
        (|it| &it.id, |it| format!("{} {} ({})", it.vendor, it.name, it.formats.join(", "))),
        |module| match module.certifications.as_slice() {
            [] => "known, and not certified".to_owned(),
            all => all.iter().map(in_words).collect::<Vec<_>>().join("; "),
        },
        "no longer known",
        module_parts,
    );
    compare(
        &mut told,
        (old.endorsements.advisories(), new.endorsements.advisories()),
        (|it| &it.id, |it| format!("Advisory {}", it.id)),
        |advisory| format!("known: {}", advisory.summary),
        "no longer known",
        |old, new| {
            let mut parts = Vec::new();
            changed(&mut parts, "what it covers", &old.affects, &new.affects);
            changed(&mut parts, "what follows from it", &old.effect, &new.effect);
            changed(&mut parts, "what it says", &old.summary, &new.summary);
            changed(&mut parts, "names", &(&old.name, &old.cve), &(&new.name, &new.cve));
            changed(&mut parts, "source", &old.source, &new.source);
            parts
        },
    );
    compare(
        &mut told,
        (old.without_attestation.devices(), new.without_attestation.devices()),
        (|it| &it.id, |it| format!("{} {}", it.vendor, it.names.join(", "))),
        |_| "known not to attest".to_owned(),
        "no longer listed as a device that cannot attest",
        |old, new| {
            let mut parts = Vec::new();
            changed(&mut parts, "what is said of it", old, new);
            parts
        },
    );
    told.extend(weak_key_lists(old, new));
    told
}

/// A sentence for each that one list has and the other has not, or has otherwise.
fn compare<T: PartialEq>(
    told: &mut Vec<String>,
    (old, new): (&[T], &[T]),
    (id, title): (impl Fn(&T) -> &str, impl Fn(&T) -> String),
    says: impl Fn(&T) -> String,
    gone: &str,
    parts: impl Fn(&T, &T) -> Vec<String>,
) {
    for now in new {
        match old.iter().find(|then| id(then) == id(now)) {
            None => told.push(format!("{}: {}.", title(now), says(now).trim_end_matches('.'))),
            Some(then) if then == now => {}
            Some(then) => {
                let mut parts = parts(then, now);
                if parts.is_empty() {
                    parts.push("something that judges nothing changed".to_owned());
                }
                told.push(format!("{}: {}.", title(now), parts.join("; ")));
            }
        }
    }
    for then in old {
        if !new.iter().any(|now| id(now) == id(then)) {
            told.push(format!("{}: {gone}.", title(then)));
        }
    }
}

/// Which lists of weak keys are new, changed or gone.
fn weak_key_lists(old: &Facts, new: &Facts) -> Vec<String> {
    let lists = |facts: &Facts| -> Vec<(String, String)> {
        let told = |(name, count, complete, about): (&str, usize, &[String], &str)| {
            let complete = match complete {
                [] => "complete for no kind of key".to_owned(),
                complete => format!("complete for {}", complete.join(", ")),
            };
            (name.to_owned(), format!("{count} keys, {complete} ({about})"))
        };
        facts.weak_keys.summary().map(told).collect()
    };
    let (old, new) = (lists(old), lists(new));
    let now = new.iter().filter(|it| !old.contains(it));
    let gone = old.iter().filter(|(name, _)| !new.iter().any(|(it, _)| it == name));
    now.map(|(name, says)| format!("Weak keys {name}: {says}."))
        .chain(gone.map(|(name, _)| format!("Weak keys {name}: no longer looked up.")))
        .collect()
}

fn module_parts(old: &Module, new: &Module) -> Vec<String> {
    let mut parts = Vec::new();
    for certification in &new.certifications {
        match old.certifications.iter().find(|it| it.is_same(certification)) {
            None => parts.push(in_words(certification)),
            Some(before) if before == certification => {}
            Some(before) => parts.push(certification_parts(before, certification)),
        }
    }
    for certification in &old.certifications {
        if !new.certifications.iter().any(|it| it.is_same(certification)) {
            parts.push(format!("no longer {}", in_words(certification)));
        }
    }
    changed(&mut parts, "firmware that exists", &old.firmware, &new.firmware);
    changed(&mut parts, "what it makes", &old.makes, &new.makes);
    let selection = |module: &Module| {
        (
            [module.formats.clone(), module.models.clone(), module.form_factors.clone()],
            [module.fips_marker, module.other_marker],
        )
    };
    changed(&mut parts, "how evidence selects it", &selection(old), &selection(new));
    changed(&mut parts, "why it is not certified", &old.uncertified, &new.uncertified);
    changed(&mut parts, "what else it is called", &old.known_as, &new.known_as);
    parts
}

/// `certified, CMVP 5302 (FIPS 140-3 level 3) at 2.4.1`.
fn in_words(certification: &Certification) -> String {
    let number = match &certification.number {
        Some(number) => format!(", certificate {number}"),
        None => String::new(),
    };
    let firmware = match (&certification.firmware_in_words, certification.firmware.as_slice()) {
        (Some(words), _) => format!(" at {words}"),
        (None, []) => String::new(),
        (None, all) => {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            format!(" at {}", all.join(", "))
        }
    };
    format!("certified{number} ({}){firmware}", level(certification))
}

fn certification_parts(old: &Certification, new: &Certification) -> String {
    let mut parts = Vec::new();
    changed(&mut parts, "level", &old.level, &new.level);
    changed(&mut parts, "marks", &old.markers, &new.markers);
    let day = |day: Option<Timestamp>| day.map_or("none".to_owned(), |it| it.date());
    push(&mut parts, "sunset", &day(old.sunset), &day(new.sunset));
    push(&mut parts, "historical since", &day(old.historical_since), &day(new.historical_since));
    push(&mut parts, "revoked since", &day(old.revoked_since), &day(new.revoked_since));
    push(&mut parts, "known", &known(old.read), &known(new.read));
    push(&mut parts, "seen", &old.seen, &new.seen);
    if parts.is_empty() {
        parts.push("stated otherwise".to_owned());
    }
    format!("{}: {}", in_words(new), parts.join(", "))
}

fn known(read: Reading) -> String {
    match read {
        Reading::Primary => "first-hand".to_owned(),
        Reading::Copy(1) => "from one copy".to_owned(),
        Reading::Copy(number) => format!("from {number} copies"),
    }
}

/// `FIPS 140-3 level 3`, `Common Criteria EAL 4+`.
fn level(certification: &Certification) -> String {
    let Certification { scheme, level, augmentation, .. } = certification;
    match (scheme, level) {
        (_, 0) => scheme.to_string(),
        (Scheme::CommonCriteria, _) => format!("{scheme} EAL {level}{augmentation}"),
        _ => format!("{scheme} level {level}"),
    }
}

/// `what: before, now after`, where that fits a sentence.
fn push(parts: &mut Vec<String>, what: &str, before: &str, after: &str) {
    if before != after {
        parts.push(format!("{what} {after}, was {before}"));
    }
}

fn changed<T: PartialEq + ?Sized>(parts: &mut Vec<String>, what: &str, before: &T, after: &T) {
    if before != after {
        parts.push(format!("{what} changed"));
    }
}
