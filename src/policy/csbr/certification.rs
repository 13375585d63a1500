//! CSBR 6.2.7.4.1: a unit design form factor certified as conforming to at least FIPS 140-2 level 2 or
//! Common Criteria EAL 4+; 6.2.7.4.2 lets what exceeds it in.

use super::{Appraisal, is_plausible};
use crate::claims::{Marker, ModuleClaims, OperatingMode};
use crate::endorsement::{
    Augmentation, Certification, CertificationStanding, CertificationStatus, CertificationSummary,
    Coverage, Endorsements, FirmwareCoverage, FirmwareStanding, MarkerStanding, Reading, Scheme,
    Scope,
};
use crate::policy::{AppraisalPolicy, ConfirmedModule, Judgement, SchemeWeight, ServiceMatter};
use crate::reason::{ASKED, Reason, ReasonCode};
use crate::result::{Finding, Outcome, Requirement, Rules};
use crate::time::Timestamp;

/// The finding, and the certification that was relied on.
pub(super) fn certified_module(
    appraisal: &Appraisal<'_>,
) -> (Finding, Option<CertificationSummary>) {
    let mut finding = Finding::satisfied(Requirement::CertifiedModule);
    match appraisal.evidence {
        Ok(evidence) if !is_plausible(evidence, appraisal.endorsements) => {
            finding.add(
                Outcome::Unsatisfied,
                Reason::new(ReasonCode::DeviceNotCertified)
                    .with("model", evidence.claims().module.model.clone())
                    .with("why", "What it says of itself is implausible."),
            );
            (finding, None)
        }
        Ok(evidence) => {
            let (format, stated) = (evidence.format(), &evidence.claims().module);
            let product = Product::of(format, stated, appraisal.policy);
            let certification =
                product.judge(format, appraisal.endorsements, appraisal.time, &mut finding);
            judge_service(appraisal.policy, &mut finding);
            (finding, certification)
        }
        Err(_) => (Finding::not_evaluated(Requirement::CertifiedModule), None),
    }
}

/// What a signing service shows besides (CSBR 6.2.7.3), which no evidence of a module can: the CA has
/// documents of it on record.
fn judge_service(policy: &AppraisalPolicy, finding: &mut Finding) {
    if policy.based_on != Rules::CsbrSigningService {
        return;
    }
    let on_record = &policy.service_documents;
    if !on_record.is_empty() {
        let reason = Reason::new(ReasonCode::ServiceDocuments);
        let reason = on_record
            .iter()
            .fold(reason, |reason, it| reason.with(it.shows.id(), it.reference.clone()));
        finding.add(Outcome::Satisfied, reason);
    }
    let is_missing = |matter: &ServiceMatter| on_record.iter().all(|it| it.shows != *matter);
    let missing = ServiceMatter::ALL.into_iter().filter(is_missing).map(ServiceMatter::id);
    let missing: Vec<&str> = missing.collect();
    if !missing.is_empty() {
        let reason = Reason::new(ReasonCode::ServiceDocumentMissing);
        finding.add(Outcome::Review, reason.with("missing", missing.join(", ")));
    }
}

/// Which product it is: what the evidence says, and where that is silent, the CA's record of the unit.
struct Product<'a> {
    module: ModuleClaims,
    confirmed: Option<&'a ConfirmedModule>,
    policy: &'a AppraisalPolicy,
}

impl<'a> Product<'a> {
    fn of(format: &str, stated: &ModuleClaims, policy: &'a AppraisalPolicy) -> Self {
        let mut records = policy.confirmed_modules.iter();
        let is_silent = stated.firmware.is_none();
        let confirmed = is_silent.then(|| records.find(|it| it.unit.is(format, stated))).flatten();
        let mut module = stated.clone();
        module.firmware = module.firmware.or(confirmed.and_then(|it| it.firmware));
        Self { module, confirmed, policy }
    }

