//! What is distrusted is shut out of every format: each certificate and key that evidence rests on, by
//! one line of policy or one entry of a folder, however its signature is spelled.

use std::collections::BTreeSet;

use crate::support::{TIME, appraise, at, codes, facts, facts_and, keyring};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keyproof::encoding::cvc::CardVerifiable;
use keyproof::encoding::der::{DerError, Reader};
use keyproof::encoding::hex::Sha256;
use keyproof::encoding::x509::{Certificate, Leniency};
use keyproof::facts::Facts;
use keyproof::policy::parse_policy;
use keyproof::trust::{AnchorManifest, ManifestOrigin};
use keyproof::{AttestationResult, Outcome, Requirement, Timestamp, Verdict, Verifier};
use keyproof_simulator::{KeyKind, Options, SimulatedFormat, Simulation, formats};
use num_bigint::BigUint;

/// A simulated submission, its trust apart.
struct Case {
    format: &'static str,
    files: Vec<(String, Vec<u8>)>,
    anchors: String,
}

impl Case {
    fn of(format: &'static str, simulation: &Simulation) -> Self {
        let (manifest, files): (Vec<_>, Vec<_>) =
            simulation.files.iter().partition(|file| file.name == "anchors.yaml");
        let anchors = String::from_utf8(manifest[0].bytes.clone()).unwrap();
        let files = files.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect();
        Self { format, files, anchors }
    }

    fn all() -> Vec<Self> {
        let mut keyring = keyring();
        let options = Options::new(at(TIME));
        let build = |format: &'static SimulatedFormat| {
            Self::of(format.name, &format.build_with(&options, &mut keyring).unwrap())
        };
        formats().iter().map(build).collect()
    }

    /// One whose module signs as it does for elliptic curve keys.
    fn of_curve(name: &str) -> Self {
        let format = formats().iter().find(|format| format.name == name).unwrap();
        let options = Options { key: Some(KeyKind::P256), ..Options::new(at(TIME)) };
        Self::of(format.name, &format.build_with(&options, &mut keyring()).unwrap())
    }

    fn facts(&self) -> Facts {
        facts_and(&self.anchors)
    }

    fn judge_by(&self, facts: Facts, lines: &str, time: Timestamp) -> AttestationResult {
        let text = format!("version: 1\n{lines}");
        let policy = parse_policy("p.yaml", text.as_bytes(), &facts.endorsements, &mut |_| {
            panic!("no file")
        });
        let files: Vec<_> =
            self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        appraise(&Verifier::new(facts, policy.unwrap()), &files, time)
    }

    /// Judged under a policy with one line of distrust.
    fn judge(&self, field: &str, value: &str) -> AttestationResult {
        self.judge_by(self.facts(), &line(field, value), at(TIME))
    }

    /// Judged under the bundled facts, its own anchors and a further folder of the caller.
    fn judge_with_folder(&self, manifest: &str) -> AttestationResult {
        let read = |text: &str| {
            let origin = ManifestOrigin::Caller;
            AnchorManifest::parse(origin, "a.yaml", text.as_bytes(), &|_| None).unwrap()
        };
        let facts = Facts::with_anchors(vec![read(&self.anchors), read(manifest)]).unwrap();
        self.judge_by(facts, "", at(TIME))
    }

    fn undisturbed(&self) -> AttestationResult {
        self.judge_by(self.facts(), "", at(TIME))
    }

    /// Every X.509 certificate of the submission, wherever it lies.
    fn certificates(&self) -> Vec<Certificate> {
        let mut found: Vec<Certificate> = Vec::new();
        for (_, bytes) in &self.files {
            for blob in decoded(bytes) {
                for start in memchr::memmem::find_iter(&blob, &[0x30, 0x82]) {
                    let Some([high, low]) = blob.get(start + 2..start + 4) else { continue };
                    let end = start + 4 + usize::from(u16::from_be_bytes([*high, *low]));
                    let Some(der) = blob.get(start..end) else { continue };
                    if let Some(certificate) = read(der)
                        && !found.contains(&certificate)
                    {
                        found.push(certificate);
                    }
                }
            }
        }
        found
    }

    /// The submission with a certificate in other bytes, wherever it lies.
    fn with(&self, one: &[u8], other: &[u8]) -> Self {
        let mut files = self.files.clone();
        let mut replaced = 0;
        for (_, bytes) in &mut files {
            for blob in decoded(bytes) {
                if blob.first() != Some(&0x30) && blob != one {
                    continue;
                }
                let changed = spliced(&blob, one, other);
                if changed == blob {
                    continue;
                }
                for (from, to) in forms(&blob).into_iter().zip(forms(&changed)) {
                    if let Some(place) = memchr::memmem::find(bytes, &from) {
                        bytes.splice(place..place + from.len(), to);
                        replaced += 1;
                    }
                }
            }
        }
        assert!(replaced > 0, "{}: it lies nowhere", self.format);
        Self { files, anchors: self.anchors.clone(), ..*self }
    }
}

