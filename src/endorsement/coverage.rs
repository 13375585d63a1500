//! What the facts say about one module and one key: which products its claims select, how each of
//! their certifications stands at a time, and which advisories cover the key. Nothing here judges.

use super::data::{
    Advisory, Affected, AffectedOrigin, Augmentation, Certification, Endorsements, FirmwareRange,
    Module, Presence, Reading,
};
use super::{CertificationStatus, CertificationSummary, ReadingSummary, Scheme, Scope};
use crate::claims::{Firmware, KeyOrigin, Marker, ModuleClaims};
use crate::public_key::PublicKey;
use crate::time::Timestamp;

/// What is known of a module at a time.
#[derive(Clone, Debug)]
pub struct Coverage<'a> {
    /// Whether the firmware is one the manufacturer is known to have released.
    pub firmware: FirmwareStanding,
    /// The products the claims select.
    pub modules: Vec<&'a Module>,
    /// Every certification of these products that names the firmware, or could, and had been issued
    /// at that time, whether or not it counts for anything: the best first.
    pub certifications: Vec<CertificationStanding<'a>>,
}

/// What is known of a firmware version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirmwareStanding {
    /// Some product of the format has it.
    Released,
    /// No product of the format is known to have it.
    Unknown,
    /// The evidence does not state it.
    Unstated,
}

/// One certification at a time.
#[derive(Clone, Copy, Debug)]
pub struct CertificationStanding<'a> {
    /// The product.
    pub module: &'a Module,
    /// The certification.
    pub certification: &'a Certification,
    /// Its standing at that time.
    pub status: CertificationStatus,
    /// The manufacturer's mark on the unit.
    pub marker: MarkerStanding,
    /// Whether it is known to cover the firmware of the unit.
    pub firmware: FirmwareCoverage,
}

/// What is known of a certification and the firmware of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FirmwareCoverage {
    /// It names the firmware of the unit, or none at all.
    Covered,
    /// The evidence states the firmware of the unit, and which firmware it names is not known here.
    Uncompared,
    /// It names firmware, and the evidence does not state that of the unit.
    Unstated,
}

/// What is known of the value of a manufacturer's mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerStanding {
    /// The value is known for a firmware of the certification.
    Seen,
    /// The value is none of those known.
    Unseen,
    /// The product is told by other things than a mark.
    NotUsed,
}

impl Endorsements {
    /// What is known of the module that `claims` describe, at `time`.
    pub fn certifications_for(
        &self,
        format: &str,
        claims: &ModuleClaims,
        time: Timestamp,
    ) -> Coverage<'_> {
        let of_format = || self.modules.iter().filter(|it| it.is_of(format));
        let firmware = match claims.firmware {
            None => FirmwareStanding::Unstated,
            Some(firmware) if of_format().any(|it| it.may_have(firmware)) => {
                FirmwareStanding::Released
            }
            Some(_) => FirmwareStanding::Unknown,
        };
        let modules: Vec<_> = of_format().filter(|module| module.is_selected_by(claims)).collect();
        let mut certifications: Vec<_> = modules
            .iter()
            .flat_map(|module| module.certifications.iter().map(move |it| (*module, it)))
            .filter_map(|(module, certification)| {
                Some(CertificationStanding {
                    module,
                    certification,
                    status: certification.status_at(time)?,
                    firmware: certification.coverage_of(claims.firmware)?,
                    marker: match (module.fips_marker, claims.fips_marker) {
                        (Some(Presence::Present), Marker::Present(value)) => {
                            if certification.markers.contains(&value) {
                                MarkerStanding::Seen
                            } else {
                                MarkerStanding::Unseen
                            }
                        }
                        _ => MarkerStanding::NotUsed,
                    },
                })
            })
            .collect();
        certifications.sort_by_key(|standing| standing.rank());
        Coverage { firmware, modules, certifications }
    }

    /// The advisories that cover the key. A firmware or an origin that the evidence does not state
    /// counts as covered.
    pub fn advisories_for(
        &self,
        format: &str,
        claims: &ModuleClaims,
        key: &PublicKey,
        origin: KeyOrigin,
    ) -> Vec<&Advisory> {
        let algorithm = key.algorithm_name();
        let covers = |affected: &Affected| {
            affected.format == format
                && matches_form_factor(&affected.form_factors, claims)
                && claims.firmware.is_none_or(|firmware| within(&affected.firmware, firmware))
                && affected.keys.contains(&algorithm)
                && match affected.origin {
                    AffectedOrigin::Any => true,
                    AffectedOrigin::Generated => origin != KeyOrigin::Imported,
                }
        };
        self.advisories.iter().filter(|advisory| advisory.affects.iter().any(covers)).collect()
    }

    /// The product of that identifier.
    pub fn module(&self, id: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.id == id)
    }

    /// The advisory of that identifier.
    pub fn advisory(&self, id: &str) -> Option<&Advisory> {
        self.advisories.iter().find(|advisory| advisory.id == id)
    }
}

