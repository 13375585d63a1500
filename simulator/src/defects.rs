//! Defects, and those of the request, which every format can have.

use keyproof::{Outcome, ReasonCode, Requirement};

use crate::Defect;
use crate::case::Case;
use crate::keys::{Holder, KeyKind};
use crate::pki::RequestForm;

/// A defect, and how it is made.
pub(crate) struct DefectOf<D> {
    /// What it is.
    pub(crate) what: Defect,
    /// The kind of key that it is about, if it is about one.
    pub(crate) key: Option<KeyKind>,
    /// How it is made.
    pub(crate) change: fn(&mut D),
}

impl<D> Clone for DefectOf<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for DefectOf<D> {}

/// A defect of the evidence, by which it no longer shows a genuine module.
pub(crate) const fn evidence<D>(
    name: &'static str,
    reason: ReasonCode,
    description: &'static str,
    change: fn(&mut D),
) -> DefectOf<D> {
    unsatisfied(Requirement::GenuineModule, name, reason, description, change)
}

/// Defects of one requirement and one reason.
macro_rules! named {
    ($($(#[$doc:meta])* $name:ident: $requirement:ident $reason:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) const fn $name<D>(
            name: &'static str,
            description: &'static str,
            change: fn(&mut D),
        ) -> DefectOf<D> {
            let (requirement, reason) = (Requirement::$requirement, ReasonCode::$reason);
            unsatisfied(requirement, name, reason, description, change)
        }
    )*};
}

named! {
    /// Evidence in a form that the manufacturer does not define.
    malformed: GenuineModule AttestationMalformed;
    /// Evidence that contradicts itself.
    inconsistent: GenuineModule AttestationInconsistent;
    /// Evidence that leaves out what it must state.
    missing: GenuineModule AttestationExtensionMissing;
    /// Something that another key signed, or nobody did.
    badly_signed: GenuineModule ChainSignatureInvalid;
    /// A certificate that may not stand where it does.
    of_wrong_role: GenuineModule ChainRole;
    /// A module that no certification covers.
    uncertified: CertifiedModule DeviceNotCertified;
    /// A key that can be elsewhere too.
    exportable: NonExportable AttestationExportable;
    /// A key that was made elsewhere.
    imported: GeneratedInModule AttestationImported;
}

/// One bit of the signature of a certificate is turned.
macro_rules! signature_broken {
    ($place:ident, $name:literal, $what:literal) => {
        $crate::defects::badly_signed(
            concat!($name, "-signature-broken"),
            concat!("One bit of the signature of the ", $what, " is turned."),
            |draft| draft.$place.damage = $crate::pki::Damage::SignatureBit,
        )
    };
}
pub(crate) use signature_broken;

/// A certificate is signed with SHA-1.
macro_rules! signed_with_sha1 {
    ($place:ident, $name:literal, $what:literal) => {
        $crate::defects::evidence(
            concat!($name, "-signed-with-sha1"),
            keyproof::ReasonCode::ChainSignatureAlgorithm,
            concat!("The ", $what, " is signed with SHA-1."),
            |draft| draft.$place.scheme = $crate::keys::Scheme::Sha1,
        )
    };
}
pub(crate) use signed_with_sha1;

/// Defects of one outcome.
macro_rules! with_outcome {
    ($($(#[$doc:meta])* $name:ident: $outcome:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) const fn $name<D>(
            requirement: Requirement,
            name: &'static str,
            reason: ReasonCode,
            description: &'static str,
            change: fn(&mut D),
        ) -> DefectOf<D> {
            let outcome = Outcome::$outcome;
            let what = Defect { name, description, reason, requirement, outcome };
            DefectOf { what, key: None, change }
        }
    )*};
}

with_outcome! {
    /// A defect that leaves a requirement unsatisfied.
    unsatisfied: Unsatisfied;
    /// A matter of a requirement that a person must weigh.
    review: Review;
    /// What is no obstacle to a requirement, and must be noticed.
    notice: Satisfied;
}

/// The same defect with a key of that kind, which it needs.
pub(crate) const fn with_key<D>(kind: KeyKind, defect: DefectOf<D>) -> DefectOf<D> {
    DefectOf { key: Some(kind), ..defect }
}

/// What can be wrong with every case: its anchor is not what it should be, or its request does not
/// belong to the evidence or is missing.
pub(crate) fn of_every_case<D: Case>() -> Vec<DefectOf<D>> {
    vec![
        evidence(
            "anchor-for-another-format",
            ReasonCode::ChainRole,
            "The root is an anchor for other evidence only.",
            |draft| {
                let bound_to = &mut draft.base_mut().bound_to;
                let luna = "thales-luna";
                *bound_to = if *bound_to == luna { "google-cloud-hsm" } else { luna };
            },
        ),
        review(
            Requirement::GenuineModule,
            "anchor-of-the-caller",
            ReasonCode::ChainAnchorCaller,
            "The root is an anchor that the caller alone vouches for.",
            |draft| draft.base_mut().status = "caller",
        ),
        unsatisfied(
            Requirement::KeyMatch,
            "request-for-another-key",
            ReasonCode::BindingKeyMismatch,
            "The request is for a key in software, and is signed by it.",
            |draft| draft.base_mut().request.of_software(),
        ),
        unsatisfied(
            Requirement::Possession,
            "request-signed-by-another-key",
            ReasonCode::CsrSignatureInvalid,
            "The request names the attested key but is signed by another.",
            |draft| draft.base_mut().request.signer = Holder::Software,
        ),
        unsatisfied(
            Requirement::Possession,
            "request-missing",
            ReasonCode::RequestMissing,
            "The evidence was sent without a request.",
            |draft| draft.base_mut().request.form = RequestForm::Nothing,
        ),
        review(
            Requirement::Possession,
            "public-key-as-request",
            ReasonCode::RequestAbsent,
            "The bare public key was sent in place of a request.",
            |draft| draft.base_mut().request.form = RequestForm::PublicKey,
        ),
    ]
}