fn line(field: &str, value: &str) -> String {
    format!("distrust:\n  - {{{field}: \"{value}\", reason: It leaked.}}\n")
}

/// With what genuine certificates of some formats have (ADR 0018).
fn read(der: &[u8]) -> Option<Certificate> {
    let strict = keyproof::encoding::der::Strict::check(der).ok()?;
    let written_out = [Leniency::WrittenCaFalse, Leniency::KeyUsageEndsInZeros];
    let of_fortanix = || Certificate::from_strict_leniently(strict, &written_out);
    keyproof::submission::read_certificate(strict).or_else(|_| of_fortanix()).ok()
}

/// The bytes, and whatever base64 in them stands for, and so on.
fn decoded(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut blobs = vec![bytes.to_vec()];
    let Ok(text) = std::str::from_utf8(bytes) else { return blobs };
    let text = text.replace("\\n", "\n").replace("\\r", "");
    let blocks = text.split("-----BEGIN ").skip(1).filter_map(|block| block.split("-----").nth(1));
    for encoded in blocks.chain(text.split('"')) {
        let encoded: String = encoded.split_whitespace().collect();
        let inner = STANDARD.decode(&encoded).or_else(|_| URL_SAFE_NO_PAD.decode(&encoded));
        if let Ok(inner) = inner {
            blobs.extend(decoded(&inner));
        }
    }
    blobs
}

/// DER with `other` for `one`, and lengths as they must then be.
fn spliced(der: &[u8], one: &[u8], other: &[u8]) -> Vec<u8> {
    if der == one {
        return other.to_vec();
    }
    let is_inside = memchr::memmem::find(der, one).is_some();
    let Ok((tag, content, _)) = Reader::whole(der, Reader::any) else { return der.to_vec() };
    if !is_inside || tag & 0x20 == 0 {
        return der.to_vec();
    }
    let Ok(children) = Reader::whole(content, |it| it.each(Reader::any)) else {
        return der.to_vec();
    };
    let changed = children.iter().flat_map(|(_, _, child)| spliced(child, one, other));
    tlv(tag, &changed.collect::<Vec<u8>>())
}

/// How a certificate lies in a file: as it is, in one line of base64, and in PEM with line ends as they
/// are and as JSON has them.
fn forms(der: &[u8]) -> [Vec<u8>; 4] {
    let base64 = STANDARD.encode(der);
    let lines = |end: &str| {
        let lines: Vec<&str> = (0..base64.len())
            .step_by(64)
            .map(|at| &base64[at..(at + 64).min(base64.len())])
            .collect();
        lines.join(end).into_bytes()
    };
    [der.to_vec(), base64.clone().into_bytes(), lines("\n"), lines("\\n")]
}

fn is_shut_out(result: &AttestationResult) -> bool {
    let genuine = result
        .findings()
        .iter()
        .find(|finding| finding.requirement() == Requirement::GenuineModule)
        .unwrap();
    let first = genuine.reasons().first().map(|reason| reason.code().code());
    result.verdict() == Verdict::Reject
        && genuine.outcome() == Outcome::Unsatisfied
        && first == Some("chain.distrusted")
}

fn pem(certificate: &Certificate) -> String {
    format!(
        "-----BEGIN CERTIFICATE----- {} -----END CERTIFICATE-----",
        STANDARD.encode(certificate.der())
    )
}

