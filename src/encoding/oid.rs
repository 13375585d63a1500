//! Object identifiers as their DER content octets (X.690 8.19).

use std::fmt;

/// An object identifier, held as DER content octets; compares and prints as the identifier.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid<'a>(&'a [u8]);

impl<'a> Oid<'a> {
    /// From content octets. They are not checked here: the strict walker has done so for input,
    /// and constants are checked by test.
    pub const fn from_content(content: &'a [u8]) -> Self {
        Self(content)
    }

    /// The DER content octets.
    pub const fn content(self) -> &'a [u8] {
        self.0
    }

    /// The first arcs are those of `prefix`.
    pub fn starts_with(self, prefix: Oid<'_>) -> bool {
        self.0.starts_with(prefix.0)
    }

    /// The last arc of an identifier directly below `parent`, if it is below 128.
    pub fn arc_below(self, parent: Oid<'_>) -> Option<u8> {
        match self.0.strip_prefix(parent.0)? {
            [arc] if *arc < 128 => Some(*arc),
            _ => None,
        }
    }
}

impl fmt::Display for Oid<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc: u128 = 0;
        let mut first = true;
        for byte in self.0 {
            arc = arc.checked_shl(7).unwrap_or(0) | u128::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            if first {
                let root = (arc / 40).min(2);
                write!(formatter, "{root}.{}", arc - root * 40)?;
                first = false;
            } else {
                write!(formatter, ".{arc}")?;
            }
            arc = 0;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

macro_rules! oids {
    ($( $(#[$doc:meta])* $name:ident $dotted:literal [$($byte:literal)*]; )*) => {
        $( $(#[$doc])* #[doc = ""] #[doc = concat!("`", $dotted, "`")]
           pub const $name: Oid<'static> = Oid(&[$($byte),*]); )*

        #[cfg(test)]
        const ALL: &[(Oid<'static>, &str)] = &[$( ($name, $dotted) ),*];
    };
}

oids! {
    /// rsaEncryption (RFC 8017 appendix C).
    RSA_ENCRYPTION "1.2.840.113549.1.1.1" [0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x01];
    /// id-RSASSA-PSS (RFC 8017 appendix C).
    RSASSA_PSS "1.2.840.113549.1.1.10" [0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x0a];
    /// md5WithRSAEncryption (RFC 8017 appendix C).
    MD5_WITH_RSA "1.2.840.113549.1.1.4" [0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x04];
    /// md2WithRSAEncryption (RFC 8017 appendix C).
    MD2_WITH_RSA "1.2.840.113549.1.1.2" [0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x02];
    /// sha1WithRSAEncryption (RFC 8017 appendix C).
    SHA1_WITH_RSA "1.2.840.113549.1.1.5" [0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x05];
    /// sha224WithRSAEncryption (RFC 4055 5).
    SHA224_WITH_RSA "1.2.840.113549.1.1.14" [0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x0e];
    /// ecdsa-with-SHA1 (RFC 3279 2.2.3).
    ECDSA_WITH_SHA1 "1.2.840.10045.4.1" [0x2a 0x86 0x48 0xce 0x3d 0x04 0x01];
    /// ecdsa-with-SHA2 (RFC 5758 3.2); SHA-224 to SHA-512 below it.
    ECDSA_WITH_SHA2 "1.2.840.10045.4.3" [0x2a 0x86 0x48 0xce 0x3d 0x04 0x03];
    /// id-dsa-with-sha1 (RFC 3279 2.2.2).
    DSA_WITH_SHA1 "1.2.840.10040.4.3" [0x2a 0x86 0x48 0xce 0x38 0x04 0x03];
    /// id-ecPublicKey (RFC 5480 2.1.1).
    EC_PUBLIC_KEY "1.2.840.10045.2.1" [0x2a 0x86 0x48 0xce 0x3d 0x02 0x01];
    /// id-Ed25519 (RFC 8410 3).
    ED25519 "1.3.101.112" [0x2b 0x65 0x70];
    /// secp256r1, P-256 (RFC 5480 2.1.1.1).
    P256 "1.2.840.10045.3.1.7" [0x2a 0x86 0x48 0xce 0x3d 0x03 0x01 0x07];
    /// secp384r1, P-384 (RFC 5480 2.1.1.1).
    P384 "1.3.132.0.34" [0x2b 0x81 0x04 0x00 0x22];
    /// secp521r1, P-521 (RFC 5480 2.1.1.1).
    P521 "1.3.132.0.35" [0x2b 0x81 0x04 0x00 0x23];
    /// secp256k1 (SEC 2 A.2.1).
    SECP256K1 "1.3.132.0.10" [0x2b 0x81 0x04 0x00 0x0a];
    /// brainpoolP256r1 (RFC 5639 4.1).
    BRAINPOOL_P256 "1.3.36.3.3.2.8.1.1.7" [0x2b 0x24 0x03 0x03 0x02 0x08 0x01 0x01 0x07];
    /// brainpoolP384r1 (RFC 5639 4.1).
    BRAINPOOL_P384 "1.3.36.3.3.2.8.1.1.11" [0x2b 0x24 0x03 0x03 0x02 0x08 0x01 0x01 0x0b];
    /// brainpoolP512r1 (RFC 5639 4.1).
    BRAINPOOL_P512 "1.3.36.3.3.2.8.1.1.13" [0x2b 0x24 0x03 0x03 0x02 0x08 0x01 0x01 0x0d];
    /// commonName (X.520 6.2.2).
    COMMON_NAME "2.5.4.3" [0x55 0x04 0x03];
    /// The arc of certificate extensions, id-ce (RFC 5280 4.2.1).
    CERTIFICATE_EXTENSION "2.5.29" [0x55 0x1d];
    /// subjectKeyIdentifier (RFC 5280 4.2.1.2).
    SUBJECT_KEY_IDENTIFIER "2.5.29.14" [0x55 0x1d 0x0e];
    /// keyUsage (RFC 5280 4.2.1.3).
    KEY_USAGE "2.5.29.15" [0x55 0x1d 0x0f];
    /// basicConstraints (RFC 5280 4.2.1.9).
    BASIC_CONSTRAINTS "2.5.29.19" [0x55 0x1d 0x13];
    /// certificatePolicies (RFC 5280 4.2.1.4).
    CERTIFICATE_POLICIES "2.5.29.32" [0x55 0x1d 0x20];
    /// authorityKeyIdentifier (RFC 5280 4.2.1.1).
    AUTHORITY_KEY_IDENTIFIER "2.5.29.35" [0x55 0x1d 0x23];
    /// extKeyUsage (RFC 5280 4.2.1.12).
    EXTENDED_KEY_USAGE "2.5.29.37" [0x55 0x1d 0x25];
    /// extensionRequest, the attribute of a certification request (RFC 2985 5.4.2).
    EXTENSION_REQUEST "1.2.840.113549.1.9.14" [0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x09 0x0e];
    /// id-aa-evidence, the attribute of a certification request that carries evidence
    /// (draft-ietf-lamps-csr-attestation-28 5.2: allocated early; to be renamed id-aa-attestation).
    EVIDENCE "1.2.840.113549.1.9.16.2.59" [0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x09 0x10 0x02 0x3b];
    /// signedData (RFC 5652 5.1).
    SIGNED_DATA "1.2.840.113549.1.7.2" [0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x07 0x02];
    /// id-data (RFC 5652 4).
    CMS_DATA "1.2.840.113549.1.7.1" [0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x07 0x01];
}

#[cfg(test)]
mod tests {
    use super::{ALL, EC_PUBLIC_KEY, Oid, RSA_ENCRYPTION, SHA1_WITH_RSA};

    #[test]
    fn constants_print_as_their_dotted_form() {
        for (oid, dotted) in ALL {
            assert_eq!(oid.to_string(), *dotted);
        }
    }

    #[test]
    fn large_first_arcs_print_under_root_two() {
        assert_eq!(Oid::from_content(&[0x88, 0x37]).to_string(), "2.999");
    }

    #[test]
    fn an_arc_is_found_only_directly_below_its_parent() {
        let parent = Oid::from_content(RSA_ENCRYPTION.content().split_last().unwrap().1);
        assert_eq!(SHA1_WITH_RSA.arc_below(parent), Some(5));
        assert_eq!(EC_PUBLIC_KEY.arc_below(parent), None);
        assert_eq!(parent.arc_below(parent), None);
    }
}
