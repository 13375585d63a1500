//! Key admission: whether a public key may stand in a code signing certificate at all, whoever
//! made it (CSBR 6.1.5.2, 6.1.6 and 6.1.1.3). It looks at the key alone; that the applicant holds
//! the private key, and that no earlier applicant's key shares a prime with it, is shown elsewhere.

mod compromised;
mod elliptic;
#[cfg(test)]
mod fixtures;
mod montgomery;
mod number;
mod roca;
mod rsa;

pub use compromised::{
    CompileError, CompromisedKeys, Damaged, ListError, ListFault, Listing, ListingKind, NoList,
    Pages, compile,
};

use crate::public_key::{KeyMaterial, PublicKey};
use crate::reason::{Reason, ReasonCode};

/// What is demanded of a key: borrowed from the policy. A demand that is laxer than the floor named
/// here is taken as that floor.
#[derive(Clone, Copy, Debug)]
pub struct Demands<'a> {
    /// The smallest RSA modulus in bits; at least 3072 (CSBR 6.1.5.2).
    pub min_rsa_bits: u64,
    /// The largest RSA modulus in bits; at most 8192.
    pub max_rsa_bits: u64,
    /// The curves allowed, of `P-256`, `P-384`, `P-521` (CSBR 6.1.5.2).
    pub curves: &'a [String],
    /// Rounds of Fermat factorisation; at least 100.
    pub fermat_rounds: u32,
    /// Keys known to be compromised: the lists of the policy.
    pub compromised: &'a CompromisedKeys,
    /// The same: those of the facts.
    pub weak_keys: &'a CompromisedKeys,
}

impl<'a> Demands<'a> {
    fn lists(&self) -> [&'a CompromisedKeys; 2] {
        [self.compromised, self.weak_keys]
    }

    /// Whether a key of that name, as results have it, is of an algorithm, size and curve that are
    /// allowed.
    pub(crate) fn allow(&self, name: &str) -> bool {
        match name.split_once(' ') {
            Some(("RSA", bits)) => bits.parse().is_ok_and(|bits| rsa::sizes(self).contains(&bits)),
            Some(("ECDSA", curve)) => self.curves.iter().any(|allowed| allowed == curve),
            _ => false,
        }
    }
}

/// Something wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The key cannot be certified.
    Forbidden(Reason),
    /// The RSA exponent is odd and at least 3, but outside 2^16+1 to 2^256-1: CSBR 6.1.6 says
    /// SHOULD, so the policy judges.
    UnusualExponent(Reason),
}

impl Flaw {
    /// What is wrong, with its facts.
    pub fn reason(&self) -> &Reason {
        match self {
            Self::Forbidden(reason) | Self::UnusualExponent(reason) => reason,
        }
    }

    /// What is wrong, with its facts.
    pub fn into_reason(self) -> Reason {
        match self {
            Self::Forbidden(reason) | Self::UnusualExponent(reason) => reason,
        }
    }
}

/// Every flaw of the key, in the order in which the checks stand; none if the key is sound.
///
/// The cost is bounded: the arithmetic on an RSA modulus is done only where its size is one that
/// could be allowed, or is a little below.
pub fn admit(key: &PublicKey, demands: &Demands<'_>) -> Vec<Flaw> {
    let mut flaws = match key.material() {
        KeyMaterial::Rsa { modulus, exponent } => rsa::examine(modulus, exponent, demands),
        KeyMaterial::Ec { curve, point } => elliptic::examine(curve, point, demands),
        // CSBR 6.1.5.2 names DSA too. No supported module attests a DSA key, and no request that
        // is signed with one can be checked.
        KeyMaterial::Ed25519(_) | KeyMaterial::Other => {
            let name = algorithm_name(key.algorithm_name());
            let reason = Reason::new(ReasonCode::KeyAlgorithm).with("algorithm", name);
            vec![Flaw::Forbidden(reason)]
        }
    };
    flaws.extend(look_up(key, demands).map(Flaw::Forbidden));
    flaws
}

/// That no list of known weak keys at hand is complete for keys like this one, if its kind is allowed. The
/// ballot CSC-33, expected for 2027-03-15, wants Debian's weak keys of every allowed size refused.
pub fn unlisted(key: &PublicKey, demands: &Demands<'_>) -> Option<Reason> {
    let is_complete = demands.lists().into_iter().any(|lists| lists.is_complete_for(key));
    let name = key.describe();
    (!is_complete && demands.allow(&name))
        .then(|| Reason::new(ReasonCode::KeyNoList).with("key", name))
}

/// What lists say of the key.
fn look_up(key: &PublicKey, demands: &Demands<'_>) -> Option<Reason> {
    let [facts, own] = demands.lists().map(|lists| lists.lookup(key));
    let found = [compromised::lookup_published(key), facts, own];
    // A list that holds the key says more than one that cannot be read.
    let listed = found.iter().find_map(|found| found.as_ref().ok().copied().flatten());
    listed.map(of_listing).or_else(|| {
        let damaged = found.into_iter().find_map(Result::err)?;
        Some(Reason::new(ReasonCode::KeyListDamaged).with("list", damaged.list))
    })
}