#[test]
fn each_step_and_the_anchor_are_shut_out_by_one_line() {
    for case in Case::all() {
        let whole = case.undisturbed();
        assert_ne!(whole.verdict(), Verdict::Reject, "{}: {:?}", case.format, codes(&whole));
        let anchor = whole.anchor().unwrap();
        let attested = &whole.claims().unwrap().key.public_key;
        let mut lines = vec![
            ("anchor", anchor.id.clone()),
            ("key", anchor.spki_sha256.to_string()),
            ("key", attested.spki_sha256.to_string()),
        ];
        lines.extend(whole.path().iter().map(|step| ("certificate", step.sha256.to_string())));
        assert!(lines.len() >= 5, "{}", case.format);
        for (field, value) in lines {
            let result = case.judge(field, &value);
            assert!(is_shut_out(&result), "{} {field} {value}: {:?}", case.format, codes(&result));
        }
    }
}

/// Those of second chains, of pools and of the other signature of a message too: a faultless simulation
/// has no certificate that plays no part.
#[test]
fn each_certificate_that_came_is_shut_out_by_itself_its_key_and_its_signed_part() {
    let mut counted = BTreeSet::new();
    for case in Case::all() {
        for certificate in case.certificates() {
            counted.insert((case.format, certificate.sha256()));
            for (field, value) in [
                ("certificate", certificate.sha256().to_string()),
                ("certificate", Sha256::of(certificate.tbs()).to_string()),
                ("certificate", pem(&certificate)),
                ("key", Sha256::of(certificate.subject_public_key_info()).to_string()),
                // What people paste: the fingerprint of OpenSSL, and one under the other field.
                ("certificate", colons(certificate.sha256())),
                ("key", certificate.sha256().to_string()),
            ] {
                let result = case.judge(field, &value);
                let subject = certificate.subject().to_string();
                assert!(
                    is_shut_out(&result),
                    "{} {subject} {field} {value}: {:?}",
                    case.format,
                    codes(&result)
                );
            }
        }
    }
    let of = |format: &str| counted.iter().filter(|(it, _)| *it == format).count();
    // Attestation, device, issuing authority: what each format has at least, by its page.
    for (format, least) in [
        ("azure-managed-hsm", 4),
        ("crypto4a-qasm", 4),
        ("fortanix-dsm", 4),
        ("google-cloud-hsm", 4),
        ("marvell-liquidsecurity", 2),
        ("securosys-primus", 2),
        ("thales-luna", 2),
        ("yubico-openpgp", 2),
        ("yubico-piv", 2),
        ("yubico-yubihsm2", 2),
    ] {
        assert!(of(format) >= least, "{format}: {}", of(format));
    }
}

fn colons(sha256: Sha256) -> String {
    let digits = sha256.to_string().to_uppercase();
    let pairs: Vec<&str> = (0..32).map(|at| &digits[2 * at..2 * at + 2]).collect();
    pairs.join(":")
}

/// Orders of P-256, P-384, P-521 (SP 800-186 3.2.1) and brainpoolP256r1 (RFC 5639 3.4).
const ORDERS: [&str; 4] = [
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
];

fn order(digits: &str) -> BigUint {
    BigUint::parse_bytes(digits.as_bytes(), 16).unwrap()
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|octet| *octet == 0).collect();
    let header = match length.as_slice() {
        [] => vec![tag, 0],
        [short @ 0..=0x7f] => vec![tag, *short],
        long => [&[tag, 0x80 + u8::try_from(long.len()).unwrap()], long].concat(),
    };
    [header, content.to_vec()].concat()
}

/// The certificate with (r, n - s) for its (r, s), for each curve that s can be of.
fn respelled(certificate: &Certificate) -> Vec<Vec<u8>> {
    let numbers = Reader::whole(certificate.signature(), |outer| {
        outer.nested(0x30, |it| Ok::<_, DerError>((it.unsigned()?, it.unsigned()?)))
    });
    let Ok((r, s)) = numbers else { return Vec::new() };
    let (r, s) = (BigUint::from_bytes_be(r), BigUint::from_bytes_be(s));
    let integer = |number: &BigUint| {
        let octets = number.to_bytes_be();
        let sign: &[u8] = if octets[0] & 0x80 != 0 { &[0] } else { &[] };
        tlv(0x02, &[sign, &octets].concat())
    };
    ORDERS
        .iter()
        .map(|digits| order(digits))
        .filter(|n| s < *n)
        .map(|n| {
            let signature = tlv(0x30, &[integer(&r), integer(&(n - &s))].concat());
            let fields = [
                certificate.tbs().to_vec(),
                tlv(0x30, certificate.signature_algorithm()),
                tlv(0x03, &[&[0], signature.as_slice()].concat()),
            ];
            tlv(0x30, &fields.concat())
        })
        .collect()
}

