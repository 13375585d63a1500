//! Paths of signed statements that are no certificates: each is signed by the key that the one
//! before it states, and the first by an anchor with a plain name.
//!
//! What is established: every signature from the anchor down, and that the anchor is bound to the
//! format. Which statement may follow which, and what it means, is left to the format.

use num_bigint::BigUint;

use super::anchor::Signer;
use super::distrust::Trail;
use super::{
    Anchor, AnchorRole, Anchored, Authentic, Claimed, Period, TrustStore, Vouched, sealed,
};
use crate::encoding::hex::Sha256;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::signature::{DsaKey, SignatureError, verify_plain_sha512};
use crate::time::Timestamp;

/// A key that signs statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementKey {
    /// One that a request could have too.
    Public(PublicKey),
    /// DSA, which no request has.
    Dsa(DsaKey),
}

/// A signature over a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementSignature {
    /// ECDSA with SHA-512: r and s one after the other, each of the length of the order.
    EcdsaSha512(Vec<u8>),
    /// DSA with SHA-256.
    DsaSha256 {
        /// r
        r: BigUint,
        /// s
        s: BigUint,
    },
}

impl StatementKey {
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub fn spki_sha256(&self) -> Sha256 {
        match self {
            Self::Public(key) => key.spki_sha256(),
            Self::Dsa(key) => Sha256::of(&key.spki()),
        }
    }

    /// Checks that this key signed `message`.
    ///
    /// # Errors
    /// `AlgorithmMismatch` if it cannot make such signatures, or what the verifier says.
    pub fn verify(
        &self,
        message: &[u8],
        signature: &StatementSignature,
    ) -> Result<(), SignatureError> {
        match (self, signature) {
            (Self::Public(key), StatementSignature::EcdsaSha512(signature)) => {
                verify_plain_sha512(key, message, signature)
            }
            (Self::Dsa(key), StatementSignature::DsaSha256 { r, s }) => {
                key.verify_sha256(message, r, s)
            }
            _ => Err(SignatureError::AlgorithmMismatch),
        }
    }
}

/// One signed statement.
#[derive(Clone, Debug)]
pub struct SignedStatement<'c, T> {
    /// Whom it is about; hostile.
    pub subject: String,
    /// The signed bytes, and what they say.
    pub claimed: Claimed<'c, T>,
    /// The signature over them.
    pub signature: StatementSignature,
}

/// One that states the key which signs the next.
#[derive(Clone, Debug)]
pub struct IssuingStatement<'c, T> {
    statement: SignedStatement<'c, T>,
    key: StatementKey,
}

impl<'c, T> IssuingStatement<'c, T> {
    /// The statement, with the key that `key` finds in it.
    ///
    /// # Errors
    /// Those of `key`.
    pub fn new<E>(
        statement: SignedStatement<'c, T>,
        key: fn(&T) -> Result<StatementKey, E>,
    ) -> Result<Self, E> {
        Ok(Self { key: key(statement.claimed.outside())?, statement })
    }

    /// The key that it states.
    pub fn key(&self) -> &StatementKey {
        &self.key
    }
}

/// The statements between an anchor and a key, of which each is signed by the key of the one before.
#[derive(Clone, Debug)]
pub struct StatementPath<'c, I, D, S, A> {
    /// What lets further keys of the manufacturer's sign, from the anchor down.
    pub issuing: Vec<IssuingStatement<'c, I>>,
    /// About the module.
    pub device: IssuingStatement<'c, D>,
    /// Of the module, about itself.
    pub state: IssuingStatement<'c, S>,
    /// Of the module, about the key.
    pub attestation: SignedStatement<'c, A>,
}

