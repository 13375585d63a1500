//! What can be wrong with a statement of a Primus HSM, its signature, and the certificates above it.

use super::{ATTESTATION_KEY_USAGE, DAY, Draft, NO_AUTHORITY, Piece, name, policies, shifted};
use crate::encoding::oid::{self, Oid};
use crate::reason::ReasonCode as R;
use crate::result::{Outcome, Requirement};
use crate::simulate::defects::{evidence, unsatisfied, with_key, with_outcome};
use crate::simulate::keys::{Holder, KeyKind, Scheme};
use crate::simulate::pki::{Damage, ExtensionDraft};
use crate::simulate::{DefectOf, der};

/// The policy of the root, 1.3.6.1.4.1.44668.4.1.1.
const ROOT_POLICY: Oid<'_> = Oid::from_content(&[0x2b, 6, 1, 4, 1, 0x82, 0xdc, 0x7c, 4, 1, 1]);
/// An unknown extension: 1.3.6.1.4.1.55555.1.
const UNKNOWN: Oid<'_> = Oid::from_content(&[0x2b, 6, 1, 4, 1, 0x83, 0xb2, 0x03, 1]);
/// id-kp-timeStamping (RFC 3161 2.3).
const TIME_STAMPING: Oid<'_> = Oid::from_content(&[0x2b, 6, 1, 5, 5, 7, 3, 8]);

/// The beginning of the document, before its first element.
const ROOT: &str = "<private_key creation=\"generated\">";

/// A key that can be elsewhere too.
const fn exportable(
    name: &'static str,
    description: &'static str,
    change: fn(&mut Draft),
) -> DefectOf<Draft> {
    unsatisfied(Requirement::NonExportable, name, R::AttestationExportable, description, change)
}

