//! What the claims say of the module and of the one key they are about. A module makes only claims
//! that are true, and those only that its operator asks for: what is not claimed is unstated.

use super::super::{AttestedStatement, InspectLine};
use super::message::{Claim, Complement, Message, fault};
use crate::claims::{
    Claims, Exportability, Firmware, KeyClaims, KeyOrigin, Marker, ModuleClaims, OperatingMode,
};
use crate::encoding::hex::{Sha256, to_hex};
use crate::encoding::oid::Oid;
use crate::encoding::x509::Certificate;
use crate::oid;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::time::Timestamp;

/// The predicates under 1.3.6.1.4.1.39901.6 (network-wide list: C4A-302-0043; arcs as in the
/// published message, which the list of pkic.org has one too deep).
pub(super) mod predicate {
    use super::{Oid, oid};

    /// The arc of claims about the module.
    pub(in super::super) const MODULE: Oid<'static> = oid!(1.3.6.1.4.1.39901.6.1);
    /// The arc of claims about a key.
    pub(in super::super) const KEY: Oid<'static> = oid!(1.3.6.1.4.1.39901.6.2);

    /// UUID of the module.
    pub(in super::super) const MODULE_UUID: u8 = 0;
    /// Its serial number.
    pub(in super::super) const SERIAL: u8 = 1;
    /// When the claims were made.
    pub(in super::super) const TIME: u8 = 2;
    /// Firmware: release and build.
    pub(in super::super) const FIRMWARE: u8 = 3;
    /// The module is a production unit.
    pub(in super::super) const PRODUCTION: u8 = 4;
    /// It is in FIPS mode.
    pub(in super::super) const FIPS_MODE: u8 = 5;

    /// The keys that sign claims are those of this module alone.
    pub(in super::super) const UNIQUE_AUTHORITY: u8 = 0;
    /// SubjectPublicKeyInfo of the key.
    pub(in super::super) const SPKI: u8 = 1;
    /// SHA-256 of it.
    pub(in super::super) const SPKI_SHA256: u8 = 3;
    /// What sort of object it is.
    pub(in super::super) const OBJECT_CLASS: u8 = 4;
    /// The sort of key, by a number of the maker's.
    pub(in super::super) const KEY_TYPE: u8 = 5;
    /// The key store, likewise.
    pub(in super::super) const KEYSTORE: u8 = 6;
    /// Generated on this module, and cannot be moved out of it in any way.
    pub(in super::super) const CONFINED: u8 = 7;
    /// Generated in hardware.
    pub(in super::super) const HARDWARE_GENERATED: u8 = 8;
    /// Never extracted.
    pub(in super::super) const NEVER_EXTRACTED: u8 = 9;
    /// What the key may do; once for each capability.
    pub(in super::super) const CAN: u8 = 13;
    /// What it may not do, likewise.
    pub(in super::super) const CANNOT: u8 = 14;
}

/// The object class of private keys.
pub(super) const PRIVATE_KEY: u64 = 4;
/// The capability to sign.
pub(super) const SIGN: u64 = 0x0105;
/// The capability to derive keys.
pub(super) const DERIVE: u64 = 0x0107;

/// Value of the marker of a module that claims to be in FIPS mode (ADR 0028).
const IN_FIPS_MODE: u64 = 1;

/// What the claims say, by predicate.
#[derive(Default)]
struct Stated<'a> {
    serial: Option<&'a str>,
    firmware: Option<Firmware>,
    is_production: bool,
    is_in_fips_mode: bool,
    has_unique_authority: bool,
    spki: Option<&'a [u8]>,
    spki_sha256: Option<&'a [u8]>,
    object_class: Option<u64>,
    is_confined: bool,
    is_hardware_generated: bool,
    was_never_extracted: bool,
    can: Vec<u64>,
    cannot: Vec<u64>,
    key_type: Option<u64>,
    keystore: Option<u64>,
    unknown: Vec<Oid<'a>>,
}

/// The sort of key and the key store of the genuine message. What other numbers mean is not published.
const SEEN_KEY_TYPE: u64 = 2;
const SEEN_KEYSTORE: u64 = 0x0100;

