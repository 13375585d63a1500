//! The submissions: of each kind the one that costs most of all that the limits of the intake let in.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyproof::encoding::der::Strict;
use keyproof::public_key::PublicKey;
use keyproof::submission::read_certificate;
use keyproof::{Input, InputRole};
use num_bigint::BigUint;

use super::sample_folder;

/// One submission.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) inputs: Vec<Input>,
    /// The folder below attestation-samples/ whose anchors are believed; empty for none.
    pub(crate) sample: &'static str,
    /// A reason that it comes to.
    pub(crate) ends: &'static str,
}

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
/// The limits of the intake.
const FILES: usize = 64;
const OBJECT: usize = 64 * KIB;

pub(crate) fn rows() -> Vec<Row> {
    [documents(), encodings(), structures(), keys(), evidence()].into_iter().flatten().collect()
}

fn row(name: &'static str, ends: &'static str, inputs: Vec<Input>) -> Row {
    Row { name, inputs, sample: "", ends }
}

fn documents() -> Vec<Row> {
    let names = format!("{{{}}}", list(87_000, |it| format!("\"{it:05}\":0")));
    let objects = |count: usize| {
        let object = format!("{{{}}}", list(63, |it| format!("\"{it}{}\":0", "n".repeat(990))));
        [object.as_bytes(), &vec![b' '; OBJECT - object.len() - count]].concat()
    };
    let values = |count: usize| {
        let object = format!(
            "[{}]",
            list(1022, |_| "\"MIIBAAAAAAAAAAAA*\\nAAAAAAAAAAAAAAAA\\nAAAAAAAA\"".to_owned())
        );
        [object.as_bytes(), &vec![b' '; OBJECT - object.len() - count]].concat()
    };
    let lines = format!("[\"{}\"]", "AAAAAAAAAAAAAAAA\\n".repeat((MIB - 8) / 18));
    let element = |count: usize| {
        let attributes = list(64, |it| format!("a{it}='&#65;'")).replace(',', " ");
        let elements = format!("<b {attributes}/>").repeat(59);
        format!("<a>{elements}{}</a>", "\n".repeat(FILES + 1 - count))
    };
    let references =
        |count: usize| format!("<a>{}{}</a>", "&#65;".repeat(13_000), "\n".repeat(count));
    vec![
        row(
            "JSON, 2 files of one object of 87,000 names",
            "input.json",
            files(2, |_| names.clone()),
        ),
        row("JSON, 31 objects of 63 long names", "input.malformed", files(31, objects)),
        row("JSON, 31 lists of 1,022 texts like base64", "input.malformed", files(31, values)),
        row(
            "JSON, 2 files of one text in short lines",
            "input.too-large",
            files(2, |_| lines.clone()),
        ),
        row(
            "XML, 31 documents of 59 elements of 64 attributes",
            "input.malformed",
            files(31, element),
        ),
        row("XML, 31 documents of 13,000 references", "input.malformed", files(31, references)),
        row(
            "XML, 63 files of one element of 6,500 attributes",
            "input.xml",
            files(63, |_| {
                format!("<a {}/>", list(6_500, |it| format!("a{it}=''")).replace(',', " "))
            }),
        ),
    ]
}

fn encodings() -> Vec<Row> {
    let blocks = |octets: usize| "-----BEGIN A-----\nMAA=\n-----END A-----\n".repeat(octets / 39);
    let mut layered = value(0x30, &[&[5, 0].repeat(MIB / 5)[..]]);
    for _ in 0..3 {
        layered = STANDARD.encode(&layered).into_bytes();
    }
    layered.truncate(MIB);
    let utf16: Vec<u8> = format!("\u{feff}{}", short_lines(MIB / 2 - 2))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let hexadecimal = "30 02 05 00 ".repeat(MIB / 12);
    let packed = gzip(short_lines(MIB).as_bytes());
    vec![
        row("text, 2 files of short lines", "input.malformed", files(2, |_| short_lines(MIB))),
        row(
            "PEM, 50,000 blocks",
            "input.pem-label",
            [files(1, |_| blocks(MIB)), files(1, |_| blocks(MIB - MIB / 4))].concat(),
        ),
        row(
            "PEM, 2 files of boundaries",
            "input.pem",
            files(2, |_| "-----BEGIN A-----\n".repeat(MIB / 18)),
        ),
        row("hexadecimal", "input.malformed", files(1, |_| hexadecimal.clone())),
        row("base64 three times", "input.malformed", files(1, |_| layered.clone())),
        row("UTF-16 of short lines", "input.malformed", files(1, |_| utf16.clone())),
        row(
            "gzip, a mebibyte of short lines, and more",
            "input.malformed",
            [files(1, |_| packed.clone()), files(1, |_| short_lines(MIB - 16 * KIB))].concat(),
        ),
        row(
            "zip, 60 entries of short lines",
            "input.malformed",
            zip(60, |_| short_lines(33 * KIB)),
        ),
        row("zip, 33 names of 15,000 octets", "input.malformed", long_names()),
    ]
}