impl<I, D, S, A> StatementPath<'_, I, D, S, A> {
    /// The one that the anchor signs.
    fn first(&self) -> Step<'_> {
        match self.issuing.first() {
            Some(issuing) => Step::issuing("issuing", issuing),
            None => Step::issuing("device", &self.device),
        }
    }

    /// From the anchor down, the last without a key.
    fn steps(&self) -> Vec<Step<'_>> {
        let mut steps: Vec<_> =
            self.issuing.iter().map(|issuing| Step::issuing("issuing", issuing)).collect();
        steps.push(Step::issuing("device", &self.device));
        steps.push(Step::issuing("module-state", &self.state));
        steps.push(Step::of("attestation", &self.attestation, None));
        steps
    }
}

/// A statement, whatever it says.
#[derive(Clone, Copy)]
struct Step<'s> {
    role: &'static str,
    subject: &'s str,
    bytes: &'s [u8],
    signature: &'s StatementSignature,
    key: Option<&'s StatementKey>,
}

impl<'s> Step<'s> {
    fn of<T>(
        role: &'static str,
        statement: &'s SignedStatement<'_, T>,
        key: Option<&'s StatementKey>,
    ) -> Self {
        let SignedStatement { subject, claimed, signature } = statement;
        Self { role, subject, bytes: claimed.bytes(), signature, key }
    }

    fn issuing<T>(role: &'static str, issuing: &'s IssuingStatement<'_, T>) -> Self {
        Self::of(role, &issuing.statement, Some(&issuing.key))
    }
}

/// How the statements of one format are anchored.
#[derive(Debug)]
pub struct StatementProfile {
    /// The format, by name.
    pub format: &'static str,
    /// The plain name of the anchor.
    pub holder: &'static str,
}

/// A verified path of statements.
#[derive(Clone, Debug)]
pub struct AnchoredStatements<'s, 'a, D, S, A> {
    device: &'s D,
    state: &'s S,
    attestation: &'s A,
    vouched: Vouched<'a>,
}

impl<'s, D, S, A> AnchoredStatements<'s, '_, D, S, A> {
    /// What the manufacturer says of the module.
    pub fn device(&self) -> Authentic<&'s D> {
        Authentic::new(self.device)
    }

    /// What the module says of itself.
    pub fn state(&self) -> Authentic<&'s S> {
        Authentic::new(self.state)
    }

    /// What the module says of the key.
    pub fn attestation(&self) -> Authentic<&'s A> {
        Authentic::new(self.attestation)
    }
}

impl<D, S, A> sealed::Sealed for AnchoredStatements<'_, '_, D, S, A> {}

impl<'a, D, S, A> Anchored<'a> for AnchoredStatements<'_, 'a, D, S, A> {
    fn vouched(&self) -> &Vouched<'a> {
        &self.vouched
    }
}

/// Verifies `path` at `time`. The anchor's own name is all that leads to it, so there is one path and
/// nothing to search.
///
/// # Errors
/// What is distrusted; and the first reason from the anchor down, for below a signature that does not
/// hold nothing is shown.
pub fn verify_statements<'s, 'a, I, D, S, A>(
    profile: &StatementProfile,
    path: &'s StatementPath<'_, I, D, S, A>,
    store: &'a TrustStore,
    time: Timestamp,
) -> Result<AnchoredStatements<'s, 'a, D, S, A>, Vec<Reason>> {
    let steps = path.steps();
    let mut trail = Trail::new(profile.format, store, &[]);
    for Step { role, subject, bytes, key, .. } in steps.iter().rev() {
        trail.statement(role, subject, bytes, key.map(StatementKey::spki_sha256));
    }
    match verified(profile, path.first(), &steps, store, time) {
        Ok(anchor) => Ok(AnchoredStatements {
            device: path.device.statement.claimed.outside(),
            state: path.state.statement.claimed.outside(),
            attestation: path.attestation.claimed.outside(),
            vouched: trail.reach(anchor, Vec::new())?,
        }),
        Err(fault) => Err(trail.stop([fault])),
    }
}

impl Authentic<StatementKey> {
    /// What the key signed.
    ///
    /// # Errors
    /// As for [`StatementKey::verify`].
    pub fn signed<'s, T>(
        &self,
        claimed: &'s Claimed<'_, T>,
        signature: &StatementSignature,
    ) -> Result<Authentic<&'s T>, SignatureError> {
        claimed.proved(self.get().verify(claimed.bytes(), signature))
    }
}