    fn judge(
        &self,
        format: &str,
        endorsements: &Endorsements,
        time: Timestamp,
        finding: &mut Finding,
    ) -> Option<CertificationSummary> {
        if self.module.mode == OperatingMode::NonFips {
            finding.add(Outcome::Unsatisfied, self.about(ReasonCode::DeviceNotInFipsMode));
            return None;
        }
        let coverage = endorsements.certifications_for(format, &self.module, time);
        match self.sufficient(&coverage) {
            Ok(standing) => {
                for (outcome, reason) in self.weighed(standing) {
                    finding.add(outcome, reason);
                }
                let relied_on = finding.outcome() != Outcome::Unsatisfied;
                relied_on.then(|| standing.statement())
            }
            Err(reason) => {
                finding.add(Outcome::Unsatisfied, reason);
                None
            }
        }
    }

    /// The certification that is enough and leaves least to weigh, the best of several, or why none is.
    /// So a certification that becomes known never makes a verdict worse.
    fn sufficient<'c>(
        &self,
        coverage: &'c Coverage<'_>,
    ) -> Result<&'c CertificationStanding<'c>, Reason> {
        let enough = coverage
            .certifications
            .iter()
            .filter(|it| self.confirmed.is_none_or(|record| record.module == it.module.id))
            .filter(|it| self.counts(it.certification));
        let gravest = |it: &&CertificationStanding<'_>| {
            self.weighed(it).iter().map(|(outcome, _)| *outcome).max()
        };
        let standing = enough.clone().filter(|it| it.status != CertificationStatus::Revoked);
        standing.min_by_key(gravest).ok_or_else(|| {
            if enough.clone().next().is_some() {
                return self.about(ReasonCode::CertificationRevoked);
            }
            if coverage.firmware == FirmwareStanding::Unknown {
                return self.about(ReasonCode::DeviceUnknownFirmware);
            }
            let why = coverage.modules.iter().find_map(|module| module.uncertified.clone());
            let reason = self.about(ReasonCode::DeviceNotCertified).with(ASKED, self.asked());
            let has: Vec<String> =
                coverage.certifications.iter().map(|it| it.statement().to_string()).collect();
            let has = (!has.is_empty()).then(|| has.join("; "));
            let reason = has.into_iter().fold(reason, |reason, has| reason.with("has", has));
            why.into_iter().fold(reason, |reason, why| reason.with("why", why))
        })
    }

    /// Whether it has any weight: by its scheme, and at the level that is asked.
    fn counts(&self, certification: &Certification) -> bool {
        match self.policy.scheme_weight(certification.scheme) {
            SchemeWeight::Shown => false,
            // Of the others CSBR says nothing, and no level is asked.
            SchemeWeight::Counts | SchemeWeight::Review => {
                !certification.scheme.is_of_csbr()
                    || certification.meets(self.policy.min_fips_level)
            }
        }
    }

    /// What would be enough, or left to a person.
    fn asked(&self) -> String {
        let has_weight = |it: &Scheme| self.policy.scheme_weight(*it) != SchemeWeight::Shown;
        let schemes = Scheme::ALL.into_iter().filter(has_weight);
        let level = self.policy.min_fips_level;
        let asked = schemes.map(|scheme| match scheme {
            Scheme::CommonCriteria => scheme.grade(4, Augmentation::Augmented, &[]),
            _ => scheme.grade(level, Augmentation::Plain, &[]),
        });
        asked.collect::<Vec<_>>().join(", ")
    }

    /// What is to be weighed of a certification that is enough.
    fn weighed(&self, standing: &CertificationStanding<'_>) -> Vec<(Outcome, Reason)> {
        let (policy, certification) = (self.policy, standing.statement());
        let in_words = standing.certification.firmware_in_words.as_ref();
        let mut all = Vec::new();
        if let Some(record) = self.confirmed {
            let reason = self
                .about(ReasonCode::CertificationModuleConfirmed)
                .with("module", record.module.clone())
                .with("reference", record.reference.clone());
            all.push((Outcome::Satisfied, reason));
        }
        let mut weigh = |judgement: Judgement, reason| all.push((judgement.outcome(), reason));
        let about = |code, name, fact: Option<&String>| {
            let reason = self.about(code).with("certification", certification.to_string());
            fact.into_iter().fold(reason, |reason, fact| reason.with(name, fact.clone()))
        };
        if self.policy.scheme_weight(certification.scheme) == SchemeWeight::Review {
            weigh(Judgement::Review, about(ReasonCode::CertificationScheme, "", None));
        }
        if standing.certification.scope != Scope::Device {
            let code = ReasonCode::CertificationPlatformOnly;
            weigh(policy.platform_certification, about(code, "certified-firmware", in_words));
        }
        // Firmware in words is compared with nothing but by the person who records the module, and needs
        // no firmware in the record then.
        let is_compared = in_words.is_some() && self.confirmed.is_some();
        match standing.firmware {
            FirmwareCoverage::Unstated if !is_compared => {
                let code = ReasonCode::CertificationFirmwareUnstated;
                weigh(policy.firmware_unstated, about(code, "certified-firmware", in_words));
            }
            // Firmware that is known, by the evidence or by a record, and was compared with none: no policy
            // lets it pass.
            FirmwareCoverage::Uncompared => {
                let code = ReasonCode::CertificationFirmwareUncompared;
                let judgement = policy.firmware_unstated.max(Judgement::Review);
                weigh(judgement, about(code, "certified-firmware", in_words));
            }
            _ => {}
        }
        if let Reading::Copy(sources) = standing.certification.read {
            let judgement = match sources {
                0 | 1 => policy.certification_one_copy,
                _ => policy.certification_copies,
            };
            let reason =
                about(ReasonCode::CertificationSecondHand, "source", Some(&certification.source));
            let reason = reason.with("sources", sources.to_string());
            weigh(judgement, reason.with("seen", certification.seen.clone()));
        }
        if standing.status == CertificationStatus::Historical {
            let (code, until) =
                (ReasonCode::CertificationHistorical, certification.valid_until.as_ref());
            weigh(policy.historical_certification, about(code, "active-until", until));
        }
        if standing.marker == MarkerStanding::Unseen {
            let marker = match self.module.fips_marker {
                Marker::Present(value) => value.to_string(),
                Marker::Absent | Marker::Unstated => "none".to_owned(),
            };
            let reason = self.about(ReasonCode::CertificationMarkerUnseen);
            weigh(policy.unseen_marker, reason.with("marker", marker));
        }
        all
    }

    fn about(&self, code: ReasonCode) -> Reason {
        let firmware = self.module.firmware.map_or("unstated".to_owned(), |it| it.to_string());
        Reason::new(code).with("model", self.module.model.clone()).with("firmware", firmware)
    }
}

