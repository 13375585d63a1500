//! What the clients of cloud services write of a key's attestation: read, and judged like the answer of the
//! service itself. Scripts run with `-P`: what lies beside one is none of its modules, whatever it is called.

use std::fs;

use super::{Row, folder, python, run};
use crate::expected;
use crate::support::{TIME, appraise, at, entries, facts_and, keyring, read, verifier};
use keyproof_simulator::{KeyKind, Options, Simulation, formats};

/// A row for each form that a client writes.
pub fn rows() -> Vec<Row> {
    [azure(), fortanix(), google()].into_iter().flatten().flatten().collect()
}

fn simulated(format: &str, key: Option<KeyKind>) -> Simulation {
    simulated_with(format, key, None)
}

fn simulated_with(format: &str, key: Option<KeyKind>, defect: Option<&str>) -> Simulation {
    let format = formats().iter().find(|it| it.name == format).expect("a format");
    let options = Options { key, defect: defect.map(str::to_owned), ..Options::new(at(TIME)) };
    format.build_with(&options, &mut keyring()).expect("a simulation")
}

fn file<'s>(simulation: &'s Simulation, name: &str) -> &'s [u8] {
    let file = simulation.files.iter().find(|file| file.name == name);
    &file.unwrap_or_else(|| panic!("{name}")).bytes
}

/// The line of `files` beside the request of `simulation`, under its trust.
fn judge(simulation: &Simulation, files: &[(&str, &[u8])]) -> String {
    let anchors = std::str::from_utf8(file(simulation, "anchors.yaml")).expect("UTF-8");
    let request = ("request.pem", file(simulation, "request.pem"));
    let files = [files, &[request]].concat();
    expected::line(&appraise(&verifier(facts_and(anchors)), &files, at(TIME)))
}

/// `az keyvault key get-attestation`.
fn azure() -> Option<Vec<Row>> {
    const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/integration/clients/az.py");
    python("azure-cli")?;
    for key in [KeyKind::P256, KeyKind::Rsa4096] {
        let simulation = simulated("azure-managed-hsm", Some(key));
        let folder = folder(&format!("azure-cli-{key:?}"));
        fs::write(folder.join("answer.json"), file(&simulation, "attestation.json")).unwrap();
        let mut python = python("azure-cli")?;
        python.arg("-P").arg(SCRIPT).arg(&folder);
        run(python);
        let of_service = judge(&simulation, &[("a", file(&simulation, "attestation.json"))]);
        assert!(of_service.starts_with("review"), "{of_service}");
        for path in entries(&folder) {
            let written = judge(&simulation, &[("a", &read(&path))]);
            assert_eq!(written, of_service, "{}", path.display());
        }
    }
    let row = |form: &str| Row {
        tool: "Azure CLI 2.91.0 `az keyvault key get-attestation`".to_owned(),
        writes: form.to_owned(),
        read: "read".to_owned(),
    };
    let forms = ["`--file`", "`-o json`", "`-o yaml`"];
    Some(forms.map(row).into())
}

/// `sdkms-cli key-attestation`.
fn fortanix() -> Option<Vec<Row>> {
    const SCRIPT: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/integration/clients/fortanix.py");
    let simulation = simulated("fortanix-dsm", None);
    let folder = folder("sdkms-cli");
    let answer = file(&simulation, "key-attestation.json");
    fs::write(folder.join("answer.json"), answer).unwrap();
    let mut python = python("sdkms-cli")?;
    python.arg("-P").arg(SCRIPT).arg(&folder);
    run(python);
    let of_service = judge(&simulation, &[("a", answer)]);
    assert!(of_service.starts_with("review"), "{of_service}");
    let printed = judge(&simulation, &[("a", &read(&folder.join("printed.json")))]);
    assert_eq!(printed, of_service);
    Some(vec![Row {
        tool: "Fortanix `sdkms-cli` 5.6.2919 `key-attestation`".to_owned(),
        writes: "JSON on one line".to_owned(),
        read: "read".to_owned(),
    }])
}

/// What gcloud prints, by the libraries that it is made with.
fn google() -> Option<Vec<Row>> {
    const SCRIPT: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/integration/clients/gcloud.py");
    for key in [KeyKind::P256, KeyKind::Rsa4096] {
        let simulation = simulated_with("google-cloud-hsm", Some(key), Some("api-answer"));
        let folder = folder(&format!("google-apitools-{key:?}"));
        let answer = file(&simulation, "crypto-key-version.json");
        fs::write(folder.join("answer.json"), answer).unwrap();
        let mut python = python("google-apitools")?;
        python.arg("-P").arg(SCRIPT).arg(&folder);
        run(python);
        let of_service = judge(&simulation, &[("a", answer)]);
        assert!(of_service.starts_with("review"), "{of_service}");
        let written = |name: &str| read(&folder.join(name));
        for name in ["whole.json", "whole.yaml"] {
            assert_eq!(judge(&simulation, &[("a", &written(name))]), of_service, "{name}");
        }
        // The statement alone, with what `get-certificate-chain` writes; and what `describe` prints beside.
        let answer: serde_json::Value = serde_json::from_slice(answer).unwrap();
        let chains = answer["attestation"]["certChains"]["caviumCerts"].as_array().unwrap();
        let chains: String = chains.iter().map(|pem| pem.as_str().unwrap()).collect();
        let (blob, chains) = (written("attestation.dat"), ("chains.pem", chains.as_bytes()));
        assert_eq!(judge(&simulation, &[("a", &blob), chains]), of_service);
        for name in ["described.json", "described.yaml"] {
            let files = [("a", blob.as_slice()), chains, ("described", &written(name))];
            assert_eq!(judge(&simulation, &files), of_service, "{name}");
        }
        let alone = judge(&simulation, &[("a", &blob)]);
        assert!(alone.contains("chain.incomplete"), "{alone}");
        // The encoder writes the alphabet of RFC 4648 5, and nothing else tells the contents apart.
        let printed: serde_json::Value = serde_json::from_slice(&written("whole.json")).unwrap();
        let content = |it: &serde_json::Value| {
            it["attestation"]["content"].as_str().unwrap().replace('-', "+").replace('_', "/")
        };
        assert_eq!(content(&printed), content(&answer));
    }
    let row = |(writes, read): (&str, &str)| Row {
        tool: "gcloud, by google-apitools 0.5.35 and ruamel.yaml 0.19.1".to_owned(),
        writes: writes.to_owned(),
        read: read.to_owned(),
    };
    let forms = [
        ("CryptoKeyVersion with its attestation, `--format json` and `yaml`", "read"),
        ("`kms keys versions describe --attestation-file`, and the chains", "read"),
        ("the same without the chains", "`chain.incomplete`"),
        (
            "what `describe` prints beside, `--format json` and `yaml`",
            "compared with the attestation",
        ),
    ];
    Some(forms.map(row).into())
}
