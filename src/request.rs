//! The certification request (PKCS #10, RFC 2986): parsed, then proven to be signed by the key it
//! names. Says nothing about whose key that is.

use crate::encoding::der::{DerError, Reader, Strict, tag};
use crate::encoding::name::Name;
use crate::encoding::oid::{self, Oid};
use crate::encoding::pem;
use crate::encoding::x509::{Extension, X509Error};
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::signature::{self, Parameters, SignatureError};

/// Attributes in one request. The most seen in a genuine one is 5 (Windows).
const MAX_ATTRIBUTES: usize = 32;

/// Extensions without any. RFC 2985 5.4.2 has one at least, yet cryptography up to 35 writes this for
/// every request without extensions, and ykman with it; other tools leave out the value as well.
const NO_EXTENSIONS: &[u8] = &[tag::SEQUENCE, 0];

/// A certification request, parsed but not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    der: Vec<u8>,
    info: Vec<u8>,
    signature_algorithm: Vec<u8>,
    signature: Vec<u8>,
    subject: Name,
    public_key: Result<PublicKey, Reason>,
    attributes: Attributes,
}

/// What is read of a request's attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Attributes {
    /// The extensions that are asked for.
    extensions: Vec<Extension>,
    /// The values of the attribute that carries evidence.
    evidence: Option<Vec<u8>>,
}

/// A certification request whose own signature verifies: whoever made it held the private key.
#[derive(Clone, Debug)]
pub struct VerifiedRequest<'a> {
    public_key: &'a PublicKey,
}

impl VerifiedRequest<'_> {
    /// The key that signed the request.
    pub fn public_key(&self) -> &PublicKey {
        self.public_key
    }
}

impl Request {
    /// Parses exactly one request in strict DER. A public key that cannot be read is kept as the
    /// reason why, so that the rest can still be judged.
    ///
    /// # Errors
    /// `input.der`, `input.too-deep`, `input.duplicate-extension`, `csr.version`,
    /// `csr.attributes` or `text.encoding`.
    pub fn from_der(bytes: &[u8]) -> Result<Self, Reason> {
        Strict::check(bytes)
            .map_err(|error| X509Error::from(error).reason("request"))
            .and_then(Self::from_strict)
    }

    /// The same for bytes that are known to be strict DER.
    ///
    /// # Errors
    /// As for [`Self::from_der`].
    pub fn from_strict(der: Strict<'_>) -> Result<Self, Reason> {
        #[cfg(test)]
        crate::encoding::tally::note("parse", der.bytes());
        Self::read(der.bytes()).map_err(|fault| match fault {
            Fault::X509(error) => error.reason("request"),
            Fault::Version => ReasonCode::CsrVersion.into(),
            Fault::Attributes(fault) => Reason::new(ReasonCode::CsrAttributes).with("fault", fault),
        })
    }

    fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let (info, signature_algorithm, signature) = Reader::whole(bytes, |outer| {
            outer.nested(tag::SEQUENCE, |fields| {
                let (_, _, info) = fields.any()?;
                Ok::<_, Fault>((info, fields.expect(tag::SEQUENCE)?, fields.octet_aligned_bits()?))
            })
        })?;
        let (subject, subject_public_key_info, attributes) = Reader::whole(info, |outer| {
            outer.nested(tag::SEQUENCE, |fields| {
                if fields.u64()? != 0 {
                    return Err(Fault::Version);
                }
                let subject = Name::read(fields)?;
                let (_, _, subject_public_key_info) = fields.any()?;
                // The attributes are not optional, though they may be none (RFC 2986 4.1).
                let attributes = fields.nested(tag::CONTEXT_0, read_attributes)?;
                Ok((subject, subject_public_key_info, attributes))
            })
        })?;
        Ok(Self {
            der: bytes.to_vec(),
            info: info.to_vec(),
            signature_algorithm: signature_algorithm.to_vec(),
            signature: signature.to_vec(),
            subject,
            public_key: PublicKey::from_spki(subject_public_key_info),
            attributes,
        })
    }

    /// In canonical form: one PEM block of RFC 7468, which every program reads alike.
    pub fn to_pem(&self) -> String {
        pem::write("CERTIFICATE REQUEST", &self.der)
    }

    /// The subject; hostile.
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// The key that the request names, or why it cannot be read.
    pub fn public_key(&self) -> Result<&PublicKey, &Reason> {
        self.public_key.as_ref()
    }

    /// The requested extension of that identifier.
    pub fn extension(&self, oid: Oid<'_>) -> Option<&Extension> {
        self.attributes.extensions.iter().find(|extension| extension.oid() == oid)
    }

    /// The values of the attribute that carries evidence (draft-ietf-lamps-csr-attestation), DER one
    /// after the other. What is in them, the intake reads.
    pub fn evidence_attribute(&self) -> Option<&[u8]> {
        self.attributes.evidence.as_deref()
    }

    /// Checks the request's own signature. `None` if the key could not be read.
    ///
    /// # Errors
    /// `csr.weak-hash`, `csr.signature-algorithm`, `csr.algorithm-mismatch`, `key.size` or
    /// `csr.signature-invalid`.
    pub fn verify(&self) -> Option<Result<VerifiedRequest<'_>, Reason>> {
        self.verify_written(Parameters::Exact)
    }

    /// The same where the tools of a module write signatures so.
    ///
    /// # Errors
    /// As for [`Self::verify`].
    pub fn verify_written(
        &self,
        parameters: Parameters,
    ) -> Option<Result<VerifiedRequest<'_>, Reason>> {
        let public_key = self.public_key.as_ref().ok()?;
        let verdict = signature::verify(
            public_key,
            &self.signature_algorithm,
            parameters,
            &self.info,
            &self.signature,
        );
        Some(match verdict {
            Ok(()) => Ok(VerifiedRequest { public_key }),
            Err(error) => Err(signature_reason(error)),
        })
    }
}

