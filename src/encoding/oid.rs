//! Object identifiers as their DER content octets (X.690 8.19).

use std::fmt;

/// An object identifier, held as DER content octets; compares and prints as the identifier.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid<'a>(&'a [u8]);

impl<'a> Oid<'a> {
    /// From content octets. They are not checked here: the strict walker has done so for input.
    /// Constants are made by `oid!`.
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

/// An identifier, written as it is read: `oid!(1.3.6.1.4.1.41482.3.3)`. What is none does not compile.
///
/// ```
/// # use keyproof::oid;
/// assert_eq!(oid!(2.5.29.15).content(), [0x55, 0x1d, 0x0f]);
/// ```
///
/// ```compile_fail,E0080
/// # use keyproof::oid;
/// oid!(2.5.29x15);
/// ```
#[macro_export]
macro_rules! oid {
    ($($arcs:tt)+) => {{
        const CONTENT: &$crate::encoding::oid::Content =
            &$crate::encoding::oid::Content::of(stringify!($($arcs)+));
        CONTENT.oid()
    }};
}

/// Content octets of an identifier, encoded at compile time.
#[doc(hidden)]
#[derive(Debug)]
pub struct Content {
    octets: [u8; Self::MOST],
    length: usize,
}

impl Content {
    /// More than any identifier here has.
    const MOST: usize = 24;

    /// Encodes arcs in decimal digits, with dots between them.
    pub const fn of(dotted: &str) -> Self {
        let mut content = Self { octets: [0; Self::MOST], length: 0 };
        let mut rest = dotted.as_bytes();
        let mut root = None;
        let mut is_second = false;
        loop {
            let arc;
            (arc, rest) = take_arc(rest);
            match root {
                None => root = Some(arc),
                // X.690 8.19.4.
                Some(root) if !is_second => {
                    assert!(root <= 2 && (root == 2 || arc < 40), "arcs that no identifier has");
                    content.push_arc(root * 40 + arc);
                    is_second = true;
                }
                Some(_) => content.push_arc(arc),
            }
            match rest {
                [] if is_second => return content,
                [b'.', after @ ..] => rest = after,
                _ => panic!("not an identifier"),
            }
        }
    }

    /// The identifier.
    pub const fn oid(&self) -> Oid<'_> {
        Oid(self.octets.split_at(self.length).0)
    }

    /// In base 128, most significant digit first (X.690 8.19.2).
    const fn push_arc(&mut self, arc: u64) {
        let mut digits = 1;
        while digits < 9 && arc >> (7 * digits) != 0 {
            digits += 1;
        }
        while digits > 0 {
            digits -= 1;
            let [.., digit] = ((arc >> (7 * digits)) & 0x7f).to_be_bytes();
            let Some((_, [next, ..])) = self.octets.split_at_mut_checked(self.length) else {
                panic!("longer than any identifier");
            };
            *next = if digits == 0 { digit } else { digit | 0x80 };
            self.length += 1;
        }
    }
}

/// The arc at the front, and what follows. The compiler may write spaces between tokens.
const fn take_arc(mut rest: &[u8]) -> (u64, &[u8]) {
    let mut arc: u64 = 0;
    let mut is_empty = true;
    while let [octet, after @ ..] = rest {
        match *octet {
            b'0'..=b'9' => {
                assert!(is_empty || arc != 0, "a number with a zero before it");
                arc = arc * 10 + u64::from_be_bytes([0, 0, 0, 0, 0, 0, 0, *octet - b'0']);
                is_empty = false;
            }
            b' ' => {}
            _ => break,
        }
        rest = after;
    }
    assert!(!is_empty, "not an identifier");
    (arc, rest)
}

