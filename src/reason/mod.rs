//! Every reason a requirement can fail, wait for a person, or carry a notice for: its stable code,
//! its sentence, what staff do next, and what the applicant is told. Codes are added, never renamed;
//! each has a heading in `docs/reasons.md` and a case that reaches it.

mod advice;
mod applicant;
mod german;
mod language;

use advice::Advice;
pub(crate) use advice::{ASKED, FORMAT, MAKES, SENT, differs_by_format};
pub use applicant::{Silence, ToApplicant};
pub use language::Language;

use std::borrow::Cow;
use std::collections::BTreeMap;

/// A reason code with the facts it rests on.
///
/// Facts are plain text and may come from evidence: every renderer escapes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    code: ReasonCode,
    detail: BTreeMap<Cow<'static, str>, String>,
}

impl Reason {
    /// A reason without facts yet.
    pub fn new(code: ReasonCode) -> Self {
        Self { code, detail: BTreeMap::new() }
    }

    /// Adds one named fact: `name` is a short kebab-case word, `value` text for a person.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.detail.insert(name.into(), value.into());
        self
    }

    /// The stable code.
    pub fn code(&self) -> ReasonCode {
        self.code
    }

    /// What is so, in one sentence.
    pub fn sentence(&self) -> &'static str {
        let advice = Advice::of(self.code, &self.detail);
        advice.and_then(|advice| advice.sentence).unwrap_or(self.code.sentence())
    }

    /// What staff do next.
    pub fn hint(&self) -> Cow<'static, str> {
        match Advice::of(self.code, &self.detail) {
            Some(advice) => advice.hint,
            None => Cow::Borrowed(self.code.hint()),
        }
    }

    /// What the applicant is told, if there is anything to tell.
    pub fn to_applicant(&self, language: Language) -> Option<Cow<'static, str>> {
        if let Some(advice) = Advice::of(self.code, &self.detail) {
            return Some(advice.into_words(language));
        }
        let text = match language {
            Language::English => self.code.to_applicant().text(),
            Language::German => german::german(self.code),
        };
        text.map(Cow::Borrowed)
    }

    /// The named facts, in order of name.
    pub fn detail(&self) -> &BTreeMap<Cow<'static, str>, String> {
        &self.detail
    }
}

impl From<ReasonCode> for Reason {
    fn from(code: ReasonCode) -> Self {
        Self::new(code)
    }
}

macro_rules! to_applicant {
    (say $text:literal) => {
        ToApplicant::Say($text)
    };
    (refused $text:literal) => {
        ToApplicant::WhenRefused($text)
    };
    (silent $why:ident) => {
        ToApplicant::Silent(Silence::$why)
    };
}

macro_rules! reasons {
    ($( $variant:ident $code:literal $sentence:literal $hint:literal $manner:ident $words:tt; )*) => {
        /// The vocabulary of reasons, in order of code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ReasonCode {
            $( #[doc = concat!("`", $code, "`: ", $sentence)] $variant, )*
        }

        impl ReasonCode {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// The stable, dotted code.
            pub const fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )* }
            }

            /// What is so, in one sentence.
            pub const fn sentence(self) -> &'static str {
                match self { $( Self::$variant => $sentence, )* }
            }

            /// What staff do next.
            pub const fn hint(self) -> &'static str {
                match self { $( Self::$variant => $hint, )* }
            }

            /// What the applicant is told, or why nothing is.
            pub const fn to_applicant(self) -> ToApplicant {
                match self { $( Self::$variant => to_applicant!($manner $words), )* }
            }
        }
    };
}

impl ReasonCode {
    /// The code of that name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.code() == code)
    }

    /// Whether nothing of a submission may be kept that has this reason: a private key came, or what
    /// may hold one.
    pub const fn forbids_keeping(self) -> bool {
        matches!(
            self,
            Self::InputPrivateKeyPresent | Self::InputKeyBlobPresent | Self::InputKeystorePresent
        )
    }
}

impl std::fmt::Display for ReasonCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code())
    }
}

