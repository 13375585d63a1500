#![allow(clippy::disallowed_methods, reason = "a test reads the samples")]

use std::path::Path;

use super::{Holds, PrivateKeyPresent, Recognised, find, find_at, find_in_archive};
use crate::reason::{Reason, ReasonCode};

fn holds(bytes: &[u8]) -> Option<Holds> {
    find(bytes).map(|recognised| recognised.holds)
}

fn is_in(bytes: &[u8]) -> bool {
    holds(bytes) == Some(Holds::Key)
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ 0..=0x7f) => out.push(length),
        Ok(length) => out.extend([0x81, length]),
        Err(_) => {
            out.push(0x82);
            out.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
        }
    }
    out.extend(content);
    out
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn integer(value: u8) -> Vec<u8> {
    tlv(2, &[value])
}

fn large() -> Vec<u8> {
    tlv(2, &[0x5a; 64])
}

fn algorithm(oid: &[u8]) -> Vec<u8> {
    sequence(&[tlv(6, oid)])
}

const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
const PKCS7_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

fn bag(number: u8) -> Vec<u8> {
    let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, number];
    sequence(&[tlv(6, &oid), tlv(0xa0, &sequence(&[integer(0)]))])
}

fn pfx(bags: &[Vec<u8>]) -> Vec<u8> {
    let data = |content: &[u8]| sequence(&[tlv(6, PKCS7_DATA), tlv(0xa0, &tlv(4, content))]);
    sequence(&[integer(3), data(&sequence(&[data(&sequence(bags))]))])
}

