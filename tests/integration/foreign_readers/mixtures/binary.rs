//! Something hidden in DER or BER, or in a file of octets.

use super::der::{content, elements, indefinite, long_length, long_tag, value};
use super::{Dice, Hidden, Parts, Way, text};

pub(super) const WAYS: &[Way] = &[
    ("DER behind DER", der_behind_der),
    ("DER behind a text", der_behind_text),
    ("a text behind DER", text_behind_der),
    ("octets before DER", octets_before_der),
    ("octets behind DER", octets_behind_der),
    ("more in a block", more_in_a_block),
    ("lengths of BER", lengths_of_ber),
    ("BER within", ber_within),
    ("other tags", other_tags),
    ("an RSA key with a long exponent", long_exponent),
    ("wrapped", wrapped),
    ("in an attribute of a request", in_an_attribute),
    ("in an extension", in_an_extension),
    ("in a PKCS #7 message", in_a_message),
    ("with more than a certificate has", trusted),
    ("of the length of a signature", signature_length),
    ("behind the start of debris", behind_debris),
    ("behind the start of another file", behind_magic),
    ("among octets", among_octets),
];

fn hidden_text(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let before = *dice.of(&["", "\n", "x", "\r\n", "\0", "\0\n"]);
    [before.as_bytes(), &text::any(dice, parts.hidden)].concat()
}

fn base_der(parts: &Parts<'_>) -> Vec<u8> {
    crate::support::der(&parts.base.bytes)
}

/// The hidden DER as it is, or in a block.
fn der_or_block(dice: &mut Dice, parts: &Parts<'_>, der: &[u8]) -> Vec<u8> {
    if dice.toss() { der.to_vec() } else { text::pem(parts.hidden.label, der).into_bytes() }
}

fn der_behind_der(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let (base, hidden) = (base_der(parts), &parts.hidden.der);
    let between = *dice.of(&[&b""[..], b"\0", b"\n", b"\0\0\0\0"]);
    if dice.toss() {
        [&base, between, hidden].concat()
    } else {
        [hidden.as_slice(), between, &base].concat()
    }
}

fn der_behind_text(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let between = *dice.of(&[&b""[..], b"\n", b"\0", b"\n\n"]);
    [&parts.base.bytes, between, &parts.hidden.der].concat()
}

fn text_behind_der(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let hidden = hidden_text(dice, parts);
    if dice.toss() {
        [base_der(parts), hidden].concat()
    } else {
        [&parts.hidden.der[..], b"\n", &parts.base.bytes].concat()
    }
}

fn octets_before_der(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let before = *dice.of(&[
        &b"\0"[..],
        b"\n",
        b" ",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x30\x00",
        b"\x05\x00",
        b"\x30\x80\0\0",
        b"\r\n\r\n",
        b"\x02\x01\x00",
        b"-----BEGIN",
    ]);
    [before, &parts.hidden.der].concat()
}

fn octets_behind_der(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let behind = *dice.of(&[&b"\0"[..], b"\n", b"\x05\x00", b"x", b"\xff\xff", b"-----", b"\r\n"]);
    [parts.hidden.der.as_slice(), &behind.repeat(1 + dice.below(300))].concat()
}

fn more_in_a_block(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let base = base_der(parts);
    let both = match dice.below(3) {
        0 => [der.as_slice(), &base].concat(),
        1 => [base.as_slice(), der].concat(),
        _ => [der.as_slice(), &[0, 0]].concat(),
    };
    text::pem(label, &both).into_bytes()
}

fn lengths_of_ber(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let der = &parts.hidden.der;
    let ber = match dice.below(4) {
        0 => indefinite(der),
        octets => long_length(der, 2 + octets),
    };
    let ber = der_or_block(dice, parts, &ber);
    if parts.base.is_text && ber.starts_with(b"-") {
        return [ber, parts.base.bytes.clone()].concat();
    }
    ber
}

