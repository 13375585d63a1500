use super::zip_writer::{deflated, stored, zip};
use super::{
    CompanionKind, Extent, Input, InputRole, ItemKind, Limits, Object, ObjectKind, Standing,
    Submission,
};
use crate::encoding::hex::Sha256;
use crate::reason::ReasonCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag, 0x82];
    let length = u16::try_from(content.len()).unwrap();
    match length {
        0..128 => out.truncate(1),
        128..256 => out[1] = 0x81,
        256.. => {}
    }
    let octets = length.to_be_bytes();
    out.extend(if length < 256 { &octets[1..] } else { &octets });
    out.extend(content);
    out
}

fn algorithm() -> Vec<u8> {
    tlv(0x30, &[&tlv(6, &[&[0x2a, 3]])])
}

/// A SubjectPublicKeyInfo by its shape.
fn public_key(number: u8) -> Vec<u8> {
    tlv(0x30, &[&algorithm(), &tlv(3, &[&[0, number]])])
}

fn signed(part: &[u8]) -> Vec<u8> {
    tlv(0x30, &[part, &algorithm(), &tlv(3, &[&[0, 1]])])
}

/// A certification request by its shape.
fn request(number: u8) -> Vec<u8> {
    let version = tlv(2, &[&[0]]);
    signed(&tlv(0x30, &[&version, &tlv(0x30, &[]), &public_key(number), &tlv(0xa0, &[])]))
}

/// A certificate by its shape, with a serial number of that many bytes.
fn certificate_of(serial: &[u8]) -> Vec<u8> {
    let version = tlv(0xa0, &[&tlv(2, &[&[2]])]);
    let empty = tlv(0x30, &[]);
    let fields = [&version, &tlv(2, &[serial]), &algorithm(), &empty, &empty, &empty];
    signed(&tlv(0x30, &[&fields.map(Vec::as_slice).concat(), &public_key(1)]))
}

fn certificate(number: u8) -> Vec<u8> {
    certificate_of(&[number])
}

/// PKCS #7 with those certificates and whatever is put elsewhere.
fn pkcs7(digests: &[u8], content: &[u8], certificates: &[Vec<u8>], signers: &[u8]) -> Vec<u8> {
    let kind = |last: u8| tlv(6, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, last]]);
    let version = tlv(2, &[&[1]]);
    let encapsulated = tlv(0x30, &[&kind(1), content]);
    let certificates = tlv(0xa0, &[&certificates.concat()]);
    let parts =
        [&version, &tlv(0x31, &[digests]), &encapsulated, &certificates, &tlv(0x31, &[signers])];
    let signed_data = tlv(0x30, &[&parts.map(Vec::as_slice).concat()]);
    tlv(0x30, &[&kind(2), &tlv(0xa0, &[&signed_data])])
}

fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn input(name: &str, bytes: impl AsRef<[u8]>, role: InputRole) -> Input {
    Input { name: name.to_owned(), bytes: bytes.as_ref().to_vec(), role }
}

fn unpack(files: &[&dyn AsRef<[u8]>]) -> Submission {
    let inputs = files.iter().enumerate();
    let inputs = inputs.map(|(number, bytes)| input(&number.to_string(), bytes, InputRole::Any));
    Submission::unpack(inputs.collect(), &Limits::default())
}

fn kinds(submission: &Submission) -> Vec<ItemKind> {
    submission.items().iter().map(super::Item::kind).collect()
}

fn codes(submission: &Submission) -> Vec<ReasonCode> {
    submission.problems().iter().map(crate::reason::Reason::code).collect()
}

fn layers(submission: &Submission) -> Vec<&str> {
    submission.inputs()[0].layers.iter().map(String::as_str).collect()
}

/// That the file holds exactly this one item, under these layers.
fn holds(file: &dyn AsRef<[u8]>, kind: ItemKind, der: &[u8], expected: &[&str]) {
    let submission = unpack(&[file]);
    assert_eq!(codes(&submission), []);
    assert_eq!(kinds(&submission), [kind]);
    assert_eq!(submission.items()[0].der(), der);
    assert_eq!(layers(&submission), expected);
    assert_eq!(submission.inputs()[0].kind, kind.id());
}

/// That the file has that problem, and no other.
fn refused(file: &dyn AsRef<[u8]>, code: ReasonCode) {
    assert_eq!(codes(&unpack(&[file])), [code]);
}

fn utf16(text: &str, mark: &[u8], order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    [mark, &text.encode_utf16().flat_map(order).collect::<Vec<_>>()].concat()
}