#[cfg(test)]
mod tests {
    use super::Product;
    use crate::claims::{Firmware, ModuleClaims, OperatingMode};
    use crate::endorsement::Endorsements;
    use crate::policy::{AppraisalPolicy, ConfirmedModule, Judgement, Unit, default_policy};
    use crate::reason::ReasonCode;
    use crate::result::{Finding, Outcome, Requirement};
    use crate::time::Timestamp;

    fn unit() -> Unit {
        Unit { format: "any".to_owned(), serial: "A1".to_owned() }
    }

    /// A device certified at one firmware, one certified as a platform, and EALs around the floor.
    const MODULES: &str = r#"
vendor: Any
modules:
  - id: device
    name: Device
    formats: [any]
    models: [Device]
    firmware: ["1.0.0-2.0.0"]
    firmware_source: manual
    certifications:
      - {scheme: FIPS 140-3, level: 3, number: "1", scope: device, firmware: ["1.2.3"], validated: "2025-01-01", read: primary, seen: "2026-01-01", source: s}
  - id: card
    name: Card
    formats: [any]
    models: [Card]
    certifications:
      - {scheme: Common Criteria, level: 6, augmented: true, scope: platform, validated: "2025-01-01", read: primary, seen: "2026-01-01", source: s}
  - id: words
    name: Words
    formats: [any]
    models: [Words]
    certifications:
      - {scheme: FIPS 140-3, level: 3, number: "2", scope: device, firmware_in_words: "3.4-09", validated: "2025-01-01", read: primary, seen: "2026-01-01", source: s}
  - id: uncompared
    name: Uncompared
    formats: [any]
    models: [Uncompared]
    firmware: ["1.0.0-2.0.0"]
    firmware_source: manual
    certifications:
      - {scheme: FIPS 140-3, level: 3, number: "3", scope: device, firmware: ["1.2.3"], validated: "2025-01-01", read: primary, seen: "2026-01-01", source: s}
      - {scheme: FIPS 140-3, level: 3, number: "4", scope: device, firmware_in_words: "not known", validated: "2025-01-01", read: primary, seen: "2026-01-01", source: s}
  - id: plain-four
    name: Plain four
    formats: [any]
    models: [Plain four]
    certifications:
      - {scheme: Common Criteria, level: 4, scope: device, validated: "2025-01-01", read: primary, seen: "2026-01-01", source: s}
  - id: four-plus
    name: Four plus
    formats: [any]
    models: [Four plus]
    certifications:
      - {scheme: Common Criteria, level: 4, augmented: true, scope: device, validated: "2025-01-01", read: primary, seen: "2026-01-01", source: s}
"#;

