//! What a bundle states, by name, whoever signed it: to be shown, never to be judged.

use super::acl;
use super::bundle::{Bundle, FIPS_WORLD, RECOVERY, WORLD};
use super::generation::Generation;
use super::ncore::{KeyData, Reader, read_all};
use super::state::ModuleState;
use super::warrant::{Issued, Warrant};
use super::well_known::is_well_known;
use crate::encoding::hex::to_hex;
use crate::encoding::json::Value;
use crate::format::InspectLine;

pub(super) fn inspect(document: Option<&Value>) -> Vec<InspectLine> {
    let bundle = match Bundle::read(document) {
        Ok(bundle) => bundle,
        Err(reasons) => {
            let fault = |reason: crate::reason::Reason| {
                let mut words = vec![reason.sentence().to_owned()];
                words
                    .extend(reason.detail().iter().map(|(name, value)| format!("{name}: {value}")));
                statement("unreadable", words.join(" "))
            };
            return reasons.into_iter().map(fault).collect();
        }
    };
    let mut statements = Vec::new();
    let mut add = |name, value: String| statements.push(statement(name, value));
    if let Some(warrant) = bundle.optional("warrant") {
        match Warrant::read(warrant) {
            Ok(warrant) => {
                let module = warrant.module.payload.outside();
                add("module", module.serial.to_owned());
                if let Some(serial) = module.physical_serial {
                    add("physical serial number", serial.to_owned());
                }
                let issued = match module.issued {
                    Issued::AtFactory => "ModuleInformation",
                    Issued::InField => "FieldUpgradeModuleInformation",
                };
                add("warrant", issued.to_owned());
                for approval in &module.approvals {
                    add("approval", approval.clone());
                }
            }
            Err(fault) => add("warrant", fault.describe()),
        }
    }
    if let Some(state) = bundle.optional("modstatemsg") {
        match ModuleState::read(state) {
            Ok(state) => {
                add("security officer", to_hex(&state.officer));
                add("open to all on the module", format!("{:#x}", state.open_to_all));
                for key in &state.module_keys {
                    let known = is_well_known(&key.hash);
                    let remark = if known { " (well-known)" } else { "" };
                    add("module key that is loaded", to_hex(&key.hash) + remark);
                }
            }
            Err(fault) => add("module state", fault.describe()),
        }
    }
    if let Some(generation) = bundle.optional("kcmsg") {
        match Generation::read(generation) {
            Ok(generation) => {
                add("key hash", to_hex(&generation.key));
                let names: Vec<_> = acl::names(generation.acl.permissions()).collect();
                add("permissions", names.join(", "));
            }
            Err(fault) => add("generation", fault.describe()),
        }
    }
    if let Some(key) = bundle.optional("pubkeydata") {
        let key = read_all(key, Reader::key).ok();
        match key.as_ref().map(KeyData::public_key) {
            Some(Ok(key)) => {
                add("key", key.describe());
                add("key SHA-256", key.spki_sha256().to_string());
            }
            Some(Err(_)) | None => add("key", "unreadable".to_owned()),
        }
    }
    if let Some(hash) = bundle.optional("hkm") {
        match read_all(hash, Reader::key_hash_ex) {
            Ok(hash) => add("module key of the world", to_hex(&hash)),
            Err(fault) => add("module key of the world", fault.describe()),
        }
    }
    for (member, world) in [(WORLD, "not FIPS 140 level 3"), (FIPS_WORLD, "FIPS 140 level 3")] {
        if bundle.optional(member).is_some() {
            add("world", world.to_owned());
        }
    }
    if bundle.optional(RECOVERY).is_some() {
        add("world", "with recovery".to_owned());
    }
    statements
}

fn statement(name: &'static str, value: String) -> InspectLine {
    InspectLine { name, value }
}

#[cfg(test)]
mod tests {
    use super::inspect;
    use crate::encoding::json;

    const BUNDLE: &[u8] = include_bytes!(
        "../../../attestation-samples/entrust-nshield/simulated-without-fault-p256/attestation.att"
    );

    fn value(document: &[u8], name: &str) -> Option<String> {
        let document = json::parse(document).unwrap();
        inspect(Some(&document)).into_iter().find(|it| it.name == name).map(|it| it.value)
    }

    #[test]
    fn a_bundle_is_shown_whoever_signed_it() {
        assert_eq!(value(BUNDLE, "module").as_deref(), Some("5113-0000-0001"));
        assert_eq!(value(BUNDLE, "warrant").as_deref(), Some("ModuleInformation"));
        assert_eq!(value(BUNDLE, "approval").as_deref(), Some("FIPS140 3 3 MultiChipEmbedded"));
        assert_eq!(value(BUNDLE, "world").as_deref(), Some("FIPS 140 level 3"));
        assert_eq!(value(BUNDLE, "key").as_deref(), Some("ECDSA P-256"));
        assert!(value(BUNDLE, "permissions").unwrap().ends_with("Sign, GetACL, SignModuleCert"));
    }

    #[test]
    fn what_cannot_be_read_is_said_part_by_part() {
        let faulty =
            br#"{"warrant": "", "modstatemsg": "AAAA", "kcmsg": "AAAA", "pubkeydata": "AAAA"}"#;
        for name in ["warrant", "module state", "generation", "key"] {
            assert!(value(faulty, name).unwrap().starts_with("unreadable"), "{name}");
        }
        let unknown = br#"{"kcmsg": "AAAA", "more": "AAAA"}"#;
        assert!(value(unknown, "unreadable").unwrap().contains("more"));
    }
}
