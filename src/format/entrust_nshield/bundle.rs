//! The bundle that `nfkmattest bundle` writes: a JSON object whose members are base64url of nCore
//! values, each once, and no other.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

use super::fault::Fault;
use crate::encoding::json::Value;
use crate::reason::{Reason, ReasonCode};

/// Every member that there can be.
const NAMES: [&str; 17] = [
    "pubkeydata",
    "kcmsg",
    "kcsig",
    "modstatemsg",
    "modstatesig",
    "warrant",
    "knsopub",
    "hkmc",
    "hkm",
    WORLD,
    FIPS_WORLD,
    "hkfips",
    RECOVERY,
    "hkre",
    "hkra",
    "ciphersuite",
    "root",
];

/// The security officer's signature over the keys of a world that is not bound to FIPS 140 level 3.
pub(super) const WORLD: &str = "CertKMaKMCbKNSO";
/// The same of a world that is.
pub(super) const FIPS_WORLD: &str = "CertKMaKMCaKFIPSbKNSO";
/// The security officer's signature over the keys of recovery.
pub(super) const RECOVERY: &str = "CertKREaKRAbKNSO";

/// A bundle.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bundle {
    members: Vec<(&'static str, Vec<u8>)>,
}

impl Bundle {
    /// Whether `document` looks like one. Only looks.
    pub(super) fn is_in(document: &Value) -> bool {
        let has = |name| document.member(name).is_some();
        has("kcmsg") || (has("modstatemsg") && has("warrant"))
    }

    /// Reads one.
    ///
    /// # Errors
    /// Everything that is wrong with its members, one by one.
    pub(super) fn read(document: Option<&Value>) -> Result<Self, Vec<Reason>> {
        let not_one = || vec![Fault::Malformed("not a JSON object").reason("bundle")];
        let mut members = Vec::new();
        let mut reasons = Vec::new();
        for (name, value) in document.and_then(Value::members).ok_or_else(not_one)? {
            let Some(known) = NAMES.into_iter().find(|known| known == name) else {
                reasons.push(Fault::unknown("member", name).reason("bundle"));
                continue;
            };
            match bytes(known, value) {
                Ok(bytes) => members.push((known, bytes)),
                Err(fault) => reasons.push(fault.reason(known)),
            }
        }
        if reasons.is_empty() { Ok(Self { members }) } else { Err(reasons) }
    }

    /// The bytes of a member that must be there.
    pub(super) fn bytes(&self, name: &'static str) -> Result<&[u8], Reason> {
        self.optional(name).ok_or_else(|| {
            Reason::new(ReasonCode::AttestationExtensionMissing).with("statement", name)
        })
    }

    pub(super) fn optional(&self, name: &str) -> Option<&[u8]> {
        self.members.iter().find(|(known, _)| *known == name).map(|(_, bytes)| bytes.as_slice())
    }
}

/// The two that are plain words stand for their characters.
fn bytes(name: &str, value: &Value) -> Result<Vec<u8>, Fault> {
    let text = value.text().ok_or(Fault::Malformed("not a text"))?;
    if matches!(name, "ciphersuite" | "root") {
        let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
        return if !text.is_empty() && text.bytes().all(is_plain) {
            Ok(text.as_bytes().to_vec())
        } else {
            Err(Fault::Malformed("not a plain word"))
        };
    }
    URL_SAFE.decode(text).map_err(|_| Fault::Malformed("not padded base64url"))
}

#[cfg(test)]
mod tests {
    use super::Bundle;
    use crate::encoding::json;
    use crate::reason::ReasonCode;

    #[test]
    fn members_are_known_and_their_base64_has_one_form() {
        let read = |text: &str| Bundle::read(json::parse(text.as_bytes()).ok().as_ref());
        let bundle = read(r#"{"hkm": "-_8=", "root": "KWARN-1"}"#).unwrap();
        assert_eq!(bundle.bytes("hkm"), Ok(&[0xfb, 0xff][..]));
        assert_eq!(bundle.bytes("root"), Ok(&b"KWARN-1"[..]));
        let missing = bundle.bytes("hkmc").unwrap_err();
        assert_eq!(missing.code(), ReasonCode::AttestationExtensionMissing);
        for (bad, code) in [
            (r#"{"hkm": "-_8"}"#, ReasonCode::AttestationMalformed),
            (r#"{"hkm": "+/8="}"#, ReasonCode::AttestationMalformed),
            (r#"{"hkm": "-_9="}"#, ReasonCode::AttestationMalformed),
            (r#"{"hkm": "-_8=\n"}"#, ReasonCode::AttestationMalformed),
            (r#"{"hkm": 1}"#, ReasonCode::AttestationMalformed),
            (r#"{"root": "KWARN 1"}"#, ReasonCode::AttestationMalformed),
            (r#"{"ciphersuite": ""}"#, ReasonCode::AttestationMalformed),
            (r#"[]"#, ReasonCode::AttestationMalformed),
            (r#"{"HKM": "-_8="}"#, ReasonCode::AttestationUnsupported),
            (r#"{"": ""}"#, ReasonCode::AttestationUnsupported),
        ] {
            assert_eq!(read(bad).unwrap_err()[0].code(), code, "{bad}");
        }
    }
}