#[test]
fn every_encoding_of_an_object_is_read() {
    let der = certificate(1);
    let text = pem("CERTIFICATE", &der);
    let once = STANDARD.encode(&text);
    let is = |file: &dyn AsRef<[u8]>, layers: &[&str]| {
        holds(file, ItemKind::Certificate, &der, layers);
    };
    is(&der, &[]);
    is(&text, &["pem"]);
    is(&pem("X509 CERTIFICATE", &der), &["pem"]);
    is(&text.replace('\n', "\r\n"), &["pem"]);
    is(&text.replace('\n', "\r"), &["pem"]);
    is(&text.replace("-----\n", "----- \t\n"), &["pem"]);
    is(&format!("\u{feff}{text}"), &["pem"]);
    is(&format!("Dear all,\n\n{text}\nregards"), &["pem"]);
    is(&utf16(&text, b"\xff\xfe", u16::to_le_bytes), &["utf-16", "pem"]);
    is(&utf16(&text, b"\xfe\xff", u16::to_be_bytes), &["utf-16", "pem"]);
    is(&utf16(&text, b"", u16::to_le_bytes), &["utf-16", "pem"]);
    is(&utf16(&text, b"", u16::to_be_bytes), &["utf-16", "pem"]);
    is(&STANDARD.encode(&der), &["base64"]);
    is(&STANDARD.encode(&der).replace('A', "A\r\n"), &["base64"]);
    is(&once, &["base64", "pem"]);
    is(&STANDARD.encode(&once), &["base64", "base64", "pem"]);
    is(&crate::encoding::hex::to_hex(&der), &["hex"]);
    is(&gzip(text.as_bytes()), &["gzip", "pem"]);
    is(&gzip(once.as_bytes()), &["gzip", "base64", "pem"]);
    is(&STANDARD.encode(gzip(&der)), &["base64", "gzip"]);
    let bundle = pkcs7(&[], &[], std::slice::from_ref(&der), &[]);
    is(&bundle, &["pkcs7"]);
    is(&pem("PKCS7", &bundle), &["pem", "pkcs7"]);
    is(&pem("CMS", &bundle), &["pem", "pkcs7"]);
}

#[test]
fn each_kind_is_known_by_its_shape_and_label() {
    holds(&request(1), ItemKind::Request, &request(1), &[]);
    for label in ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"] {
        holds(&pem(label, &request(1)), ItemKind::Request, &request(1), &["pem"]);
    }
    holds(&public_key(1), ItemKind::PublicKey, &public_key(1), &[]);
    // An RSAPublicKey stands inside, and is no other key.
    let rsa = tlv(0x30, &[&tlv(2, &[&[5; 384]]), &tlv(2, &[&[3]])]);
    let rsa = tlv(0x30, &[&algorithm(), &tlv(3, &[&[0], &rsa])]);
    holds(&rsa, ItemKind::PublicKey, &rsa, &[]);
    holds(&pem("PUBLIC KEY", &public_key(1)), ItemKind::PublicKey, &public_key(1), &["pem"]);
    for (label, der) in [
        ("CERTIFICATE", request(1)),
        ("CERTIFICATE REQUEST", certificate(1)),
        ("PUBLIC KEY", certificate(1)),
        ("PKCS7", certificate(1)),
        ("CERTIFICATE", pkcs7(&[], &[], &[certificate(1)], &[])),
        ("TRUSTED CERTIFICATE", certificate(1)),
        ("RSA PUBLIC KEY", tlv(0x30, &[&tlv(2, &[&[5]]), &tlv(2, &[&[3]])])),
        ("certificate", certificate(1)),
        ("CERTIFICATE", tlv(4, &[&[1]])),
    ] {
        refused(&pem(label, &der), ReasonCode::InputPemLabel);
    }
}

#[test]
fn one_file_may_hold_everything() {
    let all = [
        pem("CERTIFICATE", &certificate(2)),
        pem("CERTIFICATE REQUEST", &request(1)),
        pem("CERTIFICATE", &certificate(1)),
    ];
    let submission = unpack(&[&STANDARD.encode(all.concat())]);
    assert_eq!(codes(&submission), []);
    use ItemKind::{Certificate, Request};
    assert_eq!(kinds(&submission), [Request, Certificate, Certificate]);
    assert_eq!(submission.inputs()[0].kind, "certificate+request");
    assert_eq!(layers(&submission), ["base64", "pem"]);
}

#[test]
fn der_that_is_not_strict_is_refused_however_it_comes() {
    let trailing = [certificate(1), vec![0x0a]].concat();
    let two = [certificate(1), certificate(2)].concat();
    let mut padded = certificate(1);
    let length = padded[1];
    padded.splice(1..2, [0x81, length]);
    for der in [&trailing, &two, &padded, &certificate(1)[..20].to_vec(), &certificate_of(&[0, 1])]
    {
        refused(der, ReasonCode::InputDer);
        refused(&pem("CERTIFICATE", der), ReasonCode::InputDer);
        refused(&STANDARD.encode(der), ReasonCode::InputDer);
    }
    let mut deep = tlv(2, &[&[1]]);
    for _ in 0..100 {
        deep = tlv(0x30, &[&deep]);
    }
    refused(&deep, ReasonCode::InputTooDeep);
    refused(&pem("CERTIFICATE", &deep), ReasonCode::InputTooDeep);
    // Whether a format reads another structure is for the verifier to say.
    let other = tlv(0x30, &[&tlv(2, &[&[1]])]);
    assert_eq!(unpack(&[&other]).objects()[0].kind(), ObjectKind::Der);
}