/// Reads claims, with the certificates of those who signed them.
pub(super) fn read(
    (claims, signers): (&Vec<Claim<'_>>, Vec<&Certificate>),
) -> Result<AttestedStatement, Vec<Reason>> {
    let subject = only_subject(claims).map_err(|reason| vec![reason])?;
    let mut reasons = Vec::new();
    let mut stated = Stated::default();
    for (place, claim) in claims.iter().enumerate() {
        let is_repeated = claims.iter().take(place).any(|before| {
            before.predicate == claim.predicate
                && (!is_capability(claim) || before.complement == claim.complement)
        });
        if is_repeated {
            reasons.push(about(ReasonCode::AttestationDuplicateExtension, claim));
        } else if let Err(reason) = stated.take(claim) {
            reasons.push(reason);
        }
    }
    let public_key = match stated.spki {
        Some(spki) => PublicKey::from_spki(spki)
            .map_err(|reason| reasons.push(reason.with("object", "attested key")))
            .ok(),
        None => {
            reasons.push(missing("key-spki"));
            None
        }
    };
    match public_key {
        Some(public_key) if reasons.is_empty() => {
            let mut contradictions = stated.contradictions(&public_key);
            contradictions.extend(other_module(stated.serial, &signers));
            let doubts = stated.doubts();
            let claims = stated.into_claims(&public_key, subject);
            Ok(AttestedStatement { public_key, claims, contradictions, doubts })
        }
        _ => Err(reasons),
    }
}

/// The one object that claims are about: what is claimed of one key must not count for another.
fn only_subject(claims: &[Claim<'_>]) -> Result<[u8; 16], Reason> {
    let mut subjects: Vec<_> = claims.iter().filter_map(|claim| claim.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    match subjects.as_slice() {
        [only] => Ok(*only),
        [] => Err(missing("key-spki")),
        several => Err(super::super::multiple(several.len())),
    }
}

fn is_capability(claim: &Claim<'_>) -> bool {
    let arc = claim.predicate.arc_below(predicate::KEY);
    matches!(arc, Some(predicate::CAN | predicate::CANNOT))
}

impl<'a> Stated<'a> {
    /// Takes one claim, which must have a subject and a value of the type that its predicate has.
    fn take(&mut self, claim: &Claim<'a>) -> Result<(), Reason> {
        let of_module = claim.predicate.arc_below(predicate::MODULE);
        let of_key = claim.predicate.arc_below(predicate::KEY);
        if !claim.predicate.starts_with(super::CRYPTO4A) {
            return Err(wrong(claim, "a claim outside the maker's arc"));
        }
        let has_subject = claim.subject.is_some();
        match (of_module, of_key, claim.complement) {
            (Some(_), _, _) if has_subject => {
                return Err(wrong(claim, "a claim about the module with the UUID of an object"));
            }
            (_, Some(predicate::UNIQUE_AUTHORITY), _) if has_subject => {
                return Err(wrong(claim, "a claim about the module with the UUID of an object"));
            }
            (_, Some(arc), _) if arc != predicate::UNIQUE_AUTHORITY && !has_subject => {
                return Err(wrong(claim, "a claim about a key without its UUID"));
            }
            (Some(predicate::MODULE_UUID), _, Complement::Octets(uuid)) if uuid.len() == 16 => {}
            (Some(predicate::SERIAL), _, Complement::Text(serial)) => self.serial = Some(serial),
            (Some(predicate::TIME), _, Complement::Time(_)) => {}
            (Some(predicate::FIRMWARE), _, Complement::Text(text)) => {
                self.firmware =
                    Some(release(text).ok_or_else(|| wrong(claim, "not a release and a build"))?);
            }
            (Some(predicate::PRODUCTION), _, Complement::None) => self.is_production = true,
            (Some(predicate::FIPS_MODE), _, Complement::None) => self.is_in_fips_mode = true,
            (_, Some(predicate::UNIQUE_AUTHORITY), Complement::None) => {
                self.has_unique_authority = true;
            }
            (_, Some(predicate::SPKI), Complement::Octets(spki)) => self.spki = Some(spki),
            (_, Some(predicate::SPKI_SHA256), Complement::Octets(sha256)) => {
                self.spki_sha256 = Some(sha256);
            }
            (_, Some(predicate::OBJECT_CLASS), Complement::Number(class)) => {
                self.object_class = Some(class);
            }
            (_, Some(predicate::KEY_TYPE), Complement::Number(number)) => {
                self.key_type = Some(number);
            }
            (_, Some(predicate::KEYSTORE), Complement::Number(number)) => {
                self.keystore = Some(number);
            }
            (_, Some(predicate::CONFINED), Complement::None) => self.is_confined = true,
            (_, Some(predicate::HARDWARE_GENERATED), Complement::None) => {
                self.is_hardware_generated = true;
            }
            (_, Some(predicate::NEVER_EXTRACTED), Complement::None) => {
                self.was_never_extracted = true;
            }
            (_, Some(predicate::CAN), Complement::Number(capability)) => self.can.push(capability),
            (_, Some(predicate::CANNOT), Complement::Number(capability)) => {
                self.cannot.push(capability);
            }
            (of_module, of_key, _) if is_known(of_module, of_key) => {
                return Err(wrong(claim, "a value of another type"));
            }
            _ => self.unknown.push(claim.predicate),
        }
        Ok(())
    }

    /// What of the claims is not known, or was seen of no genuine key.
    fn doubts(&self) -> Vec<Reason> {
        let about = |code, claim: String| Reason::new(code).with("claim", claim);
        let unknown = |claim| about(ReasonCode::AttestationUnknownClaim, claim);
        let unusual = |claim| about(ReasonCode::AttestationUnusualValue, claim);
        let predicates = self.unknown.iter().map(|claim| unknown(claim.to_string()));
        let numbers = [
            ("key type", self.key_type, SEEN_KEY_TYPE),
            ("key store", self.keystore, SEEN_KEYSTORE),
        ];
        let numbers = numbers.into_iter().filter_map(|(what, stated, seen)| {
            let stated = stated.filter(|it| *it != seen)?;
            Some(unusual(format!("{what} {stated:#06x}")))
        });
        // One that the key lacks too is a contradiction.
        let only = |number: &&u64| **number != SIGN && !self.cannot.contains(*number);
        let capabilities = self.can.iter().filter(only).map(|number| {
            let claim = format!("capability {}", capability(*number));
            if *number == DERIVE { unusual(claim) } else { unknown(claim) }
        });
        predicates.chain(numbers).chain(capabilities).collect()
    }

    /// What no genuine module claims of a key it vouches for.
    fn contradictions(&self, public_key: &PublicKey) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if !self.is_production {
            reasons.push(missing("certified-production"));
        }
        if !self.has_unique_authority {
            reasons.push(missing("attestation-keys-are-unique"));
        }
        match self.object_class {
            Some(PRIVATE_KEY) => {}
            Some(class) => reasons.push(
                Reason::new(ReasonCode::AttestationNotPrivateKey)
                    .with("object-class", class.to_string()),
            ),
            None => reasons.push(missing("object-class")),
        }
        let sha256 = public_key.spki_sha256();
        if self.spki_sha256.is_some_and(|stated| stated != sha256.as_bytes()) {
            reasons.push(
                Reason::new(ReasonCode::AttestationInconsistent)
                    .with("key-spki", sha256.to_string())
                    .with("key-spki-sha256", self.spki_sha256.map(to_hex).unwrap_or_default()),
            );
        }
        if let Some(both) = self.can.iter().find(|capability| self.cannot.contains(capability)) {
            reasons.push(
                Reason::new(ReasonCode::AttestationInconsistent)
                    .with("has-and-lacks-capability", capability(*both)),
            );
        } else if self.cannot.contains(&SIGN) {
            reasons.push(ReasonCode::AttestationCannotSign.into());
        }
        reasons
    }

    fn into_claims(self, public_key: &PublicKey, subject: [u8; 16]) -> Claims {
        let origin = if self.is_confined && self.is_hardware_generated {
            KeyOrigin::Generated
        } else {
            KeyOrigin::Unstated
        };
        let exportability = if self.is_confined && self.was_never_extracted {
            Exportability::NonExportable
        } else {
            Exportability::Unstated
        };
        let (fips_marker, mode) = if self.is_in_fips_mode {
            (Marker::Present(IN_FIPS_MODE), OperatingMode::Fips)
        } else {
            (Marker::Absent, OperatingMode::Unstated)
        };
        let module = ModuleClaims {
            serial: self.serial.map(str::to_owned),
            firmware: self.firmware,
            fips_marker,
            mode,
            ..ModuleClaims::unstated("Crypto4A", "QASM")
        };
        let key = KeyClaims {
            origin,
            exportability,
            object_id: Some(uuid(&subject)),
            capabilities: self.can.iter().map(|it| capability(*it)).collect(),
            ..KeyClaims::unstated(public_key)
        };
        Claims { module, key }
    }
}

/// Whether the predicate is one of those above.
fn is_known(of_module: Option<u8>, of_key: Option<u8>) -> bool {
    matches!(of_module, Some(predicate::MODULE_UUID..=predicate::FIPS_MODE))
        || matches!(
            of_key,
            Some(
                predicate::UNIQUE_AUTHORITY | predicate::SPKI | predicate::SPKI_SHA256
                    ..=predicate::NEVER_EXTRACTED | predicate::CAN | predicate::CANNOT
            )
        )
}

/// The release of a firmware that is written `4.0.2.493`, the last number being the build; or that
/// is written without a build.
fn release(text: &str) -> Option<Firmware> {
    let release = match text.rsplit_once('.') {
        Some((release, build)) if release.matches('.').count() == 2 => {
            let is_build = !build.is_empty() && build.bytes().all(|it| it.is_ascii_digit());
            is_build.then_some(release)?
        }
        _ => text,
    };
    Firmware::parse(release)
}

/// The certificates of the signers, where they name the module, name the one that the claims name:
/// `C4A000129 Assertion Authority EC` is of the module `QSM000129`.
fn other_module(serial: Option<&str>, signers: &[&Certificate]) -> Option<Reason> {
    let names: Vec<_> =
        signers.iter().filter_map(|signer| signer.subject().sole_common_name()).collect();
    let module = |name: &str| name.split_once(' ').map(|(module, _)| module.to_owned());
    let digits =
        |text: &str| text.trim_start_matches(|it: char| it.is_ascii_uppercase()).to_owned();
    // The prefix of names, `C4A`, has a digit itself.
    let number = |name: &str| digits(name.strip_prefix("C4A").unwrap_or(name));
    let modules: Vec<_> = names.iter().filter_map(|name| module(name)).collect();
    let differs = modules.iter().any(|one| modules.iter().any(|other| one != other))
        || serial.is_some_and(|serial| modules.iter().any(|one| number(one) != digits(serial)));
    differs.then(|| {
        Reason::new(ReasonCode::AttestationInconsistent)
            .with("signers", names.join(", "))
            .with("serial", serial.unwrap_or_default())
    })
}

fn capability(number: u64) -> String {
    match number {
        SIGN => "sign".to_owned(),
        DERIVE => "derive".to_owned(),
        other => format!("{other:#06x}"),
    }
}

fn uuid(octets: &[u8; 16]) -> String {
    let hex = to_hex(octets);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

fn about(code: ReasonCode, claim: &Claim<'_>) -> Reason {
    Reason::new(code).with("claim", claim.predicate.to_string())
}

fn wrong(claim: &Claim<'_>, what: &str) -> Reason {
    fault("claim", what).with("claim", claim.predicate.to_string())
}

fn missing(claim: &'static str) -> Reason {
    Reason::new(ReasonCode::AttestationExtensionMissing).with("claim", claim)
}

/// Every claim, by its identifier.
pub(super) fn inspect(message: &Message<'_>) -> Vec<InspectLine> {
    let claims = message.claims.outside().iter().map(|claim| {
        let subject = claim.subject.map(|it| format!(" of {}", uuid(&it))).unwrap_or_default();
        let value = match claim.complement {
            Complement::None => "claimed".to_owned(),
            Complement::Octets(octets) if octets.len() > 32 => {
                format!("{} octets, SHA-256 {}", octets.len(), Sha256::of(octets))
            }
            Complement::Octets(octets) => to_hex(octets),
            Complement::Text(text) => text.to_owned(),
            Complement::Time(time) => Timestamp::from_unix_seconds(time.unix_seconds())
                .map_or_else(|| "no time".to_owned(), |time| time.to_string()),
            Complement::Number(number) => format!("{number:#06x}"),
        };
        InspectLine { name: "claim", value: format!("{}{subject}: {value}", claim.predicate) }
    });
    let signers = message
        .blocks
        .iter()
        .map(|block| InspectLine { name: "signer", value: block.signer.subject().to_string() });
    claims.chain(signers).collect()
}
