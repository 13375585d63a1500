use super::{CardVerifiable, CvPublicKey, CvcFault, tag};

fn tlv(tag: u16, content: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = tag.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
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

const TA_ECDSA_SHA256: &[u8] = &[0x04, 0x00, 0x7f, 0x00, 0x07, 2, 2, 2, 2, 3];
const TERMINAL: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x81, 0xc3, 0x1f, 3, 1, 1];

fn key() -> Vec<u8> {
    let parts = [tlv(0x06, TA_ECDSA_SHA256), tlv(0x86, &[4; 65])].concat();
    tlv(tag::PUBLIC_KEY, &parts)
}

/// The elements of the body of a device certificate, in their order.
fn fields() -> Vec<Vec<u8>> {
    let template = [tlv(0x06, TERMINAL), tlv(tag::DISCRETIONARY_DATA, &[0])].concat();
    vec![
        tlv(tag::PROFILE_IDENTIFIER, &[0]),
        tlv(tag::CERTIFICATION_AUTHORITY_REFERENCE, b"ZZDITST0100001"),
        key(),
        tlv(tag::HOLDER_REFERENCE, b"ZZTS010000100000"),
        tlv(tag::HOLDER_AUTHORIZATION_TEMPLATE, &template),
        tlv(tag::EFFECTIVE_DATE, &[2, 6, 0, 5, 2, 8]),
        tlv(tag::EXPIRATION_DATE, &[3, 1, 0, 5, 2, 7]),
    ]
}

fn of(fields: &[Vec<u8>]) -> Vec<u8> {
    let body = tlv(tag::BODY, &fields.concat());
    tlv(tag::CERTIFICATE, &[body, tlv(tag::SIGNATURE, &[7; 64])].concat())
}

fn fault(bytes: &[u8]) -> CvcFault {
    CardVerifiable::parse(bytes).unwrap_err().fault
}

#[test]
fn a_certificate_is_read_with_its_parts() {
    let bytes = of(&fields());
    let CardVerifiable::Certificate(certificate) = CardVerifiable::parse(&bytes).unwrap() else {
        panic!("a certificate")
    };
    assert_eq!(certificate.authority, "ZZDITST0100001");
    assert_eq!(certificate.holder, "ZZTS010000100000");
    assert_eq!(certificate.role.to_string(), "1.3.6.1.4.1.24991.3.1.1");
    assert_eq!(certificate.authorization, [0]);
    let (from, to) = certificate.valid;
    assert_eq!(from.to_string(), "2026-05-28T00:00:00Z");
    assert_eq!(to.to_string(), "2031-05-27T23:59:59Z");
    assert_eq!(certificate.body, &bytes[4..bytes.len() - 67]);
    assert!(matches!(
        certificate.public_key,
        CvPublicKey::Ec { algorithm: 3, domain: None, point } if point == [4; 65]
    ));
    assert!(certificate.extensions.is_empty());
    // A genuine issuer of 2024 has an empty element of extensions.
    let mut with_empty = fields();
    with_empty.push(tlv(tag::EXTENSIONS, &[]));
    assert!(CardVerifiable::parse(&of(&with_empty)).is_ok());
}

#[test]
fn a_request_has_neither_authorization_nor_dates() {
    let request = of(&fields()[..4]);
    assert!(matches!(CardVerifiable::parse(&request), Ok(CardVerifiable::Request(_))));
    let mut without_authority = fields()[..4].to_vec();
    without_authority.remove(1);
    let request_without = of(&without_authority);
    let parsed = CardVerifiable::parse(&request_without).unwrap();
    let CardVerifiable::Request(parsed) = parsed else { panic!("a request") };
    assert_eq!(parsed.authority, None);

    let authority = tlv(tag::CERTIFICATION_AUTHORITY_REFERENCE, b"ZZTS010000100000");
    let signed = [request.clone(), authority].concat();
    let outer = [signed.clone(), tlv(tag::SIGNATURE, &[9; 64])].concat();
    let outer = tlv(tag::AUTHENTICATION, &outer);
    let parsed = CardVerifiable::parse(&outer).unwrap();
    let CardVerifiable::AuthenticatedRequest(parsed) = parsed else { panic!("authenticated") };
    assert_eq!((parsed.signed, parsed.authority), (signed.as_slice(), "ZZTS010000100000"));
    // What is authenticated is a request, not a certificate.
    let certificate = of(&fields());
    let authority = tlv(tag::CERTIFICATION_AUTHORITY_REFERENCE, b"ZZTS010000100000");
    let inside = [certificate, authority, tlv(tag::SIGNATURE, &[9; 64])].concat();
    assert_eq!(fault(&tlv(tag::AUTHENTICATION, &inside)), CvcFault::Unexpected);
}