pub(super) const DEFECTS: &[DefectOf<Draft>] = &[
    // The statement.
    with_outcome(
        Outcome::Review,
        evidence(
            "unwraps-keys",
            R::AttestationUnwrapsKeys,
            "The key may also decrypt other keys into the module.",
            |draft| {
                draft.document.change = |text| text.replace("<unwrap>false", "<unwrap>true");
            },
        ),
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "derives-other-keys",
            R::AttestationUnusualValue,
            "Other keys may be derived from the key.",
            |draft| {
                draft.document.change = |text| text.replace("<derive>false", "<derive>true");
            },
        ),
    ),
    unsatisfied(
        Requirement::GeneratedInModule,
        "imported",
        R::AttestationImported,
        "The key was imported and is stored outside, and the module says all the same that it was never \
         extractable.",
        |draft| {
            draft.document.change = |text| {
                text.replace(ROOT, "<private_key creation=\"imported\" storage=\"external\">")
                    .replace("<decrypt>false", "<decrypt>true")
                    .replace("<unwrap>false", "<unwrap>true")
                    .replace("<derive>false", "<derive>true")
                    .replace("<modifiable>false", "<modifiable>true")
                    .replace("<unique>true", "<unique>false")
            };
        },
    ),
    unsatisfied(
        Requirement::GeneratedInModule,
        "imported-and-nothing-else",
        R::AttestationImported,
        "The key was imported; every flag is as it must be.",
        |draft| {
            draft.document.change = |text| text.replace("\"generated\"", "\"imported\"");
        },
    ),
    exportable(
        "stored-outside",
        "The key was generated in the module and is stored outside.",
        |draft| {
            draft.document.change =
                |text| text.replace("\"generated\"", "\"generated\" storage=\"external\"");
        },
    ),
    exportable("not-unique", "There are copies of the key.", |draft| {
        draft.document.change = |text| text.replace("<unique>true", "<unique>false");
    }),
    exportable("copyable", "The key can be copied.", |draft| {
        draft.document.change = |text| text.replace("<copyable>false", "<copyable>true");
    }),
    exportable("once-extractable", "The key was extractable once.", |draft| {
        draft.document.change =
            |text| text.replace("<never_extractable>true", "<never_extractable>false");
    }),
    exportable("extractable", "The key can be extracted.", |draft| {
        draft.document.change = |text| {
            text.replace("<never_extractable>true", "<never_extractable>false")
                .replace("<extractable>false", "<extractable>true")
        };
    }),
    exportable("once-not-sensitive", "The key could be read in clear once.", |draft| {
        draft.document.change =
            |text| text.replace("<always_sensitive>true", "<always_sensitive>false");
    }),
    exportable("not-sensitive", "The key can be read in clear.", |draft| {
        draft.document.change = |text| {
            text.replace("<always_sensitive>true", "<always_sensitive>false")
                .replace("<sensitive>true", "<sensitive>false")
        };
    }),
    evidence(
        "extractable-and-never-extractable",
        R::AttestationInconsistent,
        "The key can be extracted, and never could.",
        |draft| {
            draft.document.change = |text| text.replace("<extractable>false", "<extractable>true");
        },
    ),
    evidence(
        "always-sensitive-and-not-sensitive",
        R::AttestationInconsistent,
        "The key always was sensitive, and is not.",
        |draft| {
            draft.document.change = |text| text.replace("<sensitive>true", "<sensitive>false");
        },
    ),
    evidence("cannot-sign", R::AttestationCannotSign, "The key may not sign.", |draft| {
        draft.document.change = |text| text.replace("<sign>true", "<sign>false");
    }),
    evidence(
        "attested-before-it-was-made",
        R::AttestationInconsistent,
        "The times at which the key was made and attested have changed places.",
        |draft| {
            draft.document.change = |text| {
                text.replace("create_time", "other_time")
                    .replace("attest_time", "create_time")
                    .replace("other_time", "attest_time")
            };
        },
    ),
    evidence(
        "algorithm-of-another-key",
        R::AttestationInconsistent,
        "The algorithm that is stated is not that of the key.",
        |draft| {
            draft.document.change = |text| text.replace("<algorithm>RSA", "<algorithm>EC");
        },
    ),
    with_key(
        KeyKind::Rsa3072,
        evidence(
            "size-of-another-key",
            R::AttestationInconsistent,
            "The size that is stated is not that of the key.",
            |draft| {
                draft.document.change = |text| text.replace("<key_size>3072", "<key_size>4096");
            },
        ),
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "with-approvals",
            R::AttestationLayoutUnconfirmed,
            "The use of the key needs approvals, in a form of which no genuine statement was seen.",
            |draft| {
                draft.document.change = |text| {
                    text.replace("\t<attributes>", "\t<policy><rule_use/></policy>\n\t<attributes>")
                };
            },
        ),
    ),
    with_outcome(
        Outcome::Review,
        unsatisfied(
            Requirement::GeneratedInModule,
            "derived",
            R::AttestationOriginUnstated,
            "The key was derived from another, of which nothing is said.",
            |draft| {
                draft.document.change = |text| {
                    text.replace(
                        "\t<attributes>",
                        "\t<derivation_value>44/0/0</derivation_value>\n\t<attributes>",
                    )
                };
            },
        ),
    ),
    // The document.
    evidence("document-type", R::InputXml, "The document has a document type.", |draft| {
        draft.document.change = |text| text.replace(ROOT, &format!("<!DOCTYPE private_key>{ROOT}"));
    }),
    evidence("comment", R::InputXml, "There is a comment in the document.", |draft| {
        draft.document.change = |text| text.replace("<sign>true", "<sign><!-- -->true");
    }),
    evidence("cdata", R::InputXml, "There is a CDATA section in the document.", |draft| {
        draft.document.change = |text| text.replace("<sign>true", "<sign><![CDATA[true]]>");
    }),
    evidence("namespace", R::InputXml, "The document has a namespace.", |draft| {
        draft.document.change = |text| text.replace("<private_key", "<private_key xmlns=\"urn:x\"");
    }),
    evidence(
        "byte-order-mark",
        R::InputXml,
        "A byte order mark was put before the document.",
        |draft| draft.document.damage = |text| format!("\u{feff}{text}"),
    ),
    evidence(
        "element-twice",
        R::AttestationDuplicateExtension,
        "The document states twice whether the key can be extracted, of which each reader takes another.",
        |draft| {
            draft.document.change = |text| {
                text.replace(
                    "\t\t<copyable>",
                    "\t\t<extractable>true</extractable>\n\t\t<copyable>",
                )
            };
        },
    ),
    evidence(
        "key-twice",
        R::AttestationDuplicateExtension,
        "The document holds two public keys.",
        |draft| {
            draft.document.change = |text| {
                text.replace("\t<attributes>", "\t<public_key>AAAA</public_key>\n\t<attributes>")
            };
        },
    ),
    evidence(
        "flags-twice",
        R::AttestationDuplicateExtension,
        "The document holds the flags twice.",
        |draft| {
            draft.document.change =
                |text| text.replace("</private_key>", "<attributes/></private_key>");
        },
    ),
    evidence(
        "flag-in-another-place",
        R::AttestationMalformed,
        "A flag stands outside the element of the flags.",
        |draft| {
            draft.document.change =
                |text| text.replace("</attributes>", "</attributes><unique>true</unique>");
        },
    ),
    evidence(
        "element-within-a-flag",
        R::AttestationMalformed,
        "A flag holds an element in place of a text.",
        |draft| {
            draft.document.change =
                |text| text.replace("<unique>true", "<unique><unique>true</unique>");
        },
    ),
    evidence(
        "flag-missing",
        R::AttestationExtensionMissing,
        "The document does not say whether the key is the only one.",
        |draft| {
            draft.document.change = |text| text.replace("<unique>true</unique>", "");
        },
    ),
    evidence(
        "creation-missing",
        R::AttestationExtensionMissing,
        "The document does not say where the key was made.",
        |draft| {
            draft.document.change = |text| text.replace(ROOT, "<private_key>");
        },
    ),
    evidence(
        "creation-unknown",
        R::AttestationMalformed,
        "The document says in a word that is not known where the key was made.",
        |draft| {
            draft.document.change = |text| text.replace("\"generated\"", "\"restored\"");
        },
    ),
    evidence(
        "flag-by-number",
        R::AttestationMalformed,
        "A flag is neither true nor false.",
        |draft| {
            draft.document.change = |text| text.replace("<unique>true", "<unique>1");
        },
    ),
    evidence(
        "attribute-unknown",
        R::AttestationMalformed,
        "An element has an attribute that is not known.",
        |draft| {
            draft.document.change = |text| text.replace("<unique>", "<unique as-of=\"2020\">");
        },
    ),
    evidence(
        "element-unknown",
        R::AttestationMalformed,
        "The document has an element that is not known.",
        |draft| {
            draft.document.change = |text| text.replace("</attributes>", "</attributes><backup/>");
        },
    ),
    evidence(
        "key-not-base64",
        R::AttestationMalformed,
        "The public key is broken over lines.",
        |draft| {
            draft.document.change = |text| text.replace("<public_key>MI", "<public_key>MI\n");
        },
    ),
    evidence(
        "time-without-zone",
        R::AttestationMalformed,
        "A time does not say of which zone it is.",
        |draft| {
            draft.document.change = |text| text.replace("Z</create_time>", "</create_time>");
        },
    ),
    // Which files came.
    evidence(
        "document-missing",
        R::AttestationWrongRole,
        "The certificates and the signature were sent without the document.",
        |draft| draft.pieces.retain(|piece| *piece != Piece::Document),
    ),
    evidence(
        "signature-missing",
        R::ChainIncomplete,
        "The document was sent without its signature.",
        |draft| draft.pieces.retain(|piece| *piece != Piece::Signature),
    ),
    evidence(
        "attestation-key-missing",
        R::ChainIncomplete,
        "The certificate of the attestation key was not sent.",
        |draft| draft.pieces.retain(|piece| *piece != Piece::AttestationKey),
    ),
    evidence(
        "device-missing",
        R::ChainIncomplete,
        "The certificate of the device was not sent.",
        |draft| draft.pieces.retain(|piece| *piece != Piece::Device),
    ),
    evidence(
        "two-documents",
        R::AttestationMultiple,
        "Statements about two keys were sent.",
        |draft| draft.pieces.push(Piece::SecondDocument),
    ),
    // The signature.
    evidence(
        "saved-with-other-line-ends",
        R::ChainSignatureInvalid,
        "The document was saved with line ends of Windows.",
        |draft| draft.document.damage = |text| text.replace('\n', "\r\n"),
    ),
    evidence(
        "saved-without-last-line",
        R::ChainSignatureInvalid,
        "The document was saved without the empty line at its end.",
        |draft| draft.document.damage = |text| text.trim_end().to_owned(),
    ),
    evidence(
        "changed-after-signing",
        R::ChainSignatureInvalid,
        "The document of an imported key was changed to say that the key was generated.",
        |draft| {
            draft.document.change = |text| text.replace("\"generated\"", "\"imported\"");
            draft.document.damage = |text| text.replace("\"imported\"", "\"generated\"");
        },
    ),
    evidence(
        "signature-broken",
        R::ChainSignatureInvalid,
        "One bit of the signature is turned.",
        |draft| {
            draft.signature.damage = |signature| {
                if let Some(last) = signature.last_mut() {
                    *last ^= 1;
                }
            };
        },
    ),
    evidence(
        "signature-cut",
        R::InputMalformed,
        "The last octet of the signature is missing.",
        |draft| {
            draft.signature.damage = |signature| {
                signature.pop();
            };
        },
    ),
    evidence(
        "signed-by-another-key",
        R::ChainSignatureInvalid,
        "The document is signed by a key that no module has.",
        |draft| draft.signature.signer = Holder::OtherDevice,
    ),
    evidence(
        "signed-by-the-device",
        R::ChainSignatureInvalid,
        "The document is signed by the key that certifies the attestation key.",
        |draft| draft.signature.signer = Holder::Issuing,
    ),
    evidence(
        "signed-by-the-attested-key",
        R::ChainSignatureInvalid,
        "The document is signed by the key that it is about.",
        |draft| draft.signature.signer = Holder::Attested,
    ),
    evidence(
        "signed-with-sha1",
        R::ChainSignatureInvalid,
        "The document is signed with SHA-1.",
        |draft| draft.signature.scheme = Scheme::Sha1,
    ),
    evidence(
        "about-the-attestation-key",
        R::AttestationWrongRole,
        "The statement and the request are about the attestation key itself.",
        |draft| {
            draft.attested = KeyKind::Rsa2048;
            draft.document.about = Holder::Device;
            (draft.request.key, draft.request.signer) = (Holder::Device, Holder::Device);
        },
    ),
    // The certificates.
    evidence(
        "wrong-root",
        R::ChainUntrustedRoot,
        "The device is certified by the root for development, which is no anchor.",
        |draft| {
            draft.device.issuer = name("SECUROSYS_ROOTKEY_DEV");
            draft.device.signer = Holder::OtherRoot;
        },
    ),
    evidence(
        "lookalike-root",
        R::ChainSignatureInvalid,
        "The device is certified by a root of the same name with another key.",
        |draft| draft.device.signer = Holder::OtherRoot,
    ),
    evidence(
        "attestation-key-under-the-root",
        R::ChainIncomplete,
        "The attestation key is certified by the root, past the device.",
        |draft| {
            draft.attestation_key.issuer.clone_from(&draft.root.subject);
            draft.attestation_key.signer = Holder::Root;
        },
    ),
    evidence(
        "attested-key-as-issuer",
        R::ChainSignatureInvalid,
        "The attestation key is certified by the key of the applicant, in the name of the device.",
        |draft| draft.attestation_key.signer = Holder::Attested,
    ),
    evidence(
        "device-signature-broken",
        R::ChainSignatureInvalid,
        "One bit of the signature on the device certificate is turned.",
        |draft| draft.device.damage = Damage::SignatureBit,
    ),
    evidence(
        "attestation-key-signature-broken",
        R::ChainSignatureInvalid,
        "One bit of the signature on the certificate of the attestation key is turned.",
        |draft| draft.attestation_key.damage = Damage::SignatureBit,
    ),
    evidence(
        "device-signed-with-sha1",
        R::ChainSignatureAlgorithm,
        "The certificate of the device is signed with SHA-1.",
        |draft| draft.device.scheme = Scheme::Sha1,
    ),
    evidence(
        "attestation-key-signed-with-sha1",
        R::ChainSignatureAlgorithm,
        "The certificate of the attestation key is signed with SHA-1.",
        |draft| draft.attestation_key.scheme = Scheme::Sha1,
    ),
    evidence(
        "device-expired",
        R::ChainExpired,
        "The certificate of the device has ended.",
        |draft| draft.device.validity.1 = shifted(draft.time, -DAY),
    ),
    evidence(
        "attestation-key-expired",
        R::ChainExpired,
        "The certificate of the attestation key has ended.",
        |draft| draft.attestation_key.validity.1 = shifted(draft.time, -DAY),
    ),
    evidence(
        "attestation-key-not-yet-valid",
        R::ChainNotYetValid,
        "The certificate of the attestation key begins tomorrow.",
        |draft| draft.attestation_key.validity.0 = shifted(draft.time, DAY),
    ),
    evidence(
        "device-not-ca",
        R::ChainIssuerNotCa,
        "The certificate of the device is none of a certification authority.",
        |draft| draft.device.replace(oid::BASIC_CONSTRAINTS, NO_AUTHORITY),
    ),
    evidence(
        "device-may-not-certify",
        R::ChainIssuerKeyUsage,
        "The key of the device may not sign certificates.",
        |draft| draft.device.replace(oid::KEY_USAGE, ATTESTATION_KEY_USAGE),
    ),
    evidence(
        "device-of-another-policy",
        R::ChainRole,
        "The certificate of the device has another policy.",
        |draft| draft.device.replace(oid::CERTIFICATE_POLICIES, policies(ROOT_POLICY)),
    ),
    evidence(
        "device-without-policy",
        R::ChainRole,
        "The certificate of the device has no policy.",
        |draft| draft.device.remove(oid::CERTIFICATE_POLICIES),
    ),
    evidence(
        "device-with-unknown-critical-extension",
        R::ChainUnknownCriticalExtension,
        "The certificate of the device has a critical extension that is not known.",
        |draft| draft.device.extensions.push(ExtensionDraft::critical(UNKNOWN, der::NULL)),
    ),
    evidence(
        "key-of-another-name",
        R::ChainIncomplete,
        "The document is signed by a key of the module that is not named as attestation keys are.",
        |draft| draft.attestation_key.subject = name("timestamp-key"),
    ),
    evidence(
        "key-for-timestamps",
        R::ChainRole,
        "The document is signed by a key that the module certified for timestamps.",
        |draft| {
            let purposes = der::sequence(&[&der::object_identifier(TIME_STAMPING)]);
            let purposes = ExtensionDraft::new(oid::EXTENDED_KEY_USAGE, purposes);
            draft.attestation_key.extensions.push(purposes);
        },
    ),
    evidence(
        "attestation-key-of-another-usage",
        R::ChainRole,
        "The certificate of the attestation key does not allow signatures.",
        |draft| draft.attestation_key.replace(oid::KEY_USAGE, [3, 2, 5, 0x20]),
    ),
    evidence(
        "attestation-key-is-an-authority",
        R::ChainRole,
        "The attestation key is certified as a certification authority.",
        |draft| draft.attestation_key.replace(oid::BASIC_CONSTRAINTS, der::sequence(&[der::TRUE])),
    ),
    // The request.
    unsatisfied(
        Requirement::KeyMatch,
        "request-for-another-key",
        R::BindingKeyMismatch,
        "The request is for a key in software, and is signed by it.",
        |draft| {
            (draft.request.key, draft.request.signer) = (Holder::Software, Holder::Software);
        },
    ),
    unsatisfied(
        Requirement::Possession,
        "request-signed-by-another-key",
        R::CsrSignatureInvalid,
        "The request names the attested key but is signed by another.",
        |draft| draft.request.signer = Holder::Software,
    ),
];
