//! What a statement says of its key, and what its authority says of the cluster.

use super::super::{AttestedStatement, InspectLine};
use super::document::malformed;
use super::{AUTHORITY_NAME, FORTANIX, is_statement};
use crate::claims::{Claims, Exportability, KeyClaims, KeyOrigin, ModuleClaims};
use crate::encoding::der::{DerError, DerFault, Reader, tag};
use crate::encoding::hex::to_hex;
use crate::encoding::oid::{self, Oid};
use crate::encoding::x509::{Certificate, KeyUsage, key_usage};
use crate::oid;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::time::Timestamp;

/// The identifiers below 1.3.6.1.4.1.49690 (article 18924491083028, and Fortanix's verifier).
pub(super) mod id {
    use super::{Oid, oid};

    /// In the subject of a statement: the UUID of the key.
    pub(in super::super) const KEY: Oid<'static> = oid!(1.3.6.1.4.1.49690.1.2.2);
    /// The arc of claims about a key.
    pub(in super::super) const CLAIMS: Oid<'static> = oid!(1.3.6.1.4.1.49690.2.4.1);
    /// Last arc of the claim that the key was generated in DSM.
    pub(in super::super) const GENERATED: u8 = 1;
    /// Last arc of the claim that the key was never exported and never can be, in encrypted form
    /// neither.
    pub(in super::super) const NEVER_EXPORTABLE: u8 = 2;
    /// In the authority: which nodes the cluster admits.
    pub(in super::super) const NODE_ENROLMENT: Oid<'static> = oid!(1.3.6.1.4.1.49690.2.5);
    /// Last arcs below it: the least protection of a node, and that the operator of the site
    /// approves each.
    pub(in super::super) const PROTECTION: u8 = 1;
    pub(in super::super) const APPROVAL: u8 = 2;
    /// The protection profile of the FX2200.
    pub(in super::super) const FX2200: Oid<'static> = oid!(1.3.6.1.4.1.49690.2.5.1.1);
    /// The policy of authorities that sign key attestations.
    pub(in super::super) const POLICY: Oid<'static> = oid!(1.3.6.1.4.1.49690.6.1.2);
    /// The purpose: to sign key attestations.
    pub(in super::super) const PURPOSE: Oid<'static> = oid!(1.3.6.1.4.1.49690.8.1);
}

const DIGITAL_SIGNATURE: &str = "digital-signature";

/// What the service lets a key be used for (article 18924491083028, section 4): these and no other.
const USAGES: [(u16, &str); 4] = [
    (key_usage::DIGITAL_SIGNATURE, DIGITAL_SIGNATURE),
    (key_usage::KEY_ENCIPHERMENT, "key-encipherment"),
    (key_usage::DATA_ENCIPHERMENT, "data-encipherment"),
    (key_usage::KEY_AGREEMENT, "key-agreement"),
];

/// What nodes the cluster admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protection {
    /// FX2200 appliances, or better.
    Fx2200,
    /// Others too.
    Less,
}

/// A certificate that looks like an authority: its name, and its purpose alone.
pub(super) fn is_authority(certificate: &Certificate) -> bool {
    certificate.subject().sole_common_name() == Some(AUTHORITY_NAME)
        && certificate.extended_key_usage() == [id::PURPOSE]
}

/// Reads statement and authority.
pub(super) fn read(
    (statement, authority): (&Certificate, &Certificate),
) -> Result<AttestedStatement, Vec<Reason>> {
    let mut reasons = Vec::new();
    let mut take = |reason: Reason| {
        reasons.push(reason.with("certificate", statement.subject().to_string()));
    };
    let key_id = key_id(statement);
    if key_id.is_none() {
        take(malformed("subject", "not a common name and the UUID of a key"));
    }
    let capabilities = usages(statement).map_err(&mut take).ok();
    let claims = key_claims(statement).map_err(&mut take).ok();
    let public_key = PublicKey::of_certificate(statement)
        .map_err(|reason| take(reason.with("object", "attested key")))
        .ok();
    let protection = read_authority(authority, &mut reasons);
    match (public_key, key_id, capabilities, claims, protection) {
        (Some(public_key), Some(key_id), Some(capabilities), Some(claims), Some(protection))
            if reasons.is_empty() =>
        {
            let (origin, exportability) = claims;
            let signs = capabilities.iter().any(|it| it == DIGITAL_SIGNATURE);
            let contradictions =
                if signs { Vec::new() } else { vec![ReasonCode::AttestationCannotSign.into()] };
            let key = KeyClaims {
                origin,
                exportability,
                object_id: Some(key_id),
                capabilities,
                ..KeyClaims::unstated(&public_key)
            };
            let claims = Claims { module: module(protection), key };
            Ok(AttestedStatement { public_key, claims, contradictions, doubts: Vec::new() })
        }
        _ => Err(reasons),
    }
}

/// A cluster has no serial number, and states neither its firmware nor the mode of its nodes.
fn module(protection: Protection) -> ModuleClaims {
    let nodes = match protection {
        Protection::Fx2200 => " on FX2200",
        Protection::Less => "",
    };
    ModuleClaims::unstated("Fortanix", format!("Fortanix DSM SaaS{nodes}"))
}