#[test]
fn other_encodings_are_kept_for_the_formats_to_know() {
    let binary = tlv(4, &[&[0xff; 30]]);
    let json = b"{\"attestation\": [\"AAAA\"]}".to_vec();
    let xml = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a><b>c</b></a>\n\n".to_vec();
    // Neither DER nor gzip nor text, whatever they begin like.
    let signature = [&[0x30, 0x11, 0x77][..], &[0xdc; 381]].concat();
    let signature_like_gzip = [&[0x1f, 0x8b][..], &[0xdc; 254]].concat();
    let numbers = tlv(0x30, &[&tlv(2, &[&[1; 32]]), &tlv(2, &[&[2; 32]])]);
    for (file, kind, bytes, expected) in [
        (binary.clone(), ObjectKind::Binary, &binary, &[][..]),
        (gzip(&binary), ObjectKind::Binary, &binary, &["gzip"]),
        (json.clone(), ObjectKind::Json, &json, &[]),
        (
            utf16("{\"attestation\": [\"AAAA\"]}", b"\xff\xfe", u16::to_le_bytes),
            ObjectKind::Json,
            &json,
            &["utf-16"],
        ),
        (xml.clone(), ObjectKind::Xml, &xml, &[]),
        (gzip(&xml), ObjectKind::Xml, &xml, &["gzip"]),
        (signature.clone(), ObjectKind::Binary, &signature, &[]),
        (signature_like_gzip.clone(), ObjectKind::Binary, &signature_like_gzip, &[]),
        (numbers.clone(), ObjectKind::Binary, &numbers, &[]),
        (STANDARD.encode(&numbers).into_bytes(), ObjectKind::Binary, &numbers, &["base64"]),
    ] {
        let submission = unpack(&[&file, &file]);
        assert_eq!(codes(&submission), []);
        let [object] = submission.objects() else { panic!("one object") };
        assert_eq!((object.kind(), object.bytes()), (kind, bytes.as_slice()));
        assert_eq!(object.sha256(), Sha256::of(bytes));
        assert_eq!(object.origins(), ["0", "1"]);
        assert_eq!(layers(&submission), expected);
        assert_eq!(submission.inputs()[0].kind, kind.id());
    }
}

#[test]
fn json_has_one_reading_or_none() {
    for wrong in [&b"{\"a\": 1, \"a\": 2}"[..], b"{\"a\": \"\xff\"}", b"[1, 2,]"] {
        refused(&wrong, ReasonCode::InputJson);
    }
    // PowerShell writes a mark, which is no part of the document; a request has none.
    let marked = b"\xef\xbb\xbf{\"a\": 1}";
    assert_eq!(unpack(&[marked]).objects()[0].bytes(), &marked[3..]);
    let named = vec![input("request", marked, InputRole::Request)];
    assert!(codes(&Submission::unpack(named, &Limits::default())).contains(&ReasonCode::InputJson));
    // Remarks in brackets around a block are no JSON, and no problem.
    let remarked = format!("[sent by mail]\n{}[end]\n", pem("CERTIFICATE", &certificate(1)));
    holds(&remarked, ItemKind::Certificate, &certificate(1), &["pem"]);
    let large = format!("[\"{}\"]", "x".repeat(Limits::default().object_bytes));
    refused(&large, ReasonCode::InputTooLarge);
}

#[test]
fn xml_has_one_reading_or_none() {
    for wrong in [&b"<!DOCTYPE a><a/>"[..], b"<a><b></a>", b"<a>tr<!-- -->ue</a>", b"<a>\xff</a>"] {
        refused(&wrong, ReasonCode::InputXml);
    }
    assert_eq!(unpack(&[b"\xef\xbb\xbf<a/>"]).objects()[0].bytes(), b"<a/>");
    // Remarks in angle brackets around a block are no XML, and no problem.
    let remarked = format!("<sent by mail>\n{}<end>\n", pem("CERTIFICATE", &certificate(1)));
    holds(&remarked, ItemKind::Certificate, &certificate(1), &["pem"]);
    let large = format!("<a>{}</a>", "x".repeat(Limits::default().object_bytes));
    refused(&large, ReasonCode::InputTooLarge);
}

#[test]
fn base64_that_is_meant_but_wrong_is_refused() {
    let text = STANDARD.encode(certificate(1));
    let mut mixed = STANDARD.encode(pem("CERTIFICATE", &certificate(1)));
    mixed.replace_range(70..72, "_+");
    for wrong in [
        text.trim_end_matches('=').to_owned() + "*",
        format!("Here it is:\n{text}\n"),
        format!("{text}\nregards, me"),
        text[..text.len() - 2].to_owned(),
        format!("{text}\n{text}"),
        mixed,
    ] {
        refused(&wrong, ReasonCode::InputBase64);
    }
}

#[test]
fn signed_messages_are_not_bundles_of_certificates() {
    let one = [certificate(1)];
    for message in [
        pkcs7(&algorithm(), &[], &one, &[]),
        pkcs7(&[], &tlv(0xa0, &[&tlv(4, &[&[1]])]), &one, &[]),
        pkcs7(&[], &[], &one, &tlv(0x30, &[])),
    ] {
        let submission = unpack(&[&message]);
        assert_eq!(codes(&submission), []);
        let [object] = submission.objects() else { panic!("one object") };
        assert_eq!((object.kind(), object.bytes()), (ObjectKind::SignedData, message.as_slice()));
        assert_eq!(submission.items(), []);
    }
    for message in [pkcs7(&[], &[], &[], &[]), pkcs7(&[], &[], &[request(1)], &[])] {
        let submission = unpack(&[&message]);
        assert_eq!(codes(&submission), [ReasonCode::InputMalformed]);
        assert!(submission.problems()[0].detail()["fault"].contains("PKCS #7"));
        assert_eq!(submission.items(), []);
    }
    let four = [1, 2, 3, 4].map(certificate);
    assert_eq!(unpack(&[&pkcs7(&[], &[], &four, &[])]).items().len(), 4);
}

#[test]
fn the_same_request_twice_is_one_and_two_requests_are_ambiguous() {
    let (one, other) =
        (pem("CERTIFICATE REQUEST", &request(1)), pem("CERTIFICATE REQUEST", &request(2)));
    let same = unpack(&[&one, &request(1)]);
    assert_eq!(codes(&same), []);
    assert_eq!(kinds(&same), [ItemKind::Request]);
    assert_eq!(same.items()[0].origins(), ["0", "1"]);
    assert_eq!(codes(&unpack(&[&one, &other])), [ReasonCode::InputPemMultiple]);
    refused(&(one + &other), ReasonCode::InputPemMultiple);
}

