//! Keys as Windows keeps and exports them.

use crate::encoding::octets::Octets;

/// PVK: magic B0B5F11E, then a reserved zero, in little-endian octets. Dr Stephen Henson's
/// description of 1998; OpenSSL, crypto/pem/pvkfmt.c.
pub(super) fn is_pvk(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1e, 0xf1, 0xb5, 0xb0, 0, 0, 0, 0])
}

/// CryptoAPI: BLOBHEADER (wincrypt.h) of the type PRIVATEKEYBLOB, version 2 or 3, reserved zero, and
/// an ALG_ID of a public-key algorithm: RSA to sign (2400) or exchange (A400), DSS (2200),
/// Diffie-Hellman (AA01, AA02). Strong-name files (.snk) are one.
pub(super) fn is_capi(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0x07, 0x02 | 0x03, 0, 0, 0, 0x22 | 0x24 | 0xa4, 0, 0, ..]
            | [0x07, 0x02 | 0x03, 0, 0, 1 | 2, 0xaa, 0, 0, ..]
    )
}

/// CNG: BCRYPT_RSAKEY_BLOB, BCRYPT_ECCKEY_BLOB, BCRYPT_DSA_KEY_BLOB and its second form,
/// BCRYPT_DH_KEY_BLOB (bcrypt.h), by the magics of their private forms and a size that a key has.
/// What follows the magic is bits for RSA, octets for all others.
pub(super) fn is_cng(bytes: &[u8]) -> bool {
    let mut blob = Octets(bytes);
    let (Some(magic), Some(size)) = (blob.take(4), blob.u32_little_endian()) else {
        return false;
    };
    match magic {
        b"RSA2" | b"RSA3" => (512..=16_384).contains(&size),
        b"ECK2" | b"ECS2" => size == 32,
        b"ECK4" | b"ECS4" => size == 48,
        b"ECK6" | b"ECS6" => size == 66,
        b"ECKV" | b"ECDV" => (16..=72).contains(&size),
        b"DSPV" | b"DPV2" | b"DHPV" => (64..=2048).contains(&size),
        _ => false,
    }
}

/// DF9D8CD0-1501-11D1-8C7A-00C04FC297EB, the provider in every blob of the Data Protection API: the
/// files in which Windows keeps a user's CryptoAPI and CNG keys consist of such blobs.
pub(super) const DATA_PROTECTION: [u8; 16] = [
    0xd0, 0x8c, 0x9d, 0xdf, 0x01, 0x15, 0xd1, 0x11, 0x8c, 0x7a, 0x00, 0xc0, 0x4f, 0xc2, 0x97, 0xeb,
];