impl Module {
    /// Whether it attests in that format.
    pub(super) fn is_of(&self, format: &str) -> bool {
        self.formats.iter().any(|it| it == format)
    }

    /// Whether `claims` describe this product. Claims that do not state the firmware describe every
    /// product that the rest of them fits.
    pub(super) fn is_selected_by(&self, claims: &ModuleClaims) -> bool {
        let fips_marker = match (self.fips_marker, claims.fips_marker) {
            (None, _)
            | (Some(Presence::Present), Marker::Present(_))
            | (Some(Presence::Absent), Marker::Absent) => true,
            (Some(_), _) => false,
        };
        let other_marker = match (self.other_marker, &claims.other_marker) {
            (None, _) | (Some(Presence::Present), Some(_)) | (Some(Presence::Absent), None) => true,
            (Some(_), _) => false,
        };
        fips_marker
            && other_marker
            && matches_form_factor(&self.form_factors, claims)
            && (self.models.is_empty() || self.models.contains(&claims.model))
            && claims.firmware.is_none_or(|firmware| self.may_have(firmware))
    }

    fn may_have(&self, firmware: Firmware) -> bool {
        self.firmware.is_empty() || within(&self.firmware, firmware)
    }
}

impl Certification {
    /// Whether it is of a kind that CSBR 6.2.7.4.1 names, at that level of FIPS 140 or more:
    /// FIPS 140-2, FIPS 140-3 (6.2.7.4.2, "meets or exceeds"), or Common Criteria EAL 4+. EAL 4
    /// without augmentation is no EAL 4+. What was certified (`scope`) is for the caller to weigh.
    pub fn meets(&self, min_fips_level: u8) -> bool {
        match self.scheme {
            Scheme::Fips140_2 | Scheme::Fips140_3 => self.level >= min_fips_level,
            Scheme::CommonCriteria => {
                self.level >= 5 || (self.level == 4 && self.augmentation == Augmentation::Augmented)
            }
            Scheme::PciPtsHsm | Scheme::Qscd | Scheme::RemoteQscd | Scheme::Cspn => false,
        }
    }

    /// The scheme with level and protection profiles.
    pub fn grade(&self) -> String {
        self.scheme.grade(self.level, self.augmentation, &self.protection_profiles)
    }

    /// The last day of the active list, `YYYY-MM-DD`, if it is known.
    pub fn valid_until(&self) -> Option<String> {
        self.sunset.map(Timestamp::date)
    }

    /// Whether it covers that firmware; `None` if it names others only.
    fn coverage_of(&self, firmware: Option<Firmware>) -> Option<FirmwareCoverage> {
        match firmware {
            Some(_) if self.firmware_in_words.is_some() => Some(FirmwareCoverage::Uncompared),
            None if self.firmware_in_words.is_some() => Some(FirmwareCoverage::Unstated),
            _ if self.firmware.is_empty() => Some(FirmwareCoverage::Covered),
            Some(firmware) => {
                self.firmware.contains(&firmware).then_some(FirmwareCoverage::Covered)
            }
            None => Some(FirmwareCoverage::Unstated),
        }
    }

    /// Its standing at `time`, if it had been issued.
    fn status_at(&self, time: Timestamp) -> Option<CertificationStatus> {
        if self.validated.is_some_and(|validated| validated > time) {
            return None;
        }
        let reached = |date: Option<Timestamp>| date.is_some_and(|date| date <= time);
        // The sunset is the last active day (CMVP: "sunset date"), to its end.
        let past_sunset = self.sunset.is_some_and(|sunset| sunset.date() < time.date());
        Some(if reached(self.revoked_since) {
            CertificationStatus::Revoked
        } else if reached(self.historical_since) || past_sunset {
            CertificationStatus::Historical
        } else {
            CertificationStatus::Active
        })
    }
}