    fn claims(model: &str, firmware: Option<Firmware>) -> ModuleClaims {
        ModuleClaims {
            serial: Some("A1".to_owned()),
            firmware,
            ..ModuleClaims::unstated("Any", model)
        }
    }

    fn judged(claims: &ModuleClaims, policy: &AppraisalPolicy) -> (Outcome, Vec<ReasonCode>) {
        let endorsements = Endorsements::parse(&[("m", MODULES.as_bytes())], &[]).unwrap();
        let time = Timestamp::from_date("2026-11-21").unwrap();
        let mut finding = Finding::satisfied(Requirement::CertifiedModule);
        let relied_on =
            Product::of("any", claims, policy).judge("any", &endorsements, time, &mut finding);
        assert_eq!(relied_on.is_some(), finding.outcome() != Outcome::Unsatisfied);
        let codes = finding.reasons().iter().chain(finding.notices()).map(|it| it.code());
        (finding.outcome(), codes.collect())
    }

    const NAMED: Firmware = Firmware([1, 2, 3]);
    const OTHER: Firmware = Firmware([1, 2, 4]);

    #[test]
    fn firmware_that_is_not_stated_is_for_a_person_to_weigh() {
        let policy = default_policy().unwrap();
        let unstated = (Outcome::Review, vec![ReasonCode::CertificationFirmwareUnstated]);
        assert_eq!(judged(&claims("Device", None), &policy), unstated);
        let named = (Outcome::Satisfied, vec![]);
        assert_eq!(judged(&claims("Device", Some(NAMED)), &policy), named);
        let other = (Outcome::Unsatisfied, vec![ReasonCode::DeviceNotCertified]);
        assert_eq!(judged(&claims("Device", Some(OTHER)), &policy), other);
        assert_eq!(judged(&claims("Unheard of", None), &policy), other);
        assert_eq!(judged(&claims("Words", None), &policy), unstated);
    }

    /// Firmware that the evidence states, and that no certification is known to name.
    #[test]
    fn no_policy_lets_firmware_pass_that_was_compared_with_none() {
        let policy = |judgement| {
            let mut policy = default_policy().unwrap();
            policy.settings.firmware_unstated = judgement;
            policy
        };
        for (judgement, outcome) in [
            (Judgement::Notice, Outcome::Review),
            (Judgement::Review, Outcome::Review),
            (Judgement::Refuse, Outcome::Unsatisfied),
        ] {
            let expected = (outcome, vec![ReasonCode::CertificationFirmwareUncompared]);
            let module = claims("Uncompared", Some(OTHER));
            assert_eq!(judged(&module, &policy(judgement)), expected);
            let module = claims("Uncompared", Some(NAMED));
            assert_eq!(judged(&module, &policy(judgement)), (Outcome::Satisfied, vec![]));
            // Nor what the CA has recorded.
            let mut recorded = policy(judgement);
            recorded.settings.confirmed_modules = vec![ConfirmedModule {
                unit: unit(),
                module: "uncompared".to_owned(),
                firmware: Some(OTHER),
                world: None,
                reference: "R-4".to_owned(),
            }];
            let (found, _) = judged(&claims("Uncompared", None), &recorded);
            assert_eq!(found, outcome);
        }
    }