/// Carriers in which another program finds what we do not read, beside what we do.
fn carriers(read: &str, hidden: &str) -> Vec<(&'static str, Vec<u8>)> {
    let glued = format!("{read}{}{hidden}", "x".repeat(254));
    let in_utf16 = [b"\xff\xfex\n".as_slice(), hidden.as_bytes()].concat();
    let mut in_utf16 = [in_utf16, utf16(read, b"", u16::to_le_bytes)].concat();
    if in_utf16.len() % 2 == 1 {
        in_utf16.insert(2, b'x');
    }
    let utf16_in_text = [read.as_bytes(), &utf16(hidden, b"\n\n", u16::to_be_bytes)].concat();
    let mut commented = zip(&[deflated("a.pem", read.as_bytes())]);
    let length = u16::try_from(hidden.len()).unwrap().to_le_bytes();
    let end = commented.len() - 2;
    commented.splice(end.., [&length[..], hidden.as_bytes()].concat());
    let named = zip(&[deflated("a.pem", read.as_bytes()), stored("note", hidden.as_bytes())]);
    let mut in_gzip = gzip(read.as_bytes());
    in_gzip[3] = 0x10;
    in_gzip.splice(10..10, [hidden.as_bytes(), b"\0"].concat());
    vec![
        ("glued to a long line", glued.into_bytes()),
        ("ASCII inside UTF-16", in_utf16),
        ("UTF-16 inside a text", utf16_in_text),
        ("the comment of an archive", commented),
        ("another entry", named),
        ("the comment of a gzip member", in_gzip),
        ("in base64", STANDARD.encode(format!("{read}{}{hidden}", "x".repeat(99))).into_bytes()),
    ]
}

#[test]
fn what_another_program_finds_is_read_or_refused() {
    let read = pem("CERTIFICATE REQUEST", &request(1));
    let all = [("CERTIFICATE REQUEST", request(2)), ("CERTIFICATE", certificate(2))];
    for (label, der) in all.into_iter().chain([("PUBLIC KEY", public_key(2))]) {
        for (name, file) in carriers(&read, &pem(label, &der)) {
            let submission = unpack(&[&file]);
            let seen = submission.sightings().iter().any(|it| it.encoding() == der);
            let is_item = submission.items().iter().any(|it| it.der() == der);
            assert!(seen, "{name}: {label}");
            assert!(is_item || !codes(&submission).is_empty(), "{name}: {label}");
        }
        // The very request that was read may stand anywhere.
        for (name, file) in carriers(&read, &read) {
            let submission = unpack(&[&file]);
            assert!(!codes(&submission).contains(&ReasonCode::InputAmbiguous), "{name}");
        }
    }
}

#[test]
fn what_lies_beside_the_evidence_is_listed() {
    let hidden = |label, der: &[u8]| {
        let text = format!("We have this: {}", pem(label, der).replace('\n', " "));
        zip(&[
            deflated("a.pem", pem("CERTIFICATE", &certificate(1)).as_bytes()),
            deflated("note.txt", text.as_bytes()),
        ])
    };
    let submission = unpack(&[&hidden("CERTIFICATE", &certificate(2))]);
    assert_eq!(codes(&submission), []);
    let beside: Vec<_> =
        submission.sightings().iter().filter(|it| it.standing() == Standing::Beside).collect();
    assert_eq!(beside[0].encoding(), certificate(2));
    assert_eq!(beside[0].file(), "0/note.txt");
    refused(&hidden("CERTIFICATE REQUEST", &request(2)), ReasonCode::InputAmbiguous);
}

#[test]
fn the_file_named_as_the_request_has_one_form() {
    let form = |bytes: &[u8]| {
        let named = vec![input("request", bytes, InputRole::Request)];
        let submission = Submission::unpack(named, &Limits::default());
        assert!(submission.named_requests().contains("request"));
        let refused = codes(&submission).contains(&ReasonCode::InputRequestForm);
        assert_eq!(refused, !codes(&submission).is_empty());
        (!refused).then(|| kinds(&submission))
    };
    let der = request(1);
    let text = pem("NEW CERTIFICATE REQUEST", &der);
    assert_eq!(form(&der), Some(vec![ItemKind::Request]));
    assert_eq!(form(text.as_bytes()), Some(vec![ItemKind::Request]));
    assert_eq!(
        form(pem("CERTIFICATE", &certificate(1)).as_bytes()),
        Some(vec![ItemKind::Certificate])
    );
    for other in [
        format!("Our request:\n{text}").into_bytes(),
        text.replace("MB8", "MB\n8").into_bytes(),
        utf16(&text, b"\xff\xfe", u16::to_le_bytes),
        STANDARD.encode(&der).into_bytes(),
        gzip(text.as_bytes()),
        zip(&[stored("request.pem", text.as_bytes())]),
        [&der[..], b"\n"].concat(),
    ] {
        assert_eq!(form(&other), None, "{}", String::from_utf8_lossy(&other));
    }
}

