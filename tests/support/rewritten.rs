//! What a reader took, written anew from what it says was there. Where that gives other bytes, an octet
//! of the input said nothing, and whoever may change it may make a second form of the same object.
//!
//! The writers know the standards and nothing of the readers. The fuzz target `rewritten` has them too.

use keyproof::encoding::cvc::{
    AuthenticatedRequest, CardVerifiable, CvCertificate, CvExtension, CvPublicKey, CvRequest,
    tag as cv,
};
use keyproof::encoding::der::{self, Time, tag};
use keyproof::encoding::oid;
use keyproof::encoding::pem;
use keyproof::encoding::x509::{BasicConstraints, Certificate, Extension, KeyUsage};
use keyproof::public_key::{Curve, KeyMaterial, PublicKey};
use keyproof::request::Request;
use keyproof::time::Timestamp;

/// A reader, and all forms in which what it took may be written; nothing if it took nothing.
type Reading = (&'static str, fn(&[u8]) -> Option<Vec<Vec<u8>>>);

/// Reads `bytes` with every reader; says how many took them.
///
/// # Panics
/// If what one took is written in another way.
pub(crate) fn check(bytes: &[u8]) -> usize {
    let readers: [Reading; 6] = [
        ("DER", |bytes| der::check(bytes).ok().map(|()| vec![values(bytes)])),
        ("certificate", |bytes| Certificate::from_der(bytes).ok().map(|it| certificate(&it))),
        ("request", |bytes| Request::from_der(bytes).ok().and_then(|it| request(&it, bytes))),
        ("public key", |bytes| Some(vec![public_key(&PublicKey::from_spki(bytes).ok()?)?])),
        ("card", |bytes| CardVerifiable::parse(bytes).ok().map(|it| vec![card(&it)])),
        ("PEM", strict_pem),
    ];
    let mut taken = 0;
    for (reader, write) in readers {
        if let Some(forms) = write(bytes) {
            assert!(
                forms.iter().any(|form| form == bytes),
                "{reader}: {bytes:02x?}\nis written {forms:02x?}"
            );
            taken += 1;
        }
    }
    taken
}

/// X.690 10.1: the shortest length.
fn tlv(tag: &[u8], content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let octets = length.to_be_bytes();
    let used = octets.iter().position(|octet| *octet != 0).map_or(&[][..], |at| &octets[at..]);
    let length = match u8::try_from(length) {
        Ok(short @ 0..=0x7f) => vec![short],
        _ => [&[0x80 | used.len() as u8], used].concat(),
    };
    [tag, &length, content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(&[tag::SEQUENCE], &parts.concat())
}

/// The values in `content`: tag, content, and all of it. Lengths are those of DER, which was checked.
fn elements(content: &[u8]) -> Vec<(u8, &[u8], &[u8])> {
    let mut rest = content;
    let mut elements = Vec::new();
    while let [tag, first, body @ ..] = rest {
        let octets = if *first < 0x80 { 0 } else { usize::from(first & 0x7f) };
        let long = body[..octets].iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
        let length = if octets == 0 { usize::from(*first) } else { long };
        let (whole, after) = rest.split_at(2 + octets + length);
        elements.push((*tag, &whole[2 + octets..], whole));
        rest = after;
    }
    elements
}

/// DER values, from what each value in them means (X.690 8 and 11).
fn values(content: &[u8]) -> Vec<u8> {
    elements(content).into_iter().flat_map(|(tag, content, _)| value(tag, content)).collect()
}

fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let content = match tag {
        tag::BOOLEAN => vec![if content == [0] { 0 } else { 0xff }],
        tag::INTEGER | 0x0a => integer(content),
        tag::BIT_STRING => bits(content),
        tag::OBJECT_IDENTIFIER => arcs(content).into_iter().flat_map(base_128).collect(),
        tag::NULL => Vec::new(),
        tag::SET => {
            let each = |(tag, content, _): (u8, _, _)| value(tag, content);
            let mut elements: Vec<_> = elements(content).into_iter().map(each).collect();
            elements.sort();
            elements.concat()
        }
        _ if tag & 0x20 != 0 => values(content),
        _ => content.to_vec(),
    };
    tlv(&[tag], &content)
}

/// The two's complement in as few octets as hold it (X.690 8.3.2).
fn integer(content: &[u8]) -> Vec<u8> {
    let sign = if content[0] & 0x80 == 0 { 0 } else { 0xff };
    let mut number: Vec<u8> = content.iter().copied().skip_while(|octet| *octet == sign).collect();
    if number.first().is_none_or(|first| (first ^ sign) & 0x80 != 0) {
        number.insert(0, sign);
    }
    number
}

/// An INTEGER of that magnitude.
fn unsigned(magnitude: &[u8]) -> Vec<u8> {
    tlv(&[tag::INTEGER], &integer(&[&[0], magnitude].concat()))
}

/// Bits that are not used are 0 (X.690 11.2.1).
fn bits(content: &[u8]) -> Vec<u8> {
    let mut content = content.to_vec();
    if let [unused, .., last] = content.as_mut_slice() {
        *last &= 0xff << *unused;
    }
    content
}

fn arcs(content: &[u8]) -> Vec<u128> {
    let mut arcs = Vec::new();
    let mut arc = 0;
    for octet in content {
        arc = arc << 7 | u128::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            arcs.push(arc);
            arc = 0;
        }
    }
    arcs
}

