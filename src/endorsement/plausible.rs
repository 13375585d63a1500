//! Whether a module can be what it says: which product has such marks, and which keys its firmware
//! makes. Where the facts do not say what a product makes, nothing is implausible.

use super::data::{Endorsements, Makes, Module};
use crate::claims::{Firmware, KeyClaims, KeyOrigin, ModuleClaims, PinPolicy};
use crate::public_key::PublicKey;

/// What no genuine unit says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Implausible {
    /// No product has these marks and this form factor together, at this firmware.
    Product,
    /// No product that it can be makes such a key. What they make, in words.
    Key(Vec<String>),
    /// No product that it can be makes a key with this PIN policy. Which they know.
    PinPolicy(Vec<PinPolicy>),
}

impl Endorsements {
    /// What in the claims of that format no genuine unit says. `key` is the attested key.
    pub fn implausible(
        &self,
        format: &str,
        module: &ModuleClaims,
        claims: &KeyClaims,
        key: &PublicKey,
    ) -> Option<Implausible> {
        let of_format: Vec<_> = self.modules.iter().filter(|it| it.is_of(format)).collect();
        let firmware = module.firmware;
        // Firmware of which nothing is known, later than the facts above all, may be anything.
        if !of_format.iter().any(|it| !it.makes_at(firmware).is_empty()) {
            return None;
        }
        let candidates: Vec<_> =
            of_format.into_iter().filter(|it| it.is_selected_by(module)).collect();
        if candidates.is_empty() {
            return Some(Implausible::Product);
        }
        // A key that was made elsewhere says nothing of what this firmware makes.
        if claims.origin == KeyOrigin::Imported {
            return None;
        }
        let makes = makes_of(&candidates, firmware)?;
        implausible_key(&makes, key).or_else(|| implausible_pin_policy(&makes, claims.pin_policy))
    }

    /// The keys that such a module makes, named as in results; nothing if that is not known.
    pub fn makes(&self, format: &str, module: &ModuleClaims) -> Option<Vec<String>> {
        let candidates = self.modules.iter().filter(|it| it.is_of(format));
        let candidates: Vec<_> = candidates.filter(|it| it.is_selected_by(module)).collect();
        let makes = makes_of(&candidates, module.firmware)?;
        (!makes.is_empty()).then(|| distinct(makes.into_iter().flat_map(|it| &it.keys)))
    }
}

/// What the candidates make at that firmware, if that is known of all.
fn makes_of<'a>(candidates: &[&'a Module], firmware: Option<Firmware>) -> Option<Vec<&'a Makes>> {
    let mut makes = Vec::new();
    for candidate in candidates {
        let known = candidate.makes_at(firmware);
        if known.is_empty() {
            return None;
        }
        makes.extend(known);
    }
    Some(makes)
}

fn implausible_key(makes: &[&Makes], key: &PublicKey) -> Option<Implausible> {
    let key = key.describe();
    let keys = distinct(makes.iter().flat_map(|it| &it.keys));
    (!keys.contains(&key)).then_some(Implausible::Key(keys))
}

fn implausible_pin_policy(makes: &[&Makes], stated: Option<PinPolicy>) -> Option<Implausible> {
    let stated = stated?;
    if makes.iter().any(|it| it.pin_policies.is_empty()) {
        return None;
    }
    let policies = distinct(makes.iter().flat_map(|it| &it.pin_policies));
    (!policies.contains(&stated)).then_some(Implausible::PinPolicy(policies))
}

fn distinct<'a, T: Clone + PartialEq + 'a>(all: impl Iterator<Item = &'a T>) -> Vec<T> {
    let mut found: Vec<T> = Vec::new();
    for one in all {
        if !found.contains(one) {
            found.push(one.clone());
        }
    }
    found
}

