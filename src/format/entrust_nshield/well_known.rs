//! Module keys that everyone knows: what is encrypted under one is not protected at all.
//!
//! Entrust, application note “Security World keys”, section “Module keys”.

use super::key_hash::symmetric_key_hash;
use super::ncore::KeyHash;

/// By which access control lists name the null module key: of DES3, and of AES.
const NULL_MODULE_KEYS: [u8; 2] = [0, 1];

/// Key material that is built in or means nothing: the kind of the key, its one octet, and how many.
/// The null keys are the last of each kind; DES ignores the lowest bit of an octet, so that DES3 has two
/// spellings of one key.
const MATERIAL: [(&[u8], u8, usize); 5] = [
    (b"DES3\0", 0x00, 24),
    (b"DES3\0", 0x01, 24),
    (b"Rijndael\0", 0x00, 16),
    (b"Rijndael\0", 0x00, 24),
    (b"Rijndael\0", 0x00, 32),
];

/// Whether a hash names a key that everyone knows.
pub(super) fn is_well_known(hash: &KeyHash) -> bool {
    let (first, others) = hash.split_first().unwrap_or((&0, &[]));
    let is_null = NULL_MODULE_KEYS.contains(first) && others.iter().all(|octet| *octet == 0);
    is_null
        || MATERIAL.into_iter().any(|(kind, octet, octets)| {
            symmetric_key_hash(kind, &vec![octet; octets]).is_ok_and(|known| known == *hash)
        })
}

#[cfg(test)]
mod tests {
    use super::is_well_known;
    use crate::encoding::hex::from_hex;

    fn hash(hex: &str) -> [u8; 20] {
        from_hex(hex).unwrap().try_into().unwrap()
    }

    /// The first is loaded into the module of Entrust's published bundle beside the key of its world;
    /// the second is what `nfkminfo` shows as `hkmwk`, the last as `hkmnull`.
    #[test]
    fn published_hashes_of_null_keys_are_known() {
        for known in [
            "c2be99fe1c77f1b75d48e2fd2df8dffc0c969bcb",
            "1d572201be533ebc89f30fdd8f3fac6ca3395bf0",
            "0000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000",
        ] {
            assert!(is_well_known(&hash(known)), "{known}");
        }
    }

    #[test]
    fn no_other_hash_is() {
        for other in [
            // The keys of the world of that bundle.
            "986dcf73747b277fab6d547e5cb91bd01cca3df5",
            "c4f102e101760622850faa0cc3e9209e0f2defaf",
            "0200000000000000000000000000000000000000",
            "0000000000000000000000000000000000000001",
        ] {
            assert!(!is_well_known(&hash(other)), "{other}");
        }
    }
}