fn base_128(arc: u128) -> Vec<u8> {
    let mut octets = vec![(arc & 0x7f) as u8];
    let mut rest = arc >> 7;
    while rest != 0 {
        octets.insert(0, 0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    octets
}

/// `YYYYMMDDHHMMSSZ`.
fn digits(time: Time) -> Vec<u8> {
    let time = Timestamp::from_unix_seconds(time.unix_seconds()).expect("a year of four digits");
    let digits: String = time.to_string().chars().filter(char::is_ascii_digit).collect();
    format!("{}Z", &digits[..14]).into_bytes()
}

/// UTCTime up to 2049, then GeneralizedTime (RFC 5280 4.1.2.5); a GeneralizedTime of earlier years is
/// read too.
fn validity_times(time: Time) -> Vec<Vec<u8>> {
    let digits = digits(time);
    let mut forms = vec![tlv(&[tag::GENERALIZED_TIME], &digits)];
    if (&b"1950"[..]..=b"2049").contains(&&digits[..4]) {
        forms.push(tlv(&[tag::UTC_TIME], &digits[2..]));
    }
    forms
}

/// RFC 5280 4.1, in each form that says the same: without extensions the version may be any.
fn certificate(it: &Certificate) -> Vec<Vec<u8>> {
    let versions: &[&[u8]] = if it.extensions().is_empty() {
        &[&[], &[0xa0, 3, 2, 1, 1], &[0xa0, 3, 2, 1, 2]]
    } else {
        &[&[0xa0, 3, 2, 1, 2]]
    };
    let mut forms = Vec::new();
    for version in versions {
        for from in validity_times(it.not_before()) {
            for to in validity_times(it.not_after()) {
                forms.push(certificate_of(it, version, &sequence(&[&from, &to])));
            }
        }
    }
    forms
}

fn certificate_of(it: &Certificate, version: &[u8], validity: &[u8]) -> Vec<u8> {
    let algorithm = sequence(&[it.signature_algorithm()]);
    let extensions = match extensions(it) {
        none if none.is_empty() => none,
        some => tlv(&[tag::CONTEXT_3], &sequence(&[&some])),
    };
    let tbs = sequence(&[
        version,
        &tlv(&[tag::INTEGER], it.serial()),
        &algorithm,
        &values(it.issuer().der()),
        validity,
        &values(it.subject().der()),
        it.subject_public_key_info(),
        &extensions,
    ]);
    sequence(&[&tbs, &algorithm, &tlv(&[tag::BIT_STRING], &[&[0], it.signature()].concat())])
}

fn extensions(it: &Certificate) -> Vec<u8> {
    let extension = |own: &Extension| {
        let critical: &[u8] = if own.is_critical() { &[tag::BOOLEAN, 1, 0xff] } else { &[] };
        let value = match (own.oid(), it.basic_constraints(), it.key_usage()) {
            (oid::BASIC_CONSTRAINTS, Some(read), _) => basic_constraints(read),
            (oid::KEY_USAGE, _, Some(read)) => key_usage(read),
            _ => own.value().to_vec(),
        };
        let identifier = tlv(&[tag::OBJECT_IDENTIFIER], own.oid().content());
        sequence(&[&identifier, critical, &tlv(&[tag::OCTET_STRING], &value)])
    };
    it.extensions().iter().flat_map(extension).collect()
}

/// RFC 5280 4.2.1.9.
fn basic_constraints(read: BasicConstraints) -> Vec<u8> {
    let is_ca: &[u8] = if read.is_ca { &[tag::BOOLEAN, 1, 0xff] } else { &[] };
    let path_length = read.path_length.map(|length| unsigned(&length.to_be_bytes()));
    sequence(&[is_ca, &path_length.unwrap_or_default()])
}

/// A list of named bits ends with one that is set (X.690 11.2.2).
fn key_usage(read: KeyUsage) -> Vec<u8> {
    let octets = read.bits.to_be_bytes();
    let octets = if octets[1] == 0 { &octets[..1] } else { &octets };
    let unused = octets[octets.len() - 1].trailing_zeros() as u8;
    tlv(&[tag::BIT_STRING], &[&[unused], octets].concat())
}

/// RFC 2986 4.2. Attributes that are not read are taken over; the request signs them.
fn request(it: &Request, bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let [(_, request, _)] = elements(bytes)[..] else { return None };
    let [(_, info, _), (_, _, algorithm), (_, _, signature)] = elements(request)[..] else {
        return None;
    };
    let (_, _, attributes) = *elements(info).last()?;
    let key = public_key(it.public_key().ok()?)?;
    let info = sequence(&[&[2, 1, 0], &values(it.subject().der()), &key, attributes]);
    Some(vec![sequence(&[&info, algorithm, signature])])
}

/// RFC 8017 A.1, RFC 5480 2, RFC 8410 4.
fn public_key(it: &PublicKey) -> Option<Vec<u8>> {
    const RSA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    const EC: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    const ED25519: &[u8] = &[6, 3, 0x2b, 0x65, 0x70];
    let (algorithm, key) = match it.material() {
        KeyMaterial::Rsa { modulus, exponent } => {
            (RSA.to_vec(), sequence(&[&unsigned(modulus), &unsigned(exponent)]))
        }
        KeyMaterial::Ec { curve, point } => {
            let curve: &[u8] = match curve {
                Curve::P256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
                Curve::P384 => &[0x2b, 0x81, 4, 0, 0x22],
                Curve::P521 => &[0x2b, 0x81, 4, 0, 0x23],
                Curve::Other(curve) => curve,
            };
            ([EC, &tlv(&[tag::OBJECT_IDENTIFIER], curve)].concat(), point.clone())
        }
        KeyMaterial::Ed25519(point) => (ED25519.to_vec(), point.clone()),
        KeyMaterial::Other => return None,
    };
    let key = tlv(&[tag::BIT_STRING], &[&[0], key.as_slice()].concat());
    Some(sequence(&[&sequence(&[&algorithm]), &key]))
}

/// BSI TR-03110-3 C.1 and C.2.
fn card(it: &CardVerifiable<'_>) -> Vec<u8> {
    match it {
        CardVerifiable::Certificate(it) => card_certificate(it),
        CardVerifiable::Request(it) => card_request(it),
        CardVerifiable::AuthenticatedRequest(AuthenticatedRequest {
            request,
            authority,
            signature,
            ..
        }) => card_value(
            cv::AUTHENTICATION,
            &[
                &card_request(request),
                &card_value(cv::CERTIFICATION_AUTHORITY_REFERENCE, &[authority.as_bytes()]),
                &card_value(cv::SIGNATURE, &[signature]),
            ],
        ),
    }
}

fn card_value(tag: u16, parts: &[&[u8]]) -> Vec<u8> {
    let octets = tag.to_be_bytes();
    tlv(if octets[0] == 0 { &octets[1..] } else { &octets }, &parts.concat())
}

fn card_date(time: Timestamp) -> Vec<u8> {
    let date = time.to_string();
    date[2..10].bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect()
}

fn card_certificate(it: &CvCertificate<'_>) -> Vec<u8> {
    let role = tlv(&[tag::OBJECT_IDENTIFIER], it.role.content());
    let body = card_value(
        cv::BODY,
        &[
            &card_value(cv::PROFILE_IDENTIFIER, &[&[0]]),
            &card_value(cv::CERTIFICATION_AUTHORITY_REFERENCE, &[it.authority.as_bytes()]),
            &card_key(&it.public_key),
            &card_value(cv::HOLDER_REFERENCE, &[it.holder.as_bytes()]),
            &card_value(
                cv::HOLDER_AUTHORIZATION_TEMPLATE,
                &[&role, &card_value(cv::DISCRETIONARY_DATA, &[it.authorization])],
            ),
            &card_value(cv::EFFECTIVE_DATE, &[&card_date(it.valid.0)]),
            &card_value(cv::EXPIRATION_DATE, &[&card_date(it.valid.1)]),
            &card_extensions(&it.extensions, it.body),
        ],
    );
    card_value(cv::CERTIFICATE, &[&body, &card_value(cv::SIGNATURE, &[it.signature])])
}

fn card_request(it: &CvRequest<'_>) -> Vec<u8> {
    let authority = it.authority.map(|authority| {
        card_value(cv::CERTIFICATION_AUTHORITY_REFERENCE, &[authority.as_bytes()])
    });
    let body = card_value(
        cv::BODY,
        &[
            &card_value(cv::PROFILE_IDENTIFIER, &[&[0]]),
            &authority.unwrap_or_default(),
            &card_key(&it.public_key),
            &card_value(cv::HOLDER_REFERENCE, &[it.holder.as_bytes()]),
            &card_extensions(&it.extensions, it.body),
        ],
    );
    card_value(cv::CERTIFICATE, &[&body, &card_value(cv::SIGNATURE, &[it.signature])])
}

/// None may be an empty element too: a genuine certificate of DEDINK04 has that.
fn card_extensions(extensions: &[CvExtension<'_>], body: &[u8]) -> Vec<u8> {
    let extension = |it: &CvExtension<'_>| {
        let identifier = tlv(&[tag::OBJECT_IDENTIFIER], it.oid.content());
        card_value(cv::DISCRETIONARY_DATA_TEMPLATE, &[&identifier, it.value])
    };
    let all: Vec<u8> = extensions.iter().flat_map(extension).collect();
    if all.is_empty() && !body.ends_with(&[cv::EXTENSIONS as u8, 0]) {
        return all;
    }
    card_value(cv::EXTENSIONS, &[&all])
}

/// TR-03110-3 D.3.
fn card_key(it: &CvPublicKey<'_>) -> Vec<u8> {
    const TERMINAL: [u8; 8] = [4, 0, 0x7f, 0, 7, 2, 2, 2];
    let algorithm = |kind: u8, last: u8| {
        tlv(&[tag::OBJECT_IDENTIFIER], &[&TERMINAL[..], &[kind, last]].concat())
    };
    match it {
        CvPublicKey::Rsa { algorithm: last, modulus, exponent } => card_value(
            cv::PUBLIC_KEY,
            &[&algorithm(1, *last), &tlv(&[0x81], modulus), &tlv(&[0x82], exponent)],
        ),
        CvPublicKey::Ec { algorithm: last, domain, point } => {
            let (before, after) = domain.map_or_else(Default::default, |it| {
                let numbers = [it.prime, it.a, it.b, it.generator, it.order];
                let before = (0x81..).zip(numbers).flat_map(|(tag, number)| tlv(&[tag], number));
                (before.collect(), tlv(&[0x87], it.cofactor))
            });
            let before: Vec<u8> = before;
            let point = tlv(&[0x86], point);
            card_value(cv::PUBLIC_KEY, &[&algorithm(2, *last), &before, &point, &after])
        }
    }
}

/// One block of the strict form, blank lines around it and the way its lines end aside.
fn strict_pem(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    if !pem::is_strict(bytes) {
        return None;
    }
    use base64::Engine;
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let (begin, body) = text.trim_matches('\n').split_once('\n')?;
    let body: String = body.lines().filter(|line| !line.starts_with("-----")).collect();
    // Bits behind the last octet are refused where the block is read.
    let der = base64::engine::general_purpose::STANDARD.decode(body).ok()?;
    let label = begin.strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
    let again = pem::write(label, &der);
    assert_eq!(again.trim_end_matches('\n'), text.trim_matches('\n'));
    Some(vec![bytes.to_vec()])
}