fn structures() -> Vec<Row> {
    let certificate = pem_der("yubico-piv/simulated-accept/device.pem");
    let many = |count: usize| (0..count).map(|it| with_last(&certificate, it)).collect::<Vec<_>>();
    let bundle = p7b(&many(MIB / (certificate.len() + 8)));
    let nulls = |count: usize| value(0x30, &[&[5, 0].repeat(OBJECT / 2 - 8 - count)[..]]);
    let oids = value(0x30, &[&[6, 1, 42].repeat(OBJECT / 3 - 8)[..]]);
    vec![
        row("DER, 31 objects of 32,000 values", "input.malformed", files(31, nulls)),
        row("DER, 2 files of a mebibyte of objects", "input.der", files(2, |_| oids.repeat(15))),
        row(
            "PKCS #7, 2 files of as many certificates as fit",
            "input.too-many-certificates",
            files(2, |_| bundle.clone()),
        ),
        row("CMS, 31 messages of 6,000 attributes", "cms.attributes", files(31, message)),
        row("certificates, 32 of 16 KiB", "attestation.unrecognized", files(32, large_certificate)),
        row("requests, 63 with a name of 14 KiB", "input.pem-multiple", files(63, large_request)),
    ]
}

fn keys() -> Vec<Row> {
    let key = |modulus: &BigUint| {
        let key = PublicKey::from_rsa_numbers(&modulus.to_bytes_be(), &[1, 0, 1]).unwrap();
        input("key.der", key.spki().to_vec())
    };
    // As large as any that is looked into; of numbers without small factors all cost the same.
    let modulus = |bits: u32| without_small_factors((BigUint::from(1_u32) << bits) - 1_u32);
    // A prime of Mersenne's.
    let prime = (BigUint::from(1_u32) << 4423_u32) - 1_u32;
    let beside =
        |modulus: &BigUint, octets: usize| vec![key(modulus), input("text", short_lines(octets))];
    vec![
        row("RSA, a modulus of 8192 bits", "attestation.absent", vec![key(&modulus(8192))]),
        row(
            "RSA, the same beside a text of 60 KiB",
            "attestation.absent",
            beside(&modulus(8192), 60 * KIB),
        ),
        row(
            "RSA, the same beside a text of a mebibyte",
            "key.not-examined",
            beside(&modulus(8192), MIB),
        ),
        row(
            "RSA, a modulus of 4096 bits beside a text of a mebibyte",
            "attestation.absent",
            beside(&modulus(4096), MIB),
        ),
        row("RSA, a prime of 4423 bits", "key.modulus", vec![key(&prime)]),
        row("RSA, a modulus of 100,000 bits", "key.size", vec![key(&modulus(100_000))]),
    ]
}