/// The subject is the common name, then the UUID of the key.
fn key_id(statement: &Certificate) -> Option<String> {
    let subject = statement.subject();
    let mut ids = subject.texts(id::KEY);
    match (ids.next(), ids.next(), subject.values().count()) {
        (Some(uuid), None, 2) if is_uuid(uuid) => Some(uuid.to_owned()),
        _ => None,
    }
}

/// RFC 9562 4, in lower case as the service writes it.
fn is_uuid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(is_hex))
}

/// keyUsage is there, critical, and holds nothing that a key of the service may not have.
fn usages(statement: &Certificate) -> Result<Vec<String>, Reason> {
    let is_critical = statement.extension(oid::KEY_USAGE).is_some_and(|it| it.is_critical());
    let Some(KeyUsage { bits, .. }) = statement.key_usage().filter(|_| is_critical) else {
        return Err(Reason::new(ReasonCode::AttestationExtensionMissing)
            .with("statement", "critical keyUsage"));
    };
    let allowed = USAGES.iter().fold(0, |sum, (bit, _)| sum | bit);
    if bits & !allowed != 0 {
        return Err(malformed("keyUsage", "a usage that no key of the service has")
            .with("value", format!("{bits:04x}")));
    }
    let named = USAGES.iter().filter(|(bit, _)| bits & bit != 0);
    Ok(named.map(|(_, name)| (*name).to_owned()).collect())
}

/// Each claim is an extension with an empty SEQUENCE. One that is not there is not denied, and not
/// made either: that is silence.
fn key_claims(statement: &Certificate) -> Result<(KeyOrigin, Exportability), Reason> {
    let mut origin = KeyOrigin::Unstated;
    let mut exportability = Exportability::Unstated;
    for extension in statement.extensions() {
        let oid = extension.oid();
        if !oid.starts_with(FORTANIX) {
            continue;
        }
        match oid.arc_below(id::CLAIMS) {
            Some(id::GENERATED) => origin = KeyOrigin::Generated,
            Some(id::NEVER_EXPORTABLE) => exportability = Exportability::NonExportable,
            // It might take back what the others say.
            _ => {
                return Err(malformed("claim", "a claim that is not known")
                    .with("extension", oid.to_string()));
            }
        }
        if extension.value() != [tag::SEQUENCE, 0] {
            return Err(malformed("claim", "a claim with content")
                .with("extension", oid.to_string())
                .with("value", to_hex(extension.value())));
        }
    }
    Ok((origin, exportability))
}

/// The authority is an end entity that may sign, for key attestations, under their policy.
fn read_authority(authority: &Certificate, reasons: &mut Vec<Reason>) -> Option<Protection> {
    let mut fault = |fault: &'static str| {
        reasons.push(
            Reason::new(ReasonCode::ChainRole)
                .with("certificate", authority.subject().to_string())
                .with("role", "authority")
                .with("fault", fault),
        );
    };
    if authority.basic_constraints().is_some_and(|it| it.is_ca) {
        fault("a certification authority");
    }
    if authority.key_usage().is_none_or(|usage| usage.bits != key_usage::DIGITAL_SIGNATURE) {
        fault("a key usage other than digitalSignature alone");
    }
    if policies(authority).is_none_or(|policies| policies != [id::POLICY]) {
        fault("a certificate policy other than that of key attestation");
    }
    let Some(extension) = authority.extension(id::NODE_ENROLMENT) else {
        return Some(Protection::Less);
    };
    let protection = read_node_enrolment(extension.value());
    if protection.is_none() {
        reasons.push(
            malformed("node enrolment policy", "not in the form that is defined")
                .with("certificate", authority.subject().to_string())
                .with("value", to_hex(extension.value())),
        );
    }
    protection
}

/// The policies without qualifiers (RFC 5280 4.2.1.4).
fn policies(certificate: &Certificate) -> Option<Vec<Oid<'_>>> {
    let value = certificate.extension(oid::CERTIFICATE_POLICIES)?.value();
    let policies = Reader::whole(value, |reader| {
        reader
            .nested(tag::SEQUENCE, |list| list.each(|list| list.nested(tag::SEQUENCE, Reader::oid)))
    });
    policies.ok()
}

/// SEQUENCE OF SEQUENCE { rule, qualifier OPTIONAL }: the least protection of a node, and that its
/// site approves it. A rule that is not known might admit anything, and none stands twice.
fn read_node_enrolment(value: &[u8]) -> Option<Protection> {
    let (mut protection, mut approved) = (None, None);
    let mut read_rule = |rule: &mut Reader<'_>| {
        let unknown = rule.fault(DerFault::Unexpected);
        match rule.oid()?.arc_below(id::NODE_ENROLMENT) {
            Some(id::PROTECTION) if protection.is_none() => {
                let is_known = rule.oid()? == id::FX2200;
                protection = Some(if is_known { Protection::Fx2200 } else { Protection::Less });
            }
            Some(id::APPROVAL) if approved.is_none() => approved = Some(()),
            _ => return Err(unknown),
        }
        Ok::<_, DerError>(())
    };
    let mut read =
        |rules: &mut Reader<'_>| rules.each(|rules| rules.nested(tag::SEQUENCE, &mut read_rule));
    Reader::whole(value, |reader| reader.nested(tag::SEQUENCE, &mut read)).ok()?;
    // Without the approval of a site nodes could be anywhere.
    approved.and(protection).or(Some(Protection::Less))
}