macro_rules! oids {
    ($( $(#[$doc:meta])* $name:ident $dotted:literal; )*) => {
        $( $(#[$doc])* #[doc = ""] #[doc = concat!("`", $dotted, "`")]
           pub const $name: Oid<'static> = {
               const CONTENT: &Content = &Content::of($dotted);
               CONTENT.oid()
           }; )*
    };
}

oids! {
    /// rsaEncryption (RFC 8017 appendix C).
    RSA_ENCRYPTION "1.2.840.113549.1.1.1";
    /// id-RSASSA-PSS (RFC 8017 appendix C).
    RSASSA_PSS "1.2.840.113549.1.1.10";
    /// md5WithRSAEncryption (RFC 8017 appendix C).
    MD5_WITH_RSA "1.2.840.113549.1.1.4";
    /// md2WithRSAEncryption (RFC 8017 appendix C).
    MD2_WITH_RSA "1.2.840.113549.1.1.2";
    /// sha1WithRSAEncryption (RFC 8017 appendix C).
    SHA1_WITH_RSA "1.2.840.113549.1.1.5";
    /// sha224WithRSAEncryption (RFC 4055 5).
    SHA224_WITH_RSA "1.2.840.113549.1.1.14";
    /// ecdsa-with-SHA1 (RFC 3279 2.2.3).
    ECDSA_WITH_SHA1 "1.2.840.10045.4.1";
    /// ecdsa-with-SHA2 (RFC 5758 3.2); SHA-224 to SHA-512 below it.
    ECDSA_WITH_SHA2 "1.2.840.10045.4.3";
    /// id-dsa-with-sha1 (RFC 3279 2.2.2).
    DSA_WITH_SHA1 "1.2.840.10040.4.3";
    /// id-sha1 (RFC 3279 2.1).
    SHA1 "1.3.14.3.2.26";
    /// id-sha256 (RFC 5754 2.2).
    SHA256 "2.16.840.1.101.3.4.2.1";
    /// id-sha384 (RFC 5754 2.3).
    SHA384 "2.16.840.1.101.3.4.2.2";
    /// id-sha512 (RFC 5754 2.4).
    SHA512 "2.16.840.1.101.3.4.2.3";
    /// id-ecPublicKey (RFC 5480 2.1.1).
    EC_PUBLIC_KEY "1.2.840.10045.2.1";
    /// id-Ed25519 (RFC 8410 3).
    ED25519 "1.3.101.112";
    /// secp256r1, P-256 (RFC 5480 2.1.1.1).
    P256 "1.2.840.10045.3.1.7";
    /// secp384r1, P-384 (RFC 5480 2.1.1.1).
    P384 "1.3.132.0.34";
    /// secp521r1, P-521 (RFC 5480 2.1.1.1).
    P521 "1.3.132.0.35";
    /// secp256k1 (SEC 2 A.2.1).
    SECP256K1 "1.3.132.0.10";
    /// brainpoolP256r1 (RFC 5639 4.1).
    BRAINPOOL_P256 "1.3.36.3.3.2.8.1.1.7";
    /// brainpoolP384r1 (RFC 5639 4.1).
    BRAINPOOL_P384 "1.3.36.3.3.2.8.1.1.11";
    /// brainpoolP512r1 (RFC 5639 4.1).
    BRAINPOOL_P512 "1.3.36.3.3.2.8.1.1.13";
    /// commonName (X.520 6.2.2).
    COMMON_NAME "2.5.4.3";
    /// The arc of certificate extensions, id-ce (RFC 5280 4.2.1).
    CERTIFICATE_EXTENSION "2.5.29";
    /// subjectKeyIdentifier (RFC 5280 4.2.1.2).
    SUBJECT_KEY_IDENTIFIER "2.5.29.14";
    /// keyUsage (RFC 5280 4.2.1.3).
    KEY_USAGE "2.5.29.15";
    /// basicConstraints (RFC 5280 4.2.1.9).
    BASIC_CONSTRAINTS "2.5.29.19";
    /// certificatePolicies (RFC 5280 4.2.1.4).
    CERTIFICATE_POLICIES "2.5.29.32";
    /// authorityKeyIdentifier (RFC 5280 4.2.1.1).
    AUTHORITY_KEY_IDENTIFIER "2.5.29.35";
    /// extKeyUsage (RFC 5280 4.2.1.12).
    EXTENDED_KEY_USAGE "2.5.29.37";
    /// extensionRequest, the attribute of a certification request (RFC 2985 5.4.2).
    EXTENSION_REQUEST "1.2.840.113549.1.9.14";
    /// id-aa-evidence, the attribute of a certification request that carries evidence
    /// (draft-ietf-lamps-csr-attestation-29 5.2: allocated early; to be renamed id-aa-attestation).
    EVIDENCE "1.2.840.113549.1.9.16.2.59";
    /// signedData (RFC 5652 5.1).
    SIGNED_DATA "1.2.840.113549.1.7.2";
    /// id-data (RFC 5652 4).
    CMS_DATA "1.2.840.113549.1.7.1";
}

#[cfg(test)]
mod tests {
    use super::{EC_PUBLIC_KEY, Oid, P384, RSA_ENCRYPTION, SHA1_WITH_RSA};

    /// The examples of X.690 8.19.5, RFC 8017 appendix C and RFC 5480 2.1.1.1.
    #[test]
    fn identifiers_are_encoded_as_the_standards_print_them() {
        assert_eq!(oid!(2.100.3).content(), [0x81, 0x34, 0x03]);
        let rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
        assert_eq!(RSA_ENCRYPTION.content(), rsa);
        assert_eq!(P384.content(), [0x2b, 0x81, 0x04, 0x00, 0x22]);
        let largest = [0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
        assert_eq!(oid!(0.9.144115188075855872).content()[1..], largest);
    }

    #[test]
    fn identifiers_print_as_they_are_written() {
        assert_eq!(oid!(1.3.6.1.4.1.41482.3.3).to_string(), "1.3.6.1.4.1.41482.3.3");
        assert_eq!(oid!(0.39.128).to_string(), "0.39.128");
        assert_eq!(oid!(2.999).to_string(), "2.999");
        assert_eq!(Oid::from_content(&[0x88, 0x37]).to_string(), "2.999");
    }

    #[test]
    fn an_arc_is_found_only_directly_below_its_parent() {
        let parent = oid!(1.2.840.113549.1.1);
        assert_eq!(SHA1_WITH_RSA.arc_below(parent), Some(5));
        assert_eq!(EC_PUBLIC_KEY.arc_below(parent), None);
        assert_eq!(parent.arc_below(parent), None);
    }
}
