//! What can be wrong with a confirmation of a Luna module and with the chain above it.

use keyproof::{ReasonCode as R, Requirement};

use super::{
    Draft, FIRMWARE, Place, SERIAL, SERIAL_NUMBER, confirmation, object_name, purpose, states,
};
use crate::case::{DAY, shifted};
use crate::defects::{
    DefectOf, badly_signed, evidence, inconsistent, malformed, missing, notice, of_wrong_role,
    review, signature_broken, signed_with_sha1, uncertified, unsatisfied, with_key,
};
use crate::keys::{Holder, KeyKind, Scheme};
use crate::pki::{Damage, ExtensionDraft, SIGNS_ALONE};
use crate::{der, oid};

/// The serial number of another module.
const OTHER: u32 = SERIAL + 1;

/// A name that only a confirmation of the other form has, as far as anyone says.
const TRUST_CENTER: &str = "SIMULATED Luna TC TrustCenter Authority";

fn state_firmware(draft: &mut Draft, firmware: [u8; 4]) {
    draft.confirmation.replace(FIRMWARE, firmware);
    draft.device.replace(FIRMWARE, firmware);
}

fn name_device(draft: &mut Draft, name: &str) {
    draft.device.set_subject(name);
    draft.confirmation.issuer.clone_from(&draft.device.subject);
}

/// Leaves no chain but a root that is no anchor and one authority below it.
fn of_three_certificates(draft: &mut Draft) {
    under_another_root(draft);
    draft.confirmation.issuer.clone_from(&draft.issuing.subject);
    draft.confirmation.signer = Holder::Issuing;
    draft.sent = vec![Place::Confirmation, Place::Issuing, Place::Root];
}

/// Puts the issuing authority under a root of that name that is no anchor.
fn under_another_root(draft: &mut Draft) {
    let name = "SIMULATED Other Root";
    draft.root.set_subject(name);
    draft.root.issued_by(name, Holder::OtherRoot);
    draft.root.key = Holder::OtherRoot;
    draft.issuing.issued_by(name, Holder::OtherRoot);
}

/// A statement that no genuine certificate holds, and the one that confirmations alone hold.
const UNKNOWN_STATEMENT: &str = "1.3.6.1.4.1.12383.2.8";
const UNEXPLAINED_STATEMENT: &str = "1.3.6.1.4.1.12383.2.5";

