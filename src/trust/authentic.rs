//! What is proved signed, and what was read from nothing else.
//!
//! A value becomes [`Authentic`] in this module alone: by a verified path, by the signature of an
//! authentic key, by an authentic fingerprint. What a format reads from it is authentic again, for
//! the function that reads is a `fn`: it captures nothing, so that nothing unsigned can slip in.

use std::borrow::Cow;

use crate::encoding::x509::Certificate;
use crate::encoding::xml::Element;
use crate::public_key::PublicKey;
use crate::reason::Reason;
use crate::signature::{
    self, DigestForm, Parameters, SignatureError, hss, verify_pkcs1_sha256_in_either_form,
    verify_sha256_of_unnamed_algorithm,
};
use crate::submission::Object;

/// What is proved signed, or was read from such values alone.
///
/// A format reads what a path proves signed, and only what was read so is evidence:
///
/// ```
/// # use keyproof::encoding::x509::Certificate;
/// # use keyproof::format::{AttestedStatement, VerifiedEvidence};
/// # use keyproof::{Reason, trust::AnchoredPath};
/// # fn read(_: &Certificate) -> Result<AttestedStatement, Vec<Reason>> { Err(Vec::new()) }
/// fn evidence<'a>(path: &AnchoredPath<'a>) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
///     let statement = path.attestation().read(read)?;
///     VerifiedEvidence::new(path, statement)
/// }
/// ```
///
/// What was read before is none, though the path holds:
///
/// ```compile_fail,E0308
/// # use keyproof::encoding::x509::Certificate;
/// # use keyproof::format::{AttestedStatement, VerifiedEvidence};
/// # use keyproof::{Reason, trust::AnchoredPath};
/// # fn read(_: &Certificate) -> Result<AttestedStatement, Vec<Reason>> { Err(Vec::new()) }
/// fn evidence<'a>(
///     attestation: &Certificate,
///     path: &AnchoredPath<'a>,
/// ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
///     let statement = read(attestation)?;
///     VerifiedEvidence::new(path, statement)
/// }
/// ```
///
/// Nor can it slip in while something authentic is read, for what reads captures nothing:
///
/// ```compile_fail,E0308
/// # use keyproof::encoding::x509::Certificate;
/// # use keyproof::format::{AttestedStatement, VerifiedEvidence};
/// # use keyproof::{Reason, trust::AnchoredPath};
/// # fn read(_: &Certificate) -> Result<AttestedStatement, Vec<Reason>> { Err(Vec::new()) }
/// fn evidence<'a>(
///     attestation: &Certificate,
///     path: &AnchoredPath<'a>,
/// ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
///     let statement = path.attestation().read(|_| read(attestation))?;
///     VerifiedEvidence::new(path, statement)
/// }
/// ```
///
/// Nobody but this module makes one:
///
/// ```compile_fail,E0423
/// # use keyproof::trust::Authentic;
/// let forged = Authentic(b"a statement");
/// ```
///
/// ```compile_fail,E0624
/// # use keyproof::trust::Authentic;
/// let forged = Authentic::new(b"a statement");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authentic<T>(T);

impl<T> Authentic<T> {
    /// What was just verified.
    pub(super) const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, to be looked at.
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// The value, which nothing vouches for from here on.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// The same, borrowed.
    pub const fn as_ref(&self) -> Authentic<&T> {
        Authentic(&self.0)
    }

    /// Both.
    pub fn and<U>(self, other: Authentic<U>) -> Authentic<(T, U)> {
        Authentic((self.0, other.0))
    }

    /// What follows from it alone.
    pub fn map<U>(self, follow: fn(T) -> U) -> Authentic<U> {
        Authentic(follow(self.0))
    }

    /// What it says.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read<U, E>(self, read: fn(T) -> Result<U, E>) -> Result<Authentic<U>, E> {
        read(self.0).map(Authentic)
    }
}

impl<T> FromIterator<Authentic<T>> for Authentic<Vec<T>> {
    fn from_iter<I: IntoIterator<Item = Authentic<T>>>(values: I) -> Self {
        Self(values.into_iter().map(Authentic::into_inner).collect())
    }
}

impl<T> From<Option<Authentic<T>>> for Authentic<Option<T>> {
    fn from(value: Option<Authentic<T>>) -> Self {
        Self(value.map(Authentic::into_inner))
    }
}

impl<H: PartialEq> Authentic<H> {
    /// `value`, if this is its fingerprint.
    ///
    /// # Errors
    /// Those of `fingerprint`.
    pub fn is_of<V, E>(
        &self,
        value: V,
        fingerprint: fn(&V) -> Result<H, E>,
    ) -> Result<Option<Authentic<V>>, E> {
        let fits = fingerprint(&value)? == self.0;
        Ok(fits.then_some(Authentic(value)))
    }
}