#[test]
fn roles_are_pinned_by_the_caller_and_kept_through_merging() {
    let role = |roles: &[InputRole]| {
        let inputs = roles.iter().map(|role| input("file", certificate(1), *role)).collect();
        let submission = Submission::unpack(inputs, &Limits::default());
        assert_eq!(submission.items().len(), 1);
        submission.items()[0].role()
    };
    use InputRole::{Any, Attestation, Found, Request};
    assert_eq!(role(&[Any]), Any);
    assert_eq!(role(&[Found]), Any);
    assert_eq!(role(&[Any, Request]), Request);
    assert_eq!(role(&[Attestation, Found]), Attestation);
    assert_eq!(role(&[Attestation, Request]), Any);
    let archive = zip(&[stored("a", &request(1))]);
    let inputs = vec![input("a.zip", archive, Request)];
    assert_eq!(Submission::unpack(inputs, &Limits::default()).items()[0].role(), Request);
}

#[test]
fn archives_are_read_entry_by_entry() {
    let archive = zip(&[
        deflated("folder/request.csr", pem("CERTIFICATE REQUEST", &request(1)).as_bytes()),
        stored("chain.b64", STANDARD.encode(pem("CERTIFICATE", &certificate(1))).as_bytes()),
        deflated("statement.gz", &gzip(&certificate(2))).streamed(),
    ]);
    let submission = unpack(&[&archive]);
    assert_eq!(codes(&submission), []);
    assert_eq!(submission.items().len(), 3);
    assert_eq!(submission.items()[0].origins(), ["0/folder/request.csr"]);
    let inputs: Vec<_> = submission
        .inputs()
        .iter()
        .map(|input| (input.name.as_str(), input.kind.as_str(), input.layers.join(" ")))
        .collect();
    assert_eq!(
        inputs,
        [
            ("0", "archive", "zip".to_owned()),
            ("0/chain.b64", "certificate", "zip base64 pem".to_owned()),
            ("0/folder/request.csr", "request", "zip pem".to_owned()),
            ("0/statement.gz", "certificate", "zip gzip".to_owned()),
        ]
    );
}

#[test]
fn archives_within_archives_are_refused() {
    let inner = zip(&[stored("a", &certificate(1))]);
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    for nested in [
        &inner,
        &gzip(&inner),
        &STANDARD.encode(&inner).into_bytes(),
        &[&b"%PDF-1.7\n"[..], &inner].concat(),
        &tar,
        &b"7z\xbc\xaf\x27\x1c\0\x04".to_vec(),
    ] {
        let archive = zip(&[stored("request.csr", &request(1)), stored("n", nested)]);
        refused(&archive, ReasonCode::BundleNested);
    }
    holds_after(&gzip(&inner), &["gzip", "zip"]);
    refused(&tar, ReasonCode::BundleMalformed);
    refused(&gzip(&gzip(&certificate(1))), ReasonCode::InputMalformed);
    refused(
        &gzip(&STANDARD.encode(gzip(&certificate(1))).into_bytes()),
        ReasonCode::InputMalformed,
    );
    refused(&[&certificate(1)[..], &inner].concat(), ReasonCode::BundleMalformed);
    refused(
        &[pem("CERTIFICATE", &certificate(1)).as_bytes(), &inner].concat(),
        ReasonCode::BundleMalformed,
    );
}

fn holds_after(file: &dyn AsRef<[u8]>, expected: &[&str]) {
    let submission = unpack(&[file]);
    assert_eq!(codes(&submission), []);
    assert_eq!(submission.items().len(), 1);
    assert_eq!(layers(&submission), expected);
}

#[test]
fn layers_are_bounded() {
    let mut text = pem("CERTIFICATE", &certificate(1));
    for _ in 0..3 {
        text = STANDARD.encode(text);
    }
    holds_after(&text, &["base64", "base64", "base64", "pem"]);
    refused(&STANDARD.encode(text), ReasonCode::InputTooDeep);
}

/// Each wrapping of a PEM text that is undone, with its layers.
fn wrapped(text: &str) -> Vec<(String, Vec<&'static str>)> {
    let quoted = text.lines().map(|line| format!("> {line}\r\n")).collect();
    let answer = format!("Dear all,\n> see\n{quoted}regards\n");
    let again = pem("CERTIFICATE", text.as_bytes());
    vec![
        (quoted, vec!["quoted", "pem"]),
        (answer, vec!["quoted", "pem"]),
        (text.trim_end().replace('\n', " "), vec!["one-line", "pem"]),
        (text.trim_end().replace('\n', ""), vec!["one-line", "pem"]),
        (format!("\"{}\"", text.replace('\n', "\\n")), vec!["one-line", "pem"]),
        (again, vec!["pem", "certutil", "pem"]),
    ]
}

#[test]
fn wrappings_are_undone_for_evidence_and_never_for_a_request() {
    let evidence = pem("CERTIFICATE", &certificate(1));
    for (text, layers) in wrapped(&evidence) {
        holds(&text, ItemKind::Certificate, &certificate(1), &layers);
        let named = vec![input("request", &text, InputRole::Request)];
        let named = Submission::unpack(named, &Limits::default());
        assert!(named.items().is_empty(), "{text}");
        // What certutil writes is one block in the strict form, around what is no request.
        let form = [ReasonCode::InputRequestForm, ReasonCode::InputPem, ReasonCode::InputDer];
        assert!(codes(&named).iter().any(|code| form.contains(code)), "{text}");
    }
    for (label, der) in [("CERTIFICATE REQUEST", request(1)), ("PUBLIC KEY", public_key(1))] {
        for (text, _) in wrapped(&pem(label, &der)) {
            let submission = unpack(&[&text]);
            assert_eq!(codes(&submission), [ReasonCode::InputPem], "{text}");
            let fault = &submission.problems()[0].detail()["fault"];
            assert!(fault.starts_with("a request or a key"), "{fault}");
            assert!(submission.items().is_empty());
        }
    }
    // Two blocks of which one is a request: the other is evidence all the same, and nothing is judged.
    let both = format!("{evidence}{}", pem("CERTIFICATE REQUEST", &request(1)));
    refused(&both.trim_end().replace('\n', " "), ReasonCode::InputPem);
}