impl CertificationStanding<'_> {
    /// As results show it.
    pub fn statement(&self) -> CertificationSummary {
        let (read, sources) = match self.certification.read {
            Reading::Primary => (ReadingSummary::Primary, 1),
            Reading::Copy(sources) => (ReadingSummary::Copy, sources),
        };
        CertificationSummary {
            module: self.module.name.clone(),
            scheme: self.certification.scheme,
            level: self.certification.level,
            augmentation: self.certification.augmentation,
            protection_profiles: self.certification.protection_profiles.clone(),
            number: self.certification.number.clone(),
            scope: self.certification.scope,
            status: self.status,
            valid_until: self.certification.valid_until(),
            read,
            sources,
            seen: self.certification.seen.clone(),
            source: self.certification.source.clone(),
        }
    }

    /// Smaller is better: what counts before what does not, the device before its parts, known
    /// firmware before unknown, active before historical before revoked, its issuer's record before a
    /// copy, a higher level before a lower.
    fn rank(&self) -> impl Ord + use<> {
        (
            !self.certification.meets(2),
            self.certification.scope != Scope::Device,
            self.firmware,
            self.status,
            self.certification.read != Reading::Primary,
            std::cmp::Reverse(self.certification.level),
        )
    }
}

fn within(ranges: &[FirmwareRange], firmware: Firmware) -> bool {
    ranges.iter().any(|range| range.contains(firmware))
}

fn matches_form_factor(allowed: &[String], claims: &ModuleClaims) -> bool {
    allowed.is_empty() || claims.form_factor.as_ref().is_some_and(|stated| allowed.contains(stated))
}

#[cfg(test)]
mod tests {
    use super::super::{CertificationStatus, Scheme};
    use super::{Coverage, Endorsements, FirmwareCoverage, FirmwareStanding, MarkerStanding};
    use crate::claims::{Firmware, KeyOrigin, Marker, ModuleClaims};
    use crate::encoding::hex::from_hex;
    use crate::public_key::PublicKey;
    use crate::time::Timestamp;

    const PIV: &str = "yubico-piv";
    const HSM: &str = "yubico-yubihsm2";
    const TODAY: &str = "2026-11-21";

    fn endorsements() -> Endorsements {
        Endorsements::parse(
            &[("m", include_bytes!("../../vendor-roots/yubico/modules.yaml"))],
            &[("a", include_bytes!("../../vendor-roots/yubico/advisories.yaml"))],
        )
        .unwrap()
    }

    fn claims(firmware: &str, fips_marker: Marker, form_factor: Option<&str>) -> ModuleClaims {
        ModuleClaims {
            firmware: (!firmware.is_empty()).then(|| Firmware::parse(firmware).unwrap()),
            fips_marker,
            form_factor: form_factor.map(str::to_owned),
            ..ModuleClaims::unstated("Yubico", String::new())
        }
    }

    const KEYCHAIN: Option<&str> = Some("USB-C Keychain");
    const BIO: Option<&str> = Some("USB-C Bio Keychain");

    fn numbers(coverage: &Coverage<'_>, min_fips_level: u8) -> Vec<String> {
        let counted = coverage.certifications.iter().map(|standing| standing.certification);
        let counted = counted.filter(|it| it.meets(min_fips_level));
        counted.map(|it| it.number.clone().unwrap_or_else(|| format!("{:?}", it.scheme))).collect()
    }

    fn at(date: &str) -> Timestamp {
        Timestamp::from_date(date).unwrap()
    }

