//! What an answer of the service says of the key beside the attestation. No one signed it, and it decides
//! nothing: but where it contradicts what the module signed, the applicant has to say which of the two
//! is so.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::Doubt;
use super::super::marvell::attributes::KeyPairStatement;
use super::super::marvell::envelope::{contradiction, is_said, shown};
use crate::encoding::json::Value;
use crate::public_key::{Curve, KeyMaterial};
use crate::result::Requirement;

/// Members of a KeyBundle and of its attributes, in the spelling of the service and in that of `az`.
///
/// <https://learn.microsoft.com/rest/api/keyvault/keys/get-key/get-key>
const RELEASE_POLICY: [&str; 2] = ["release_policy", "releasePolicy"];
const KEY_OPERATIONS: [&str; 2] = ["key_ops", "keyOps"];
const PLATFORM: [&str; 2] = ["hsmPlatform", "hsm_platform"];

/// The platform that is no module (**believed**: Key Vault documentation, “HSM platforms”).
const SOFTWARE: &str = "0";

/// Every statement of `document` that contradicts the attested key pair.
pub(super) fn contradictions(document: &Value, attested: &KeyPairStatement) -> Vec<Doubt> {
    let attributes = document.member("attributes");
    let mut doubts = Vec::new();
    for part in [Some(document), attributes].into_iter().flatten() {
        doubts.extend(exportability(part, attested));
        doubts.extend(platform(part));
    }
    if let Some(key) = document.member("key").filter(|key| is_said(key)) {
        doubts.extend(kind_of_key(key, attested));
        doubts.extend(other_key(key, attested));
        doubts.extend(operations(key, attested));
    }
    doubts
}

fn member<'v>(value: &'v Value, spellings: [&str; 2]) -> Option<&'v Value> {
    spellings.into_iter().find_map(|name| value.member(name)).filter(|it| is_said(it))
}

fn exportability(part: &Value, attested: &KeyPairStatement) -> Vec<Doubt> {
    let leaves = !attested.flags.ways_out().is_empty();
    let about = |statement, stated: &Value| {
        let attested = if leaves { "exportable" } else { "not exportable" };
        contradiction(Requirement::NonExportable, statement, shown(stated), attested)
    };
    let exportable = part.member("exportable").filter(|it| is_said(it));
    let exportable = exportable.filter(|stated| match stated {
        Value::Boolean(true) => !leaves,
        // It is about the present; what was once is the module's to say.
        Value::Boolean(false) => attested.flags.extractable,
        _ => true,
    });
    // Only a key that can be exported is released by a policy.
    let policy = member(part, RELEASE_POLICY).filter(|_| !leaves);
    exportable
        .map(|stated| about("exportable", stated))
        .into_iter()
        .chain(policy.map(|stated| about("release_policy", stated)))
        .collect()
}

fn platform(part: &Value) -> Option<Doubt> {
    let stated = shown(member(part, PLATFORM)?);
    (stated == SOFTWARE).then(|| {
        contradiction(Requirement::GenuineModule, "hsmPlatform", stated, "a LiquidSecurity module")
    })
}

/// `RSA-HSM` and `EC-HSM`; without the ending the key is in software (RFC 7518, and the service's own).
fn kind_of_key(key: &Value, attested: &KeyPairStatement) -> Option<Doubt> {
    let stated = key.member("kty").filter(|it| is_said(it))?;
    let kind = match attested.public_key.material() {
        KeyMaterial::Rsa { .. } => "RSA-HSM",
        _ => "EC-HSM",
    };
    (stated.text() != Some(kind))
        .then(|| contradiction(Requirement::GenuineModule, "kty", shown(stated), kind))
}

/// The numbers of the key as RFC 7518 6 writes them.
fn other_key(key: &Value, attested: &KeyPairStatement) -> Vec<Doubt> {
    let numbers: Vec<(&'static str, Vec<u8>)> = match attested.public_key.material() {
        KeyMaterial::Rsa { modulus, exponent } => {
            vec![("n", modulus.clone()), ("e", exponent.clone())]
        }
        KeyMaterial::Ec { point, .. } => {
            let coordinates = point.get(1..).unwrap_or_default();
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            vec![("x", x.to_vec()), ("y", y.to_vec())]
        }
        KeyMaterial::Ed25519(_) | KeyMaterial::Other => Vec::new(),
    };
    let about = |statement, stated: &Value| {
        let attested = attested.public_key.describe();
        contradiction(Requirement::KeyMatch, statement, shown(stated), attested)
    };
    let of_another = ["n", "e", "x", "y"].into_iter().filter_map(|name| {
        let stated = key.member(name).filter(|it| is_said(it))?;
        let number = numbers.iter().find(|(known, _)| *known == name).map(|(_, number)| number);
        let decoded = stated.text().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        (decoded.as_ref() != number || number.is_none()).then(|| about(name, stated))
    });
    let curve = key.member("crv").filter(|it| is_said(it)).filter(|stated| {
        let curve = match attested.public_key.material() {
            KeyMaterial::Ec { curve: Curve::Other(_), .. } => Some("P-256K".to_owned()),
            KeyMaterial::Ec { curve, .. } => Some(curve.name()),
            _ => None,
        };
        stated.text() != curve.as_deref()
    });
    of_another.chain(curve.map(|stated| about("crv", stated))).collect()
}

/// The operations that are allowed: a key that signs, and does not leave.
fn operations(key: &Value, attested: &KeyPairStatement) -> Vec<Doubt> {
    let Some(stated) = member(key, KEY_OPERATIONS) else { return Vec::new() };
    let allowed: Vec<_> = stated.elements().into_iter().flatten().filter_map(Value::text).collect();
    let about = |requirement, attested: &str| {
        contradiction(requirement, "key_ops", allowed.join(", "), attested)
    };
    let leaves = !attested.flags.ways_out().is_empty();
    let exports = (allowed.contains(&"export") && !leaves)
        .then(|| about(Requirement::NonExportable, "not exportable"));
    let imports = allowed
        .contains(&"import")
        .then(|| about(Requirement::GenuineModule, "no key that takes in others"));
    let silent = (!allowed.contains(&"sign") && attested.flags.sign)
        .then(|| about(Requirement::GenuineModule, "SIGN 1"));
    exports.into_iter().chain(imports).chain(silent).collect()
}