/// Evidence that verifies, sent as often as it is read, with what can be tried in vain put beside it.
fn evidence() -> Vec<Row> {
    let sample = |name, sample, ends, beside: Vec<Input>| {
        let inputs = [sample_files(sample), beside].concat();
        Row { name, inputs, sample, ends }
    };
    let (azure, google, nshield) = (
        "azure-managed-hsm/simulated-without-fault-rsa4096",
        "google-cloud-hsm/simulated-api-answer",
        "entrust-nshield/simulated-recoverable",
    );
    let luna = "thales-luna/simulated-accept-rsa3072";
    let (piv, primus) =
        ("yubico-piv/simulated-accept-rsa3072", "securosys-primus/simulated-without-fault-rsa3072");
    let card = "smartcard-hsm/simulated-without-fault-p384";
    let signatures =
        (0..56_u8).map(|it| input(&format!("{it}.sig"), [&[it][..], &[0xdc; 511]].concat()));
    let cards = (0..56).map(|it| {
        input(&format!("{it}.cvcert"), with_last(&file(&format!("{card}/issuing.cvcert")), it))
    });
    vec![
        sample("Azure, 2 answers", azure, "review", copies(&format!("{azure}/attestation.json"))),
        sample(
            "Google, 2 answers",
            google,
            "review",
            copies(&format!("{google}/crypto-key-version.json")),
        ),
        sample(
            "nShield, 2 bundles",
            nshield,
            "attestation.recoverable",
            copies(&format!("{nshield}/attestation.att")),
        ),
        sample("Fortanix", "fortanix-dsm/simulated-without-fault-rsa3072", "review", Vec::new()),
        sample(
            "Crypto4A",
            "crypto4a-qasm/simulated-without-fault-rsa3072",
            "certification.historical",
            Vec::new(),
        ),
        sample(
            "Luna, 6 devices of one name",
            luna,
            "review",
            devices(&format!("{luna}/device.pem"), 5),
        ),
        sample(
            "Primus, 57 signatures",
            primus,
            "attestation.foreign-evidence",
            signatures.collect(),
        ),
        sample("SmartCard-HSM, 59 certificates", card, "reject", cards.collect()),
        sample(
            "YubiKey, 14 devices of one name",
            piv,
            "attestation.foreign-evidence",
            devices(&format!("{piv}/device.pem"), 13),
        ),
    ]
}

/// A document once more, and not the same to the byte.
fn copies(document: &str) -> Vec<Input> {
    vec![input("copy.json", [&file(document)[..], b"\n"].concat())]
}

/// As many more certificates of the same name, each with a key of its own.
fn devices(certificate: &str, count: usize) -> Vec<Input> {
    let certificate = pem_der(certificate);
    let spki = read_certificate(Strict::check(&certificate).unwrap())
        .unwrap()
        .subject_public_key_info()
        .to_vec();
    let end = memchr::memmem::find(&certificate, &spki).unwrap() + spki.len();
    let other = |number: usize| {
        let mut other = certificate.clone();
        // Before the exponent, if it is an RSA key.
        other[end - 8] ^= number as u8;
        input(&format!("{}-{number}.crt", spki.len()), other)
    };
    (1..=count).map(other).collect()
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(sample_folder(name)).unwrap()
}

fn short_lines(octets: usize) -> String {
    "AAAAAAAAAAAAAAAA\n".repeat(octets / 17)
}

/// The first number from there down that no small prime divides.
fn without_small_factors(mut number: BigUint) -> BigUint {
    let divides = |number: &BigUint, factor: u32| number % factor == BigUint::ZERO;
    while (3..752).any(|factor| divides(&number, factor)) {
        number -= 2_u32;
    }
    number
}

fn input(name: &str, bytes: impl Into<Vec<u8>>) -> Input {
    Input { name: name.to_owned(), bytes: bytes.into(), role: InputRole::Any }
}

fn files<B: Into<Vec<u8>>>(count: usize, content: impl Fn(usize) -> B) -> Vec<Input> {
    (1..=count).map(|it| input(&format!("{it:02}"), content(it))).collect()
}

fn list(count: usize, element: impl Fn(usize) -> String) -> String {
    (0..count).map(element).collect::<Vec<_>>().join(",")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn archive(entries: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<Input> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&content).unwrap();
    }
    vec![input("archive.zip", writer.finish().unwrap().into_inner())]
}

fn zip<B: Into<Vec<u8>>>(count: usize, content: impl Fn(usize) -> B) -> Vec<Input> {
    archive((1..=count).map(|it| (it.to_string(), content(it).into())))
}

/// Characters that every renderer writes out, in names that stand in the result several times.
fn long_names() -> Vec<Input> {
    archive((0..33).map(|it| (format!("{it}{}", "\u{202e}".repeat(5_000)), b"text".to_vec())))
}

