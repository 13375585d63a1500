//! Signatures in files of their own: octets without any structure, of which one in 256 begins like a
//! SEQUENCE.

use super::text;
use crate::encoding::der::tag;

/// Octets of the RSA signatures that modules write: by 2048, 3072 and 4096 bits.
const RSA_OCTETS: [usize; 3] = [256, 384, 512];

/// Whether bytes that begin like a SEQUENCE are rather an RSA signature: they have the length of one,
/// no SEQUENCE of the length that they state, and do not go on as any DER that is read here does. What
/// was once DER and is damaged goes on so, and is to be refused as that.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    let [tag::SEQUENCE, rest @ ..] = bytes else {
        return false;
    };
    let Some((length, content)) = header(rest) else {
        return false;
    };
    RSA_OCTETS.contains(&bytes.len())
        && length != Some(content.len())
        && !content.first().is_none_or(|first| CONTINUES.contains(first))
        && !text::is_plain(bytes)
}

/// What stands first in a SEQUENCE that is read here: version, identifier, inner SEQUENCE, wrapped
/// octets, a card-verifiable object.
const CONTINUES: [u8; 6] =
    [tag::INTEGER, tag::OCTET_STRING, tag::OBJECT_IDENTIFIER, tag::SEQUENCE, 0x67, 0x7f];

/// The length that is stated, if it is one that a file can have, and what follows it.
fn header(bytes: &[u8]) -> Option<(Option<usize>, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    match first.checked_sub(0x80) {
        None => Some((Some(usize::from(*first)), rest)),
        Some(count @ 1..=4) => {
            let (octets, content) = rest.split_at_checked(usize::from(count))?;
            let length = octets.iter().try_fold(0_usize, |length, octet| {
                length.checked_mul(256)?.checked_add(usize::from(*octet))
            });
            Some((length, content))
        }
        Some(_) => Some((None, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::is_one;

    fn of(length: usize, start: &[u8]) -> Vec<u8> {
        // Nothing that a text holds.
        let mut bytes = vec![0xfe; length];
        bytes[..start.len()].copy_from_slice(start);
        bytes
    }

    #[test]
    fn a_signature_that_begins_like_a_sequence_is_one() {
        for length in [256, 384, 512] {
            for start in [&[0x30, 0x11, 0x77][..], &[0x30, 0x82, 0xff, 0xff], &[0x30, 0xfe]] {
                assert!(is_one(&of(length, start)), "{length} {start:02x?}");
            }
        }
    }

    #[test]
    fn what_is_der_or_was_is_none() {
        assert!(!is_one(&of(255, &[0x30, 0x11, 0x77])), "of another length");
        assert!(!is_one(&of(256, &[0x30, 0x82, 0x00, 0xfc])), "whole");
        assert!(!is_one(&of(256, &[0x31, 0x11, 0x77])), "no SEQUENCE");
        // A certificate, a request, a PKCS #7 message and a public key that were cut.
        for inner in [0x30, 0x02, 0x06, 0x04] {
            assert!(!is_one(&of(256, &[0x30, 0x82, 0x03, 0x10, inner])), "{inner:02x}");
        }
        // The same in the indefinite form.
        assert!(!is_one(&of(256, &[0x30, 0x80, 0x30, 0x80])));
    }
}