#[test]
fn elements_stand_in_their_place_and_once() {
    for left_out in [0, 2, 3, 5, 6] {
        let mut fields = fields();
        fields.remove(left_out);
        let expected = if left_out == 6 { CvcFault::Truncated } else { CvcFault::Unexpected };
        assert_eq!(fault(&of(&fields)), expected, "{left_out}");
    }
    for doubled in 0..7 {
        let mut fields = fields();
        let again = fields[doubled].clone();
        fields.insert(doubled, again);
        let found = fault(&of(&fields));
        assert!(matches!(found, CvcFault::Unexpected | CvcFault::TrailingData), "{doubled}");
    }
    for swapped in 0..6 {
        let mut fields = fields();
        fields.swap(swapped, swapped + 1);
        // Without its authorization in place the certificate is a request, and too long.
        let expected = if swapped == 4 { CvcFault::TrailingData } else { CvcFault::Unexpected };
        assert_eq!(fault(&of(&fields)), expected, "{swapped}");
    }
    let mut more = fields();
    more.push(tlv(0x80, &[1]));
    assert_eq!(fault(&of(&more)), CvcFault::TrailingData);
    assert_eq!(fault(&[of(&fields()), vec![0]].concat()), CvcFault::TrailingData);
}

#[test]
fn values_have_one_form() {
    for (place, element, expected) in [
        (0, tlv(tag::PROFILE_IDENTIFIER, &[1]), CvcFault::Profile),
        (1, tlv(tag::CERTIFICATION_AUTHORITY_REFERENCE, b"ZZ00001"), CvcFault::Reference),
        (1, tlv(tag::CERTIFICATION_AUTHORITY_REFERENCE, b"ZZDITST01\x1b[2J"), CvcFault::Reference),
        (3, tlv(tag::HOLDER_REFERENCE, b"ZZTS0100001000000"), CvcFault::Reference),
        (5, tlv(tag::EFFECTIVE_DATE, &[2, 6, 0, 5, 2, 10]), CvcFault::Date),
        (5, tlv(tag::EFFECTIVE_DATE, &[2, 6, 0, 2, 3, 0]), CvcFault::Date),
        (6, tlv(tag::EXPIRATION_DATE, &[2, 6, 1, 3, 0, 1]), CvcFault::Date),
        (6, tlv(tag::EXPIRATION_DATE, b"310527"), CvcFault::Date),
    ] {
        let mut fields = fields();
        fields[place] = element;
        assert_eq!(fault(&of(&fields)), expected, "{place}");
    }
}

#[test]
fn lengths_are_definite_and_minimal() {
    let whole = of(&fields());
    assert_eq!(whole[2], 0x81);
    let body = &whole[4..];
    let length = u8::try_from(body.len()).unwrap();
    for (header, expected) in [
        (vec![0x82, 0, length], CvcFault::Length),
        (vec![0x83, 0, 0, length], CvcFault::Length),
        (vec![0x80], CvcFault::Length),
        (vec![0x84, 0xff, 0xff, 0xff, 0xff], CvcFault::Length),
        (vec![0x81, length + 1], CvcFault::Truncated),
        (vec![0x81, length - 1], CvcFault::TrailingData),
    ] {
        let bytes = [vec![0x7f, 0x21], header.clone(), body.to_vec()].concat();
        assert_eq!(fault(&bytes), expected, "{header:02x?}");
    }
    for end in 0..whole.len() {
        assert!(CardVerifiable::parse(&whole[..end]).is_err(), "{end}");
    }
    // 0x7f is no length of 127 in the long form.
    assert_eq!(fault(&[0x7f, 0x21, 0x81, 0x7f]), CvcFault::Length);
}

#[test]
fn keys_are_of_two_algorithms_and_domain_parameters_are_all_or_none() {
    let with = |parts: &[Vec<u8>]| {
        let mut fields = fields();
        fields[2] = tlv(tag::PUBLIC_KEY, &parts.concat());
        of(&fields)
    };
    let ecdsa = tlv(0x06, TA_ECDSA_SHA256);
    let domain: Vec<_> = (0x81..=0x87).map(|tag| tlv(tag, &[1])).collect();
    let whole = [vec![ecdsa.clone()], domain.clone()].concat();
    assert!(CardVerifiable::parse(&with(&whole)).is_ok());
    for left_out in 1..whole.len() {
        let mut parts = whole.clone();
        parts.remove(left_out);
        assert!(CardVerifiable::parse(&with(&parts)).is_err(), "{left_out}");
    }
    let rsa = tlv(0x06, &[0x04, 0x00, 0x7f, 0x00, 0x07, 2, 2, 2, 1, 2]);
    let modulus = |octets: &[u8]| with(&[rsa.clone(), tlv(0x81, octets), tlv(0x82, &[1, 0, 1])]);
    assert!(CardVerifiable::parse(&modulus(&[0xc5; 256])).is_ok());
    assert_eq!(fault(&modulus(&[0, 0xc5])), CvcFault::Number);
    assert_eq!(fault(&modulus(&[])), CvcFault::Number);
    let other = tlv(0x06, &[0x04, 0x00, 0x7f, 0x00, 0x07, 2, 2, 2, 3, 2]);
    assert_eq!(fault(&with(&[other, tlv(0x86, &[4; 65])])), CvcFault::Algorithm);
    let short = tlv(0x06, &[0x04, 0x00, 0x7f, 0x80]);
    assert_eq!(fault(&with(&[short, tlv(0x86, &[4; 65])])), CvcFault::Unexpected);
}
