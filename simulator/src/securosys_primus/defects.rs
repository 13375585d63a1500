//! What can be wrong with a statement of a Primus HSM, its signature, and the certificates above it.

use keyproof::{ReasonCode as R, Requirement};

use super::{ATTESTATION_KEY_USAGE, Draft, NO_AUTHORITY, Piece, name};
use crate::case::{DAY, shifted};
use crate::defects::{
    DefectOf, badly_signed, evidence, exportable, imported, inconsistent, malformed, missing,
    of_wrong_role, review, signature_broken, signed_with_sha1, with_key,
};
use crate::keys::{Holder, KeyKind, Scheme};
use crate::pki::ExtensionDraft;
use crate::{der, oid};

/// The policy of the root.
const ROOT_POLICY: &str = "1.3.6.1.4.1.44668.4.1.1";
/// id-kp-timeStamping (RFC 3161 2.3).
const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

/// The beginning of the document, before its first element.
const ROOT: &str = "<private_key creation=\"generated\">";

pub(super) const DEFECTS: &[DefectOf<Draft>] = &[
    // The statement.
    review(
        Requirement::GenuineModule,
        "unwraps-keys",
        R::AttestationUnwrapsKeys,
        "The key may also decrypt other keys into the module.",
        |draft| draft.flag("unwrap", true),
    ),
    review(
        Requirement::GenuineModule,
        "derives-other-keys",
        R::AttestationUnusualValue,
        "Other keys may be derived from the key.",
        |draft| draft.flag("derive", true),
    ),
    imported(
        "imported",
        "The key was imported and is stored outside, and the module says all the same that it was never \
         extractable.",
        |draft| {
            draft.replace(ROOT, "<private_key creation=\"imported\" storage=\"external\">");
            draft.flag("decrypt", true);
            draft.flag("unwrap", true);
            draft.flag("derive", true);
            draft.flag("modifiable", true);
            draft.flag("unique", false);
        },
    ),
    imported(
        "imported-and-nothing-else",
        "The key was imported; every flag is as it must be.",
        |draft| draft.replace("\"generated\"", "\"imported\""),
    ),
    exportable(
        "stored-outside",
        "The key was generated in the module and is stored outside.",
        |draft| draft.replace("\"generated\"", "\"generated\" storage=\"external\""),
    ),
    exportable("not-unique", "There are copies of the key.", |draft| draft.flag("unique", false)),
    exportable("copyable", "The key can be copied.", |draft| draft.flag("copyable", true)),
    exportable("once-extractable", "The key was extractable once.", |draft| {
        draft.flag("never_extractable", false)
    }),
    exportable("extractable", "The key can be extracted.", |draft| {
        draft.flag("never_extractable", false);
        draft.flag("extractable", true);
    }),
    exportable("once-not-sensitive", "The key could be read in clear once.", |draft| {
        draft.flag("always_sensitive", false)
    }),
    exportable("not-sensitive", "The key can be read in clear.", |draft| {
        draft.flag("always_sensitive", false);
        draft.flag("sensitive", false);
    }),
    inconsistent(
        "extractable-and-never-extractable",
        "The key can be extracted, and never could.",
        |draft| draft.flag("extractable", true),
    ),
    inconsistent(
        "always-sensitive-and-not-sensitive",
        "The key always was sensitive, and is not.",
        |draft| draft.flag("sensitive", false),
    ),
    evidence("cannot-sign", R::AttestationCannotSign, "The key may not sign.", |draft| {
        draft.flag("sign", false)
    }),
    inconsistent(
        "attested-before-it-was-made",
        "The times at which the key was made and attested have changed places.",
        |draft| {
            draft.replace("create_time", "other_time");
            draft.replace("attest_time", "create_time");
            draft.replace("other_time", "attest_time");
        },
    ),
    inconsistent(
        "algorithm-of-another-key",
        "The algorithm that is stated is not that of the key.",
        |draft| draft.replace("<algorithm>RSA", "<algorithm>EC"),
    ),
    with_key(
        KeyKind::Rsa3072,
        inconsistent(
            "size-of-another-key",
            "The size that is stated is not that of the key.",
            |draft| draft.replace("<key_size>3072", "<key_size>4096"),
        ),
    ),
    review(
        Requirement::GenuineModule,
        "with-approvals",
        R::AttestationLayoutUnconfirmed,
        "The use of the key needs approvals, in a form of which no genuine statement was seen.",
        |draft| draft.insert("<policy><rule_use/></policy>"),
    ),
    review(
        Requirement::GeneratedInModule,
        "derived",
        R::AttestationOriginUnstated,
        "The key was derived from another, of which nothing is said.",
        |draft| draft.insert("<derivation_value>44/0/0</derivation_value>"),
    ),
    // The document.
    evidence("document-type", R::InputXml, "The document has a document type.", |draft| {
        draft.replace(ROOT, &format!("<!DOCTYPE private_key>{ROOT}"))
    }),
    evidence("comment", R::InputXml, "There is a comment in the document.", |draft| {
        draft.replace("<sign>true", "<sign><!-- -->true")
    }),
    evidence("cdata", R::InputXml, "There is a CDATA section in the document.", |draft| {
        draft.replace("<sign>true", "<sign><![CDATA[true]]>")
    }),
    evidence("namespace", R::InputXml, "The document has a namespace.", |draft| {
        draft.replace("<private_key", "<private_key xmlns=\"urn:x\"")
    }),
    evidence(
        "byte-order-mark",
        R::InputXml,
        "A byte order mark was put behind the declaration of the document.",
        |draft| draft.document.damage = |text| text.replacen("?>", "?>\u{feff}", 1),
    ),
    evidence(
        "element-twice",
        R::AttestationDuplicateExtension,
        "The document states twice whether the key can be extracted, of which each reader takes another.",
        |draft| {
            draft.replace("\t\t<copyable>", "\t\t<extractable>true</extractable>\n\t\t<copyable>")
        },
    ),
    evidence(
        "key-twice",
        R::AttestationDuplicateExtension,
        "The document holds two public keys.",
        |draft| draft.insert("<public_key>AAAA</public_key>"),
    ),
    evidence(
        "flags-twice",
        R::AttestationDuplicateExtension,
        "The document holds the flags twice.",
        |draft| draft.replace("</private_key>", "<attributes/></private_key>"),
    ),
    malformed(
        "flag-in-another-place",
        "A flag stands outside the element of the flags.",
        |draft| draft.replace("</attributes>", "</attributes><unique>true</unique>"),
    ),
    malformed("element-within-a-flag", "A flag holds an element in place of a text.", |draft| {
        draft.replace("<unique>true", "<unique><unique>true</unique>")
    }),
    missing(
        "flag-missing",
        "The document does not say whether the key is the only one.",
        |draft| draft.replace("<unique>true</unique>", ""),
    ),
    missing("creation-missing", "The document does not say where the key was made.", |draft| {
        draft.replace(ROOT, "<private_key>")
    }),
    malformed(
        "creation-unknown",
        "The document says in a word that is not known where the key was made.",
        |draft| draft.replace("\"generated\"", "\"restored\""),
    ),
    malformed("flag-by-number", "A flag is neither true nor false.", |draft| {
        draft.replace("<unique>true", "<unique>1")
    }),
    malformed("attribute-unknown", "An element has an attribute that is not known.", |draft| {
        draft.replace("<unique>", "<unique as-of=\"2020\">")
    }),
    malformed("element-unknown", "The document has an element that is not known.", |draft| {
        draft.replace("</attributes>", "</attributes><backup/>")
    }),
    malformed("key-not-base64", "The public key is broken over lines.", |draft| {
        draft.replace("<public_key>MI", "<public_key>MI\n")
    }),
    malformed("time-without-zone", "A time does not say of which zone it is.", |draft| {
        draft.replace("Z</create_time>", "</create_time>")
    }),
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
    badly_signed(
        "saved-with-other-line-ends",
        "The document was saved with line ends of Windows.",
        |draft| draft.document.damage = |text| text.replace('\n', "\r\n"),
    ),
    badly_signed(
        "saved-without-last-line",
        "The document was saved without the empty line at its end.",
        |draft| draft.document.damage = |text| text.trim_end().to_owned(),
    ),
    badly_signed(
        "changed-after-signing",
        "The document of an imported key was changed to say that the key was generated.",
        |draft| {
            draft.replace("\"generated\"", "\"imported\"");
            draft.document.damage = |text| text.replace("\"imported\"", "\"generated\"");
        },
    ),
    badly_signed("signature-broken", "One bit of the signature is turned.", |draft| {
        draft.signature.damage = |signature| {
            if let Some(last) = signature.last_mut() {
                *last ^= 1;
            }
        };
    }),
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
    badly_signed(
        "signed-by-another-key",
        "The document is signed by a key that no module has.",
        |draft| draft.signature.signer = Holder::OtherDevice,
    ),
    badly_signed(
        "signed-by-the-device",
        "The document is signed by the key that certifies the attestation key.",
        |draft| draft.signature.signer = Holder::Issuing,
    ),
    badly_signed(
        "signed-by-the-attested-key",
        "The document is signed by the key that it is about.",
        |draft| draft.signature.signer = Holder::Attested,
    ),
    badly_signed("signed-with-sha1", "The document is signed with SHA-1.", |draft| {
        draft.signature.scheme = Scheme::Sha1
    }),
    evidence(
        "about-the-attestation-key",
        R::AttestationWrongRole,
        "The statement and the request are about the attestation key itself.",
        |draft| {
            draft.base.attested = KeyKind::Rsa2048;
            draft.document.about = Holder::Device;
            (draft.base.request.key, draft.base.request.signer) = (Holder::Device, Holder::Device);
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
    badly_signed(
        "lookalike-root",
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
    badly_signed(
        "attested-key-as-issuer",
        "The attestation key is certified by the key of the applicant, in the name of the device.",
        |draft| draft.attestation_key.signer = Holder::Attested,
    ),
    signature_broken!(device, "device", "device certificate"),
    signature_broken!(attestation_key, "attestation-key", "attestation key's certificate"),
    signed_with_sha1!(device, "device", "device certificate"),
    signed_with_sha1!(attestation_key, "attestation-key", "attestation key's certificate"),
    evidence(
        "device-expired",
        R::ChainExpired,
        "The certificate of the device has ended.",
        |draft| draft.device.validity.1 = shifted(draft.base.time, -DAY),
    ),
    evidence(
        "attestation-key-expired",
        R::ChainExpired,
        "The certificate of the attestation key has ended.",
        |draft| draft.attestation_key.validity.1 = shifted(draft.base.time, -DAY),
    ),
    evidence(
        "attestation-key-not-yet-valid",
        R::ChainNotYetValid,
        "The certificate of the attestation key begins tomorrow.",
        |draft| draft.attestation_key.validity.0 = shifted(draft.base.time, DAY),
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
    of_wrong_role(
        "device-of-another-policy",
        "The certificate of the device has another policy.",
        |draft| draft.device.replace(oid::CERTIFICATE_POLICIES, der::policies(ROOT_POLICY)),
    ),
    of_wrong_role(
        "device-without-policy",
        "The certificate of the device has no policy.",
        |draft| draft.device.remove(oid::CERTIFICATE_POLICIES),
    ),
    evidence(
        "device-with-unknown-critical-extension",
        R::ChainUnknownCriticalExtension,
        "The certificate of the device has a critical extension that is not known.",
        |draft| draft.device.extensions.push(ExtensionDraft::undefined()),
    ),
    evidence(
        "key-of-another-name",
        R::ChainIncomplete,
        "The document is signed by a key of the module that is not named as attestation keys are.",
        |draft| draft.attestation_key.subject = name("timestamp-key"),
    ),
    of_wrong_role(
        "key-for-timestamps",
        "The document is signed by a key that the module certified for timestamps.",
        |draft| {
            let purposes = der::identifiers(&[TIME_STAMPING]);
            let purposes = ExtensionDraft::new(oid::EXTENDED_KEY_USAGE, purposes);
            draft.attestation_key.extensions.push(purposes);
        },
    ),
    of_wrong_role(
        "attestation-key-of-another-usage",
        "The certificate of the attestation key does not allow signatures.",
        |draft| draft.attestation_key.replace(oid::KEY_USAGE, [3, 2, 5, 0x20]),
    ),
    of_wrong_role(
        "attestation-key-is-an-authority",
        "The attestation key is certified as a certification authority.",
        |draft| draft.attestation_key.replace(oid::BASIC_CONSTRAINTS, der::sequence(&[der::TRUE])),
    ),
];
