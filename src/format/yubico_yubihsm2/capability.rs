//! Capabilities of a YubiHSM 2 object: a 64-bit number, most significant octet first, one right a
//! bit. They are fixed when the key is made.

/// The names of the rights, by bit (`yubihsm.h`; YubiHSM 2 user guide, "Capability").
const NAMES: [&str; 56] = [
    "get-opaque",
    "put-opaque",
    "put-authentication-key",
    "put-asymmetric-key",
    "generate-asymmetric-key",
    "sign-pkcs",
    "sign-pss",
    "sign-ecdsa",
    "sign-eddsa",
    "decrypt-pkcs",
    "decrypt-oaep",
    "derive-ecdh",
    "export-wrapped",
    "import-wrapped",
    "put-wrap-key",
    "generate-wrap-key",
    "exportable-under-wrap",
    "set-option",
    "get-option",
    "get-pseudo-random",
    "put-mac-key",
    "generate-hmac-key",
    "sign-hmac",
    "verify-hmac",
    "get-log-entries",
    "sign-ssh-certificate",
    "get-template",
    "put-template",
    "reset-device",
    "decrypt-otp",
    "create-otp-aead",
    "randomize-otp-aead",
    "rewrap-from-otp-aead-key",
    "rewrap-to",
    "sign-attestation-certificate",
    "put-otp-aead-key",
    "generate-otp-aead-key",
    "wrap-data",
    "unwrap-data",
    "delete-opaque",
    "delete-authentication-key",
    "delete-asymmetric-key",
    "delete-wrap-key",
    "delete-hmac-key",
    "delete-template",
    "delete-otp-aead-key",
    "change-authentication-key",
    "put-symmetric-key",
    "generate-symmetric-key",
    "delete-symmetric-key",
    "decrypt-ecb",
    "encrypt-ecb",
    "decrypt-cbc",
    "encrypt-cbc",
    "put-public-wrap-key",
    "delete-public-wrap-key",
];

/// exportable-under-wrap: a wrap key may export the object.
const EXPORTABLE_UNDER_WRAP: u32 = 0x10;

/// sign-attestation-certificate: the key may sign attestations of other objects.
const SIGN_ATTESTATION_CERTIFICATE: u32 = 0x22;

/// How rights without a name are called.
const UNKNOWN: &str = "bit-";

/// The rights of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capabilities(u64);

impl Capabilities {
    /// Eight octets, most significant first.
    pub(super) fn from_octets(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(|octets| Self(u64::from_be_bytes(octets)))
    }

    /// Whether a wrap key may export the object.
    pub(super) fn exportable_under_wrap(self) -> bool {
        self.has(EXPORTABLE_UNDER_WRAP)
    }

    /// Whether the key may sign attestations.
    pub(super) fn sign_attestation_certificate(self) -> bool {
        self.has(SIGN_ATTESTATION_CERTIFICATE)
    }

    fn has(self, bit: u32) -> bool {
        self.0 >> bit & 1 == 1
    }

    /// Whether a name is that of a right without one.
    pub(super) fn is_unknown(name: &str) -> bool {
        name.starts_with(UNKNOWN)
    }

    /// The rights by name, in order of bit; those without a name as `bit-0x38`.
    pub(super) fn names(self) -> Vec<String> {
        (0..u64::BITS)
            .filter(|bit| self.has(*bit))
            .map(|bit| {
                let name = usize::try_from(bit).ok().and_then(|bit| NAMES.get(bit));
                name.map_or_else(|| format!("{UNKNOWN}{bit:#x}"), |name| (*name).to_owned())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Capabilities;

    #[test]
    fn the_octets_are_read_most_significant_first() {
        // The genuine RSA-4096 key of firmware 2.2.0 in the reference: 0x0000000400000660.
        let genuine = Capabilities::from_octets(&[0, 0, 0, 4, 0, 0, 6, 0x60]).unwrap();
        assert_eq!(
            genuine.names(),
            [
                "sign-pkcs",
                "sign-pss",
                "decrypt-pkcs",
                "decrypt-oaep",
                "sign-attestation-certificate"
            ]
        );
        assert!(genuine.sign_attestation_certificate());
        assert!(!genuine.exportable_under_wrap());
        let exportable = Capabilities::from_octets(&[0, 0, 0, 0, 0, 1, 0, 0]).unwrap();
        assert!(exportable.exportable_under_wrap());
        // Read the other way round, as one published verifier does, this would be exportable.
        let mirrored = Capabilities::from_octets(&[0, 0, 1, 0, 0, 0, 0, 0]).unwrap();
        assert!(!mirrored.exportable_under_wrap());
    }

    #[test]
    fn other_lengths_are_refused_and_unknown_bits_are_shown() {
        assert_eq!(Capabilities::from_octets(&[0; 7]), None);
        assert_eq!(Capabilities::from_octets(&[0; 9]), None);
        assert_eq!(
            Capabilities::from_octets(&[0x80, 0, 0, 0, 0, 0, 0, 0]).unwrap().names(),
            ["bit-0x3f"]
        );
    }
}