/// One value within in another form, with the length around it put right.
fn ber_within(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let mut parts_of =
        elements(&parts.hidden.der).into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>();
    let at = dice.below(parts_of.len());
    let own = &parts_of[at];
    parts_of[at] = match (own[0], dice.below(3)) {
        (0x30 | 0xa0, 0) => indefinite(own),
        // A string of bits in pieces (X.690 8.6.4), of octets (8.7.3).
        (0x03, 0 | 1) => value(0x23, &[own]),
        (0x04, 0 | 1) => value(0x24, &[own]),
        (0x02, 0 | 1) => value(0x02, &[&[0], content(own)]),
        _ => long_length(own, 3),
    };
    let ber = value(0x30, &[&parts_of.concat()]);
    der_or_block(dice, parts, &ber)
}

fn other_tags(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let der = &parts.hidden.der;
    let first = *dice.of(&[0x31, 0x10, 0x70, 0xa0, 0x20]);
    let changed = match dice.below(4) {
        0 => [&[first], &der[1..]].concat(),
        1 => long_tag(der, dice.below(3)),
        _ => {
            let mut within: Vec<_> = elements(der).into_iter().map(<[u8]>::to_vec).collect();
            let at = dice.below(within.len());
            within[at] = long_tag(&within[at], dice.below(2));
            value(der[0], &[&within.concat()])
        }
    };
    der_or_block(dice, parts, &changed)
}

/// An RSA key with an exponent as long as its modulus.
fn long_exponent(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let number = value(2, &[&[0x77; 256]]);
    let key = value(0x30, &[&number, &number]);
    let whole = if dice.toss() { key } else { [key, parts.base.bytes.clone()].concat() };
    if dice.toss() { whole } else { text::pem("RSA PUBLIC KEY", &whole).into_bytes() }
}

fn wrapped(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let (base, hidden) = (base_der(parts), parts.hidden.der.as_slice());
    // netscape-cert-sequence, 2.16.840.1.113730.2.5.
    let netscape = [6, 9, 0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 2, 5];
    // The last, which readers know, comes more often than the others.
    let der = match dice.below(16) {
        0 => value(0x30, &[hidden]),
        1 => value(0x04, &[hidden]),
        2 => value(0xa0, &[hidden]),
        3 => value(0x31, &[hidden]),
        4 => value(0x03, &[&[0], hidden]),
        5 if parts.base.is_text => value(0x30, &[hidden, hidden]),
        5 => value(0x30, &[hidden, &base]),
        6 => value(0x30, &[&[2, 1, 0], hidden]),
        7 => value(0x30, &[&[6, 3, 0x2a, 3, 4], &value(0x04, &[hidden])]),
        _ => value(0x30, &[&netscape, &value(0xa0, &[&value(0x30, &[hidden])])]),
    };
    if dice.toss() { der } else { text::pem("CERTIFICATE", &der).into_bytes() }
}

/// What stands for the hidden object in an attribute or extension: itself, or a block of it.
fn carried(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    match dice.below(3) {
        0 => der.clone(),
        1 => value(0x04, &[der]),
        _ => value(0x0c, &[text::pem(label, der).as_bytes()]),
    }
}

/// A request whose signature holds no longer; no reader looks at that.
fn in_an_attribute(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let request = super::bases().swap_remove(3).bytes;
    let outer = elements(&request);
    let info = elements(outer[0]);
    let attribute = value(0x30, &[&[6, 3, 0x2a, 3, 4], &value(0x31, &[&carried(dice, parts)])]);
    let attributes = value(0xa0, &[&attribute]);
    let info = value(0x30, &[info[0], info[1], info[2], &attributes]);
    let request = value(0x30, &[&info, outer[1], outer[2]]);
    if dice.toss() { request } else { text::pem("CERTIFICATE REQUEST", &request).into_bytes() }
}

fn in_an_extension(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let certificate = crate::support::der(&super::bases().swap_remove(1).bytes);
    let outer = elements(&certificate);
    let tbs = elements(outer[0]);
    let extension = value(0x30, &[&[6, 3, 0x2a, 3, 4], &value(0x04, &[&carried(dice, parts)])]);
    let extensions = value(0xa3, &[&value(0x30, &[&extension])]);
    let tbs = value(0x30, &[&tbs[..7].concat(), &extensions]);
    let certificate = value(0x30, &[&tbs, outer[1], outer[2]]);
    if dice.toss() { certificate } else { text::pem("CERTIFICATE", &certificate).into_bytes() }
}

