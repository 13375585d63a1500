//! OpenPGP secret keys (RFC 9580, and RFC 4880 before it), in binary.

use crate::encoding::octets::Octets;

/// Packet types (RFC 9580 5).
const SECRET_KEY: u8 = 5;
const SECRET_SUBKEY: u8 = 7;

/// Whether one of the packets that follow one another from the start is a secret key. One cut short
/// is known by how it begins.
pub(super) fn is_secret_key(bytes: &[u8]) -> bool {
    let mut rest = Octets(bytes);
    // Each packet takes two bytes at least.
    while let Some((kind, length)) = header(&mut rest) {
        if matches!(kind, SECRET_KEY | SECRET_SUBKEY) && begins_a_key(rest) {
            return true;
        }
        if kind == 0 || length.is_none_or(|length| rest.take(length).is_none()) {
            return false;
        }
    }
    false
}

/// The type of a packet and its length, where that is stated (RFC 9580 4.2).
fn header(bytes: &mut Octets<'_>) -> Option<(u8, Option<usize>)> {
    let first = bytes.u8()?;
    let (kind, length) = match (first & 0xc0, first & 0x03) {
        (0xc0, _) => (first & 0x3f, length(bytes)?),
        (0x80, 0) => ((first >> 2) & 0x0f, Some(u32::from(bytes.u8()?))),
        (0x80, 1) => ((first >> 2) & 0x0f, Some(u32::from(bytes.u16()?))),
        (0x80, 2) => ((first >> 2) & 0x0f, Some(bytes.u32()?)),
        (0x80, _) => ((first >> 2) & 0x0f, None),
        _ => return None,
    };
    Some((kind, length.and_then(|length| usize::try_from(length).ok())))
}

/// A length in the newer form; none in pieces, which no key has (RFC 9580 4.2.1.4).
fn length(bytes: &mut Octets<'_>) -> Option<Option<u32>> {
    Some(match bytes.u8()? {
        first @ 0..=191 => Some(u32::from(first)),
        first @ 192..=223 => {
            let high = u32::from(first).saturating_sub(192).saturating_mul(256);
            Some(high.saturating_add(u32::from(bytes.u8()?)).saturating_add(192))
        }
        224..=254 => None,
        255 => Some(bytes.u32()?),
    })
}

/// 1991, before which there was no PGP, in seconds since 1970.
const FIRST_PGP: u32 = 662_688_000;

/// The public part that a secret key begins with (RFC 9580 5.5.2): version, time, algorithm, and the
/// first of its numbers, by which it is told from chance.
fn begins_a_key(mut key: Octets<'_>) -> bool {
    let mut read = || {
        let version = key.u8()?;
        let made = key.u32()?;
        match version {
            // Days of validity.
            2 | 3 => _ = key.u16()?,
            4..=6 => {}
            _ => return None,
        }
        let algorithm = key.u8()?;
        if version >= 5 {
            // How much public key material there is.
            key.u32().filter(|count| *count < 0x1_0000)?;
        }
        let early = version < 4 && algorithm > 3;
        Some(made >= FIRST_PGP && !early && goes_on_as_a_key(algorithm, &mut key)?)
    };
    read().unwrap_or(false)
}

/// By the algorithm (RFC 9580 9.1).
fn goes_on_as_a_key(algorithm: u8, key: &mut Octets<'_>) -> Option<bool> {
    Some(match algorithm {
        // RSA, Elgamal, DSA: a number with as many bits as it says, some hundreds at least.
        1..=3 | 16 | 17 | 20 => {
            let bits = u32::from(key.u16()?);
            let leading = key.u8()?.leading_zeros();
            (512..=16_384).contains(&bits) && leading == bits.wrapping_neg() % 8
        }
        // ECDH, ECDSA, EdDSA: a curve's identifier, in the arcs 1.2, 1.3 and 2.
        18 | 19 | 22 => {
            let count = key.u8()?;
            (3..=12).contains(&count) && matches!(key.u8()?, 0x2a | 0x2b | 0x60)
        }
        // X25519, X448, Ed25519, Ed448: octets without any structure, then how the secret is kept.
        25 | 27 => is_usage(key, 32)?,
        26 => is_usage(key, 56)?,
        28 => is_usage(key, 57)?,
        _ => false,
    })
}

/// Whether the octet behind a public key of that size says how the secret is kept: in the open, or
/// encrypted in one of three ways (RFC 9580 3.7.2).
fn is_usage(key: &mut Octets<'_>, size: usize) -> Option<bool> {
    key.take(size)?;
    Some(matches!(key.u8()?, 0 | 253..=255))
}

#[cfg(test)]
mod tests {
    use super::is_secret_key;

    /// An Ed25519 secret key as GnuPG writes it, up to its point.
    const EDDSA: [u8; 19] = [
        0x94, 0x58, 0x04, 0x6b, 0x0a, 0x36, 0x52, 0x16, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda,
        0x47, 0x0f, 0x01, 0x01,
    ];

    #[test]
    fn a_key_is_known_behind_other_packets_and_by_either_header() {
        assert!(is_secret_key(&EDDSA));
        let marker = [0xca, 3, b'P', b'G', b'P'];
        assert!(is_secret_key(&[&marker[..], &EDDSA].concat()));
        let newer = [&[0xc5, 0x58][..], &EDDSA[2..]].concat();
        assert!(is_secret_key(&newer));
        let rsa = [0x95, 3, 0x98, 4, 0x6b, 0x0a, 0x36, 0x52, 1, 8, 0, 0xcb];
        assert!(is_secret_key(&rsa));
        let sixth = [0xc5, 70, 6, 0x6b, 0x0a, 0x36, 0x52, 27, 0, 0, 0, 32];
        assert!(is_secret_key(&[&sixth[..], &[7; 32], &[0]].concat()));
        assert!(!is_secret_key(&[&sixth[..], &[7; 32], &[1]].concat()));
    }

    #[test]
    fn public_keys_and_chance_are_none() {
        let public = [&[0x98][..], &EDDSA[1..]].concat();
        assert!(!is_secret_key(&public));
        // A modulus of 2048 bits whose first octet says 2047.
        assert!(!is_secret_key(&[0x95, 3, 0x98, 4, 0x6b, 0x0a, 0x36, 0x52, 1, 8, 0, 0x7b]));
        for length in 0..10 {
            assert!(!is_secret_key(&EDDSA[..length]));
        }
        assert!(!is_secret_key(&[0xc5; 4096]));
    }
}