pub(super) const DEFECTS: &[DefectOf<Draft>] = &[
    review(
        Requirement::GenuineModule,
        "unknown-statement",
        R::AttestationUnknownClaim,
        "The confirmation holds a statement of the manufacturer's that is not known.",
        |draft| draft.confirmation.extensions.push(states(UNKNOWN_STATEMENT, [1, 0, 0, 0])),
    ),
    review(
        Requirement::GenuineModule,
        "unusual-statement",
        R::AttestationUnusualValue,
        "A statement that nobody explains has another value than in a genuine confirmation.",
        |draft| {
            let statement = states(UNEXPLAINED_STATEMENT, [3, 2, 4, 0x70]);
            draft.confirmation.extensions.push(statement);
        },
    ),
    review(
        Requirement::GenuineModule,
        "unknown-statement-about-the-module",
        R::AttestationUnknownClaim,
        "The hardware origin holds a statement of the manufacturer's that is not known.",
        |draft| draft.hardware_origin.extensions.push(states(UNKNOWN_STATEMENT, [1, 0, 0, 0])),
    ),
    evidence(
        "trust-center-form",
        R::AttestationPkcForm,
        "The confirmation is of the TC-TrustCenter form, by the name of its authority.",
        |draft| {
            of_three_certificates(draft);
            draft.issuing.set_subject(TRUST_CENTER);
            draft.issuing.remove(oid::EXTENDED_KEY_USAGE);
            draft.confirmation.issuer.clone_from(&draft.issuing.subject);
            draft.confirmation.remove(oid::EXTENDED_KEY_USAGE);
        },
    ),
    evidence(
        "three-certificates",
        R::AttestationPkcForm,
        "The confirmation has three certificates that lead to no root that is known.",
        of_three_certificates,
    ),
    evidence(
        "message-version",
        R::InputMalformed,
        "The PKCS #7 message has a version that one without signers does not have.",
        |draft| draft.version = 3,
    ),
    evidence(
        "two-confirmations",
        R::AttestationMultiple,
        "Confirmations of two keys were sent.",
        |draft| {
            let name = format!("Luna K7-{SERIAL}");
            let issuer = (name.as_str(), Holder::Device);
            let validity = draft.confirmation.validity;
            draft.more.push(confirmation(issuer, Holder::SecondAttested, validity, true));
        },
    ),
    evidence(
        "chain-without-confirmation",
        R::AttestationWrongRole,
        "The certificates of the module were sent without a confirmation of a key.",
        |draft| draft.sent.retain(|place| *place != Place::Confirmation),
    ),
    evidence(
        "device-missing",
        R::ChainIncomplete,
        "The device authentication certificate was not sent.",
        |draft| draft.sent.retain(|place| *place != Place::Device),
    ),
    review(
        Requirement::GenuineModule,
        "device-of-another-module",
        R::AttestationForeignEvidence,
        "The device authentication certificate of another module was sent along.",
        |draft| {
            let mut other = draft.device.clone();
            other.what = "device authentication of another module";
            other.set_subject(&format!("Luna K7-{OTHER}"));
            other.key = Holder::OtherDevice;
            draft.more.push(other);
        },
    ),
    evidence(
        "wrong-root",
        R::ChainUntrustedRoot,
        "The chain ends at a root that is no anchor.",
        |draft| {
            under_another_root(draft);
            draft.sent.push(Place::Root);
        },
    ),
    evidence(
        "lookalike-root",
        R::ChainUntrustedRoot,
        "The chain ends at a root with the name of the anchor and another key.",
        |draft| {
            draft.root.of_and_by(Holder::OtherRoot);
            draft.issuing.signer = Holder::OtherRoot;
            draft.sent.push(Place::Root);
        },
    ),
    badly_signed(
        "altered-root",
        "A root of the anchor's name and key was sent along, and is not signed by that key.",
        |draft| {
            draft.root.damage = Damage::SignatureBit;
            draft.sent.push(Place::Root);
        },
    ),
    signature_broken!(confirmation, "confirmation", "confirmation"),
    signature_broken!(device, "device", "device certificate"),
    signature_broken!(hardware_origin, "hardware-origin", "hardware origin"),
    signature_broken!(issuing, "issuing", "issuing authority's certificate"),
    signed_with_sha1!(confirmation, "confirmation", "confirmation"),
    evidence(
        "attested-key-as-issuer",
        R::ChainAttestedKeyAsIssuer,
        "A genuinely confirmed key signed the confirmation of a key in software.",
        |draft| {
            let mut forged = draft.confirmation.clone();
            forged.what = "confirmation signed by the confirmed key of another";
            forged.issuer.clone_from(&draft.confirmation.subject);
            forged.subject = object_name("Chrysalis-ITS Proof of Origin", OTHER);
            (forged.key, forged.signer) = (Holder::Software, Holder::Attested);
            draft.more.push(forged);
            draft.base.request.of_software();
        },
    ),
    of_wrong_role(
        "hardware-origin-as-device",
        "A certificate of another purpose, that of a hardware origin, signed the confirmation.",
        |draft| {
            draft
                .device
                .replace(oid::EXTENDED_KEY_USAGE, der::identifiers(&[purpose::HARDWARE_ORIGIN]));
        },
    ),
    of_wrong_role(
        "two-purposes",
        "The device certificate has the purpose of a hardware origin too.",
        |draft| {
            let both = der::identifiers(&[purpose::DEVICE, purpose::HARDWARE_ORIGIN]);
            draft.device.replace(oid::EXTENDED_KEY_USAGE, both);
        },
    ),
    of_wrong_role(
        "confirmation-issued-by-hardware-origin",
        "The hardware origin signed the confirmation of an RSA key, past the device.",
        |draft| {
            draft.confirmation.issuer.clone_from(&draft.hardware_origin.subject);
            draft.confirmation.signer = Holder::HardwareOrigin;
        },
    ),
    evidence(
        "device-not-ca",
        R::ChainIssuerNotCa,
        "The device certificate is no certification authority.",
        |draft| draft.device.remove(oid::BASIC_CONSTRAINTS),
    ),
    evidence(
        "device-key-usage",
        R::ChainIssuerKeyUsage,
        "The device certificate may not sign certificates, by its key usage.",
        |draft| draft.device.replace(oid::KEY_USAGE, SIGNS_ALONE),
    ),
    of_wrong_role(
        "leaf-is-an-authority",
        "The confirmation says that its key may issue certificates.",
        |draft| draft.confirmation.extensions.push(ExtensionDraft::authority(0)),
    ),
    evidence(
        "cannot-sign",
        R::AttestationCannotSign,
        "The confirmation lets the key encrypt keys, and not sign.",
        |draft| draft.confirmation.replace(oid::KEY_USAGE, [3, 2, 5, 0x20]),
    ),
    evidence(
        "unknown-critical-extension",
        R::ChainUnknownCriticalExtension,
        "The confirmation holds a critical extension that the format does not define.",
        |draft| {
            draft.confirmation.extensions.push(ExtensionDraft::undefined());
        },
    ),
    evidence(
        "written-default-elsewhere",
        R::InputDer,
        "An extension outside the maker's arc writes out that it is not critical.",
        |draft| {
            let extension = ExtensionDraft::written_not_critical(oid::UNDEFINED, [0x30, 0]);
            draft.confirmation.extensions.push(extension);
        },
    ),
    evidence("device-expired", R::ChainExpired, "The device certificate has ended.", |draft| {
        draft.device.validity.1 = shifted(draft.base.time, -DAY);
    }),
    evidence(
        "confirmation-not-yet-valid",
        R::ChainNotYetValid,
        "The confirmation begins tomorrow.",
        |draft| draft.confirmation.validity.0 = shifted(draft.base.time, DAY),
    ),
    missing("serial-missing", "The confirmation does not state the serial number.", |draft| {
        draft.confirmation.remove(SERIAL_NUMBER)
    }),
    malformed(
        "serial-malformed",
        "The confirmation states the serial number as an INTEGER.",
        |draft| draft.confirmation.replace(SERIAL_NUMBER, [2, 4, 1, 0x35, 0x2a, 1]),
    ),
    evidence(
        "serial-twice",
        R::AttestationDuplicateExtension,
        "The confirmation states the serial number twice.",
        |draft| {
            draft.confirmation.extensions.push(states(SERIAL_NUMBER, SERIAL.to_le_bytes()));
        },
    ),
    inconsistent(
        "serial-of-another-module",
        "Confirmation and device certificate state different serial numbers.",
        |draft| draft.device.replace(SERIAL_NUMBER, OTHER.to_le_bytes()),
    ),
    inconsistent(
        "device-named-for-another-module",
        "The name of the device certificate holds another serial number.",
        |draft| name_device(draft, &format!("Luna K7-{OTHER}")),
    ),
    malformed(
        "device-without-model",
        "The name of the device certificate is no model and serial number.",
        |draft| name_device(draft, "Luna K7"),
    ),
    inconsistent(
        "key-identifier-of-another-module",
        "The identifier of the key ends with the serial number of another module.",
        |draft| {
            draft.confirmation.subject = object_name("Chrysalis-ITS Proof of Origin", OTHER);
        },
    ),
    evidence(
        "key-identifier-malformed",
        R::AttestationSlot,
        "The subject of the confirmation names no key object.",
        |draft| draft.confirmation.set_subject("41000000ae0000024128350"),
    ),
    inconsistent(
        "hardware-origin-of-another-module",
        "The number of the hardware origin's certificate ends with another serial number.",
        |draft| {
            let number = [&[0x20, 0x04, 0xee, 0x1d], OTHER.to_be_bytes().as_slice()].concat();
            draft.hardware_origin.serial = number;
        },
    ),
    with_key(
        KeyKind::P256,
        inconsistent(
            "hardware-origin-named-for-another-module",
            "The name of the hardware origin, in the chain for elliptic curves, is another serial number.",
            |draft| {
                draft.hardware_origin.set_subject(&OTHER.to_string());
                draft.confirmation.issuer.clone_from(&draft.hardware_origin.subject);
            },
        ),
    ),
    with_key(
        KeyKind::P256,
        badly_signed(
            "unsigned-integers-above-the-leaf",
            "The signature of the hardware origin has numbers without a sign, which only the module's own may.",
            |draft| draft.hardware_origin.scheme = Scheme::EcdsaUnsigned,
        ),
    ),
    with_key(
        KeyKind::P256,
        unsatisfied(
            Requirement::Possession,
            "unsigned-integers-in-the-request",
            R::CsrSignatureInvalid,
            "The signature of the request has numbers without a sign.",
            |draft| {
                // The key of the request is P-256; another of P-384 makes the signature.
                draft.base.request.signer = Holder::HardwareOrigin;
                draft.base.request.scheme = Scheme::EcdsaUnsigned;
                draft.base.request.algorithm = Some(der::algorithm(oid::ECDSA_WITH_SHA256, &[]));
            },
        ),
    ),
    missing(
        "firmware-missing",
        "The confirmation of an RSA key does not state the firmware.",
        |draft| draft.confirmation.remove(FIRMWARE),
    ),
    malformed(
        "firmware-malformed",
        "The confirmation states a firmware whose second octet is not zero.",
        |draft| draft.confirmation.replace(FIRMWARE, [84, 1, 7, 0]),
    ),
    inconsistent(
        "firmware-differs",
        "Confirmation and device certificate state different firmware.",
        |draft| draft.confirmation.replace(FIRMWARE, [77, 0, 7, 0]),
    ),
    review(
        Requirement::CertifiedModule,
        "firmware-uncompared",
        R::CertificationFirmwareUncompared,
        "The firmware is 7.8.2: no FIPS certification names it, and the firmware of the other is not known.",
        |draft| state_firmware(draft, [82, 0, 7, 0]),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "firmware-unknown",
        R::DeviceUnknownFirmware,
        "The firmware is 255.25.5, which was never released.",
        |draft| state_firmware(draft, [255, 0, 255, 0]),
    ),
    notice(
        Requirement::CertifiedModule,
        "firmware-of-a-historical-certificate",
        R::CertificationHistorical,
        "The firmware is 7.7.1, whose certificate is on the historical list.",
        |draft| state_firmware(draft, [71, 0, 7, 0]),
    ),
    uncertified(
        "model-not-certified",
        "The device is of a model whose certified firmware is not known.",
        |draft| name_device(draft, &format!("Luna G7-{SERIAL}")),
    ),
];