reasons! {
    AttestationAbsent "attestation.absent"
        "No key attestation was sent."
        "Ask for the manufacturer's attestation of this key, with the device certificate that signed it. Some devices cannot attest: `keyproof modules list` names them, and the answer to send."
        say "No key attestation came with your request. Please send the manufacturer's attestation of this key, and the device certificate that signed it. If you have none: which device or service holds the key?";
    AttestationAmbiguous "attestation.ambiguous"
        "Evidence of more than one format was sent together."
        "Ask for one submission that holds the evidence of one module only."
        say "Your files are of more than one kind of module. Please send the attestation of the one module that holds this key, and nothing of the others.";
    AttestationCanAttest "attestation.can-attest"
        "The attested key may itself sign attestation certificates."
        "Ask the applicant for a signing key without the capability sign-attestation-certificate, or record why this one is acceptable."
        say "This key may itself sign attestations. Please make a signing key without the capability sign-attestation-certificate, and send its attestation.";
    AttestationCannotSign "attestation.cannot-sign"
        "The module says this key may not sign."
        "Ask the applicant to generate a signing key in the module and to send its attestation."
        say "This is the attestation of a key that cannot sign. Please send the attestation of your signing key.";
    AttestationContradicted "attestation.contradicted"
        "What was sent with the attestation, signed by no one, says the contrary of what the module signed."
        "Ask the applicant which of the two is so, and for the answer of the service as it is; the module's own statement is what counts."
        say "The file of your service says two different things about the key. Please fetch the attestation again, and send the answer of the service unchanged.";
    AttestationDuplicateExtension "attestation.duplicate-extension"
        "The attestation states the same fact twice."
        "No module wrote this certificate. Treat the submission as forged, and tell your security staff before you answer."
        silent Accuses;
    AttestationExportabilityUnstated "attestation.exportability-unstated"
        "The evidence does not say whether the key can leave the module."
        "Ask how the module was set up. A witnessed record that no key can be wrapped out of it closes the gap (policy: accept_statement); otherwise use another method than key attestation."
        say "The attestation does not say whether the key can leave the device. Please tell us how the device was initialised and who witnessed that; or let us agree on another method, such as an audit.";
    AttestationExportable "attestation.exportable"
        "The module says this key can be exported."
        "Ask the applicant to generate a new key that cannot leave the module in any form, and to send its attestation."
        say "This key may be copied out of the module. Please make a new key that cannot leave it in any form, and send its attestation.";
    AttestationExtensionMissing "attestation.extension-missing"
        "The attestation lacks a statement that every genuine one carries."
        "Ask the applicant to export the attestation again from the module, unedited."
        say "The attestation lacks a part that every attestation of such a module has. Please export the attestation again with the tool of the module, and send the file unedited.";
    AttestationForeignEvidence "attestation.foreign-evidence"
        "Evidence of another module was sent along."
        "Ask which module holds the key, and for the evidence of that one alone."
        say "You sent certificates of two modules. Which one holds the key? Please send those of that one alone.";
    AttestationFormatExcluded "attestation.format-excluded"
        "The policy does not take evidence of this format."
        "Ask for a key in a module whose evidence the policy takes, or change the policy."
        say "We do not take keys of this kind of module. Please ask us which kinds we take.";
    AttestationImplausible "attestation.implausible"
        "The evidence says of the module or the key what no genuine module of that kind can say."
        "No genuine device wrote this. Treat the submission as forged: tell your security staff and the manufacturer, and take a new attestation only of a device that you have seen."
        silent Accuses;
    AttestationImported "attestation.imported"
        "The module says this key was imported, not generated in it."
        "Ask the applicant to generate a key inside the module and to send its attestation."
        say "This key was brought into the module from outside. Please generate a new key inside the module, and send its attestation.";
    AttestationInconsistent "attestation.inconsistent"
        "Two statements of the evidence contradict each other."
        "Ask for the attestation and the device certificate of one and the same module, exported together."
        say "The attestation and the device certificate do not fit together. Please export both again, at the same time, from the module that holds the key.";
    AttestationInnerSignatureInvalid "attestation.inner-signature-invalid"
        "The attested key did not sign its own part of the attestation."
        "Ask the applicant to make a new key in the module and send the attestation as it was read."
        say "The attestation is damaged. Please read it from the device again, and send the file unedited.";
    AttestationLayoutUnconfirmed "attestation.layout-unconfirmed"
        "The attestation is of a layout that is known from secondary sources only; no genuine one was seen."
        "Ask for an attestation of a key that was made recently, or weigh this one; and report it to the maintainers."
        say "The attestation is of an unusual form. Please make a new key, without special options, and send its attestation unedited.";
    AttestationMalformed "attestation.malformed"
        "A statement of the attestation is not in the form the manufacturer defines."
        "Ask the applicant to export the attestation again from the module, unedited."
        say "Please export the attestation again with the tool of the module, and send the file unedited. Which firmware does the module have?";
    AttestationMultiple "attestation.multiple"
        "More than one attestation was sent."
        "Ask which key the certificate is for, and for the attestation of that key alone."
        say "You sent attestations of more than one key. Which key is the certificate for? Please send the attestation of that key alone.";
    AttestationNotPrivateKey "attestation.not-private-key"
        "The attestation is about an object of the module that is no private key."
        "Ask the applicant for the attestation of the private key."
        say "What you attested is no private key. Please attest the private key of the pair, and send that message.";
    AttestationOriginUnstated "attestation.origin-unstated"
        "The evidence does not say whether the key was generated in the module."
        "Ask the applicant for an attestation that states the key's origin, or use another method than key attestation."
        say "The attestation does not say where the key was made. Please send evidence that the module generated it, or let us agree on another method, such as an audit.";
    AttestationOuterSignatureInvalid "attestation.outer-signature-invalid"
        "The module named in the attestation did not sign it."
        "Ask the applicant for the attestation and the device certificate of one and the same module."
        say "The attestation does not come from the device whose certificate you sent. Please send both from one device.";
    AttestationOuterSignatureMissing "attestation.outer-signature-missing"
        "No module signed the attestation; only the key itself did."
        "Ask the applicant for the authenticated request that the module wrote when it made the key."
        say "Please send the attestation as the device wrote it when the key was made, before a certificate was stored for that key. If it was overwritten, please make a new key.";
    AttestationPinPolicy "attestation.pin-policy"
        "The key can be used without a PIN."
        "Ask the applicant to generate the key with PIN policy once or always, or record how its use is otherwise controlled."
        say "This key can be used without a PIN. Please generate a new key with the PIN policy once or always, and send its attestation; or tell us how use of the key is controlled.";
    AttestationPkcForm "attestation.pkc-form"
        "The key confirmation of this Luna module is of the TC-TrustCenter form, which does not lead to the manufacturer's root."
        "Ask the applicant to run `cmu getpkc` again and to choose the PKC type Chrysalis-ITS; for an RSA key the file then holds five certificates."
        say "Please run cmu getpkc for this key again, and choose the PKC type Chrysalis-ITS. For an RSA key the file then holds five certificates.";
    AttestationRecoverable "attestation.recoverable"
        "The administrators of the module can recover this key, and may take it out of the module then."
        "Ask for a key that was generated without recovery, or record who holds the administrators' cards and why that suffices."
        say "The administrators of your security world can recover this key. Please generate the key again with recovery=no, and send its attestation bundle. If that is impossible: who holds the Administrator Cards, how many are needed, and where are they kept?";
    AttestationSerialMissing "attestation.serial-missing"
        "The attestation does not name the serial number of the module."
        "Ask the applicant to make the serial number visible and to attest again, or record which module holds the key."
        say "The attestation does not name the device. Which device holds the key, and which serial number does it show? If you can make the serial number visible, please attest the key again.";
    AttestationSignatureAlgorithm "attestation.signature-algorithm"
        "A signature of the attestation is of an algorithm that this format does not define."
        "Ask the applicant to export the attestation again from the module, unedited; if the module is newer than this release, update keyproof."
        say "Please export the attestation again with the tool of the module, and send the file unedited. Which firmware does the module have?";
    AttestationSignatureMissing "attestation.signature-missing"
        "The attestation lacks a signature that every genuine one carries."
        "Ask the applicant to export the attestation again from the module, unedited."
        say "The attestation is not complete. Please export the attestation again with the tool of the module, and send the file unedited.";
    AttestationSlot "attestation.slot"
        "The attestation does not name one of the module's key slots."
        "No genuine module writes this subject. Treat the submission as forged, and look at who sent it before you answer."
        silent Accuses;
    AttestationStatementAccepted "attestation.statement-accepted"
        "The evidence does not say whether the key can leave the module; a statement that the CA accepts does."
        "Nothing to ask; the reference names the CA's record of the statement."
        silent NothingToMend;
    AttestationUnknownClaim "attestation.unknown-claim"
        "The attestation makes a claim whose meaning is not known."
        "Look the claim up in the documentation of the manufacturer, and report it to the maintainers."
        say "The attestation says something that we do not know yet, and we are looking it up. Which model and firmware does the module have?";
    AttestationUnrecognized "attestation.unrecognized"
        "What was sent is not evidence of any supported format."
        "Ask which module holds the key, and for the attestation that its manufacturer defines. Some devices have none: `keyproof modules list` names them, and the answer to send."
        say "We do not recognise what you sent as a key attestation. Which module holds the key? Please send the attestation that its manufacturer defines.";
    AttestationUnsupported "attestation.unsupported"
        "The attestation says something whose meaning is not known here, so nothing can be concluded from it."
        "Compare it with the manufacturer's documentation, and report it to the maintainers; until then use another method than key attestation."
        say "The attestation of this key uses a feature that we cannot evaluate. With which options was the key generated? Please generate a plain signing key, and send its attestation.";
    AttestationUnusualValue "attestation.unusual-value"
        "A statement of the attestation has a value that no genuine one was seen to have."
        "Look up what the value means in the documentation of the manufacturer, weigh whether it touches the protection of the key, and report it to the maintainers."
        say "We are looking up a property of your key. How was it made, and with which settings?";
    AttestationUnwrapsKeys "attestation.unwraps-keys"
        "The attested key may also decrypt other keys into the module."
        "Ask for a key that may only sign, or weigh whether a key with two purposes is acceptable; its own protection is not touched."
        say "This key may also decrypt other keys. Please generate a key that may only sign, and send its attestation bundle.";
    AttestationWorldConfirmed "attestation.world-confirmed"
        "That the key stays protected rests on a security world that the CA has confirmed."
        "Nothing to ask; the reference names the CA's record."
        silent NothingToMend;
    AttestationWorldUnconfirmed "attestation.world-unconfirmed"
        "The key is kept under the module key of a security world, and the CA has not confirmed that world."
        "Ask the operator how the world was made and who holds its cards, compare hknso and hkm with `nfkminfo`, and record both in the policy (confirmed_modules)."
        say "How was the security world of your module made, and who holds its Administrator Cards? Please send the output of nfkminfo.";
    AttestationWrongRole "attestation.wrong-role"
        "A certificate of the module itself was sent in place of the attestation of a key."
        "Ask for the attestation of the slot or object that holds the key, along with this device certificate."
        say "You sent a certificate of the device itself. Please also send the attestation of the slot or object that holds the key.";
    BindingKeyMismatch "binding.key-mismatch"
        "The attested key is not the key in the request."
        "Ask the applicant for an attestation of the key that signed this request."
        say "The attestation is for another key than the request. Please attest the key that made this request, and send both together.";
    BundleDuplicate "bundle.duplicate"
        "The archive holds two entries of the same name."
        "Ask the applicant to pack the files again, each once."
        say "Your zip holds a file twice. Please pack the files again into a new zip, each once.";
    BundleLink "bundle.link"
        "The archive holds a link in place of a file."
        "Ask the applicant to pack the files themselves."
        say "Your zip holds a link in place of a file. Please pack the files themselves.";
    BundleMalformed "bundle.malformed"
        "The archive is damaged, or of a kind that is not read."
        "Ask the applicant to send the files in a plain zip, or one by one."
        say "We cannot open your archive. Please send the files in a plain zip without a password, or one by one.";
    BundleNested "bundle.nested"
        "The archive holds another archive."
        "Ask the applicant to send the files in one plain zip."
        say "Your zip holds another archive. Please send all files in one zip, with no archive inside it.";
    BundlePath "bundle.path"
        "The archive holds an entry whose name leaves its own folder."
        "Treat the archive as hostile: do not unpack it elsewhere, and look at who sent it. Files that are sent one by one can be judged."
        silent Accuses;
    BundleTooLarge "bundle.too-large"
        "The archive unpacks to more than a submission can be."
        "Ask the applicant to send only the request and the attestation."
        say "Your archive holds too much. Please send the certification request and the attestation, and nothing else.";
    BundleTooMany "bundle.too-many"
        "The archive holds more entries than a submission can have."
        "Ask the applicant to send only the request and the attestation."
        say "Your archive holds too many files. Please send the certification request and the attestation, and nothing else.";
    CertificationFirmwareUncompared "certification.firmware-uncompared"
        "Which firmware the module's certification names is not known here, so that of the module was compared with none."
        "Compare the firmware with the certificate or its security policy."
        silent OursToSettle;
    CertificationFirmwareUnstated "certification.firmware-unstated"
        "The evidence does not state the firmware of the module, and its certification names firmware."
        "Find out model and firmware from the applicant or the operator, and record them in the policy (confirmed_modules)."
        say "The attestation does not say which firmware the module has. Which model and firmware is it? Please send a screenshot or the output of its own tool.";
    CertificationHistorical "certification.historical"
        "The module's certification is on the historical list of the validation programme."
        "The clause asks for a certification, not for an active one; the policy decides."
        refused "We need a module with an active certification.";
    CertificationMarkerUnseen "certification.marker-unseen"
        "The manufacturer's certification marker has a value not seen before on this firmware."
        "Compare the marker with the manufacturer's documentation and report it to the maintainers."
        silent OursToSettle;
    CertificationModuleConfirmed "certification.module-confirmed"
        "Model and firmware of the module are those that the CA has recorded, not the evidence's own."
        "Nothing to ask; the reference names the CA's record."
        silent NothingToMend;
    CertificationPlatformOnly "certification.platform-only"
        "The certification covers the chip or platform of the module, not the module as it is sold."
        "The clause asks for a certified unit; a person must weigh whether the platform's certificate suffices."
        refused "We need a module that is certified as a whole, not its chip alone.";
    CertificationRevoked "certification.revoked"
        "The module's certification was revoked."
        "Ask the applicant to use a module whose certification stands."
        say "The certification of this model was revoked. Please make the key in another certified module.";
    CertificationScheme "certification.scheme"
        "The policy leaves it to a person what a certification under this scheme is worth."
        "Weigh what the scheme tests; or ask for a module with a certification that the policy counts."
        silent OursToSettle;
    CertificationSecondHand "certification.second-hand"
        "The module's certification is known from a copy of its issuer's record, not from the record itself."
        "Look the certificate up on its issuer's list, and compare number, level, firmware and status."
        silent OursToSettle;
    ChainAnchorCaller "chain.anchor-caller"
        "The evidence leads to an anchor that was added here, and that no manufacturer vouches for in keyproof."
        "Confirm the anchor's key with the manufacturer, and name it under `confirmed_anchors` in the policy; without that the gate lets nothing pass."
        silent OursToSettle;
    ChainAnchorUnconfirmed "chain.anchor-unconfirmed"
        "The manufacturer's key that vouches for the evidence is known from one source only."
        "Confirm the anchor's fingerprint with the manufacturer before relying on it."
        silent OursToSettle;
    ChainAttestedKeyAsIssuer "chain.attested-key-as-issuer"
        "The attestation was signed by a user's key, not by the module's own attestation key."
        "Treat the submission as forged, and tell your security staff. Only an attestation that the module itself signed counts."
        silent Accuses;
    ChainDistrusted "chain.distrusted"
        "A key, certificate or anchor that the evidence rests on is distrusted: what it vouches for shows nothing."
        "Nothing that rests on it can be accepted, whenever it was made. Ask for a key in another module, one whose evidence does not rest on it."
        say "The manufacturer's key behind this attestation is not trusted any more. Please make the key in another module, and send its attestation.";
    ChainExpired "chain.expired"
        "A certificate of the evidence had expired at the time of appraisal."
        "Ask for current evidence; a genuine module's attestation does not expire within its life."
        say "A certificate of the attestation has expired. Please export it again. Is the device a preview or test unit?";
    ChainFieldUpgrade "chain.field-upgrade"
        "The manufacturer certified the module in the field, on the word of an older and weaker key."
        "Ask for a module that was certified when it was made, or weigh the history of this one with its operator."
        say "Can the key be made in a module whose warrant was issued at the factory? If not: since when have you had this module, and who had access to it?";
    ChainIncomplete "chain.incomplete"
        "The certificate that signed the attestation was not sent."
        "Ask for the device (intermediate) certificate too: on a YubiKey, the certificate of slot f9; on a YubiHSM 2, opaque object 0."
        say "The certificate that signed the attestation is missing. Please also send the device certificate.";
    ChainIssuerKeyUsage "chain.issuer-key-usage"
        "An issuer in the evidence may not sign certificates, by its own key usage."
        "Ask the applicant to export the certificates again from the module, unedited."
        say "Please export the certificates of the module again, and send them unedited.";
    ChainIssuerNotCa "chain.issuer-not-ca"
        "An issuer in the evidence is not a certification authority."
        "Ask the applicant to export the certificates again from the module, unedited."
        say "Please export the certificates of the module again, and send them unedited.";
    ChainNotYetValid "chain.not-yet-valid"
        "A certificate of the evidence was not yet valid at the time of appraisal."
        "Check the time of appraisal; then ask the applicant for the evidence the module holds now."
        say "A certificate of the attestation is dated in the future. Please export it again from the module.";
    ChainOwnerAsserted "chain.owner-asserted"
        "Who runs the module is said by the evidence itself, and no one that is trusted vouches for it."
        "The manufacturer vouches for the module. Where it matters who runs it, ask the provider by another way."
        silent NothingToMend;
    ChainPathLength "chain.path-length"
        "An issuer in the evidence allows fewer certificates below it than were sent."
        "Somebody put a certificate in between. Look at who sent it before you answer; a genuine export has no such certificate."
        silent Accuses;
    ChainRole "chain.role"
        "A certificate stands where the format allows only one of another role or product."
        "Ask for the attestation and the device certificate of the product that holds the key."
        say "The certificates you sent do not belong to the attestation. Please send the attestation of the key, with the device certificate of the same product and application.";
    ChainSignatureAlgorithm "chain.signature-algorithm"
        "A certificate of the evidence is signed with an algorithm that is not accepted."
        "Ask the applicant to export the certificates again from the module, unedited."
        say "Please export the certificates of the module again, and send them unedited.";
    ChainSignatureInvalid "chain.signature-invalid"
        "A signature in the evidence does not verify."
        "Ask the applicant to export the attestation and the device certificate again, together; this one is altered, or is from two modules."
        say "The attestation and the device certificate do not fit together, or one of the files is damaged. Please export both again, from the same module, and send them unedited.";
    ChainTooManyIssuers "chain.too-many-issuers"
        "More certificates in the evidence could be the issuers of others, by their names, than any genuine evidence has."
        "Ask the applicant to send each certificate of the module once, and no others."
        say "Please send each certificate of the module once, and no others.";
    ChainUnknownCriticalExtension "chain.unknown-critical-extension"
        "A certificate of the evidence holds a critical extension that this format does not define."
        "Ask the applicant to export the certificates again from the module, unedited."
        say "Please export the certificates of the module again, and send them unedited.";
    ChainUntrustedRoot "chain.untrusted-root"
        "The evidence does not lead to a manufacturer's key that is trusted for this format."
        "Ask which module holds the key. A replaced attestation key, a preview unit or another maker's device cannot be accepted."
        say "The attestation does not lead to a manufacturer whose key we know. Which device is it, and was its attestation key ever replaced? Only the one from the factory counts.";
    ChainValidity "chain.validity"
        "A certificate of the evidence ends before it begins."
        "Ask the applicant to export the certificates again from the module, unedited."
        say "Please export the certificates of the module again, and send them unedited.";
    CmsAttributes "cms.attributes"
        "The signed attributes of the message are not those of its content."
        "Ask the applicant for the message as the module wrote it; no genuine tool writes attributes like these."
        say "Please send the message as the module wrote it, and tell us which module it is.";
    CmsAttributesAsContent "cms.attributes-as-content"
        "The content of the message is the signed attributes of another one."
        "Treat the submission as forged: the signature was made for other content. Tell your security staff."
        silent Accuses;
    CmsContentMissing "cms.content-missing"
        "The message signs content that is not in it."
        "Ask the applicant for the message with its content."
        say "The signed message came without its content. Please send the message with its content in it.";
    CmsMessageDigest "cms.message-digest"
        "The content of the message is not what its signer signed."
        "The content was replaced after it was signed. Look at who sent it before you answer; take only the message as the module wrote it."
        silent Accuses;
    CmsSignatureAlgorithm "cms.signature-algorithm"
        "The message is signed with an algorithm that is not accepted."
        "Ask the applicant for a message signed with SHA-256 or stronger."
        say "Please have the message signed with SHA-256 or stronger.";
    CmsSignatureInvalid "cms.signature-invalid"
        "The signature of the message does not verify."
        "Ask the applicant for the message as the module wrote it; this one is altered."
        say "The message is damaged. Please send it as the module wrote it.";
    CmsSignedAttributesRequired "cms.signed-attributes-required"
        "The message is signed without signed attributes."
        "Ask the applicant for a message with signed attributes; without them a signature can be moved to other content."
        say "Please send a message that is signed with signed attributes.";
    CmsSignerNotFound "cms.signer-not-found"
        "The certificate that the message names as its signer is not in it."
        "Ask the applicant for the message with the certificate of its signer."
        say "Please send the message with the certificate of its signer.";
    CmsSigners "cms.signers"
        "The message has no signer, or more than one."
        "Ask the applicant for a message with exactly one signer."
        say "Please send a message with exactly one signer.";
    CsrAlgorithmMismatch "csr.algorithm-mismatch"
        "The request is signed with an algorithm that does not belong to its key."
        "Ask the applicant to create the request again with the tool of the module."
        say "The certification request is not well formed. Please create it again with the tool of the module.";
    CsrAttributes "csr.attributes"
        "The request holds an attribute twice, or one that cannot be read."
        "Ask the applicant to create the request again with one extension request at most."
        say "Please create the certification request again, with one extension request at most.";
    CsrSignatureAlgorithm "csr.signature-algorithm"
        "The request is signed with an algorithm that is not accepted."
        "Ask for a request signed with RSA or ECDSA and SHA-256, SHA-384 or SHA-512 (RSA-PSS with a salt as long as the hash)."
        say "Please create the certification request again, signed with RSA or ECDSA and SHA-256, SHA-384 or SHA-512.";
    CsrSignatureInvalid "csr.signature-invalid"
        "The request is not signed by the key it names."
        "Ask the applicant to create the request on the module that holds the key."
        say "The certification request is not signed by its own key. Please create it again on the module that holds the key.";
    CsrVersion "csr.version"
        "The request has a version that PKCS #10 does not define."
        "Ask the applicant to create the request again."
        say "The certification request is not well formed. Please create it again with another tool.";
    CsrWeakHash "csr.weak-hash"
        "The request is signed with a hash that is no longer safe."
        "Ask the applicant to create the request again with SHA-256 or stronger."
        say "The certification request is signed with an outdated hash. Please create it again with SHA-256 or stronger.";
    DeviceAdvisory "device.advisory"
        "The manufacturer's security advisory covers this firmware and this kind of key."
        "Weigh the advisory, or ask for a key on a module that it does not cover."
        say "The manufacturer has published a security advisory about keys of this module and firmware. Can you make the key in a module with newer firmware, or of another kind?";
    DeviceNotCertified "device.not-certified"
        "No certification that is asked for covers this module at this firmware."
        "Ask the applicant to use a certified model (for a YubiKey: the FIPS series), at a firmware its certification names."
        say "This module, at this firmware, has no certification that code signing asks for: FIPS 140 level 2 or higher, or Common Criteria EAL 4+. Please make the key in a certified model, at a firmware that its certification names.";
    DeviceNotInFipsMode "device.not-in-fips-mode"
        "The module says it is not in FIPS mode, and no certification covers any other mode."
        "Ask the applicant for a key in a module that its operator runs in FIPS mode."
        say "The module that holds this key is not in its certified mode of operation. Please make the key in one that is.";
    DeviceSerialMismatch "device.serial-mismatch"
        "The evidence is of another device than the one that was ordered."
        "Ask the applicant for the attestation of the device in the order; or correct the order, if it names another."
        say "The attestation is of another device than the one in your order. Please send the attestation of the device that you ordered, or tell us if you want to use the other one.";
    DeviceSerialUnstated "device.serial-unstated"
        "The order names a device, and the evidence does not say of which device it is."
        "Find out by another way whether the key is in the device that was ordered."
        say "Your order names a device, and the attestation does not say which device it is of. Please make it again so that it shows the serial number, or tell us how we can see which device holds the key.";
    DeviceUnknownFirmware "device.unknown-firmware"
        "The manufacturer never released this firmware, as far as is known."
        "Ask which module holds the key; if the firmware is newer than this release, update keyproof."
        say "Which model and firmware does the module have?";
    EvidenceDraftFormat "evidence.draft-format"
        "Evidence of a format that is no more than a draft was sent; nothing vouches for it yet."
        "Ask for the attestation in the form that the module's manufacturer defines. `keyproof inspect` shows what the draft form says."
        say "We cannot rely on this draft format. Please send the attestation in the form that the manufacturer of your module defines.";
    EvidenceDraftVersion "evidence.draft-version"
        "The request carries evidence in the structure of a draft that is not read."
        "Ask the applicant to send the attestation beside the request, or to carry it in the structure of draft-ietf-lamps-csr-attestation-24 or later."
        say "Your tool puts the attestation into the request in an outdated form. Please send the attestation as a file beside the request.";
    EvidenceMalformed "evidence.malformed"
        "The request's evidence attribute is not of the structure that its draft defines."
        "Ask the applicant to send the attestation beside the request."
        say "The attestation inside your request is not well formed. Please send the attestation as a file beside the request.";
    GateAlreadyUsed "gate.already-used"
        "A certificate was issued on this verdict before."
        "Verify the evidence again for the new order; a verdict serves one certificate."
        silent OursToSettle;
    GateCallerTrust "gate.caller-trust"
        "The verdict rests on an anchor that the caller added, and the policy does not name its key."
        "Confirm the anchor's key with the manufacturer, name it under `confirmed_anchors` in the policy, and verify the evidence again."
        silent OursToSettle;
    GateDenied "gate.denied"
        "The key, its module or the subscriber is on the list of denials."
        "Look up why with `keyproof ledger list`; lift the denial only if its cause is gone."
        silent OursToSettle;
    GateNoVerdict "gate.no-verdict"
        "The ledger holds no verdict about the key of this certificate."
        "Verify the evidence for this key with the same ledger before issuing."
        silent OursToSettle;
    GateOtherOrder "gate.other-order"
        "The verdict about this key belongs to another order."
        "Verify the evidence for this order, or name the right order."
        silent OursToSettle;
    GateOtherPolicy "gate.other-policy"
        "The verdict was given under another policy than the one that holds now."
        "Verify the evidence again under the present policy."
        silent OursToSettle;
    GateRefused "gate.refused"
        "A person refused to let a certificate be issued on this verdict."
        "See the reason with `keyproof ledger show`."
        silent OursToSettle;
    GateRejected "gate.rejected"
        "The last verdict about this key is a reject."
        "See what failed with `keyproof ledger show`, and ask the applicant for what is missing."
        silent OursToSettle;
    GateSecondPerson "gate.second-person"
        "The policy asks for two people, and only one has approved."
        "Let a second person look at the file and approve it."
        silent OursToSettle;
    GateTestTrust "gate.test-trust"
        "The verdict rests on a test anchor."
        "Verify evidence of a genuine module."
        silent OursToSettle;
    GateTooOld "gate.too-old"
        "The verdict is older than the policy allows."
        "Verify the evidence again."
        silent OursToSettle;
    GateUnsettled "gate.unsettled"
        "The verdict is a review that nobody has approved."
        "Let a person weigh the file and approve it with `keyproof ledger approve`."
        silent OursToSettle;
    HistoryDenied "history.denied"
        "The key, its module or the subscriber is on the list of denials."
        "Do not issue; look up why with `keyproof ledger list`."
        silent OursToSettle;
    HistoryDeviceElsewhere "history.device-elsewhere"
        "Another subscriber has presented a key of the same module."
        "Ask who holds the module now, and how it came from one subscriber to the other."
        silent NamesAnotherSubscriber;
    HistoryEvidenceElsewhere "history.evidence-elsewhere"
        "Another subscriber has presented the same attestation."
        "Do not issue; find out which of the two holds the module."
        silent NamesAnotherSubscriber;
    HistoryKeyElsewhere "history.key-elsewhere"
        "Another subscriber has presented the same public key."
        "Do not issue; find out which of the two holds the key, and treat it as shared until then."
        silent NamesAnotherSubscriber;
    HistoryRenewal "history.renewal"
        "The same subscriber has presented the same key before, for another order."
        "Nothing; a renewal may keep its key."
        silent NothingToMend;
    HistoryResubmission "history.resubmission"
        "The same key has been presented before, for the same order."
        "Nothing; this verdict takes the place of the earlier one."
        silent NothingToMend;
    HistorySubscriberUnstated "history.subscriber-unstated"
        "The same key, module or attestation was presented before, and it was not said by which subscriber."
        "Name the subscriber of the order, and compare with the earlier record."
        silent OursToSettle;
    InputAmbiguous "input.ambiguous"
        "A file holds a request, certificate or key that was not read, and that another program may take for the one that was."
        "Somebody may have prepared this file: look at what is hidden in it, and at who sent it. Take only the request and each file of the evidence as the tool wrote it."
        silent Accuses;
    InputAttachmentsUnsaved "input.attachments-unsaved"
        "A message holds attachments that look like evidence, and they were not read."
        "Save the attachments of the message as files of their own, and judge them together with the rest; the message itself may stay."
        silent OursToSettle;
    InputBase64 "input.base64"
        "A base64 text in the submission is not well-formed."
        "Ask the applicant to send the file again, unedited."
        say "A file was damaged on its way. Please send the original file as an attachment.";
    InputCompanion "input.companion"
        "A file that holds no evidence was sent along."
        "No action needed: it was looked through for requests and keys, and means nothing."
        silent NothingToMend;
    InputDer "input.der"
        "An object in the submission is not well-formed DER."
        "Ask the applicant to export it again; no genuine module or tool writes it like this."
        say "We cannot read one of your files. Please export it again, and tell us which program made it.";
    InputDuplicateExtension "input.duplicate-extension"
        "A certificate or request holds the same extension twice."
        "Ask the applicant to export it again, unedited."
        say "One of your files is not well formed. Please export it again, and send it unedited.";
    InputEmpty "input.empty"
        "The submission holds nothing."
        "Ask the applicant to send the request and the attestation."
        say "The files arrived empty. Please send them again.";
    InputJson "input.json"
        "A file that looks like JSON is not one document that every reader understands alike."
        "Ask the applicant for the file as the service returned it, saved without changes."
        say "The JSON file was changed on its way. Please download it again, and send it as it is.";
    InputKeyBlobPresent "input.key-blob-present"
        "The file holds a key that was exported from its module in wrapped form."
        "Delete every copy. Ask the applicant for the key attestation, not a backup; a key that was exported is not non-exportable."
        say "You sent a backup of the key itself, not its attestation. A key that was backed up cannot be certified. Please make a new key in a device that was initialised without DKEK shares and key domains, and send its attestation.";
    InputKeystorePresent "input.keystore-present"
        "A file of the submission is a store of keys that cannot be opened, and may hold a private key."
        "Delete every copy. Ask the applicant whether a private key is in it: if so, the key is compromised, and another must be generated inside the module. Ask for the request and the attestation alone."
        say "You sent us a keystore. If a private key is in it, destroy that key, and generate a new one inside the module. Then send the request and the attestation by themselves.";
    InputMalformed "input.malformed"
        "A file of the submission cannot be read as any kind that is known."
        "Ask the applicant what the file is, and for the request and the attestation as PEM or DER."
        say "We do not know what one of your files is. Please tell us, and send the request and the attestation as PEM or DER.";
    InputNotSearched "input.not-searched"
        "A file that was sent along is too large, or too densely packed, to be looked through for requests and keys."
        "Look at the file, or leave it out and hand the others in again."
        say "A file that you sent along is too large for us to look through. Please send the request and the attestation without it.";
    InputPem "input.pem"
        "A PEM text in the submission is not well-formed."
        "Ask the applicant to send the file again, unedited."
        say "A file is not whole. Please send it again, whole and unedited.";
    InputPemLabel "input.pem-label"
        "A PEM block has a label that is not known, or not that of its content."
        "Ask the applicant what the block is, and to send the request and the attestation."
        say "We do not know what one part of a file is. Please send the request and the attestation as your tools wrote them.";
    InputPemMultiple "input.pem-multiple"
        "More than one certification request was sent."
        "Ask which request counts, and for that one alone."
        say "You sent more than one certification request. Which one counts? Please send that one alone.";
    InputPrivateKeyPresent "input.private-key-present"
        "The submission holds a private key."
        "Delete every copy. The key is compromised: tell the applicant to destroy it and to generate another inside the module."
        say "You sent us a private key. It counts as compromised: please destroy it, generate a new key inside the module, and send the request and the attestation of that one. Never send us a private key.";
    InputRequestForm "input.request-form"
        "The file named as the certification request is not in the one form that every program reads alike."
        "Hand the file in without --request, and issue from the request that --write-request writes."
        silent OursToSettle;
    InputTlv "input.tlv"
        "A card-verifiable certificate or request is not in the one form it must have."
        "Ask the applicant for the file as it was read from the device."
        say "The file from your device is damaged. Please read it again, and send it as it is.";
    InputTooDeep "input.too-deep"
        "An object in the submission is nested deeper than any genuine one."
        "Treat the submission as hostile: it is made to exhaust readers. Look at who sent it before you answer."
        silent Accuses;
    InputTooLarge "input.too-large"
        "A file of the submission is larger than any genuine one."
        "Ask the applicant to send only the request and the attestation."
        say "A file is too large. Please send the certification request and the attestation, and nothing else.";
    InputTooMany "input.too-many"
        "The submission holds more files or objects than a genuine one."
        "Ask the applicant to send only the request and the attestation."
        say "You sent too many files. Please send the certification request and the attestation, and nothing else.";
    InputTooManyCertificates "input.too-many-certificates"
        "The submission holds more certificates than a genuine one."
        "Ask for the attestation and the device certificate alone."
        say "You sent too many certificates. Please send the attestation and the device certificate alone.";
    InputTrailingData "input.trailing-data"
        "Bytes follow the end of an object in the submission."
        "Ask the applicant to export it again, unedited."
        say "A file holds more than it should. Please export it again, and send it unedited.";
    InputUnrecognized "input.unrecognized"
        "A file beside the evidence is of no kind that is known."
        "Ask the applicant what the file is, or leave it out and hand the others in again."
        say "We do not know what one of your files is. Please tell us, or send the request and the attestation without it.";
    InputUnusedCertificate "input.unused-certificate"
        "A certificate was sent that plays no part in the evidence."
        "Nothing need be done; the certificate was not used."
        silent NothingToMend;
    InputXml "input.xml"
        "A file that looks like XML is not one plain document that every reader understands alike."
        "Ask the applicant for the file as the module or service wrote it, saved without changes."
        say "The XML file was changed on its way. Please send the file as the module or service wrote it.";
    InputYaml "input.yaml"
        "A file that looks like the answer of a service in YAML is not in the form that its client prints."
        "Ask the applicant for the file as the client wrote it, or for the same answer as JSON."
        say "The YAML file was changed on its way. Please send the file as the tool of your service wrote it, or the same answer as JSON.";
    KeyAlgorithm "key.algorithm"
        "The key's algorithm is not one that the policy allows."
        "Ask the applicant for a key of RSA 3072 or more, or of ECDSA P-256, P-384 or P-521."
        say "Keys of this algorithm cannot be certified for code signing. Please use RSA of 3072 bits or more, or ECDSA on P-256, P-384 or P-521.";
    KeyCompromised "key.compromised"
        "The key is on the list of known-compromised keys."
        "Tell the applicant that the key is public knowledge, and ask for a new one."
        say "The private half of this key is known to others. Please generate a new key inside the module.";
    KeyCurve "key.curve"
        "The key's curve is not one that the policy allows."
        "Ask the applicant for a key on P-256, P-384 or P-521."
        say "Keys on this curve cannot be certified. Please use a key on P-256, P-384 or P-521.";
    KeyDebianWeak "key.debian-weak"
        "The key is one of those that Debian's OpenSSL could make in 2006 to 2008."
        "Tell the applicant that the key can be computed by anyone, and ask for a new one."
        say "The private half of this key can be computed by anyone. Please generate a new key inside the module.";
    KeyEncoding "key.encoding"
        "The public key is not encoded in the one form its standard prescribes."
        "Ask the applicant to create the request again with the tool of the module."
        say "The public key is not in its standard form. Please create the request again with the tool of the module.";
    KeyExplicitCurve "key.explicit-curve"
        "The public key spells out its own curve parameters."
        "Ask the applicant for a key on a named curve: P-256, P-384 or P-521."
        say "Please use a key on a named curve: P-256, P-384 or P-521.";
    KeyExponent "key.exponent"
        "The RSA public exponent is not an odd number from 2^16+1 to 2^256-1."
        "Ask the applicant for a key with the exponent 65537."
        say "Please generate a new RSA key with the exponent 65537.";
    KeyFermat "key.fermat"
        "The primes of the RSA key are so close that the key can be factored."
        "Tell the applicant that the key can be computed by anyone, and ask for a new one."
        say "The private half of this key can be computed by anyone. Please generate a new key inside the module, and find out what made this one.";
    KeyListDamaged "key.list-damaged"
        "A list of known weak keys is damaged where this key would stand, so that nobody knows whether it does."
        "Get the facts or the list again, and judge the submission anew."
        silent OursToSettle;
    KeyModulus "key.modulus"
        "The RSA modulus is even, has a small factor, or is a prime or a prime power."
        "Ask the applicant for a new key, and find out what made this one."
        say "This is not a proper RSA key. Please generate a new key inside the module, and find out what made this one.";
    KeyNoList "key.no-list"
        "No list at hand is complete for known weak keys of this kind, so that not all of them could be looked up."
        "Use facts with complete lists, or name one in the policy (compromised_keys)."
        silent OursToSettle;
    KeyNotExamined "key.not-examined"
        "The RSA modulus has more than 4096 bits, and so much came with it that it was not looked into."
        "Ask the applicant to send the request and the evidence for its key, and nothing else."
        say "Please send the certification request and the attestation of its key, and nothing else.";
    KeyPoint "key.point"
        "The public point is not a valid point of its curve."
        "Ask the applicant for a new key, and find out what made this one."
        say "This is not a proper key of its curve. Please generate a new key inside the module, and find out what made this one.";
    KeyRoca "key.roca"
        "The RSA modulus has the fingerprint of the flawed generator known as ROCA (CVE-2017-15361)."
        "Tell the applicant that the key can be computed, and ask for one from a module that is not affected."
        say "RSA keys of this chip can be computed (CVE-2017-15361). Please make the key in another module, or an ECDSA key if its firmware allows.";
    KeySize "key.size"
        "The size of the RSA key is outside what is allowed."
        "Ask the applicant for an RSA key of 3072 bits or more, or for ECDSA P-256, P-384 or P-521."
        say "RSA keys of this size cannot be certified for code signing. Please use RSA of 3072 bits or more, or ECDSA on P-256 or P-384.";
    KeyWeak "key.weak"
        "The public key belongs to a private key that anyone can guess."
        "Tell the applicant that the key is public knowledge, and ask for a new one."
        say "The private half of this key is known to everyone. Please generate a new key inside the module.";
    PolicyBelowFloor "policy.below-floor"
        "The policy asks for less than the Code Signing Baseline Requirements do."
        "Raise the value to the floor that the message names, or remove the line."
        silent OursToSettle;
    PolicyDuplicateKey "policy.duplicate-key"
        "The policy sets the same thing twice."
        "Keep one of the two lines."
        silent OursToSettle;
    PolicyMalformed "policy.malformed"
        "The policy file is not one YAML document that states a policy."
        "Compare the file with `keyproof policy show` and `keyproof policy schema`."
        silent OursToSettle;
    PolicyPath "policy.path"
        "The policy names a file that it may not, or that cannot be read."
        "Name a file beside the policy file; a policy cannot include another."
        silent OursToSettle;
    PolicyRange "policy.range"
        "A number in the policy is outside its range."
        "See `keyproof policy schema` for the range."
        silent OursToSettle;
    PolicyTooDeep "policy.too-deep"
        "The policy file is nested deeper than any policy."
        "Compare the file with `keyproof policy show`."
        silent OursToSettle;
    PolicyTooLarge "policy.too-large"
        "The policy file is larger than any policy, as written or once its aliases are expanded."
        "Compare the file with `keyproof policy show`."
        silent OursToSettle;
    PolicyType "policy.type"
        "A value in the policy is of the wrong kind."
        "See `keyproof policy schema` for the kind."
        silent OursToSettle;
    PolicyUnknownField "policy.unknown-field"
        "The policy sets something that does not exist."
        "Correct the spelling, or remove the line; nothing in a policy is ignored."
        silent OursToSettle;
    RequestAbsent "request.absent"
        "A certificate or a bare public key stands in for the certification request, so nothing shows who holds the key."
        "Ask for the certification request, signed by the attested key."
        say "Please send the certification request (CSR), signed by the attested key.";
    RequestMissing "request.missing"
        "No certification request was sent."
        "Ask for the certification request, signed by the attested key."
        say "Please also send the certification request (CSR), signed by the attested key.";
    ServiceDocumentMissing "service.document-missing"
        "The policy is for a signing service, and names no record of what the service must show besides."
        "Get the documents from the signing service, and name the record of each in the policy (service_documents)."
        silent OursToSettle;
    ServiceDocuments "service.documents"
        "What the signing service must show besides the module is in the CA's records."
        "Nothing to ask; the references name the CA's records."
        silent NothingToMend;
    TextEncoding "text.encoding"
        "A name in the submission is not text in the encoding it claims."
        "Ask the applicant to create the request again, with names in UTF-8."
        say "Please create the certification request again, with names in UTF-8.";
    TextUnsafeCharacters "text.unsafe-characters"
        "A name in the submission holds characters that could mislead a reader."
        "Read the name in its escaped form, as shown here; do not copy it from the request."
        say "Please create the certification request again, with names in plain letters.";
    TokenChallengeFailed "token.challenge-failed"
        "The token did not sign the challenge with the attested key."
        "Ask the applicant to put in the token that holds the key, and start anew."
        say "Please put in the token that holds the key of your request; we then begin anew.";
    TokenNoKeyDomain "token.no-key-domain"
        "The evidence does not say whether the key can leave the module; the live card states no key domain to wrap it with."
        "Nothing to ask; the operator who read the card vouches for it."
        silent NothingToMend;
}

#[cfg(test)]
mod tests {
    use super::ReasonCode;

    #[test]
    fn codes_are_unique_and_dotted_kebab() {
        let mut seen = std::collections::BTreeSet::new();
        for reason in ReasonCode::ALL {
            assert!(seen.insert(reason.code()), "{reason} twice");
            let (area, word) = reason.code().split_once('.').expect("one dot");
            for part in [area, word] {
                assert!(!part.is_empty() && !part.contains('.'), "{reason}");
                assert!(
                    part.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit())
                );
            }
            assert_eq!(ReasonCode::from_code(reason.code()), Some(*reason));
        }
        assert!(ReasonCode::ALL.is_sorted_by_key(|reason| reason.code()), "in order of code");
    }

    #[test]
    fn every_sentence_and_hint_ends_as_a_sentence() {
        for reason in ReasonCode::ALL {
            assert!(reason.sentence().ends_with('.'), "{reason}");
            assert!(reason.hint().ends_with('.'), "{reason}");
        }
    }
}