#[test]
fn every_label_of_a_private_key_is_recognised() {
    for label in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "DSA PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "ANY PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
        "PGP SECRET KEY BLOCK",
    ] {
        assert!(is_in(format!("x\n-----BEGIN {label}-----\nAAAA\n").as_bytes()), "{label}");
    }
    assert!(is_in(b"{\"key\": \"-----BEGIN PRIVATE KEY-----\\nAAAA\"}"));
    assert!(is_in(b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"));
    assert!(is_in(b"\xef\xbb\xbfPuTTY-User-Key-File-3: ssh-rsa"));
    assert!(!is_in(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"));
    assert!(!is_in(b"Never send the PRIVATE KEY, nor a PuTTY-User-Key-File-3."));
}

#[test]
fn every_encoding_of_a_private_key_is_recognised() {
    let octets = tlv(4, &[1, 2, 3]);
    let pkcs8 = sequence(&[integer(0), algorithm(SHA256), octets.clone()]);
    let pkcs1 = sequence(&[integer(0), large().repeat(8)]);
    let dsa = sequence(&[integer(0), large().repeat(5)]);
    let sec1 = sequence(&[integer(1), tlv(4, &[7; 32]), tlv(0xa1, &[3, 1, 0])]);
    let encrypted = sequence(&[algorithm(PBES2), octets.clone()]);
    let package = sequence(std::slice::from_ref(&pkcs8));
    for key in [&pkcs8, &pkcs1, &dsa, &sec1, &encrypted, &package, &pfx(&[bag(2)])] {
        assert!(is_in(key), "{key:02x?}");
        // A second value in the same file, with bytes after it, or cut short.
        assert!(is_in(&[&integer(0)[..], key, b"\n"].concat()));
        assert!(find_at(&[key, &b"\n"[..]].concat()).is_some());
        assert_eq!(find_at(&key[..key.len() - 1]), None, "its length must fit");
    }
}

/// What OpenSSL or GnuTLS reads, though it is no DER.
#[test]
fn a_private_key_in_ber_is_recognised() {
    let long = |value: &[u8]| [&[value[0] | 0x1f, value[0] & 0x1f], &value[1..]].concat();
    let octets = tlv(4, &tlv(4, &[7; 32]));
    let pieces = [&[0x24], &octets[1..]].concat();
    let name = algorithm(SHA256);
    let endless = [&[0x30, 0x80], &name[2..], &[0, 0]].concat();
    let zero = integer(0);
    for key in [
        sequence(&[tlv(2, &[0, 0]), name.clone(), octets.clone()]),
        sequence(&[zero.clone(), endless, octets.clone()]),
        sequence(&[zero.clone(), name.clone(), pieces.clone()]),
        sequence(&[long(&zero), long(&name), long(&octets)]),
        long(&sequence(&[zero, name, octets])),
        sequence(&[tlv(2, &[0, 1]), pieces]),
    ] {
        assert!(is_in(&key), "{key:02x?}");
        assert!(find_at(&key).is_some(), "{key:02x?}");
    }
}

#[test]
fn a_pkcs12_file_says_what_can_be_read_of_it() {
    assert_eq!(holds(&pfx(&[bag(3), bag(1)])), Some(Holds::Key));
    assert_eq!(holds(&pfx(&[bag(3), bag(5)])), Some(Holds::Perhaps));
    assert_eq!(holds(&pfx(&[bag(3), bag(4)])), None);
    assert!(super::certificates_alone(&pfx(&[bag(3)])).is_some());
    let unreadable = sequence(&[integer(3), algorithm(PKCS7_DATA)]);
    assert_eq!(holds(&unreadable), Some(Holds::Perhaps));
    // In BER of indefinite length, its octets in pieces, as Java and Windows wrote it.
    let mut indefinite = vec![0x30, 0x80];
    indefinite.extend(integer(3));
    indefinite.extend([0x30, 0x80]);
    indefinite.extend(tlv(6, PKCS7_DATA));
    assert_eq!(holds(&indefinite), Some(Holds::Perhaps));
    indefinite.extend([&[0xa0, 0x80, 0x24, 0x80][..], &tlv(4, &bag(2))].concat());
    assert_eq!(holds(&indefinite), Some(Holds::Key));
}

#[test]
fn java_stores_are_read_up_to_their_first_key() {
    let file = "vendor-roots/yubico/certificates/yubihsm-root.pem";
    let file = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let certificate = first_pem_block(&file).unwrap();
    let entry = |kind: u8, content: &[u8]| {
        [&[0, 0, 0, kind, 0, 1, b'a', 0, 0, 1, 0, 0, 0, 0, 0][..], content].concat()
    };
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_be_bytes();
    let x509 = [b"\x00\x05X.509", &length(&certificate)[..], &certificate].concat();
    let store = |count: u8, entries: &[Vec<u8>]| {
        let head = [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, count];
        [&head[..], &entries.concat(), &[0; 20]].concat()
    };
    let trusted = entry(2, &x509);
    let truststore = store(1, std::slice::from_ref(&trusted));
    assert_eq!(find(&truststore), None);
    assert!(super::certificates_alone(&truststore).is_some());
    assert_eq!(holds(&store(0, &[])), None);
    let both = store(2, &[trusted.clone(), entry(1, &[0, 0, 0, 1, 5])]);
    assert_eq!(holds(&both), Some(Holds::Key));
    // What is no certificate, what follows, and what is cut short may be anything.
    let other = entry(2, b"\x00\x05X.509\x00\x00\x00\x02\x05\x00");
    for unreadable in [
        store(1, &[other]),
        [&truststore[..], b"x"].concat(),
        truststore[..40].to_vec(),
        store(2, std::slice::from_ref(&trusted)),
    ] {
        assert_eq!(holds(&unreadable), Some(Holds::Perhaps));
    }
}

#[test]
fn a_private_key_in_json_is_recognised() {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let pkcs8 = sequence(&[integer(0), algorithm(&[0x2a, 3]), tlv(4, &[0xfb; 32])]);
    let parse = |text: &str| crate::encoding::json::parse(text.as_bytes()).unwrap();
    for text in [
        r#"{"pem": "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----"}"#.to_owned(),
        format!(r#"[["{}"]]"#, STANDARD.encode(&pkcs8)),
        format!(r#"{{"a": {{"b": "{}"}}}}"#, URL_SAFE_NO_PAD.encode(&pkcs8)),
        r#"{"key": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}}"#.to_owned(),
        r#"{"kty": "oct", "k": "AA"}"#.to_owned(),
    ] {
        assert!(super::find_in_json(&parse(&text)).is_some(), "{text}");
    }
    for text in [
        r#"{"key": {"kty": "RSA-HSM", "n": "AA", "e": "AQAB", "kid": "https://x"}}"#,
        r#"{"d": "AA", "k": 1, "p": []}"#,
    ] {
        assert_eq!(super::find_in_json(&parse(text)), None, "{text}");
        assert_eq!(find(text.as_bytes()), None, "{text}");
    }
    // In a text that no strict reader takes.
    assert!(is_in(br#"{"kty":"RSA","kty":"EC","d" : "MzQ1Njc4OTAxMjM0NTY3ODkw",}"#));
    assert!(is_in(b"<k:a><RSAKeyValue><Modulus>AA</Modulus><D>AA</D></RSAKeyValue></k:a>"));
}

#[test]
fn each_finding_has_its_reason() {
    for (holds, code) in [
        (Holds::Key, ReasonCode::InputPrivateKeyPresent),
        (Holds::Wrapped, ReasonCode::InputKeyBlobPresent),
        (Holds::Perhaps, ReasonCode::InputKeystorePresent),
    ] {
        let recognised = Recognised { format: "a format", holds };
        let reason = Reason::from(PrivateKeyPresent { file: "a".to_owned(), recognised });
        assert_eq!(reason.code(), code);
        assert!(code.forbids_keeping());
        assert_eq!(reason.detail()["format"], "a format");
    }
}

#[test]
fn archives_that_are_not_read_are_looked_into() {
    use std::io::Write;
    let key = sequence(&[integer(1), tlv(4, &[7; 32])]);
    let gzip = |content: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    };
    let zip = |content: &[u8]| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        writer.start_file("a", zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap().into_inner()
    };
    let found = |bytes: &[u8]| find_in_archive(bytes).map(|recognised| recognised.holds);
    let packed = [
        gzip(&gzip(&key)),
        zip(&zip(&key)),
        [gzip(b"x"), gzip(&key)].concat(),
        zip(&gzip(&key)),
        // Cut before the central directory.
        zip(&key)[..45].to_vec(),
    ];
    for (number, packed) in packed.iter().enumerate() {
        assert_eq!(found(packed), Some(Holds::Key), "{number}");
    }
    assert_eq!(found(&zip(b"a text")), None);
    // What unpacks to far more than came is looked at as far as twice that.
    let bomb = gzip(&[vec![b'x'; 16 << 20], b"\n-----BEGIN PRIVATE KEY-----".to_vec()].concat());
    assert_eq!(found(&bomb), None);
    let mut tar = vec![0; 512];
    tar[124..135].copy_from_slice(b"00000000050");
    tar[257..262].copy_from_slice(b"ustar");
    assert_eq!(find(&[&tar[..], &key].concat()).map(|it| it.holds), Some(Holds::Key));
}

#[test]
fn public_objects_of_similar_shape_are_not_taken_for_one() {
    let rsa_public_key = sequence(&[large(), integer(3)]);
    let digest_info = sequence(&[algorithm(SHA256), tlv(4, &[0; 32])]);
    let public_key = sequence(&[algorithm(SHA256), tlv(3, &[0, 1])]);
    let signed_data = sequence(&[tlv(6, PKCS7_DATA), tlv(0xa0, &[])]);
    let versions = sequence(&[integer(0), integer(5).repeat(8)]);
    for object in [rsa_public_key, digest_info, public_key, signed_data, versions] {
        assert_eq!(find(&object), None, "{object:02x?}");
    }
}

/// Every file of every case, as it stands; and every value at any place in it.
#[test]
fn nothing_in_the_samples_is_taken_for_a_key() {
    let mut files = vec![
        Path::new(env!("CARGO_MANIFEST_DIR")).join("attestation-samples"),
        Path::new(env!("CARGO_MANIFEST_DIR")).join("vendor-roots"),
    ];
    let mut seen = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let mention = |word: &[u8]| memchr::memmem::find(&bytes, word).is_some();
        assert!(!mention(b"PRIVATE KEY-----"), "{}", path.display());
        assert_eq!(find(&bytes), None, "{}", path.display());
        let bytes = first_pem_block(&bytes).unwrap_or(bytes);
        for at in memchr::memchr_iter(0x30, &bytes) {
            assert_eq!(find_at(&bytes[at..]), None, "{} at {at}", path.display());
        }
        seen += 1;
    }
    assert!(seen > 200, "{seen}");
}

fn first_pem_block(bytes: &[u8]) -> Option<Vec<u8>> {
    crate::submission::pem::read(bytes).blocks.into_iter().next().map(|block| block.bytes)
}

#[test]
fn a_mebibyte_of_anything_is_scanned_once() {
    for part in [
        &b"-"[..],
        b"-----BEGIN ",
        b"-----BEGIN PRIVATE",
        b"0\0",
        b"0\x80",
        b"\"kty\":",
        b"\"kty\": \"d\"  ",
        b" ",
        b"\nprivate-key",
        b"MIIE",
        b"MIIEAAIAMIIEAAIA\n",
        b"H4sIAAAAAAAAAA\"",
        b"UEsDBAAA",
        b"PK\x03\x04",
        b"\x1f\x8b\x08\0",
        b"fe:",
        b"\xc5\x00",
        b"a\0",
    ] {
        assert_eq!(find(&part.repeat((1 << 20) / part.len())), None, "{part:02x?}");
    }
}