/// Every statement of `certificate`, whoever signed it.
pub(super) fn inspect(certificate: &Certificate) -> Vec<InspectLine> {
    let mut found = Vec::new();
    let mut show = |name, value: String| found.push(InspectLine { name, value });
    if is_statement(certificate) {
        let signed_at = Timestamp::from_unix_seconds(certificate.not_before().unix_seconds());
        show("signed", signed_at.map_or_else(String::new, |time| time.to_string()));
        show("key", certificate.subject().texts(id::KEY).collect::<Vec<_>>().join(", "));
        match usages(certificate) {
            Ok(usages) => show("key usage", usages.join(", ")),
            Err(_) => show("key usage", "malformed".to_owned()),
        }
        match key_claims(certificate) {
            Ok((origin, exportability)) => {
                show("origin", origin.id().to_owned());
                let never = exportability == Exportability::NonExportable;
                show("export", if never { "never" } else { "unstated" }.to_owned());
            }
            Err(_) => show("claims", "malformed".to_owned()),
        }
    }
    if let Some(extension) = certificate.extension(id::NODE_ENROLMENT) {
        let value = match read_node_enrolment(extension.value()) {
            Some(Protection::Fx2200) => "FX2200 at least, approved by its site".to_owned(),
            Some(Protection::Less) => "less than FX2200 with approval by its site".to_owned(),
            None => format!("malformed ({})", to_hex(extension.value())),
        };
        show("nodes", value);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Protection, id, is_uuid, read_node_enrolment};
    use crate::encoding::hex::from_hex;
    use crate::encoding::oid::Oid;

    #[test]
    fn identifiers_print_as_documented() {
        let claim = |arc: u8| [id::CLAIMS.content(), &[arc]].concat();
        for (oid, dotted) in [
            (id::KEY, "1.3.6.1.4.1.49690.1.2.2"),
            (Oid::from_content(&claim(id::GENERATED)), "1.3.6.1.4.1.49690.2.4.1.1"),
            (Oid::from_content(&claim(id::NEVER_EXPORTABLE)), "1.3.6.1.4.1.49690.2.4.1.2"),
            (id::NODE_ENROLMENT, "1.3.6.1.4.1.49690.2.5"),
            (id::FX2200, "1.3.6.1.4.1.49690.2.5.1.1"),
            (id::POLICY, "1.3.6.1.4.1.49690.6.1.2"),
            (id::PURPOSE, "1.3.6.1.4.1.49690.8.1"),
        ] {
            assert_eq!(oid.to_string(), dotted);
        }
    }

    #[test]
    fn a_uuid_has_one_form() {
        assert!(is_uuid("18ec8b96-8845-4ce3-9fd1-50407b4b1fc0"));
        for bad in [
            "",
            "18EC8B96-8845-4CE3-9FD1-50407B4B1FC0",
            "18ec8b96-8845-4ce3-9fd1-50407b4b1fc",
            "18ec8b96-8845-4ce3-9fd1-50407b4b1fc0-",
            "18ec8b9688454ce39fd150407b4b1fc0",
            "{8ec8b96-8845-4ce3-9fd1-50407b4b1fc0",
        ] {
            assert!(!is_uuid(bad), "{bad}");
        }
    }

    /// SEQUENCE of the rules, each given as hexadecimal after 1.3.6.1.4.1.49690.2.5.
    fn enrolment(rules: &[(&str, Option<&str>)]) -> Option<Protection> {
        let oid = |tail: &str| {
            let content = [id::NODE_ENROLMENT.content(), &from_hex(tail).unwrap()].concat();
            [&[6, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
        };
        let wrap = |content: Vec<u8>| {
            [&[0x30, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
        };
        let rules = rules.iter().map(|(rule, qualifier)| {
            wrap([oid(rule), qualifier.map(oid).unwrap_or_default()].concat())
        });
        read_node_enrolment(&wrap(rules.collect::<Vec<_>>().concat()))
    }

    #[test]
    fn only_the_profile_with_approval_is_the_appliance() {
        let profile = ("01", Some("0101"));
        let approval = ("02", None);
        assert_eq!(enrolment(&[profile, approval]), Some(Protection::Fx2200));
        for less in [&[][..], &[profile], &[approval], &[("01", Some("0102")), approval]] {
            assert_eq!(enrolment(less), Some(Protection::Less), "{less:?}");
        }
        for malformed in [
            &[("01", None), approval][..],
            &[profile, profile, approval],
            &[("01", Some("0102")), profile, approval],
            &[profile, approval, approval],
            &[profile, approval, ("03", None)],
            &[profile, ("02", Some("0101"))],
        ] {
            assert_eq!(enrolment(malformed), None, "{malformed:?}");
        }
    }
}