fn of_listing(listing: Listing<'_>) -> Reason {
    let code = match listing.kind {
        ListingKind::Compromised => ReasonCode::KeyCompromised,
        ListingKind::DebianWeak => ReasonCode::KeyDebianWeak,
    };
    Reason::new(code).with("list", listing.list)
}

/// The name of an algorithm that people know by name.
fn algorithm_name(name: String) -> String {
    let known = match name.as_str() {
        "1.2.840.10040.4.1" => "DSA",
        "1.2.840.113549.1.1.10" => "RSASSA-PSS",
        "1.3.101.110" => "X25519",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        _ => return name,
    };
    format!("{known} ({name})")
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
        ECDSA_P521_SHA512_ASN1_SIGNING,
    };

    use super::Flaw;
    use super::fixtures::{codes, flaws, fresh_ec, fresh_rsa};
    use crate::encoding::der::{Glance, tag};
    use crate::encoding::hex::from_hex;
    use crate::public_key::PublicKey;
    use crate::reason::ReasonCode;

    #[test]
    fn fresh_keys_have_no_flaw() {
        for size in [KeySize::Rsa3072, KeySize::Rsa3072, KeySize::Rsa4096] {
            assert_eq!(codes(&fresh_rsa(size)), []);
        }
        for algorithm in [
            &ECDSA_P256_SHA256_ASN1_SIGNING,
            &ECDSA_P384_SHA384_ASN1_SIGNING,
            &ECDSA_P521_SHA512_ASN1_SIGNING,
        ] {
            assert_eq!(codes(&fresh_ec(algorithm)), []);
        }
    }

    #[test]
    fn other_algorithms_are_refused_by_name() {
        let zeros = "00".repeat(32);
        let ed25519 = format!("302a300506032b6570032100{zeros}");
        // A key that RFC 4055 1.2 restricts to RSASSA-PSS.
        let pss = "301230 0d06092a864886f70d01010a0500 030100".replace(' ', "");
        for (spki, name) in [(ed25519, "Ed25519"), (pss, "RSASSA-PSS (1.2.840.113549.1.1.10)")] {
            let key = PublicKey::from_spki(&from_hex(&spki).unwrap()).unwrap();
            let [flaw] = &flaws(&key)[..] else { panic!("one flaw") };
            assert_eq!(flaw.reason().code(), ReasonCode::KeyAlgorithm);
            assert_eq!(flaw.reason().detail()["algorithm"], name);
        }
    }

    /// The SubjectPublicKeyInfo of a certification request (RFC 2986 4.1).
    fn request_spki(request: &[u8]) -> Vec<u8> {
        let mut information =
            Glance::at(request).nested(tag::SEQUENCE).unwrap().nested(tag::SEQUENCE).unwrap();
        information.expect(tag::INTEGER).unwrap();
        information.expect(tag::SEQUENCE).unwrap();
        information.any().unwrap().2.to_vec()
    }

    /// Cases whose fault is not in the key alone.
    const ELSEWHERE: [(&str, &str); 1] =
        [("rsa-shared-prime-b", "needs the moduli of earlier requests")];

    #[test]
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stderr,
        reason = "reads the attack pack beside the project"
    )]
    fn each_key_of_the_attack_pack_has_its_own_flaw_and_no_other() {
        let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/vectors/attack-pack");
        let Ok(manifest) = std::fs::read(format!("{pack}/manifest.json")) else {
            assert_ne!(std::env::var("KEYPROOF_DEMAND_SAMPLES").as_deref(), Ok("1"), "no {pack}");
            eprintln!("skipped: no attack pack at {pack}");
            return;
        };
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        let (mut flawed, mut sound) = (0, 0);
        for case in manifest["cases"].as_array().unwrap() {
            let [id, family, finding] =
                ["id", "family", "finding"].map(|field| case[field].as_str().unwrap());
            if !["keys", "binding"].contains(&family) {
                continue;
            }
            if let Some((_, why)) = ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == id) {
                eprintln!("skipped: {id} {why}");
                continue;
            }
            let request = std::fs::read(format!("{pack}/{family}/{id}/request.csr.der")).unwrap();
            let key = PublicKey::from_spki(&request_spki(&request));
            let found = key.as_ref().map_or_else(|reason| vec![reason.code()], codes);
            let found: Vec<_> = found.into_iter().map(ReasonCode::code).collect();
            if finding.starts_with("key.") {
                flawed += 1;
                assert_eq!(found, [finding], "{family}/{id}");
            } else if id == "rsa-same-modulus-other-exponent" {
                // Its exponent is 3, for the policy to judge.
                assert!(matches!(flaws(&key.unwrap())[..], [Flaw::UnusualExponent(_)]));
            } else if finding != "input.der" {
                sound += 1;
                assert!(found.is_empty(), "{family}/{id} {found:?}");
            }
        }
        assert!(flawed >= 24 && sound >= 10, "{flawed} flawed and {sound} sound keys");
    }
}