    #[test]
    fn certified_firmware_is_covered_and_its_neighbours_are_not() {
        let all = endorsements();
        for (format, marker, firmware, expected) in [
            (PIV, 3, "4.4.4", &[][..]),
            (PIV, 3, "4.4.5", &["3517"]),
            (PIV, 3, "4.4.6", &[]),
            (PIV, 7, "5.4.1", &[]),
            (PIV, 7, "5.4.2", &["3914"]),
            (PIV, 7, "5.4.3", &["3914"]),
            (PIV, 7, "5.4.4", &[]),
            (PIV, 7, "5.7.3", &[]),
            (PIV, 7, "5.7.4", &["5291"]),
            (PIV, 7, "5.7.5", &[]),
            (HSM, 5, "2.2.0", &["3916"]),
            (HSM, 5, "2.2.1", &[]),
            (HSM, 5, "2.4.0", &[]),
            (HSM, 5, "2.4.1", &["5302"]),
            (HSM, 5, "2.4.2", &[]),
        ] {
            let claims = claims(firmware, Marker::Present(marker), KEYCHAIN);
            let coverage = all.certifications_for(format, &claims, at(TODAY));
            assert_eq!(numbers(&coverage, 2), expected, "{format} {firmware}");
            assert_eq!(coverage.firmware, FirmwareStanding::Released, "{format} {firmware}");
        }
    }

    #[test]
    fn level_one_never_satisfies_level_two() {
        let all = endorsements();
        let claims = claims("5.4.3", Marker::Present(7), KEYCHAIN);
        let coverage = all.certifications_for(PIV, &claims, at(TODAY));
        assert_eq!(numbers(&coverage, 1), ["3914", "3907"]);
        assert_eq!(numbers(&coverage, 2), ["3914"]);
        assert!(numbers(&coverage, 3).is_empty());
        // Between the two validations only level 1 stood.
        let coverage = all.certifications_for(PIV, &claims, at("2021-05-02"));
        assert_eq!(numbers(&coverage, 1), ["3907"]);
        assert!(numbers(&coverage, 2).is_empty());
    }

    #[test]
    fn without_the_mark_no_certification_counts() {
        let all = endorsements();
        for (format, firmware) in [(PIV, "4.4.5"), (PIV, "5.4.3"), (PIV, "5.7.4"), (HSM, "2.2.0")] {
            for marker in [Marker::Absent, Marker::Unstated] {
                let claims = claims(firmware, marker, KEYCHAIN);
                let coverage = all.certifications_for(format, &claims, at(TODAY));
                assert!(coverage.certifications.is_empty(), "{format} {firmware} {marker:?}");
                let plain = coverage.modules.iter().all(|module| module.uncertified.is_some());
                assert!(plain, "{format} {firmware}");
            }
        }
    }

    #[test]
    fn an_unseen_mark_is_told_from_a_seen_one() {
        let all = endorsements();
        for (format, firmware, marker, expected) in [
            (PIV, "4.4.5", 3, MarkerStanding::Seen),
            (PIV, "4.4.5", 7, MarkerStanding::Unseen),
            (PIV, "5.4.3", 7, MarkerStanding::Seen),
            (PIV, "5.4.3", 3, MarkerStanding::Unseen),
            (PIV, "5.7.4", 7, MarkerStanding::Unseen),
            (PIV, "5.7.4", 8, MarkerStanding::Seen),
            (PIV, "5.7.4", 9, MarkerStanding::Unseen),
            (HSM, "2.2.0", 5, MarkerStanding::Seen),
            (HSM, "2.2.0", 6, MarkerStanding::Seen),
            (HSM, "2.2.0", 7, MarkerStanding::Unseen),
        ] {
            let claims = claims(firmware, Marker::Present(marker), KEYCHAIN);
            let coverage = all.certifications_for(format, &claims, at(TODAY));
            let best = coverage.certifications.first().unwrap();
            assert_eq!(best.marker, expected, "{firmware} {marker}");
        }
    }

    #[test]
    fn a_certification_exists_from_its_validation_and_is_historical_after_its_sunset() {
        let all = endorsements();
        let status = |format, firmware, marker, date: &str| {
            let claims = claims(firmware, Marker::Present(marker), KEYCHAIN);
            let coverage = all.certifications_for(format, &claims, at(date));
            let counting = |it: &&super::CertificationStanding<'_>| it.certification.meets(2);
            coverage.certifications.iter().find(counting).map(|standing| standing.status)
        };
        let (active, historical) =
            (Some(CertificationStatus::Active), Some(CertificationStatus::Historical));
        assert_eq!(status(PIV, "5.4.3", 7, "2021-05-02"), None);
        assert_eq!(status(PIV, "5.4.3", 7, "2021-05-03"), active);
        assert_eq!(status(PIV, "5.4.3", 7, "2026-05-02"), active);
        assert_eq!(status(PIV, "5.4.3", 7, "2026-05-03"), historical);
        assert_eq!(status(PIV, "5.4.3", 7, TODAY), historical);
        assert_eq!(status(PIV, "5.7.4", 8, "2026-05-21"), None);
        assert_eq!(status(PIV, "5.7.4", 8, "2026-05-22"), active);
        assert_eq!(status(PIV, "5.7.4", 8, TODAY), active);
        assert_eq!(status(PIV, "4.4.5", 3, "2019-09-02"), None);
        assert_eq!(status(PIV, "4.4.5", 3, TODAY), historical);
        assert_eq!(status(HSM, "2.2.0", 5, "2026-05-02"), active);
        assert_eq!(status(HSM, "2.2.0", 5, "2026-05-03"), historical);
    }

