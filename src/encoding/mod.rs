//! Encodings, without any knowledge of who uses them: strict DER, X.509 certificates and names,
//! PEM, base64 and hexadecimal, strict JSON and XML, YAML of our files and as programs print it.
//! Nothing here trusts or decides.

pub(crate) mod base64;
pub(crate) mod ber;
pub mod cvc;
pub mod der;
pub mod hex;
pub mod json;
pub mod name;
pub(crate) mod octets;
pub mod oid;
pub mod pem;
pub mod printed_yaml;
#[cfg(test)]
pub(crate) mod tally;
pub mod x509;
pub mod xml;
pub mod yaml;