fn sample_files(folder: &str) -> Vec<Input> {
    let folder = sample_folder(folder);
    let names = std::fs::read_dir(&folder).unwrap().map(|it| it.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort_unstable();
    names.retain(|name| name != "case.yaml" && name != "anchors.yaml");
    names.iter().map(|name| input(name, std::fs::read(folder.join(name)).unwrap())).collect()
}

fn pem_der(file: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(sample_folder(file)).unwrap();
    STANDARD.decode(text.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap()
}

/// Another certificate of the same name: its signature does not verify.
fn with_last(certificate: &[u8], number: usize) -> Vec<u8> {
    let mut other = certificate.to_vec();
    let end = other.len();
    for (place, octet) in other[end - 8..].iter_mut().zip(number.to_be_bytes()) {
        *place ^= octet;
    }
    other
}

/// One DER value.
fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = match content.len() {
        0..0x80 => vec![content.len() as u8],
        length @ 0x80..0x1_0000 => [&[0x82][..], &(length as u16).to_be_bytes()].concat(),
        length => [&[0x83][..], &(length as u32).to_be_bytes()[1..]].concat(),
    };
    [&[tag][..], &length, &content].concat()
}

fn p7b(certificates: &[Vec<u8>]) -> Vec<u8> {
    let (signed, data) = (
        [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2],
        [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1],
    );
    let set = value(0x31, &[]);
    let content = value(0xa0, &[&certificates.concat()]);
    let inner = value(0x30, &[&[2, 1, 1], &set, &value(0x30, &[&data]), &content, &set]);
    value(0x30, &[&signed, &value(0xa0, &[&inner])])
}

/// A message whose signer has more attributes than it takes to compare each with each.
fn message(number: usize) -> Vec<u8> {
    let (signed, data) = (
        [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2],
        [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1],
    );
    let attribute = |it: usize| {
        let (high, low) = ((it / 128) as u8, (it % 128) as u8);
        value(0x30, &[&[6, 3, 0x2a, 0x80 | (high + 1), low], &[0x31, 0]])
    };
    let attributes: Vec<u8> = (0..6_000).flat_map(attribute).collect();
    let hash = value(0x30, &[&[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]]);
    let signer = value(
        0x30,
        &[
            &[2, 1, 3],
            &value(0x80, &[&[number as u8]]),
            &hash,
            &value(0xa0, &[&attributes]),
            &value(0x30, &[&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]),
            &[4, 1, 0],
        ],
    );
    let carried = value(0x30, &[&data, &value(0xa0, &[&[4, 1, 0]])]);
    let inner =
        value(0x30, &[&[2, 1, 3], &value(0x31, &[&hash]), &carried, &value(0x31, &[&signer])]);
    value(0x30, &[&signed, &value(0xa0, &[&inner])])
}

/// A name of that many attributes, of characters that are written out.
fn name(attributes: usize) -> Vec<u8> {
    let text = value(0x0c, &["\u{202e}".repeat(8).as_bytes()]);
    let attribute = value(0x31, &[&value(0x30, &[&[6, 3, 0x55, 4, 3], &text])]);
    value(0x30, &[&attribute.repeat(attributes)])
}

fn spki() -> Vec<u8> {
    let algorithm = value(
        0x30,
        &[
            &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1],
            &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        ],
    );
    value(0x30, &[&algorithm, &value(3, &[&[0, 4], &[1; 64]])])
}

const ECDSA: [u8; 12] = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

/// Name and issuer of 7 KiB each.
fn large_certificate(number: usize) -> Vec<u8> {
    let times =
        value(0x30, &[&value(0x17, &[b"200101000000Z"]), &value(0x17, &[b"400101000000Z"])]);
    let version = value(0xa0, &[&[2, 1, 2]]);
    let serial = [2, 1, number as u8];
    let name = name(175);
    let tbs = value(0x30, &[&version, &serial, &ECDSA, &name, &times, &name, &spki()]);
    value(0x30, &[&tbs, &ECDSA, &[3, 2, 0, 0]])
}

fn large_request(number: usize) -> Vec<u8> {
    let information = value(0x30, &[&[2, 1, 0], &name(355), &spki(), &value(0xa0, &[])]);
    value(0x30, &[&information, &ECDSA, &[3, 3, 0, 0, number as u8]])
}