    #[test]
    fn a_revoked_certification_is_revoked_whatever_else() {
        let modules = include_str!("../../vendor-roots/yubico/modules.yaml").replace(
            "historical_since: \"2026-09-22\"",
            "historical_since: \"2026-09-22\"\n        revoked_since: \"2026-10-01\"",
        );
        let all = Endorsements::parse(&[("m", modules.as_bytes())], &[]).unwrap();
        let claims = claims("5.4.3", Marker::Present(7), KEYCHAIN);
        for (date, expected) in [
            ("2026-09-30", CertificationStatus::Historical),
            ("2026-10-01", CertificationStatus::Revoked),
        ] {
            let coverage = all.certifications_for(PIV, &claims, at(date));
            assert!(coverage.certifications.iter().all(|standing| standing.status == expected));
        }
    }

    #[test]
    fn cspn_is_shown_and_counts_for_nothing() {
        let all = endorsements();
        let mut claims = claims("5.4.2", Marker::Absent, KEYCHAIN);
        claims.other_marker = Some("CSPN 1".to_owned());
        let coverage = all.certifications_for(PIV, &claims, at(TODAY));
        let [standing] = coverage.certifications.as_slice() else { panic!("one") };
        assert_eq!(standing.certification.scheme, Scheme::Cspn);
        assert!(!standing.certification.meets(0));
        assert_eq!(standing.statement().module, "YubiKey 5 CSPN");
    }

    #[test]
    fn firmware_that_was_never_released_is_known_as_such() {
        let all = endorsements();
        for (format, firmware, expected) in [
            (PIV, "4.2.9", FirmwareStanding::Unknown),
            (PIV, "4.3.0", FirmwareStanding::Released),
            (PIV, "4.5.0", FirmwareStanding::Unknown),
            (PIV, "5.0.0", FirmwareStanding::Released),
            (PIV, "5.8.0", FirmwareStanding::Released),
            (PIV, "5.9.0", FirmwareStanding::Unknown),
            (PIV, "255.255.255", FirmwareStanding::Unknown),
            (HSM, "1.9.9", FirmwareStanding::Unknown),
            (HSM, "2.0.0", FirmwareStanding::Released),
            (HSM, "2.5.0", FirmwareStanding::Unknown),
            (PIV, "", FirmwareStanding::Unstated),
        ] {
            for marker in [Marker::Absent, Marker::Present(7)] {
                let claims = claims(firmware, marker, KEYCHAIN);
                let coverage = all.certifications_for(format, &claims, at(TODAY));
                assert_eq!(coverage.firmware, expected, "{format} {firmware}");
                if expected == FirmwareStanding::Unknown {
                    assert!(coverage.modules.is_empty());
                }
                if expected == FirmwareStanding::Unstated {
                    let unstated = FirmwareCoverage::Unstated;
                    assert!(coverage.certifications.iter().all(|it| it.firmware == unstated));
                }
            }
        }
        let claims = claims("5.4.3", Marker::Present(7), KEYCHAIN);
        let elsewhere = all.certifications_for("smartcard-hsm", &claims, at(TODAY));
        assert!(elsewhere.modules.is_empty());
        assert_eq!(elsewhere.firmware, FirmwareStanding::Unknown);
    }

    fn p256() -> PublicKey {
        let spki = concat!(
            "3059301306072a8648ce3d020106082a8648ce3d03010703420004",
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        );
        PublicKey::from_spki(&from_hex(spki).unwrap()).unwrap()
    }

