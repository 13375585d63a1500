//! Policy files: the attack pack's `policy` family, one test a field and a floor, and the built-in
//! policy against its own file and schema.

use std::collections::{BTreeMap, BTreeSet};

use keyproof::claims::Firmware;
use keyproof::endorsement::Scheme;
use keyproof::facts::bundled;
use keyproof::policy::{
    AcceptedStatement, AppraisalPolicy, ConfirmedAnchor, ConfirmedModule, DualControl, Judgement,
    LiveKeyDomains, PolicyError, SchemeWeight, SecurityWorld, ServiceDocument, ServiceMatter,
    Stated, Unit, default_policy, default_yaml, parse_policy, policy_schema,
};
use keyproof::result::Rules;
use keyproof::trust::{Distrust, Distrusted};

use crate::support::shared;

fn parse_bytes(bytes: &[u8]) -> Result<AppraisalPolicy, PolicyError> {
    let endorsements = bundled().unwrap().endorsements;
    parse_policy("policy.yaml", bytes, &endorsements, &mut |name| {
        if name == "absent.txt" { Err("no such file".to_owned()) } else { Ok(Vec::new()) }
    })
}

/// A policy of `version: 1` and `lines`.
fn parse(lines: &str) -> Result<AppraisalPolicy, PolicyError> {
    parse_bytes(format!("version: 1\n{lines}\n").as_bytes())
}

fn code(lines: &str) -> &'static str {
    parse(lines).unwrap_err().code.code()
}

/// Cases of the attack pack that are judged otherwise, each with the reason. An entry that is no
/// longer needed fails the test.
const DEVIATIONS: &[(&str, &str, &str)] = &[];

