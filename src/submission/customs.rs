//! What the modules and tools of manufacturers have their own way in, as far as the intake must know
//! it: what DER forbids and genuine certificates have, and where a request carries certificates.

use crate::encoding::der::Strict;
use crate::encoding::oid::{self, Oid};
use crate::encoding::x509::{Certificate, Extension, Leniency, X509Error};
use crate::request::Request;

/// Luna modules write `critical FALSE` out in the extensions of their own arc, `1.3.6.1.4.1.12383.2`
/// (ADR 0018).
const LENIENCIES: &[Leniency] = &[Leniency::CriticalFalseBelow(Oid::from_content(&[
    0x2b, 0x06, 0x01, 0x04, 0x01, 0xe0, 0x5f, 2,
]))];

/// The authorities of Fortanix DSM write `cA FALSE` out, and their keyUsage as `03 02 01 80`
/// (docs/formats/fortanix-dsm.md).
const OF_FORTANIX_AUTHORITIES: &[Leniency] =
    &[Leniency::WrittenCaFalse, Leniency::KeyUsageEndsInZeros];

/// Their one common name.
const FORTANIX_AUTHORITY: &str = "Fortanix DSM SaaS Key Attestation Authority";

/// Extensions that `yubico-piv-tool`, `ykman` and powershellYK put into a request, and into a certificate
/// that its own key signs, `1.3.6.1.4.1.41482.3`: the attestation of the slot (1, once 11) and the
/// certificate of slot f9 (2).
///
/// <https://developers.yubico.com/PIV/Introduction/PIV_attestation.html>
const CERTIFICATES_INSIDE: [Oid<'static>; 3] = [
    Oid::from_content(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0xc4, 0x0a, 0x03, 1]),
    Oid::from_content(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0xc4, 0x0a, 0x03, 2]),
    Oid::from_content(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0xc4, 0x0a, 0x03, 11]),
];

/// Reads a certificate of whatever format, with what genuine ones of some manufacturer need.
///
/// # Errors
/// If it cannot be read.
pub fn read_certificate(der: Strict<'_>) -> Result<Certificate, X509Error> {
    Certificate::from_strict_leniently(der, LENIENCIES).or_else(|error| {
        let leniently = Certificate::from_strict_leniently(der, OF_FORTANIX_AUTHORITIES);
        let is_theirs =
            |it: &Certificate| it.subject().texts(oid::COMMON_NAME).eq([FORTANIX_AUTHORITY]);
        leniently.ok().filter(is_theirs).ok_or(error)
    })
}

/// The certificates, DER, that the manufacturers' tools put inside a request.
pub(super) fn certificates_in(request: &Request) -> impl Iterator<Item = &[u8]> {
    CERTIFICATES_INSIDE.iter().filter_map(|oid| request.extension(*oid)).map(Extension::value)
}

/// The same of a certificate that names itself as its issuer. Any other holds none: what a manufacturer
/// signed is evidence itself.
pub(super) fn certificates_in_self_issued(
    certificate: &Certificate,
) -> impl Iterator<Item = &[u8]> {
    let extensions = certificate.extensions().iter().filter(|_| certificate.is_self_issued());
    extensions.filter(|it| CERTIFICATES_INSIDE.contains(&it.oid())).map(Extension::value)
}
