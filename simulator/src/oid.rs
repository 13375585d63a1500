//! Object identifiers in dotted text, as the standards print them.

/// commonName, countryName, localityName, stateOrProvinceName, organizationName and
/// organizationalUnitName (RFC 5280 appendix A.1).
pub(crate) const COMMON_NAME: &str = "2.5.4.3";
pub(crate) const COUNTRY: &str = "2.5.4.6";
pub(crate) const LOCALITY: &str = "2.5.4.7";
pub(crate) const STATE: &str = "2.5.4.8";
pub(crate) const ORGANIZATION: &str = "2.5.4.10";
pub(crate) const ORGANIZATIONAL_UNIT: &str = "2.5.4.11";

/// Extensions of certificates (RFC 5280 4.2.1).
pub(crate) const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(crate) const CERTIFICATE_POLICIES: &str = "2.5.29.32";
pub(crate) const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
pub(crate) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";

/// extensionRequest (RFC 2985 5.4.2).
pub(crate) const EXTENSION_REQUEST: &str = "1.2.840.113549.1.9.14";

/// id-signedData and id-data (RFC 5652 5.1 and 4).
pub(crate) const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
pub(crate) const DATA: &str = "1.2.840.113549.1.7.1";

/// Keys: id-ecPublicKey and named curves (RFC 5480 2.1.1; SEC 2 A.2.1 for secp256k1), id-Ed25519
/// (RFC 8410 3), rsaEncryption (RFC 8017 appendix C).
pub(crate) const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
pub(crate) const P256: &str = "1.2.840.10045.3.1.7";
pub(crate) const P384: &str = "1.3.132.0.34";
pub(crate) const P521: &str = "1.3.132.0.35";
pub(crate) const SECP256K1: &str = "1.3.132.0.10";
pub(crate) const ED25519: &str = "1.3.101.112";
pub(crate) const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
/// brainpoolP256r1 (RFC 5639 4.1).
pub(crate) const BRAINPOOL_P256: &str = "1.3.36.3.3.2.8.1.1.7";

/// Signatures: RFC 8017 appendix C, RFC 5758 3.2 and RFC 3279 2.2.3; with SHA3-256 the Computer Security
/// Objects Register of NIST.
pub(crate) const SHA1_WITH_RSA: &str = "1.2.840.113549.1.1.5";
pub(crate) const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
pub(crate) const SHA256_WITH_RSA: &str = "1.2.840.113549.1.1.11";
pub(crate) const SHA224_WITH_RSA: &str = "1.2.840.113549.1.1.14";
pub(crate) const SHA3_256_WITH_RSA: &str = "2.16.840.1.101.3.4.3.14";
pub(crate) const ECDSA_WITH_SHA1: &str = "1.2.840.10045.4.1";
pub(crate) const ECDSA_WITH_SHA224: &str = "1.2.840.10045.4.3.1";
pub(crate) const ECDSA_WITH_SHA256: &str = "1.2.840.10045.4.3.2";
pub(crate) const ECDSA_WITH_SHA384: &str = "1.2.840.10045.4.3.3";
pub(crate) const ECDSA_WITH_SHA512: &str = "1.2.840.10045.4.3.4";
pub(crate) const ECDSA_WITH_SHA3_256: &str = "2.16.840.1.101.3.4.3.10";

/// Hashes (RFC 8017 appendix C, RFC 8702 2) and id-mgf1.
pub(crate) const SHA1: &str = "1.3.14.3.2.26";
pub(crate) const SHA224: &str = "2.16.840.1.101.3.4.2.4";
pub(crate) const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub(crate) const SHA3_256: &str = "2.16.840.1.101.3.4.2.8";
pub(crate) const MGF1: &str = "1.2.840.113549.1.1.8";

/// Below 2.999, the arc for examples (X.660 A.5): nobody defined it.
pub(crate) const UNDEFINED: &str = "2.999.1";