impl Module {
    /// What it makes at that firmware; where the evidence does not state it, at any. Nothing if that
    /// is not known.
    fn makes_at(&self, firmware: Option<Firmware>) -> Vec<&Makes> {
        let at = |it: &&Makes| {
            firmware.is_none_or(|firmware| it.firmware.iter().any(|range| range.contains(firmware)))
        };
        self.makes.iter().filter(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::{Endorsements, Implausible};
    use crate::claims::{
        Exportability, Firmware, KeyClaims, KeyOrigin, Marker, ModuleClaims, PinPolicy,
    };
    use crate::encoding::oid::{self, Oid};
    use crate::oid;
    use crate::public_key::PublicKey;

    const PIV: &str = "yubico-piv";
    const HSM: &str = "yubico-yubihsm2";
    const PGP: &str = "yubico-openpgp";

    /// X25519 (RFC 8410 3) and the 32 octets of a key.
    const X25519: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 3, 0x21, 0];
    const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

    /// secp192r1 (RFC 5480 2.1.1.1), which nothing here makes.
    const P192: Oid<'_> = oid!(1.2.840.10045.3.1.1);

    fn key(name: &str) -> PublicKey {
        let point = |curve, octets: usize| {
            PublicKey::from_curve_point(curve, &[&[4], vec![1; 2 * octets].as_slice()].concat())
        };
        let edwards = |header: [u8; 12]| PublicKey::from_spki(&[&header[..], &[7; 32]].concat());
        match name {
            "P-192" => point(P192, 24),
            "P-256" => point(oid::P256, 32),
            "P-384" => point(oid::P384, 48),
            "P-521" => point(oid::P521, 66),
            "secp256k1" => point(oid::SECP256K1, 32),
            "Brainpool" => point(oid::BRAINPOOL_P384, 48),
            "Ed25519" => edwards(ED25519),
            "X25519" => edwards(X25519),
            bits => PublicKey::from_rsa_numbers(
                &vec![0xff; bits.parse::<usize>().unwrap() / 8],
                &[1, 0, 1],
            ),
        }
        .unwrap()
    }

    struct Unit {
        format: &'static str,
        firmware: &'static str,
        marker: Marker,
        form: Option<&'static str>,
        pin: Option<PinPolicy>,
        origin: KeyOrigin,
    }

    const FIPS: Marker = Marker::Present(7);

    fn unit(format: &'static str, firmware: &'static str, marker: Marker) -> Unit {
        let form = match format {
            HSM => None,
            _ if firmware.starts_with('4') => None,
            _ => Some("USB-A Keychain"),
        };
        Unit { format, firmware, marker, form, pin: None, origin: KeyOrigin::Generated }
    }

    impl Unit {
        fn implausible(&self, name: &str) -> Option<Implausible> {
            let key = key(name);
            let module = ModuleClaims {
                firmware: Firmware::parse(self.firmware),
                fips_marker: self.marker,
                form_factor: self.form.map(str::to_owned),
                ..ModuleClaims::unstated("Yubico", String::new())
            };
            let claims = KeyClaims {
                origin: self.origin,
                exportability: Exportability::NonExportable,
                pin_policy: self.pin,
                ..KeyClaims::unstated(&key)
            };
            FACTS.implausible(self.format, &module, &claims, &key)
        }

        fn is_implausible_key(&self, name: &str) -> bool {
            matches!(self.implausible(name), Some(Implausible::Key(_)))
        }
    }

    static FACTS: LazyLock<Endorsements> =
        LazyLock::new(|| crate::facts::bundled().unwrap().endorsements);

    /// Yubico's own tools tell the key types of each firmware (yubico.md 1.5).
    #[test]
    fn each_firmware_makes_the_keys_that_it_makes() {
        const OLD: &[&str] = &["2048", "P-256", "P-384"];
        const NEW: &[&str] = &["3072", "4096", "Ed25519"];
        const ALL: &[&str] = &[
            "1024",
            "2048",
            "3072",
            "4096",
            "8192",
            "P-192",
            "P-256",
            "P-384",
            "P-521",
            "secp256k1",
            "Brainpool",
            "Ed25519",
            "X25519",
        ];
        let absent = Marker::Absent;
        let piv_7 = [&["1024", "X25519"], OLD, NEW].concat();
        let pgp = ["2048", "3072", "4096", "P-256", "P-384", "P-521", "secp256k1", "Brainpool"];
        for (unit, makes) in [
            (unit(PIV, "4.3.3", absent), [&["1024"], OLD].concat()),
            (unit(PIV, "4.4.5", FIPS), OLD.to_vec()),
            (unit(PIV, "5.0.0", absent), [&["1024"], OLD].concat()),
            (unit(PIV, "5.4.3", FIPS), [&["1024"], OLD].concat()),
            (unit(PIV, "5.6.255", absent), [&["1024"], OLD].concat()),
            (unit(PIV, "5.7.0", absent), piv_7.clone()),
            (unit(PIV, "5.7.4", absent), piv_7),
            (unit(PIV, "5.7.4", FIPS), [OLD, NEW].concat()),
            (unit(HSM, "2.2.0", FIPS), [&pgp[..], &["Ed25519"]].concat()),
            (unit(HSM, "2.4.1", absent), [&pgp[..], &["Ed25519"]].concat()),
            (unit(PGP, "5.2.7", absent), [&pgp[..], &["Ed25519", "X25519"]].concat()),
            (unit(PGP, "5.7.4", FIPS), [&pgp[..], &["Ed25519", "X25519"]].concat()),
        ] {
            for name in ALL {
                let expected = !makes.contains(name);
                let found = unit.is_implausible_key(name);
                assert_eq!(found, expected, "{} {} {name}", unit.format, unit.firmware);
            }
        }
    }

    #[test]
    fn what_the_firmware_makes_is_named() {
        let makes = ["RSA 1024", "RSA 2048", "ECDSA P-256", "ECDSA P-384"].map(str::to_owned);
        let expected = Some(Implausible::Key(makes.to_vec()));
        assert_eq!(unit(PIV, "5.4.3", FIPS).implausible("3072"), expected);
    }

    #[test]
    fn of_firmware_that_the_facts_do_not_know_nothing_is_implausible() {
        let bio = Some("USB-C Bio Keychain");
        for firmware in ["5.8.0", "5.9.0", "6.0.0", "9.9.9", "4.2.0", "4.5.0"] {
            for marker in [FIPS, Marker::Absent] {
                let unit = Unit { form: bio, ..unit(PIV, firmware, marker) };
                assert_eq!(unit.implausible("P-521"), None, "{firmware}");
            }
        }
        assert_eq!(unit(HSM, "2.5.0", FIPS).implausible("P-192"), None);
        assert_eq!(unit("thales-luna", "7.8.4", Marker::Unstated).implausible("P-192"), None);
        assert_eq!(unit("smartcard-hsm", "", Marker::Unstated).implausible("P-192"), None);
    }

    #[test]
    fn marks_and_form_factors_go_together_as_the_products_have_them() {
        let (absent, bio) = (Marker::Absent, Some("USB-C Bio Keychain"));
        let implausible = |unit: Unit| unit.implausible("P-256") == Some(Implausible::Product);
        for form in [bio, Some("USB-A Bio Keychain")] {
            for firmware in ["5.4.3", "5.7.4"] {
                assert!(implausible(Unit { form, ..unit(PIV, firmware, FIPS) }));
            }
            assert!(implausible(Unit { form, ..unit(PGP, "5.7.4", absent) }));
            assert!(implausible(Unit { form, ..unit(PIV, "5.4.3", absent) }));
            assert!(!implausible(Unit { form, ..unit(PIV, "5.7.2", absent) }));
        }
        for firmware in ["4.3.3", "5.2.7", "5.6.3"] {
            assert!(implausible(unit(PIV, firmware, FIPS)), "{firmware}");
            assert!(!implausible(unit(PIV, firmware, absent)), "{firmware}");
        }
        assert!(implausible(unit(HSM, "2.1.3", FIPS)));
        assert!(!implausible(unit(HSM, "2.1.3", absent)));
        // A device that does not know its shape has no other than the known ones.
        for marker in [FIPS, absent] {
            assert!(!implausible(Unit { form: Some("unknown"), ..unit(PIV, "5.7.4", marker) }));
        }
    }

    #[test]
    fn pin_policies_are_those_of_the_series() {
        let refused = |firmware, marker, form, pin| {
            let unit = Unit { form, pin: Some(pin), ..unit(PIV, firmware, marker) };
            matches!(unit.implausible("P-256"), Some(Implausible::PinPolicy(_)))
        };
        let (usual, bio) = (Some("USB-A Keychain"), Some("USB-C Bio Keychain"));
        for (firmware, marker, form, never, matches) in [
            ("4.4.5", FIPS, None, true, true),
            ("5.4.3", FIPS, usual, false, true),
            ("5.7.4", FIPS, usual, true, true),
            ("5.7.4", Marker::Absent, usual, false, true),
            ("5.7.2", Marker::Absent, bio, false, false),
        ] {
            let refused = |pin| refused(firmware, marker, form, pin);
            assert_eq!(refused(PinPolicy::Never), never, "{firmware}");
            assert_eq!(refused(PinPolicy::MatchOnce), matches, "{firmware}");
            assert_eq!(refused(PinPolicy::MatchAlways), matches, "{firmware}");
            assert!(!refused(PinPolicy::Once) && !refused(PinPolicy::Always), "{firmware}");
        }
    }

    #[test]
    fn an_imported_key_says_nothing_of_the_firmware() {
        let of = |origin| Unit { origin, ..unit(HSM, "2.2.0", FIPS) }.implausible("P-192");
        assert!(of(KeyOrigin::Generated).is_some() && of(KeyOrigin::Unstated).is_some());
        assert_eq!(of(KeyOrigin::Imported), None);
    }
}