/// The anchor from which every signature holds.
fn verified<'a>(
    profile: &StatementProfile,
    first: Step<'_>,
    steps: &[Step<'_>],
    store: &'a TrustStore,
    time: Timestamp,
) -> Result<&'a Anchor, Reason> {
    let anchor = anchor_of(profile, &first, store)?;
    if let Some(code) = Period::from(anchor.valid).fault(time) {
        let (from, to) = anchor.valid;
        return Err(Reason::new(code)
            .with("certificate", anchor.id.clone())
            .with("valid", format!("{} to {}", from.date(), to.date()))
            .with("appraised-at", time.to_string()));
    }
    // The anchor is known to have signed the first.
    let keys = steps.iter().filter_map(|step| step.key);
    for (key, step) in keys.zip(steps.iter().skip(1)) {
        key.verify(step.bytes, step.signature).map_err(|error| refusal(step, error))?;
    }
    Ok(anchor)
}

/// The anchor that signed the first statement.
fn anchor_of<'a>(
    profile: &StatementProfile,
    first: &Step<'_>,
    store: &'a TrustStore,
) -> Result<&'a Anchor, Reason> {
    let may_vouch = |anchor: &Anchor| anchor.is_bound_to(profile.format, &AnchorRole::Manufacturer);
    let signed = |anchor: &Anchor| {
        StatementKey::Public(anchor.public_key.clone()).verify(first.bytes, first.signature)
    };
    match Signer::among(store.plainly_named(profile.holder), may_vouch, signed) {
        Signer::Bound(anchor) => Ok(anchor),
        Signer::Unbound(anchor) => Err(Reason::new(ReasonCode::ChainRole)
            .with("certificate", first.subject)
            .with("anchor", anchor.id.clone())
            .with("format", profile.format)),
        Signer::None(Some(error)) => Err(refusal(first, error)),
        Signer::None(None) => Err(Reason::new(ReasonCode::ChainUntrustedRoot)
            .with("certificate", first.subject)
            .with("issuer", profile.holder)),
    }
}

