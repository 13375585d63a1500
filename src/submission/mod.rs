//! What an applicant sends, sorted out into typed items (requests, certificates, public keys) and
//! objects in other encodings.
//!
//! Establishes that every byte that came was either read as one of them, or is named as a problem,
//! or is a companion that means nothing (and is listed as such); that encodings around the items
//! have one reading only; and that no private key is kept. What the items say, and whether it is
//! true, is left to the verifier: nothing here is verified.

mod archive;
mod bare_signature;
mod base64;
mod card;
mod classify;
mod companion;
mod customs;
pub mod draft;
mod evidence;
mod gzip;
mod item;
mod limits;
mod mail;
mod object;
mod pem;
mod pkcs7;
mod private_key;
mod scan;
mod sighting;
mod text;
mod unpacker;
mod wrapping;
#[cfg(test)]
mod zip_writer;

pub(crate) use companion::TRANSCRIPT;
pub use companion::{Companion, CompanionKind, Extent};
pub use customs::read_certificate;
pub use item::{Item, ItemKind, Parsed};
pub use limits::Limits;
pub use object::{CardShape, Content, Object, ObjectKind};
pub(crate) use pkcs7::is_detached_signature;
pub use sighting::{Sighting, Standing};

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::encoding::hex::Sha256;
use crate::reason::Reason;
use unpacker::Unpacker;

/// One file as the caller read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// What the applicant or the caller calls it; hostile.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What the caller says it is.
    pub role: InputRole,
}

/// What the caller says a file is. The content decides what is in it all the same.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum InputRole {
    /// Named by the caller, who does not say what it is.
    Any,
    /// Found in a folder that the caller named: a plain text beside the evidence is no problem.
    Found,
    /// Named as the certification request (`--request`).
    Request,
    /// Named as evidence (`--attestation`).
    Attestation,
}

impl InputRole {
    /// The one role that was said; [`Self::Any`] if none was, or two that exclude each other.
    fn said(roles: &BTreeSet<Self>) -> Self {
        match (roles.contains(&Self::Request), roles.contains(&Self::Attestation)) {
            (true, false) => Self::Request,
            (false, true) => Self::Attestation,
            (true, true) | (false, false) => Self::Any,
        }
    }
}

/// What one submission holds.
///
/// The order of the files never matters: the same files in another order give an equal value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submission {
    items: Vec<Item>,
    objects: Vec<Object>,
    problems: Vec<Reason>,
    inputs: Vec<InputSummary>,
    sightings: Vec<Sighting>,
    named_requests: BTreeSet<String>,
    companions: Vec<Companion>,
    bytes: usize,
}

/// One file or stream of the submission, and what it turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct InputSummary {
    /// The name it was given; hostile.
    pub name: String,
    /// What it holds: `request`, `certificate`, `public-key`, `archive`, several joined by `+`; the
    /// kind of a companion, as `text`, `pdf` or `message`; `unopened`; or `unknown`.
    pub kind: String,
    /// SHA-256 of the bytes as they came; none of a file that was not opened.
    pub sha256: Option<Sha256>,
    /// How many bytes came.
    pub bytes: u64,
    /// The encodings that were peeled off, outermost first.
    pub layers: Vec<String>,
}

impl Submission {
    /// Sorts out `inputs`. Whatever cannot be read becomes a problem, and any problem means reject.
    ///
    /// - Papers, pictures, plain texts and what else holds no evidence (see [`CompanionKind`]) are listed
    ///   with their kind, and looked through. They are a problem (`input.malformed`) where the caller names
    ///   them as the request or as evidence, and where nothing else came; if that is empty, `input.empty`.
    /// - A file that the caller names as the request is exactly one DER value, or one PEM block in the
    ///   strict form of RFC 7468 with nothing but blank lines around it; any other form is a problem
    ///   (`input.request-form`).
    /// - A request that some program may find anywhere in the bytes, and that was not read, is a
    ///   problem (`input.ambiguous`); so is a certificate or public key in the file named as the
    ///   request, or in one that holds an item. See [`Self::sightings`].
    /// - A private key anywhere, or a store of keys that may hold one, leaves a submission without
    ///   items and inputs, whose one problem names the file. What cannot be unpacked cannot be
    ///   searched for keys.
    pub fn unpack(inputs: Vec<Input>, limits: &Limits) -> Self {
        Self::unpack_beside(inputs, Vec::new(), limits)
    }

    /// The same, with files that lie beside them and are known by name and size: they were not opened, or
    /// are no longer kept.
    pub fn unpack_beside(
        mut inputs: Vec<Input>,
        mut absent: Vec<Companion>,
        limits: &Limits,
    ) -> Self {
        inputs.sort();
        absent.sort();
        match Unpacker::new(limits).unpack(inputs, absent) {
            Ok(submission) => submission,
            Err(found) => Self { problems: vec![found.into()], ..Self::default() },
        }
    }

    /// The items, by kind and then DER; each once, however often it came.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// What is in other encodings than DER, by kind and then bytes; each once, however often it
    /// came. Whether a format reads it is left to the verifier, which names what none does.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Whatever could not be read, in order of code and file.
    pub fn problems(&self) -> &[Reason] {
        &self.problems
    }

    /// The requests, certificates and public keys that any program may find in the files, wherever
    /// they stand, in order of file.
    pub fn sightings(&self) -> &[Sighting] {
        &self.sightings
    }

    /// The files that the caller named as the request. Where there are any, no other one holds it.
    pub fn named_requests(&self) -> &BTreeSet<String> {
        &self.named_requests
    }

    /// The files that hold no evidence, in order of name.
    pub fn companions(&self) -> &[Companion] {
        &self.companions
    }

    /// Bytes of the files and of what was decoded from them, as far as the limits let it be read:
    /// companions too, which do not count towards those of evidence.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Every file that came, and every entry of an archive, in order of name.
    pub fn inputs(&self) -> &[InputSummary] {
        &self.inputs
    }
}

#[cfg(test)]
mod tests;