fn signature_reason(error: SignatureError) -> Reason {
    match error {
        SignatureError::WeakHash(hash) => Reason::new(ReasonCode::CsrWeakHash).with("hash", hash),
        SignatureError::PssParameters => Reason::new(ReasonCode::CsrSignatureAlgorithm).with(
            "algorithm",
            "RSA-PSS with a salt of another length than its hash, or another mask",
        ),
        SignatureError::Unsupported(algorithm) => {
            Reason::new(ReasonCode::CsrSignatureAlgorithm).with("algorithm", algorithm)
        }
        SignatureError::AlgorithmMismatch => ReasonCode::CsrAlgorithmMismatch.into(),
        SignatureError::KeySize(bits) => {
            Reason::new(ReasonCode::KeySize).with("bits", bits.to_string())
        }
        SignatureError::Invalid => ReasonCode::CsrSignatureInvalid.into(),
    }
}

/// Takes the attributes (RFC 2986 4.1): none twice, and of them the extensions that are asked for
/// and the evidence.
/// The order of the SET is not checked: it is hidden behind an implicit tag, several tools do not
/// sort it, and nothing depends on it.
fn read_attributes(attributes: &mut Reader<'_>) -> Result<Attributes, Fault> {
    let mut evidence = None;
    let mut known: Vec<(Oid<'_>, &[u8])> = Vec::new();
    while !attributes.is_empty() {
        let (kind, values) = attributes.nested(tag::SEQUENCE, |attribute| {
            Ok::<_, DerError>((attribute.oid()?, attribute.expect(tag::SET)?))
        })?;
        if known.iter().any(|(other, _)| *other == kind) {
            return Err(Fault::Attributes(format!("attribute {kind} twice")));
        }
        if known.len() == MAX_ATTRIBUTES {
            return Err(Fault::Attributes(format!("more than {MAX_ATTRIBUTES} attributes")));
        }
        if kind == oid::EVIDENCE {
            evidence = Some(values.to_vec());
        }
        known.push((kind, values));
    }
    let request = known.into_iter().find(|(kind, _)| *kind == oid::EXTENSION_REQUEST);
    let Some((_, values)) = request else {
        return Ok(Attributes { evidence, ..Attributes::default() });
    };
    if matches!(values, [] | NO_EXTENSIONS) {
        return Ok(Attributes { evidence, ..Attributes::default() });
    }
    let extensions = Reader::whole(values, |values| {
        let extensions = Extension::read_all(values)?;
        if !values.is_empty() {
            return Err(Fault::Attributes("an extension request of two values".to_owned()));
        }
        Ok(extensions)
    })?;
    Ok(Attributes { extensions, evidence })
}

enum Fault {
    X509(X509Error),
    Version,
    Attributes(String),
}

impl<E: Into<X509Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::X509(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::Request;
    use crate::encoding::der::tag;
    use crate::encoding::oid;
    use crate::reason::ReasonCode;

    fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let mut out = vec![tag, 0x81];
        if content.len() < 0x80 {
            out.pop();
        }
        out.push(u8::try_from(content.len()).unwrap());
        out.extend(content);
        out
    }

    /// A request with one attribute, an extensionRequest of that content. Nobody signed it.
    fn asking(values: &[u8]) -> Result<Request, ReasonCode> {
        let kind = value(tag::OBJECT_IDENTIFIER, &[oid::EXTENSION_REQUEST.content()]);
        let attribute = value(tag::SEQUENCE, &[&kind, &value(tag::SET, &[values])]);
        let key = value(tag::SEQUENCE, &[&[0x30, 0], &[3, 2, 0, 1]]);
        let attributes = value(tag::CONTEXT_0, &[&attribute]);
        let info = value(tag::SEQUENCE, &[&[2, 1, 0], &[0x30, 0], &key, &attributes]);
        let request = value(tag::SEQUENCE, &[&info, &[0x30, 2, 5, 0], &[3, 2, 0, 1]]);
        Request::from_der(&request).map_err(|reason| reason.code())
    }

    /// keyUsage, which is nobody's to choose here.
    const EXTENSION: &[u8] = &[0x30, 0x0b, 6, 3, 0x55, 0x1d, 0x0f, 4, 4, 3, 2, 7, 0x80];

    #[test]
    fn no_extensions_may_be_asked_for_in_three_ways() {
        let asks = |values: &[u8]| asking(values).unwrap().extension(oid::KEY_USAGE).is_some();
        assert!(!asks(&[0x30, 0]));
        assert!(!asks(&[]));
        assert!(asks(&value(tag::SEQUENCE, &[EXTENSION])));
    }

    #[test]
    fn what_is_nearly_no_extensions_is_refused() {
        for (values, code) in [
            // Two values: which of them counts, readers disagree about.
            (&[0x30, 0, 0x30, 0][..], ReasonCode::InputDer),
            (&[&[0x30, 0], &value(tag::SEQUENCE, &[EXTENSION])[..]].concat(), ReasonCode::InputDer),
            // An extension without anything, and an empty value of another type.
            (&[0x30, 2, 0x30, 0], ReasonCode::InputDer),
            (&[0x31, 0], ReasonCode::InputDer),
            (&[5, 0], ReasonCode::InputDer),
        ] {
            assert_eq!(asking(values), Err(code), "{values:02x?}");
        }
    }
}