    fn rsa() -> PublicKey {
        let spki = "301c300d06092a864886f70d0101010500030b003008020300c001020103";
        PublicKey::from_spki(&from_hex(spki).unwrap()).unwrap()
    }

    fn ed25519() -> PublicKey {
        let spki = format!("302a300506032b6570032100{}", "11".repeat(32));
        PublicKey::from_spki(&from_hex(&spki).unwrap()).unwrap()
    }

    fn advisories(
        format: &str,
        firmware: &str,
        form_factor: Option<&str>,
        key: &PublicKey,
        origin: KeyOrigin,
    ) -> Vec<String> {
        let all = endorsements();
        let claims = claims(firmware, Marker::Absent, form_factor);
        let covering = all.advisories_for(format, &claims, key, origin);
        covering.iter().map(|advisory| advisory.id.clone()).collect()
    }

    #[test]
    fn each_advisory_begins_and_ends_where_it_says() {
        let (p256, rsa, ed25519) = (p256(), rsa(), ed25519());
        const ROCA: &[&str] = &["YSA-2017-01"];
        const WEAK: &[&str] = &["YSA-2019-02"];
        const EUCLEAK: &[&str] = &["YSA-2024-03"];
        for (format, form_factor, key, firmware, expected) in [
            (PIV, None, &rsa, "4.2.5", &[][..]),
            (PIV, None, &rsa, "4.2.6", ROCA),
            (PIV, None, &rsa, "4.3.4", ROCA),
            (PIV, None, &rsa, "4.3.5", &[]),
            (PIV, None, &p256, "4.3.4", &[]),
            (PIV, None, &rsa, "4.4.1", &[]),
            (PIV, None, &rsa, "4.4.2", WEAK),
            (PIV, None, &p256, "4.4.2", WEAK),
            (PIV, None, &rsa, "4.4.3", &[]),
            (PIV, None, &rsa, "4.4.4", WEAK),
            (PIV, None, &p256, "4.4.4", WEAK),
            (PIV, None, &rsa, "4.4.5", &[]),
            (PIV, None, &p256, "4.4.5", &[]),
            (PIV, KEYCHAIN, &p256, "4.255.255", &[]),
            (PIV, KEYCHAIN, &p256, "5.0.0", EUCLEAK),
            (PIV, KEYCHAIN, &p256, "5.4.3", EUCLEAK),
            (PIV, KEYCHAIN, &p256, "5.6.255", EUCLEAK),
            (PIV, KEYCHAIN, &p256, "5.7.0", &[]),
            (PIV, None, &p256, "5.4.3", EUCLEAK),
            (PIV, BIO, &p256, "5.6.4", EUCLEAK),
            (PIV, BIO, &p256, "5.7.0", EUCLEAK),
            (PIV, BIO, &p256, "5.7.1", EUCLEAK),
            (PIV, BIO, &p256, "5.7.2", &[]),
            (PIV, KEYCHAIN, &rsa, "5.4.3", &[]),
            (PIV, KEYCHAIN, &ed25519, "5.4.3", &[]),
            (HSM, None, &p256, "2.0.0", EUCLEAK),
            (HSM, None, &p256, "2.3.255", EUCLEAK),
            (HSM, None, &p256, "2.4.0", &[]),
            (HSM, None, &rsa, "2.2.0", &[]),
            (HSM, None, &p256, "5.4.3", &[]),
        ] {
            let found = advisories(format, firmware, form_factor, key, KeyOrigin::Generated);
            assert_eq!(found, expected, "{format} {firmware} {}", key.describe());
        }
    }

    #[test]
    fn only_an_imported_key_escapes_an_advisory_on_generation() {
        let rsa = rsa();
        assert!(advisories(PIV, "4.3.3", None, &rsa, KeyOrigin::Imported).is_empty());
        assert_eq!(advisories(PIV, "4.3.3", None, &rsa, KeyOrigin::Unstated), ["YSA-2017-01"]);
        assert_eq!(advisories(PIV, "4.4.4", None, &rsa, KeyOrigin::Imported), ["YSA-2019-02"]);
    }

    #[test]
    fn firmware_that_is_not_stated_escapes_nothing() {
        let found = advisories(PIV, "", KEYCHAIN, &p256(), KeyOrigin::Generated);
        assert_eq!(found, ["YSA-2019-02", "YSA-2024-03"]);
    }
}