#[test]
fn the_attack_pack_is_refused_as_it_asks() {
    let Some(pack) = shared("vectors/attack-pack") else {
        return;
    };
    let manifest = std::fs::read(pack.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let mut seen = 0;
    for case in manifest["cases"].as_array().unwrap() {
        if case["family"] != "policy" {
            continue;
        }
        seen += 1;
        let id = case["id"].as_str().unwrap();
        assert_eq!(case["expect"], "ERROR", "{id}");
        let bytes = std::fs::read(pack.join("policy").join(id).join("policy.yaml")).unwrap();
        let found = parse_bytes(&bytes).unwrap_err().code.code();
        let asked = case["finding"].as_str().unwrap();
        match DEVIATIONS.iter().find(|(known, ..)| *known == id) {
            None => assert_eq!(found, asked, "{id}"),
            Some((_, instead, _)) => {
                assert_eq!(found, *instead, "{id}");
                assert_ne!(found, asked, "the deviation of {id} is stale");
            }
        }
    }
    assert!(seen >= 14, "{seen} cases");
}

#[test]
fn the_built_in_policy_is_what_its_file_says() {
    let parsed = parse_bytes(default_yaml().as_bytes()).unwrap();
    assert_eq!(format!("{parsed:?}"), format!("{:?}", default_policy().unwrap()));
    // What is left out is as in the built-in policy, apart from what tells the two apart.
    assert_eq!(parse("").unwrap().name, "policy.yaml");
    let shortest = parse("name: csbr").unwrap();
    let (own, built_in) = (shortest.sha256(), parsed.sha256());
    assert_ne!(own, built_in);
    let shortest = format!("{shortest:?}").replace(&own.to_string(), &built_in.to_string());
    assert_eq!(shortest, format!("{parsed:?}"));
}

#[test]
fn the_built_in_policy_is_the_documented_one() {
    let policy = default_policy().unwrap();
    assert_eq!((policy.min_rsa_bits, policy.max_rsa_bits), (3072, 8192));
    assert_eq!(policy.curves, ["P-256", "P-384", "P-521"]);
    assert_eq!((policy.fermat_rounds, policy.min_fips_level), (100, 2));
    assert_eq!(policy.formats, None);
    assert_eq!(policy.unusual_exponent, Judgement::Refuse);
    assert_eq!(policy.historical_certification, Judgement::Notice);
    assert_eq!(policy.platform_certification, Judgement::Review);
    assert_eq!(policy.firmware_unstated, Judgement::Review);
    assert!(policy.confirmed_modules.is_empty() && policy.accept_statement.is_empty());
    assert_eq!(policy.certification_one_copy, Judgement::Review);
    assert_eq!(policy.certification_copies, Judgement::Notice);
    assert_eq!(policy.unseen_marker, Judgement::Notice);
    assert_eq!(policy.pin_never, Judgement::Review);
    assert_eq!(policy.serial_missing, Judgement::Review);
    assert_eq!(policy.key_can_attest, Judgement::Review);
    assert_eq!(policy.live_key_domains, LiveKeyDomains::Shown);
    assert_eq!(policy.based_on, Rules::Csbr);
    assert!(policy.service_documents.is_empty());
    for scheme in Scheme::ALL {
        let counts = policy.scheme_weight(scheme) == SchemeWeight::Counts;
        assert_eq!(counts, scheme.is_of_csbr(), "{scheme}");
    }
    assert_eq!(policy.advisories, [("YSA-2024-03".to_owned(), Judgement::Review)].into());
}

#[test]
fn each_field_can_be_tightened() {
    assert_eq!(parse("name: strict").unwrap().name, "strict");
    assert_eq!(parse_bytes(b"version: 7").unwrap().version, 7);
    assert_eq!(parse("formats: [yubico-piv]").unwrap().formats.as_deref().unwrap(), ["yubico-piv"]);
    assert_eq!(parse("min_rsa_bits: 4096").unwrap().min_rsa_bits, 4096);
    assert_eq!(parse("max_rsa_bits: 4096").unwrap().max_rsa_bits, 4096);
    assert_eq!(parse("curves: [P-384]").unwrap().curves, ["P-384"]);
    assert!(parse("curves: []").unwrap().curves.is_empty());
    assert_eq!(parse("fermat_rounds: 1000").unwrap().fermat_rounds, 1000);
    assert_eq!(parse("min_fips_level: 3").unwrap().min_fips_level, 3);
    let counted = parse("live_key_domains: counted").unwrap();
    assert_eq!(counted.live_key_domains, LiveKeyDomains::Counted);
    assert!(parse("live_key_domains: notice").is_err());
    let judged = "advisories: {YSA-2024-03: refuse}";
    assert_eq!(
        parse(judged).unwrap().advisories,
        [("YSA-2024-03".to_owned(), Judgement::Refuse)].into()
    );
    assert_eq!(parse("advisories: {}").unwrap().advisories, default_policy().unwrap().advisories);
    assert!(parse("compromised_keys: [pwned.txt, own list.txt]").is_ok());
}

#[test]
fn each_judgement_takes_the_three_words_and_no_other() {
    type Field = fn(&AppraisalPolicy) -> Judgement;
    let fields: [(&str, Field); 10] = [
        ("unusual_exponent", |policy| policy.unusual_exponent),
        ("historical_certification", |policy| policy.historical_certification),
        ("platform_certification", |policy| policy.platform_certification),
        ("firmware_unstated", |policy| policy.firmware_unstated),
        ("certification_one_copy", |policy| policy.certification_one_copy),
        ("certification_copies", |policy| policy.certification_copies),
        ("unseen_marker", |policy| policy.unseen_marker),
        ("pin_never", |policy| policy.pin_never),
        ("serial_missing", |policy| policy.serial_missing),
        ("key_can_attest", |policy| policy.key_can_attest),
    ];
    for (field, read) in fields {
        for (word, expected) in [
            ("notice", Judgement::Notice),
            ("review", Judgement::Review),
            ("refuse", Judgement::Refuse),
        ] {
            assert_eq!(read(&parse(&format!("{field}: {word}")).unwrap()), expected, "{field}");
        }
        for word in ["accept", "Review", "ignore", "true", "no", "2", "~", "[review]"] {
            assert_eq!(code(&format!("{field}: {word}")), "policy.type", "{field}: {word}");
        }
    }
}

#[test]
fn nothing_goes_below_its_floor_or_out_of_its_range() {
    for (lines, expected) in [
        ("min_rsa_bits: 3071", "policy.below-floor"),
        ("min_rsa_bits: 2048", "policy.below-floor"),
        ("min_rsa_bits: 0", "policy.below-floor"),
        ("min_rsa_bits: 8193", "policy.range"),
        ("min_rsa_bits: -3072", "policy.range"),
        ("min_rsa_bits: 99999999999999999999999999", "policy.range"),
        ("max_rsa_bits: 8193", "policy.range"),
        ("max_rsa_bits: 2048", "policy.below-floor"),
        ("min_rsa_bits: 4096\nmax_rsa_bits: 3072", "policy.range"),
        ("fermat_rounds: 99", "policy.below-floor"),
        ("fermat_rounds: 100001", "policy.range"),
        ("min_fips_level: 1", "policy.below-floor"),
        ("min_fips_level: 0", "policy.below-floor"),
        ("min_fips_level: 5", "policy.range"),
        ("curves: [P-256, secp256k1]", "policy.below-floor"),
        ("curves: [P-224]", "policy.below-floor"),
        ("curves: [Ed25519]", "policy.below-floor"),
        ("curves: [P-257]", "policy.type"),
        ("curves: [p-256]", "policy.type"),
        ("curves: P-256", "policy.type"),
        ("curves: [P-256, P-256]", "policy.duplicate-key"),
        ("formats: []", "policy.type"),
        ("formats: [yubico-pif]", "policy.type"),
        ("advisories: {YSA-2017-01: review}", "policy.below-floor"),
        ("advisories: {YSA-2019-02: notice}", "policy.below-floor"),
        ("advisories: {YSA-2024-04: review}", "policy.unknown-field"),
        ("advisories: [YSA-2024-03]", "policy.type"),
        ("name: ''", "policy.type"),
        ("name: \"a\\u0007\"", "policy.range"),
    ] {
        assert_eq!(code(lines), expected, "{lines}");
    }
    for version in ["0", "-1"] {
        let error = parse_bytes(format!("version: {version}").as_bytes()).unwrap_err();
        assert_eq!(error.code.code(), "policy.range", "{version}");
    }
    for version in ["1.0", "one", "'1'", "yes", "0x1", "", "[1]"] {
        let error = parse_bytes(format!("version: {version}").as_bytes()).unwrap_err();
        assert_eq!(error.code.code(), "policy.type", "{version}");
    }
    assert_eq!(parse_bytes(b"min_rsa_bits: 3072").unwrap_err().code.code(), "policy.malformed");
}

#[test]
fn records_name_one_module_and_what_was_found() {
    let confirmed = |entry: &str| format!("confirmed_modules:\n  - {{{entry}}}");
    let whole =
        "format: yubico-piv, serial: '1', module: yubikey-5-fips, firmware: 5.4.3, reference: R";
    let policy = parse(&confirmed(whole)).unwrap();
    assert_eq!(policy.confirmed_modules[0].module, "yubikey-5-fips");
    assert_eq!(policy.confirmed_modules[0].unit.serial, "1");
    assert_eq!(policy.confirmed_modules[0].firmware.unwrap().to_string(), "5.4.3");
    for (from, to, expected) in [
        ("yubico-piv", "yubico-pif", "policy.type"),
        ("yubico-piv", "yubico-yubihsm2", "policy.type"),
        ("yubikey-5-fips", "yubikey-6", "policy.type"),
        (" firmware: 5.4.3,", "", "policy.type"),
        ("5.4.3", "5.4", "policy.type"),
        ("reference: R", "reference: \"\\u0007\"", "policy.range"),
        (", reference: R", "", "policy.malformed"),
        ("serial: '1'", "serial: 1", "policy.type"),
        ("reference: R", "reference: R, since: 2026", "policy.unknown-field"),
    ] {
        let changed = whole.replacen(from, to, 1);
        assert_ne!(changed, whole, "{from}");
        assert_eq!(code(&confirmed(&changed)), expected, "{from} -> {to}");
    }
    assert_eq!(code(&format!("{}\n  - {{{whole}}}", confirmed(whole))), "policy.duplicate-key");

    let (hknso, hkm) = ("8780fd7238ee86ee3b124486d222b597aaa7a2a8", "0b".repeat(20));
    let nshield = format!(
        "format: entrust-nshield, serial: '1', module: entrust-nshield-5s, hknso: '{hknso}', \
         hkm: '{hkm}', reference: R"
    );
    let policy = parse(&confirmed(&nshield)).unwrap();
    let world = policy.confirmed_modules[0].world.as_ref().unwrap();
    assert_eq!((world.hknso.as_str(), &world.hkm), (hknso, &hkm));
    for (from, to) in [
        (format!(" hknso: '{hknso}',"), String::new()),
        (format!(" hkm: '{hkm}',"), String::new()),
        (hknso.to_owned(), hknso.to_uppercase()),
        (hknso.to_owned(), "8780".to_owned()),
        (hkm.clone(), "0g".repeat(20)),
    ] {
        let changed = nshield.replacen(&from, &to, 1);
        assert_ne!(changed, nshield, "{from}");
        assert_eq!(code(&confirmed(&changed)), "policy.type", "{from} -> {to}");
    }
    let of_another =
        whole.replace("reference", &format!("hknso: '{hknso}', hkm: '{hkm}', reference"));
    assert_eq!(code(&confirmed(&of_another)), "policy.type");

    let accepted = |states: &str| {
        format!(
            "accept_statement:\n  - {{format: yubico-piv, serial: A, states: {states}, reference: R}}"
        )
    };
    let policy = parse(&accepted("non-exportable")).unwrap();
    assert_eq!(policy.accept_statement[0].reference, "R");
    assert_eq!(code(&accepted("generated")), "policy.type");

    let key = "ab".repeat(32);
    let whole = format!("spki_sha256: \"{key}\", reference: R");
    let anchors = |entry: &str| format!("confirmed_anchors:\n  - {{{entry}}}");
    assert_eq!(parse(&anchors(&whole)).unwrap().confirmed_anchors[0].reference, "R");
    for (from, to, expected) in [
        ("ab\"", "a\"", "policy.type"),
        (", reference: R", "", "policy.malformed"),
        ("reference: R", "reference: R, id: x", "policy.unknown-field"),
    ] {
        let changed = whole.replacen(from, to, 1);
        assert_ne!(changed, whole, "{from}");
        assert_eq!(code(&anchors(&changed)), expected, "{from} -> {to}");
    }
    assert_eq!(code(&format!("{}\n  - {{{whole}}}", anchors(&whole))), "policy.duplicate-key");
}

#[test]
fn lists_are_files_beside_the_policy_and_nothing_else() {
    for name in [
        "/etc/shadow",
        "../keys.txt",
        "lists/keys.txt",
        "..",
        ".hidden",
        "http://127.0.0.1/x",
        "file:keys.txt",
        "C:keys.txt",
        "..\\keys.txt",
        "~root",
        "absent.txt",
    ] {
        assert_eq!(code(&format!("compromised_keys: ['{name}']")), "policy.path", "{name}");
    }
    assert_eq!(code("compromised_keys: [a.txt, a.txt]"), "policy.duplicate-key");
    let many: Vec<_> = (0..65).map(|number| format!("list-{number}")).collect();
    assert_eq!(code(&format!("compromised_keys: [{}]", many.join(", "))), "policy.range");
}

#[test]
fn what_is_not_a_policy_is_refused() {
    for (text, expected) in [
        ("", "policy.malformed"),
        ("# nothing\n", "policy.malformed"),
        ("- version: 1\n", "policy.malformed"),
        ("policy\n", "policy.malformed"),
        ("version: 1\n---\nversion: 2\n", "policy.malformed"),
        ("version: !!float 1\n", "policy.type"),
        ("version: !x 1\n", "policy.malformed"),
        ("version: 1\ncurves:\n\t- P-256\n", "policy.malformed"),
        ("version: 1\nversion: 2\n", "policy.duplicate-key"),
        (
            "version: 1\nadvisories: {YSA-2024-03: review, YSA-2024-03: notice}",
            "policy.duplicate-key",
        ),
        ("base: &b {min_rsa_bits: 4096}\nversion: 1\n<<: *b\n", "policy.malformed"),
        ("version: 1\ninclude: base.yaml\n", "policy.path"),
        ("version: 1\nallow_test_roots: true\n", "policy.unknown-field"),
        ("version: 1\nallow_test_roots: yes\n", "policy.type"),
        ("version: 1\n1: 2\n", "policy.type"),
    ] {
        let error = parse_bytes(text.as_bytes()).unwrap_err();
        assert_eq!(error.code.code(), expected, "{text:?}: {error}");
    }
    let large = format!("version: 1\n# {}", "x".repeat(64 << 10));
    assert_eq!(parse_bytes(large.as_bytes()).unwrap_err().code.code(), "policy.too-large");
    assert_eq!(parse_bytes(b"version: 1\n# \xff").unwrap_err().code.code(), "policy.malformed");
}

#[test]
fn an_error_names_the_place_and_the_way_out() {
    let error = parse("min_rsa_bitz: 3072").unwrap_err();
    assert_eq!(
        error.to_string(),
        "policy.yaml:2:1: policy.unknown-field: there is no `min_rsa_bitz` here; did you mean \
         `min_rsa_bits`?\n 2 | min_rsa_bitz: 3072\n   | ^\n\
         Correct the spelling, or remove the line; nothing in a policy is ignored."
    );
    let error = parse("min_rsa_bits: 2048").unwrap_err();
    assert_eq!((error.error.place.line, error.error.place.column), (2, 15));
    assert_eq!(error.error.message, "2048 is less than 3072, the floor of CSBR 6.1.5.2");
    let error = parse("curves: [P-256, P-385]").unwrap_err();
    assert_eq!((error.error.place.line, error.error.place.column), (2, 17));
    let error = parse("advisories:\n  YSA-2024-3: review").unwrap_err();
    assert_eq!((error.error.place.line, error.error.place.column), (3, 3));
    assert!(error.error.message.ends_with("did you mean `YSA-2024-03`?"), "{error}");
}

#[test]
fn the_schema_has_the_fields_of_the_file_and_their_ranges() {
    let schema = policy_schema();
    let properties = schema["properties"].as_object().unwrap();
    let in_schema: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
    // Every line of the file that sets something, and the one that is commented out.
    let in_file: BTreeSet<&str> = default_yaml()
        .lines()
        .map(|line| line.strip_prefix("# formats:").map_or(line, |_| "formats:"))
        .filter(|line| !line.starts_with(['#', ' ']))
        .filter_map(|line| line.split_once(':').map(|(key, _)| key))
        .collect();
    assert_eq!(in_schema, in_file);
    assert_eq!(schema["required"], serde_json::json!(["version"]));
    assert_eq!(schema["additionalProperties"], false);
    for (field, minimum, maximum) in [
        ("min_rsa_bits", 3072, 8192),
        ("max_rsa_bits", 3072, 8192),
        ("fermat_rounds", 100, 100_000),
        ("min_fips_level", 2, 4),
    ] {
        assert_eq!(properties[field]["minimum"], minimum, "{field}");
        assert_eq!(properties[field]["maximum"], maximum, "{field}");
        // The parser draws the same lines.
        assert!(parse(&format!("{field}: {minimum}")).is_ok(), "{field}");
        assert!(parse(&format!("{field}: {maximum}")).is_ok(), "{field}");
        assert_eq!(code(&format!("{field}: {}", minimum - 1)), "policy.below-floor");
        assert_eq!(code(&format!("{field}: {}", maximum + 1)), "policy.range");
    }
    assert_eq!(properties["version"]["minimum"], 1);
    let text = schema.to_string();
    for word in ["\"notice\"", "\"review\"", "\"refuse\"", "\"P-521\""] {
        assert!(text.contains(word), "{word}");
    }
}

/// A policy that a program builds is read as a file is: the same floors, and a hash of its own.
#[test]
fn a_policy_that_is_built_is_the_file_that_it_writes() {
    let endorsements = bundled().unwrap().endorsements;
    let parse = |file: &str, list: &[u8]| {
        parse_policy("policy", file.as_bytes(), &endorsements, &mut |_| Ok(list.to_vec())).unwrap()
    };
    let unit = || Unit { format: "yubico-piv".to_owned(), serial: "1".to_owned() };
    let firmware = Firmware::parse("5.4.3");
    let module = "yubikey-5-fips".to_owned();
    let reference = "R-1 \u{e9}\"'{#".to_owned();
    let confirmed = ConfirmedModule {
        unit: unit(),
        module,
        firmware,
        world: None,
        reference: reference.clone(),
    };
    let in_a_world = ConfirmedModule {
        unit: Unit { format: "entrust-nshield".to_owned(), serial: "1".to_owned() },
        module: "entrust-nshield-5s".to_owned(),
        firmware: None,
        world: Some(SecurityWorld { hknso: "0c".repeat(20), hkm: "11".repeat(20) }),
        reference: reference.clone(),
    };
    let statement = AcceptedStatement { unit: unit(), states: Stated::NonExportable, reference };
    let named = Distrusted::Anchor("yubico-piv-root-263751".to_owned());
    let date = Some("2026-11-28".to_owned());
    let distrust = Distrust { named, reason: "\"leaked\": #1".to_owned(), date };
    let spki_sha256 = default_policy().unwrap().sha256();
    let anchor = ConfirmedAnchor { spki_sha256, reference: "R-3".to_owned() };
    let document = ServiceDocument { shows: ServiceMatter::Audit, reference: "R-5".to_owned() };
    let builder = AppraisalPolicy::builder("acme: #1", 7)
        .formats(["yubico-piv", "thales-luna"])
        .min_rsa_bits(4096)
        .max_rsa_bits(4096)
        .curves(["P-384"])
        .unusual_exponent(Judgement::Review)
        .fermat_rounds(101)
        .min_fips_level(3)
        .based_on(Rules::CsbrSigningService)
        .schemes(BTreeMap::from([(Scheme::CommonCriteria, SchemeWeight::Review)]))
        .service_documents([&document])
        .historical_certification(Judgement::Refuse)
        .platform_certification(Judgement::Refuse)
        .firmware_unstated(Judgement::Refuse)
        .certification_one_copy(Judgement::Refuse)
        .certification_copies(Judgement::Refuse)
        .unseen_marker(Judgement::Refuse)
        .pin_never(Judgement::Refuse)
        .serial_missing(Judgement::Refuse)
        .key_can_attest(Judgement::Refuse)
        .advisories(BTreeMap::from([("YSA-2024-03", Judgement::Refuse)]))
        .confirmed_modules([&confirmed, &in_a_world])
        .accept_statement([&statement])
        .distrust([&distrust])
        .confirmed_anchors([&anchor])
        .live_key_domains(LiveKeyDomains::Counted)
        .compromised_key_list("pwned.txt", b"# none\n")
        .device_elsewhere(Judgement::Refuse)
        .verdict_max_age_days(7)
        .dual_control(DualControl::Always)
        .retention_years(10);
    let built = builder.build(&endorsements).unwrap();
    assert_eq!(built.distrust, [distrust]);
    assert_eq!(format!("{built:?}"), format!("{:?}", parse(&builder.file(), b"# none\n")));
    assert_ne!(built.sha256(), parse(&builder.file(), b"# another list\n").sha256());
    assert_eq!((built.name.as_str(), built.version), ("acme: #1", 7));
    assert_eq!(built.formats.as_deref().unwrap(), ["yubico-piv", "thales-luna"]);
    assert_eq!((built.min_rsa_bits, built.max_rsa_bits), (4096, 4096));
    assert_eq!((built.fermat_rounds, built.min_fips_level), (101, 3));
    assert_eq!((built.verdict_max_age_days, built.retention_years), (7, 10));
    assert_eq!(built.dual_control, DualControl::Always);
    assert_eq!(built.live_key_domains, LiveKeyDomains::Counted);
    assert_eq!(
        (&built.curves[..], built.unusual_exponent),
        (&["P-384".to_owned()][..], Judgement::Review)
    );
    assert_eq!(built.advisories, [("YSA-2024-03".to_owned(), Judgement::Refuse)].into());
    assert_eq!(built.confirmed_modules, [confirmed, in_a_world]);
    assert_eq!(built.accept_statement, [statement]);
    assert_eq!(built.based_on, Rules::CsbrSigningService);
    assert_eq!(built.scheme_weight(Scheme::CommonCriteria), SchemeWeight::Review);
    assert_eq!(built.service_documents, [document]);
    assert_eq!(built.confirmed_anchor(spki_sha256), Some(&anchor));
    assert_eq!(built.confirmed_anchors, [anchor]);
    for judgement in [
        built.historical_certification,
        built.platform_certification,
        built.firmware_unstated,
        built.certification_one_copy,
        built.certification_copies,
        built.unseen_marker,
        built.pin_never,
        built.serial_missing,
        built.key_can_attest,
        built.device_elsewhere,
    ] {
        assert_eq!(judgement, Judgement::Refuse);
    }
}

#[test]
fn nothing_below_the_floor_or_unknown_can_be_built() {
    let endorsements = bundled().unwrap().endorsements;
    let plain = || AppraisalPolicy::builder("p", 1);
    for (builder, code) in [
        (plain().min_fips_level(1), "policy.below-floor"),
        (plain().min_fips_level(5), "policy.range"),
        (plain().min_rsa_bits(2048), "policy.below-floor"),
        (plain().max_rsa_bits(16384), "policy.range"),
        (plain().min_rsa_bits(8192).max_rsa_bits(3072), "policy.range"),
        (plain().fermat_rounds(99), "policy.below-floor"),
        (plain().curves(["P-256", "secp256k1"]), "policy.below-floor"),
        (plain().formats([""; 0]), "policy.type"),
        (plain().formats(["no-such-format"]), "policy.type"),
        (
            plain().advisories(BTreeMap::from([("YSA-2017-01", Judgement::Notice)])),
            "policy.below-floor",
        ),
        (plain().retention_years(1), "policy.below-floor"),
        (plain().verdict_max_age_days(0), "policy.range"),
        (plain().compromised_key_list("../list", b""), "policy.path"),
        (
            plain().compromised_key_list("a", b"").compromised_key_list("a", b""),
            "policy.duplicate-key",
        ),
        (AppraisalPolicy::builder("", 1), "policy.type"),
        (AppraisalPolicy::builder("p", 0), "policy.range"),
        (AppraisalPolicy::builder("a\nb: 1", 1), "policy.range"),
    ] {
        assert_eq!(builder.build(&endorsements).unwrap_err().code.code(), code, "{builder:?}");
    }
    // What judges has its own hash, never that of the built-in policy.
    let tightened = plain().min_fips_level(3).build(&endorsements).unwrap();
    assert_ne!(tightened.sha256(), default_policy().unwrap().sha256());
}