/// ContentInfo of signedData (RFC 5652 5.1), which nobody signed.
fn in_a_message(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let id = |last: u8| [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, last];
    let hidden = parts.hidden.der.as_slice();
    let certificate = crate::support::der(&super::bases().swap_remove(1).bytes);
    let octets = value(0xa0, &[&value(0x04, &[hidden])]);
    let (carried, certificates, revocations) = match dice.below(4) {
        0 => (id(1).to_vec(), value(0xa0, &[hidden]), Vec::new()),
        1 => (id(1).to_vec(), value(0xa0, &[&certificate, hidden]), Vec::new()),
        2 => ([&id(1)[..], &octets].concat(), value(0xa0, &[&certificate]), Vec::new()),
        _ => (id(1).to_vec(), value(0xa0, &[&certificate]), value(0xa1, &[hidden])),
    };
    let signed = value(
        0x30,
        &[
            &[2, 1, 1],
            &[0x31, 0],
            &value(0x30, &[&carried]),
            &certificates,
            &revocations,
            &[0x31, 0],
        ],
    );
    let message = value(0x30, &[&id(2), &value(0xa0, &[&signed])]);
    match dice.below(4) {
        0 => message,
        1 => text::pem("PKCS7", &message).into_bytes(),
        2 => text::pem("CERTIFICATE", &message).into_bytes(),
        _ => indefinite(&message),
    }
}

/// What OpenSSL writes as TRUSTED CERTIFICATE: the certificate, then what it is trusted for.
fn trusted(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let trust = value(0x30, &[&value(0x30, &[&[6, 3, 0x2a, 3, 4]])]);
    let both = [parts.hidden.der.as_slice(), &trust].concat();
    let label = *dice.of(&["TRUSTED CERTIFICATE", "CERTIFICATE", "X509 CERTIFICATE"]);
    let text = text::pem(label, &both).into_bytes();
    match dice.below(3) {
        0 => both,
        1 if parts.base.is_text => [text, parts.base.bytes.clone()].concat(),
        _ => text,
    }
}

/// A file of such a length may be a signature, whatever octets it has.
fn signature_length(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let mut bytes = if dice.toss() { parts.hidden.der.clone() } else { hidden_text(dice, parts) };
    if dice.below(3) == 0 {
        bytes.splice(0..0, [0xdc; 7]);
    }
    let lengths = [64, 96, 132, 256, 384, 512];
    let length = lengths.into_iter().find(|length| *length >= bytes.len()).unwrap_or(bytes.len());
    bytes.resize(length, *dice.of(&[0xdc, 0, b'\n']));
    bytes
}

/// AppleDouble, `.DS_Store` and a compound file of Windows.
fn behind_debris(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let start = *dice.of(&[
        &b"\0\x05\x16\x07\0\x02\0\0Mac OS X        "[..],
        b"\0\0\0\x01Bud1\0\0\x10\0",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
    ]);
    let hidden = hidden_text(dice, parts);
    [start, b"\n", &hidden].concat()
}

fn behind_magic(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let start = *dice.of(&[
        &b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"[..],
        b"\x89PNG\r\n\x1a\n",
        b"\x7f\x21\x82\x01\x00",
        b"\x67\x82\x01\x00\x7f\x21",
        b"7z\xbc\xaf\x27\x1c",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
        b"\x1f\x8b",
        b"PK\x03\x04",
        b"GIF89a",
        b"\xfe\xed\xfe\xed\0\0\0\x02",
        b"\0\0\0\0\0\0\0\x03",
        b"{}\n",
        b"<a/>\n",
    ]);
    let hidden = hidden_text(dice, parts);
    if dice.toss() {
        [start, b"\n", &hidden].concat()
    } else {
        [start, &hidden, b"\n", &parts.base.bytes].concat()
    }
}

fn among_octets(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let hidden = if dice.toss() { parts.hidden.der.clone() } else { hidden_text(dice, parts) };
    let octets = |dice: &mut Dice| -> Vec<u8> {
        (0..dice.below(300)).map(|_| dice.below(256) as u8).collect()
    };
    let (before, behind) = (octets(dice), octets(dice));
    [before, b"\n".to_vec(), hidden, behind].concat()
}