/// A statement that its issuer did not sign.
fn refusal(step: &Step<'_>, error: SignatureError) -> Reason {
    error.chain_reason().with("certificate", step.subject).with("statement", step.role)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use num_bigint::BigUint;

    use super::{
        Anchored, Claimed, IssuingStatement, SignedStatement, StatementKey, StatementPath,
        StatementProfile, StatementSignature, verify_statements,
    };
    use crate::encoding::oid;
    use crate::public_key::PublicKey;
    use crate::reason::{Reason, ReasonCode};
    use crate::signature::{DsaKey, SignatureError, dsa_sample};
    use crate::time::Timestamp;
    use crate::trust::{AnchorManifest, ManifestOrigin, TrustStore};

    const PROFILE: StatementProfile =
        StatementProfile { format: "entrust-nshield", holder: "ROOT" };

    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum Holder {
        Root,
        Issuing,
        Device,
        Attested,
    }

    /// Keys on P-521, made when they are first used.
    #[derive(Default)]
    struct Keyring(BTreeMap<Holder, EcdsaKeyPair>);

    impl Keyring {
        fn pair(&mut self, holder: Holder) -> &EcdsaKeyPair {
            let made = || EcdsaKeyPair::generate(&ECDSA_P521_SHA512_FIXED_SIGNING).unwrap();
            self.0.entry(holder).or_insert_with(made)
        }
    }

    fn key(keyring: &mut Keyring, holder: Holder) -> PublicKey {
        let point = keyring.pair(holder).public_key().as_ref();
        PublicKey::from_curve_point(oid::P521, point).unwrap()
    }

    fn sign(keyring: &mut Keyring, holder: Holder, bytes: &[u8]) -> StatementSignature {
        let signature = keyring.pair(holder).sign(&SystemRandom::new(), bytes).unwrap();
        StatementSignature::EcdsaSha512(signature.as_ref().to_vec())
    }

    fn spki(bytes: &[u8]) -> Result<PublicKey, Reason> {
        PublicKey::from_spki(bytes)
    }

    type Keys<'c> = StatementPath<'c, PublicKey, PublicKey, PublicKey, ()>;

    /// A path of statements that are keys: of the issuer, of the device and of its state. `signers` sign
    /// them and the attestation.
    fn path<'c>(
        keyring: &mut Keyring,
        keys: &'c [Vec<u8>; 3],
        [one, two, three, four]: [Holder; 4],
    ) -> Keys<'c> {
        let mut issuing = |bytes: &'c [u8], signer| {
            let claimed = Claimed::read(bytes, spki).unwrap();
            let signature = sign(keyring, signer, bytes);
            let statement = SignedStatement { subject: "S".to_owned(), claimed, signature };
            let key = |key: &PublicKey| Ok::<_, Reason>(StatementKey::Public(key.clone()));
            IssuingStatement::new(statement, key).unwrap()
        };
        let [first, second, third] = keys;
        let (issuing, device, state) =
            (vec![issuing(first, one)], issuing(second, two), issuing(third, three));
        let attestation = SignedStatement {
            subject: "S".to_owned(),
            claimed: Claimed::written((), |()| b"last".to_vec()),
            signature: sign(keyring, four, b"last"),
        };
        StatementPath { issuing, device, state, attestation }
    }

    const HOLDERS: [Holder; 4] = [Holder::Root, Holder::Issuing, Holder::Device, Holder::Attested];

    fn keys(keyring: &mut Keyring) -> [Vec<u8>; 3] {
        let [_, first, second, third] = HOLDERS;
        [first, second, third].map(|holder| key(keyring, holder).spki().to_vec())
    }

    fn store(keyring: &mut Keyring, holder: &str, format: &str, role: &str) -> TrustStore {
        TrustStore::new(vec![manifest(keyring, "root", holder, format, role)]).unwrap()
    }

    fn manifest(
        keyring: &mut Keyring,
        id: &str,
        holder: &str,
        format: &str,
        role: &str,
    ) -> AnchorManifest {
        use base64::Engine;
        let root = key(keyring, Holder::Root);
        let yaml = format!(
            "vendor: test\nanchors:\n  - id: {id}\n    holder: {holder}\n    \
             public_key: \"{}\"\n    spki_sha256: \"{}\"\n    certificate_sha256: []\n    \
             valid: {{from: \"2020-01-01T00:00:00Z\", to: \"2030-01-01T00:00:00Z\"}}\n    \
             uses: [{{format: {format}, role: {role}}}]\n    status: test\n    \
             sources: [{{publisher: test, seen: \"2026-11-21\"}}]\n",
            base64::engine::general_purpose::STANDARD.encode(root.spki()),
            root.spki_sha256(),
        );
        let origin = ManifestOrigin::Caller;
        AnchorManifest::parse(origin, "a", yaml.as_bytes(), &|_| None).unwrap()
    }

    fn codes(reasons: &[Reason]) -> Vec<ReasonCode> {
        reasons.iter().map(Reason::code).collect()
    }

    fn at(date: &str) -> Timestamp {
        Timestamp::from_date(date).unwrap()
    }

    #[test]
    fn each_statement_is_signed_by_the_key_of_the_one_before() {
        let mut keyring = Keyring::default();
        let store = store(&mut keyring, "ROOT", "entrust-nshield", "manufacturer");
        let keys = keys(&mut keyring);
        let verify = |path: &Keys<'_>, date: &str| {
            let verified = verify_statements(&PROFILE, path, &store, at(date));
            verified.map(|it| {
                (it.links().len(), it.anchor().id.clone(), it.state().into_inner().clone())
            })
        };
        let whole = path(&mut keyring, &keys, HOLDERS);
        let state = key(&mut keyring, Holder::Attested);
        assert_eq!(verify(&whole, "2026-11-21"), Ok((4, "root".to_owned(), state)));
        for wrong in 0..4 {
            let mut signers = HOLDERS;
            signers[wrong] = HOLDERS[(wrong + 1) % 4];
            let refused = verify(&path(&mut keyring, &keys, signers), "2026-11-21");
            assert_eq!(
                codes(&refused.unwrap_err()),
                [ReasonCode::ChainSignatureInvalid],
                "{wrong}"
            );
        }
        // Without its issuing key the anchor has to sign for the device.
        let mut short = whole.clone();
        short.issuing.clear();
        let refused = verify(&short, "2026-11-21").unwrap_err();
        assert_eq!(codes(&refused), [ReasonCode::ChainSignatureInvalid]);
        for (date, code) in
            [("2019-12-31", ReasonCode::ChainNotYetValid), ("2030-01-02", ReasonCode::ChainExpired)]
        {
            assert_eq!(codes(&verify(&whole, date).unwrap_err()), [code]);
        }
    }

    #[test]
    fn an_anchor_vouches_for_its_format_in_its_role_under_its_name() {
        let mut keyring = Keyring::default();
        let keys = keys(&mut keyring);
        let path = path(&mut keyring, &keys, HOLDERS);
        for (holder, format, role, code) in [
            ("OTHER", "entrust-nshield", "manufacturer", ReasonCode::ChainUntrustedRoot),
            ("ROOT", "smartcard-hsm", "manufacturer", ReasonCode::ChainRole),
            ("ROOT", "entrust-nshield", "owner", ReasonCode::ChainRole),
        ] {
            let store = store(&mut keyring, holder, format, role);
            let refused = verify_statements(&PROFILE, &path, &store, at("2026-11-21"));
            assert_eq!(codes(&refused.unwrap_err()), [code], "{holder} {format} {role}");
        }
    }

    /// Whatever their order.
    #[test]
    fn an_anchor_of_the_same_name_and_key_for_another_format_hides_none() {
        let mut keyring = Keyring::default();
        let keys = keys(&mut keyring);
        let path = path(&mut keyring, &keys, HOLDERS);
        for (ours, theirs) in [("one", "two"), ("two", "one")] {
            let manifests = [(ours, "entrust-nshield"), (theirs, "smartcard-hsm")]
                .map(|(id, format)| manifest(&mut keyring, id, "ROOT", format, "manufacturer"));
            let store = TrustStore::new(manifests.to_vec()).unwrap();
            let verified = verify_statements(&PROFILE, &path, &store, at("2026-11-21")).unwrap();
            assert_eq!(verified.anchor().id, ours);
        }
    }

    #[test]
    fn a_key_makes_the_signatures_of_its_kind() {
        let mut keyring = Keyring::default();
        let ([p, q, g, y], message, [r, s]) = dsa_sample();
        let dsa = StatementKey::Dsa(DsaKey::new(p, q, g, y).unwrap());
        let ecdsa = StatementKey::Public(key(&mut keyring, Holder::Device));
        let by_dsa = StatementSignature::DsaSha256 { r, s };
        let by_ecdsa = sign(&mut keyring, Holder::Device, b"m");
        assert_eq!(dsa.verify(message, &by_dsa), Ok(()));
        assert_eq!(ecdsa.verify(b"m", &by_ecdsa), Ok(()));
        assert_eq!(dsa.verify(b"m", &by_ecdsa), Err(SignatureError::AlgorithmMismatch));
        assert_eq!(ecdsa.verify(message, &by_dsa), Err(SignatureError::AlgorithmMismatch));
        let one = BigUint::from(1_u32);
        let trivial = StatementSignature::DsaSha256 { r: one.clone(), s: one };
        assert_eq!(dsa.verify(b"m", &trivial), Err(SignatureError::Invalid));
        for plain in [vec![0; 132], vec![0; 131], vec![1; 64], Vec::new()] {
            let signature = StatementSignature::EcdsaSha512(plain);
            assert_eq!(ecdsa.verify(b"m", &signature), Err(SignatureError::Invalid));
        }
    }
}