    #[test]
    fn a_module_that_the_ca_confirmed_is_judged_as_that() {
        let confirmed = |module: &str, firmware| {
            let mut policy = default_policy().unwrap();
            policy.settings.confirmed_modules = vec![ConfirmedModule {
                unit: unit(),
                module: module.to_owned(),
                firmware,
                world: None,
                reference: "R-4".to_owned(),
            }];
            policy
        };
        let module = claims("Device", None);
        let met = (Outcome::Satisfied, vec![ReasonCode::CertificationModuleConfirmed]);
        assert_eq!(judged(&module, &confirmed("device", Some(NAMED))), met);
        assert_eq!(judged(&claims("Words", None), &confirmed("words", None)), met);
        // The certification names firmware, and the record does not.
        let unstated = vec![
            ReasonCode::CertificationFirmwareUnstated,
            ReasonCode::CertificationModuleConfirmed,
        ];
        assert_eq!(judged(&module, &confirmed("device", None)), (Outcome::Review, unstated));
        let uncertified = (Outcome::Unsatisfied, vec![ReasonCode::DeviceNotCertified]);
        assert_eq!(judged(&module, &confirmed("device", Some(OTHER))), uncertified);
        assert_eq!(judged(&module, &confirmed("card", None)), uncertified);
        // Another unit, and evidence that speaks for itself, are judged as if nothing were recorded.
        let mut other = claims("Device", None);
        other.serial = Some("A2".to_owned());
        let (outcome, _) = judged(&other, &confirmed("device", Some(NAMED)));
        assert_eq!(outcome, Outcome::Review);
        let stated = claims("Device", Some(OTHER));
        assert_eq!(judged(&stated, &confirmed("device", Some(NAMED))), uncertified);
        let stated = claims("Device", Some(NAMED));
        assert_eq!(judged(&stated, &confirmed("card", None)), (Outcome::Satisfied, vec![]));
    }

    #[test]
    fn a_certified_platform_is_no_certified_device() {
        let policy = |judgement| {
            let mut policy = default_policy().unwrap();
            policy.settings.platform_certification = judgement;
            policy
        };
        for (judgement, outcome) in [
            (Judgement::Review, Outcome::Review),
            (Judgement::Refuse, Outcome::Unsatisfied),
            (Judgement::Notice, Outcome::Satisfied),
        ] {
            let expected = (outcome, vec![ReasonCode::CertificationPlatformOnly]);
            assert_eq!(judged(&claims("Card", None), &policy(judgement)), expected);
        }
        assert_eq!(default_policy().unwrap().platform_certification, Judgement::Review);
    }

    /// CSBR 6.2.7.4.1: "Common Criteria EAL 4+".
    #[test]
    fn only_an_augmented_level_four_is_four_plus() {
        let policy = default_policy().unwrap();
        let plain = (Outcome::Unsatisfied, vec![ReasonCode::DeviceNotCertified]);
        assert_eq!(judged(&claims("Plain four", None), &policy), plain);
        assert_eq!(judged(&claims("Four plus", None), &policy), (Outcome::Satisfied, vec![]));
    }

    #[test]
    fn no_certification_covers_another_mode() {
        let mut module = claims("Device", Some(NAMED));
        module.mode = OperatingMode::NonFips;
        let expected = (Outcome::Unsatisfied, vec![ReasonCode::DeviceNotInFipsMode]);
        assert_eq!(judged(&module, &default_policy().unwrap()), expected);
        module.mode = OperatingMode::Fips;
        assert_eq!(judged(&module, &default_policy().unwrap()), (Outcome::Satisfied, vec![]));
    }
}