/// What bytes say that nothing proves signed yet. It may be looked at, to see who should have signed
/// it; only the signature over those very bytes makes it [`Authentic`]:
///
/// ```
/// # use keyproof::trust::{Authentic, Claimed};
/// # use keyproof::{public_key::PublicKey, signature::SignatureError};
/// fn serial<'c>(
///     key: &Authentic<PublicKey>,
///     claimed: &Claimed<'c, &'c str>,
///     signature: &[u8],
/// ) -> Result<Authentic<&'c str>, SignatureError> {
///     Ok(key.signed_with_sha256(claimed, signature)?.map(|serial| *serial))
/// }
/// ```
///
/// A look at it proves nothing:
///
/// ```compile_fail,E0308
/// # use keyproof::trust::{Authentic, Claimed};
/// fn serial<'c>(claimed: &Claimed<'c, &'c str>) -> Authentic<&'c str> {
///     *claimed.outside()
/// }
/// ```
///
/// Neither does a signature over bytes that do not say it: value and bytes come together.
///
/// ```compile_fail,E0451
/// # use keyproof::trust::Claimed;
/// let claimed = Claimed { bytes: b"AB-1".into(), value: "AB-2" };
/// ```
///
/// ```compile_fail,E0308
/// # use keyproof::trust::Claimed;
/// # let other = String::from("AB-2");
/// let claimed = Claimed::read(b"AB-1", |_| Ok::<_, ()>(other));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed<'c, T> {
    bytes: Cow<'c, [u8]>,
    value: T,
}

impl<'c, T> Claimed<'c, T> {
    /// Reads what may be signed.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read<E>(bytes: &'c [u8], read: fn(&'c [u8]) -> Result<T, E>) -> Result<Self, E> {
        Ok(Self { bytes: Cow::Borrowed(bytes), value: read(bytes)? })
    }

    /// What is signed as the text that says it.
    pub fn written(value: T, text: fn(&T) -> Vec<u8>) -> Self {
        Self { bytes: Cow::Owned(text(&value)), value }
    }

    /// The bytes that are signed, if anything is.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it says, whoever signed it.
    pub const fn outside(&self) -> &T {
        &self.value
    }

    /// What it says, if it is signed.
    pub(super) fn proved(
        &self,
        verdict: Result<(), SignatureError>,
    ) -> Result<Authentic<&T>, SignatureError> {
        verdict.map(|()| Authentic(&self.value))
    }
}

impl<'c> Claimed<'c, &'c Element> {
    /// A document, which the intake read from its bytes.
    pub fn document(object: &'c Object) -> Option<Self> {
        Some(Self { bytes: Cow::Borrowed(object.bytes()), value: object.xml()? })
    }
}

impl Authentic<&Certificate> {
    /// The key of the certificate.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn public_key(self) -> Result<Authentic<PublicKey>, Reason> {
        self.read(PublicKey::of_certificate)
    }

    /// What its key signed by HSS/LMS. `algorithm` is the content of the AlgorithmIdentifier.
    ///
    /// # Errors
    /// As for [`hss::verify`].
    pub fn signed_with_hss<'s, T>(
        self,
        claimed: &'s Claimed<'_, T>,
        algorithm: &[u8],
        signature: &[u8],
    ) -> Result<Authentic<&'s T>, SignatureError> {
        let spki = self.0.subject_public_key_info();
        claimed.proved(hss::verify(spki, algorithm, claimed.bytes(), signature))
    }
}

impl Authentic<PublicKey> {
    /// What the key signed. `algorithm` is the content of the AlgorithmIdentifier.
    ///
    /// # Errors
    /// As for [`signature::verify`].
    pub fn signed<'s, T>(
        &self,
        claimed: &'s Claimed<'_, T>,
        algorithm: &[u8],
        parameters: Parameters,
        signature: &[u8],
    ) -> Result<Authentic<&'s T>, SignatureError> {
        let verdict = signature::verify(&self.0, algorithm, parameters, claimed.bytes(), signature);
        claimed.proved(verdict)
    }

    /// What the key signed with SHA-256, where no algorithm is named.
    ///
    /// # Errors
    /// As for [`verify_sha256_of_unnamed_algorithm`].
    pub fn signed_with_sha256<'s, T>(
        &self,
        claimed: &'s Claimed<'_, T>,
        signature: &[u8],
    ) -> Result<Authentic<&'s T>, SignatureError> {
        let verdict = verify_sha256_of_unnamed_algorithm(&self.0, claimed.bytes(), signature);
        claimed.proved(verdict)
    }

    /// What the key signed with SHA-256 as PKCS #1 v1.5 prescribes, or without DigestInfo: and which of
    /// the two.
    ///
    /// # Errors
    /// As for [`verify_pkcs1_sha256_in_either_form`].
    pub fn signed_with_pkcs1<'s, T>(
        &self,
        claimed: &'s Claimed<'_, T>,
        signature: &[u8],
    ) -> Result<Authentic<(&'s T, DigestForm)>, SignatureError> {
        let form = verify_pkcs1_sha256_in_either_form(&self.0, claimed.bytes(), signature)?;
        Ok(Authentic((&claimed.value, form)))
    }
}