/// The applicant who spells the signature of a distrusted certificate otherwise.
#[test]
fn another_spelling_of_a_signature_does_not_help() {
    let mut tried = BTreeSet::new();
    // The others have RSA keys up to the anchor, whose signatures have one spelling.
    for case in Case::all().into_iter().chain([Case::of_curve("thales-luna")]) {
        let verdict = case.undisturbed().verdict();
        for certificate in case.certificates() {
            for other in respelled(&certificate) {
                let respelled = case.with(certificate.der(), &other);
                if respelled.undisturbed().verdict() != verdict {
                    continue; // Of another curve.
                }
                tried.insert((case.format, certificate.subject().to_string()));
                for value in [certificate.sha256(), Sha256::of(&other)] {
                    for case in [&case, &respelled] {
                        let result = case.judge("certificate", &value.to_string());
                        let (subject, codes) = (certificate.subject(), codes(&result));
                        assert!(is_shut_out(&result), "{} {subject}: {codes:?}", case.format);
                    }
                }
            }
        }
    }
    let formats: BTreeSet<&str> = tried.iter().map(|(format, _)| *format).collect();
    assert_eq!(formats, BTreeSet::from(["crypto4a-qasm", "thales-luna"]), "{tried:?}");
}

/// The same with the plain signatures of cards.
#[test]
fn another_spelling_of_a_card_signature_does_not_help() {
    let case = Case::all().into_iter().find(|case| case.format == "smartcard-hsm").unwrap();
    let verdict = case.undisturbed().verdict();
    let mut tried = 0;
    let paths: BTreeSet<Sha256> =
        case.undisturbed().path().iter().map(|step| step.sha256).collect();
    let blobs: Vec<Vec<u8>> = case.files.iter().flat_map(|(_, bytes)| decoded(bytes)).collect();
    for blob in &blobs {
        let mut rest = blob.as_slice();
        while let [0x67, ..] | [0x7f, 0x21, ..] = rest {
            let whole = (0..=rest.len())
                .map(|end| &rest[..end])
                .find(|whole| CardVerifiable::parse(whole).is_ok())
                .unwrap();
            rest = &rest[whole.len()..];
            let signature = match CardVerifiable::parse(whole).unwrap() {
                CardVerifiable::Certificate(it) => it.signature,
                CardVerifiable::AuthenticatedRequest(it) => it.signature,
                CardVerifiable::Request(_) => continue,
            };
            if !paths.contains(&Sha256::of(whole)) {
                continue;
            }
            let (r, s) = signature.split_at(signature.len() / 2);
            let s = (order(ORDERS[3]) - BigUint::from_bytes_be(s)).to_bytes_be();
            let s = [vec![0; r.len() - s.len()], s].concat();
            let other = [whole.strip_suffix(signature).unwrap(), r, &s].concat();
            let respelled = case.with(whole, &other);
            assert_eq!(respelled.undisturbed().verdict(), verdict);
            for value in [Sha256::of(whole), Sha256::of(&other)] {
                for case in [&case, &respelled] {
                    let result = case.judge("certificate", &value.to_string());
                    assert!(is_shut_out(&result), "{:?}", codes(&result));
                }
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 3);
}

fn refused(id: &str, spki: &str, certificates: &str) -> String {
    format!(
        "vendor: Example\nrefused:\n  - id: {id}\n    subject: CN=leaked\n    spki_sha256: \"{spki}\"\n    \
         certificate_sha256: [{certificates}]\n    why: It leaked.\n"
    )
}

/// The caller's own folder, by key, by certificate, and by the identifier of an anchor.
#[test]
fn an_entry_of_a_folder_outranks_every_anchor() {
    let other = Sha256::of(b"another key").to_string();
    for case in Case::all() {
        let whole = case.undisturbed();
        let anchor = whole.anchor().unwrap();
        let mut folders = vec![
            refused("leaked", &anchor.spki_sha256.to_string(), ""),
            refused(&anchor.id, &other, ""),
        ];
        folders.extend(
            whole
                .path()
                .iter()
                .map(|step| refused("leaked", &other, &format!("\"{}\"", step.sha256))),
        );
        folders.extend(case.certificates().iter().map(|certificate| {
            let key = Sha256::of(certificate.subject_public_key_info());
            refused("leaked", &key.to_string(), "")
        }));
        for folder in folders {
            let result = case.judge_with_folder(&folder);
            assert!(is_shut_out(&result), "{}: {:?}\n{folder}", case.format, codes(&result));
        }
        let unrelated = case.judge_with_folder(&refused("leaked", &other, ""));
        assert_eq!(unrelated.verdict(), whole.verdict());
        // It stands under the name that the anchor has here, and bars the key whatever its name.
        let renamed = Case {
            anchors: case.anchors.replace(&anchor.id, "added-again"),
            files: case.files.clone(),
            ..case
        };
        let result = renamed.judge("key", &anchor.spki_sha256.to_string());
        assert!(is_shut_out(&result), "{}: {:?}", case.format, codes(&result));
    }
}

/// A caller who distrusts what the release trusts, or already refuses, can still judge everything else.
#[test]
fn every_bundled_anchor_can_be_distrusted_by_a_folder() {
    let bundled = facts();
    for anchor in bundled.trust.anchors() {
        let spki = anchor.public_key.spki_sha256().to_string();
        for id in [anchor.id.as_str(), "leaked"] {
            let facts = facts_and(&refused(id, &spki, ""));
            let known = facts.trust.anchor(&anchor.id).unwrap();
            let reason = facts.trust.distrusted_anchor(known).unwrap();
            assert_eq!(reason.code().code(), "chain.distrusted");
            // Those below it are out too.
            for below in facts.trust.anchors() {
                let parents = facts.trust.parents(below);
                let is_out = below.public_key.spki() == anchor.public_key.spki()
                    || parents.iter().any(|it| it.public_key.spki() == anchor.public_key.spki());
                assert_eq!(facts.trust.distrusted_anchor(below).is_some(), is_out, "{}", below.id);
            }
        }
        assert!(bundled.trust.distrusted_anchor(anchor).is_none(), "{}", anchor.id);
    }
    for known in bundled.trust.refused() {
        let facts = facts_and(&refused(&known.id, &known.spki_sha256.to_string(), ""));
        assert_eq!(facts.trust.anchors().len(), bundled.trust.anchors().len());
    }
}

/// What lies beside the evidence and is distrusted, is no obstacle.
#[test]
fn what_is_on_no_path_is_no_obstacle() {
    let beside = include_bytes!("../../vendor-roots/yubico/certificates/yubihsm-root.pem");
    let certificate = read(&crate::support::der(beside)).unwrap();
    for mut case in Case::all() {
        case.files.push(("beside.pem".to_owned(), beside.to_vec()));
        let whole = case.undisturbed();
        let distrusting = case.judge("certificate", &certificate.sha256().to_string());
        assert_eq!(codes(&distrusting), codes(&whole), "{}", case.format);
        assert_eq!(distrusting.verdict(), whole.verdict());
    }
}

/// What is distrusted is named first, whatever else is wrong.
#[test]
fn other_faults_do_not_hide_it() {
    let before = at("1990-01-01T00:00:00Z");
    for case in Case::all() {
        let early = case.judge_by(case.facts(), "", before);
        assert_eq!(early.verdict(), Verdict::Reject, "{}", case.format);
        let whole = case.undisturbed();
        for step in whole.path() {
            let lines = line("certificate", &step.sha256.to_string());
            let result = case.judge_by(case.facts(), &lines, before);
            assert!(is_shut_out(&result), "{} {}: {:?}", case.format, step.role, codes(&result));
            let rest: Vec<_> =
                codes(&result).into_iter().filter(|code| *code != "chain.distrusted").collect();
            assert_eq!(rest, codes(&early), "{} {}", case.format, step.role);
        }
    }
}

/// The reason names what and why.
#[test]
fn the_reason_says_what_and_why() {
    let case = Case::all().into_iter().find(|case| case.format == "yubico-piv").unwrap();
    let whole = case.undisturbed();
    let device = whole.path().iter().find(|step| step.role == "device").unwrap();
    let result = case.judge("certificate", &device.sha256.to_string());
    let reason = result.findings().iter().flat_map(|it| it.reasons()).next().unwrap();
    let detail = reason.detail();
    assert_eq!(detail["certificate"], device.subject);
    assert_eq!(detail["sha256"], device.sha256.to_string());
    assert_eq!(detail["distrusted"], format!("certificate {}", device.sha256));
    assert_eq!(detail["why"], "It leaked.");
}