#[test]
fn documents_and_signatures_may_be_base64() {
    let kind = |text: &str| unpack(&[&text]).objects().first().map(Object::kind);
    let encoded = |bytes: &[u8]| STANDARD.encode(bytes);
    assert_eq!(kind(&encoded(b"{\"a\": [1, 2, 3, 4]}")), Some(ObjectKind::Json));
    assert_eq!(kind(&encoded(b"\xef\xbb\xbf<a>text text</a>")), Some(ObjectKind::Xml));
    assert_eq!(kind(&encoded(&[0xdc; 256])), Some(ObjectKind::Binary));
    // Of another length, in hexadecimal, or in the alphabet of URLs, it is a text.
    assert_eq!(kind(&encoded(&[0xdc; 255])), None);
    assert_eq!(kind(&"5a".repeat(64)), None);
    assert_eq!(kind(&encoded(&[0xff; 256]).replace('/', "_")), None);
}

#[test]
fn a_mail_is_the_files_that_it_carries() {
    let mail = |attached: &[u8]| {
        format!(
            "From: a@example.org\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
             Content-Type: text/plain\r\n\r\nDear all\r\n--b\r\n\
             Content-Type: application/octet-stream; name=a.bin\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
            STANDARD.encode(attached)
        )
    };
    let submission = unpack(&[&mail(&request(1))]);
    assert_eq!((codes(&submission), kinds(&submission)), (vec![], vec![ItemKind::Request]));
    let zipped = zip(&[stored("a.der", &certificate(1))]);
    assert_eq!(kinds(&unpack(&[&mail(&zipped)])), [ItemKind::Certificate]);
    let named = vec![input("request.eml", mail(&request(1)), InputRole::Request)];
    let named = Submission::unpack(named, &Limits::default());
    assert!(named.items().is_empty() && codes(&named).contains(&ReasonCode::InputRequestForm));
    // Another reader may find this part, though no boundary stands before it.
    let stray = STANDARD.encode(request(2));
    let hidden = mail(&request(1)).replace("Dear all", &format!("Dear all\r\n--c\r\n{stray}"));
    let found = codes(&unpack(&[&hidden]));
    assert!(!found.is_empty(), "{found:?}");
    let behind = format!("{}\r\n{}", mail(&request(1)), pem("CERTIFICATE REQUEST", &request(2)));
    assert_eq!(codes(&unpack(&[&behind])), [ReasonCode::InputAmbiguous]);
}

#[test]
fn companions_are_searched_and_bounded() {
    let paper = |content: &[u8]| [b"%PDF-1.4\n", content, b"\n%%EOF\n"].concat();
    let beside = |paper: Vec<u8>| {
        let inputs =
            vec![input("a", request(1), InputRole::Any), input("b", paper, InputRole::Any)];
        Submission::unpack(inputs, &Limits::default())
    };
    let extent = |submission: &Submission| {
        assert_eq!(codes(submission), []);
        submission.companions()[0].extent
    };
    // Larger than any evidence, and no problem.
    assert_eq!(extent(&beside(paper(&vec![0xdc; 3 << 20]))), Extent::Whole);
    assert_eq!(extent(&beside(paper(&vec![b'A'; 4 << 20]))), Extent::Partly);
    assert_eq!(extent(&beside(paper(&vec![0xdc; 32 << 20]))), Extent::Unopened);
    assert_eq!(codes(&beside(paper(&request(2)))), [ReasonCode::InputAmbiguous]);
    let named = vec![input("a", paper(b""), InputRole::Attestation)];
    let named = Submission::unpack(named, &Limits::default());
    assert_eq!(named.problems()[0].detail()["fault"], "a PDF document");
}

#[test]
fn companions_in_archives_and_folders_are_listed_and_harmless() {
    let readme = "Please find the request.\nPaste from -----BEGIN to the end.\n";
    let archive = zip(&[
        stored("request.csr", &request(1)),
        stored("README.txt", readme.as_bytes()),
        stored("LIESMICH.txt", &utf16("Pr\u{fc}fung bitte", b"\xff\xfe", u16::to_le_bytes)),
        stored("__MACOSX/._request.csr", b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X"),
        stored(".DS_Store", b"\x00\x00\x00\x01Bud1\x00"),
        stored("x/Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00"),
    ]);
    let submission = unpack(&[&archive]);
    assert_eq!(codes(&submission), []);
    let kind = |name: &str| {
        let input = submission.inputs().iter().find(|input| input.name.ends_with(name)).unwrap();
        input.kind.clone()
    };
    assert_eq!(kind("README.txt"), "text");
    assert_eq!(kind("LIESMICH.txt"), "text");
    assert_eq!(kind("._request.csr"), "ignored");
    assert_eq!(kind(".DS_Store"), "ignored");
    assert_eq!(kind("Thumbs.db"), "compound-document");
    // A compound file that is cut short cannot be followed to its end.
    let (cut, whole): (Vec<_>, Vec<_>) =
        submission.companions().iter().partition(|it| it.name.ends_with("Thumbs.db"));
    assert!(whole.iter().all(|it| it.extent == Extent::Whole));
    assert_eq!((whole.len(), cut[0].extent), (4, Extent::Partly));

    let beside = |role| {
        let inputs =
            vec![input("f/request.csr", request(1), role), input("f/README", readme, role)];
        codes(&Submission::unpack(inputs, &Limits::default()))
    };
    assert_eq!(beside(InputRole::Found), []);
    assert_eq!(beside(InputRole::Any), []);
    // A file that the caller names as evidence was meant to be read.
    assert_eq!(beside(InputRole::Attestation), [ReasonCode::InputMalformed]);
    // With nothing else to read, the text was what the applicant sent.
    refused(&zip(&[stored("README.txt", readme.as_bytes())]), ReasonCode::InputMalformed);
}

#[test]
fn nothing_hides_behind_the_name_of_a_companion() {
    for (name, content, code) in [
        (
            "__MACOSX/._x",
            pem("CERTIFICATE REQUEST", &request(2)).into_bytes(),
            ReasonCode::InputPemMultiple,
        ),
        (".DS_Store", request(2), ReasonCode::InputPemMultiple),
        ("README.txt", STANDARD.encode(request(2)).into_bytes(), ReasonCode::InputPemMultiple),
        (
            "README.txt",
            format!("see\n{}", STANDARD.encode(request(2))).into_bytes(),
            ReasonCode::InputBase64,
        ),
        ("README.txt", b"{\"attestation\": \"AAAA}".to_vec(), ReasonCode::InputJson),
        ("README.txt", b"<attestation>".to_vec(), ReasonCode::InputXml),
    ] {
        let archive = zip(&[stored("request.csr", &request(1)), stored(name, &content)]);
        refused(&archive, code);
    }
    // What no encoding explains is an object, and the verifier's to name if no format reads it.
    for (name, content) in [
        ("Thumbs.db", &[1, 2, 3, 4][..]),
        ("readme.pdf", b"%PDF-1.7\n\x01\x02\x00"),
        ("README.txt", b"<attestation/>"),
    ] {
        let archive = zip(&[stored("request.csr", &request(1)), stored(name, content)]);
        let submission = unpack(&[&archive]);
        assert_eq!(submission.objects()[0].bytes(), content);
    }
}

#[test]
fn emptiness_is_one_problem() {
    let blank = utf16(" \r\n", b"\xff\xfe", u16::to_le_bytes);
    assert_eq!(codes(&unpack(&[])), [ReasonCode::InputEmpty]);
    assert_eq!(codes(&unpack(&[&" \n\t", &"\u{feff}"])), [ReasonCode::InputEmpty]);
    for file in [&b""[..], &blank, &zip(&[]), &zip(&[stored("a", b"")]), &gzip(b"")] {
        refused(&file, ReasonCode::InputEmpty);
    }
    let beside = unpack(&[&request(1), &" "]);
    assert_eq!(codes(&beside), []);
    assert_eq!(beside.companions()[0].kind, Some(CompanionKind::Empty));
    let meant = [input("a", request(1), InputRole::Any), input("b", "", InputRole::Attestation)];
    let meant = Submission::unpack(meant.to_vec(), &Limits::default());
    assert_eq!(codes(&meant), [ReasonCode::InputMalformed]);
    assert_eq!(meant.problems()[0].detail()["fault"], "an empty file");
}

/// A PKCS #8 key by its shape.
fn private_key() -> Vec<u8> {
    tlv(0x30, &[&tlv(2, &[&[0]]), &algorithm(), &tlv(4, &[&[0x5a; 40]])])
}

#[test]
fn a_private_key_at_any_depth_leaves_nothing() {
    let der = private_key();
    let text = pem("PRIVATE KEY", &der);
    let beside = pem("CERTIFICATE REQUEST", &request(1)) + &text;
    let large = [vec![b'x'; 2 << 20], text.clone().into_bytes()].concat();
    let files: [Vec<u8>; 19] = [
        der.clone(),
        text.clone().into_bytes(),
        beside.clone().into_bytes(),
        text.replace('\n', "\r").into_bytes(),
        pem("CERTIFICATE", &der).into_bytes(),
        pem("UNHEARD OF", &der).into_bytes(),
        text.replace("-----END", "").into_bytes(),
        utf16(&text, b"", u16::to_le_bytes),
        STANDARD.encode(&der).into_bytes(),
        STANDARD.encode(STANDARD.encode(&text)).into_bytes(),
        crate::encoding::hex::to_hex(&der).into_bytes(),
        gzip(&der),
        zip(&[deflated("a", &request(1)), deflated("b/key.pem", text.as_bytes())]),
        zip(&[deflated("key.gz", &gzip(text.as_bytes()))]),
        format!("<a b=\"{}\"/>", STANDARD.encode(&der)).into_bytes(),
        format!("<a><b>{}</b></a>", STANDARD.encode(&text)).into_bytes(),
        b"<a><RSAKeyValue><Modulus>AA</Modulus><D>AA</D></RSAKeyValue></a>".to_vec(),
        [request(1), der].concat(),
        large,
    ];
    for (number, file) in files.into_iter().enumerate() {
        let submission = unpack(&[&request(1), &file, &certificate(1)]);
        assert_eq!(codes(&submission), [ReasonCode::InputPrivateKeyPresent], "{number}");
        assert_eq!(submission.items(), [], "{number}");
        assert!(submission.inputs().is_empty(), "{number}");
        let facts: Vec<_> = submission.problems()[0].detail().keys().map(|name| &**name).collect();
        assert_eq!(facts, ["file", "format"], "{number}: nothing of the file itself");
        assert!(submission.problems()[0].detail()["file"].starts_with('1'), "{number}");
    }
    let crowd = vec![input("key", &text, InputRole::Any); 65];
    let crowd = Submission::unpack(crowd, &Limits::default());
    assert_eq!(codes(&crowd), [ReasonCode::InputPrivateKeyPresent]);
}

#[test]
fn limits_are_exact() {
    let mebibyte = 1 << 20;
    let text = pem("CERTIFICATE REQUEST", &request(1));
    let full = |length: usize| format!("{text}{}", "x".repeat(length - text.len()));
    assert_eq!(codes(&unpack(&[&full(mebibyte)])), []);
    refused(&full(mebibyte + 1), ReasonCode::InputTooLarge);
    assert_eq!(codes(&unpack(&[&gzip(full(mebibyte).as_bytes())])), []);
    refused(&gzip(full(mebibyte + 1).as_bytes()), ReasonCode::InputTooLarge);
    assert_eq!(codes(&unpack(&[&zip(&[deflated("a", full(mebibyte).as_bytes())])])), []);
    refused(&zip(&[deflated("a", full(mebibyte + 1).as_bytes())]), ReasonCode::BundleTooLarge);

    let certificates = |count: usize| pem("CERTIFICATE", &certificate(1)).repeat(count);
    assert_eq!(codes(&unpack(&[&certificates(64)])), []);
    refused(&certificates(65), ReasonCode::InputTooManyCertificates);
    assert_eq!(
        codes(&unpack(&[&certificates(40), &certificates(25)])),
        [ReasonCode::InputTooManyCertificates]
    );
    assert_eq!(codes(&unpack(&[&text.repeat(64)])), []);
    refused(&text.repeat(65), ReasonCode::InputTooMany);

    let files = |count| vec![input("a", request(1), InputRole::Any); count];
    assert_eq!(codes(&Submission::unpack(files(64), &Limits::default())), []);
    assert_eq!(
        codes(&Submission::unpack(files(65), &Limits::default())),
        [ReasonCode::InputTooMany]
    );
    let entries = |count: u8| -> Vec<_> {
        (0..count).map(|number| stored(number.to_string(), &request(1))).collect()
    };
    assert_eq!(codes(&unpack(&[&zip(&entries(64))])), []);
    refused(&zip(&entries(65)), ReasonCode::BundleTooMany);
    let two = unpack(&[&zip(&entries(40)), &zip(&entries(40))]);
    assert_eq!(codes(&two), [ReasonCode::BundleTooMany]);

    let serial = |length: usize| [&[1][..], &vec![0; length]].concat();
    let overhead = certificate_of(&serial(16_000)).len() - 16_000;
    let sized = |length: usize| certificate_of(&serial(length - overhead));
    assert_eq!(sized(16 << 10).len(), 16 << 10);
    assert_eq!(codes(&unpack(&[&sized(16 << 10)])), []);
    refused(&sized((16 << 10) + 1), ReasonCode::InputTooLarge);
}

#[test]
fn the_whole_is_bounded_too() {
    let filler = |byte: &str| pem("CERTIFICATE REQUEST", &request(1)) + &byte.repeat(1_000_000);
    let files: Vec<_> = ["a", "b", "c"].map(filler).to_vec();
    let inputs = |count: usize| {
        let inputs = files.iter().take(count).map(|file| input("file", file, InputRole::Any));
        codes(&Submission::unpack(inputs.collect(), &Limits::default()))
    };
    // Each file counts with the request decoded from it.
    assert_eq!(inputs(2), []);
    assert_eq!(inputs(3), [ReasonCode::InputTooLarge]);
    let entries: Vec<_> = files
        .iter()
        .zip('a'..)
        .map(|(file, name)| deflated(name.to_string(), file.as_bytes()))
        .collect();
    refused(&zip(&entries), ReasonCode::BundleTooLarge);
}

#[test]
fn the_order_of_files_never_matters() {
    let files = [
        input("b", pem("CERTIFICATE REQUEST", &request(1)), InputRole::Any),
        input("a", pem("CERTIFICATE", &certificate(1)), InputRole::Attestation),
        input("a", pem("CERTIFICATE", &certificate(2)), InputRole::Any),
        input("c", zip(&[stored("x", &certificate(1)), stored("y", b"\x01\x02")]), InputRole::Any),
        input("d", "\u{feff}", InputRole::Found),
    ];
    let expected = Submission::unpack(files.to_vec(), &Limits::default());
    assert_eq!(expected.items().len(), 3);
    assert_eq!(expected.objects().len(), 1);
    assert_eq!(expected.companions().len(), 1);
    let mut order: Vec<usize> = (0..files.len()).collect();
    // Every order: Heap's algorithm, written out by counting.
    for number in 0..120 {
        let mut left: Vec<_> = (0..files.len()).collect();
        let mut rest = number;
        for (position, place) in order.iter_mut().enumerate() {
            let choices = files.len() - position;
            *place = left.remove(rest % choices);
            rest /= choices;
        }
        let inputs = order.iter().map(|place| files[*place].clone()).collect();
        assert_eq!(Submission::unpack(inputs, &Limits::default()), expected, "{order:?}");
    }
}

#[test]
fn hostile_names_are_kept_raw() {
    let name = "x\x1b[2J\u{202e}fdp.exe";
    let submission =
        Submission::unpack(vec![input(name, [0x30, 2], InputRole::Any)], &Limits::default());
    assert_eq!(submission.problems()[0].detail()["file"], name);
    assert_eq!(submission.inputs()[0].name, name);
    assert_eq!(submission.inputs()[0].kind, "unknown");
}
