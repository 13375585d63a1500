//! What files hold, and whose key signed it: everything that can be read is shown, and nothing is
//! judged. All text may come from evidence.

mod scene;

use serde::Serialize;

use crate::encoding::hex::Sha256;
use crate::public_key::KeySummary;
use crate::reason::Reason;
use crate::submission::Submission;
use crate::trust::{AnchorStatus, TrustStore};
use scene::Scene;

/// What a submission holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// The name and version of this form: [`Self::SCHEMA`].
    pub schema: &'static str,
    /// Keys, requests, certificates and objects in this order; last what only another program may find.
    pub pieces: Vec<Piece>,
    /// What could not be read.
    pub problems: Vec<Reason>,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// `public-key`, `request`, `certificate`, or the kind of an object, as `inputs[].kind` of results
    /// has them.
    pub kind: &'static str,
    /// The files it came in.
    pub files: Vec<String>,
    /// Where it stands if it was not read, and another program may find it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// SHA-256 of its bytes.
    pub sha256: Sha256,
    /// How many these are.
    pub bytes: usize,
    /// What it says.
    pub content: Content,
}

/// Where something stands that was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// In a file that holds nothing that was read.
    Beside,
    /// Where a reader may take it for what was read.
    Hidden,
}

/// What something says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// A bare public key.
    PublicKey(Key),
    /// A certification request.
    Request {
        /// The subject (RFC 4514).
        subject: String,
        /// The key.
        key: Key,
        /// Whose key signed it.
        signed: Signer,
    },
    /// A certificate.
    Certificate(Box<CertificateContent>),
    /// Evidence in another encoding, as each format that recognises it reads it.
    Object(Vec<Statements>),
    /// Evidence of a format that is no more than a draft, claim by claim.
    Draft(Vec<Statement>),
    /// Nothing that can be read.
    Unreadable(Reason),
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateContent {
    /// The subject (RFC 4514).
    pub subject: String,
    /// The issuer (RFC 4514).
    pub issuer: String,
    /// Whose key signed it.
    pub signed: Signer,
    /// The serial number, hexadecimal, with its sign octet.
    pub serial: String,
    /// The first and the last instant of validity (RFC 3339); empty where no calendar has it.
    pub valid: (String, String),
    /// The key.
    pub key: Key,
    /// The extensions.
    pub extensions: Vec<ExtensionContent>,
    /// What each format that recognises it reads in it.
    pub statements: Vec<Statements>,
}

/// A public key, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// It is in the one form that its algorithm prescribes.
    Read {
        /// The key.
        #[serde(flatten)]
        key: KeySummary,
        /// What the trust store knows of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        known: Option<KnownAs>,
    },
    /// It is not.
    Unreadable(Reason),
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownAs {
    /// The key of that anchor.
    Anchor(String),
    /// A key that vouches for nothing.
    Refused {
        /// Its identifier.
        id: String,
        /// Why it does not.
        why: String,
    },
}

/// Whose key signed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signer {
    /// The key that it names itself.
    ItsOwnKey,
    /// The key of an anchor.
    Anchor {
        /// Its identifier.
        id: String,
        /// How it came to be believed.
        status: AnchorStatus,
    },
    /// The key of another certificate that came.
    Certificate(Sha256),
    /// None of the keys of that name that are at hand.
    NoneAtHand,
    /// It could not be checked, for no certificate of its issuer is at hand.
    NoIssuer,
    /// It could not be checked, for the key that it names cannot be read.
    NoKey,
    /// The signature does not hold.
    Nobody(Reason),
}

/// An extension of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExtensionContent {
    /// Its identifier, dotted.
    pub oid: String,
    /// Whether a reader that does not know it must refuse the certificate.
    pub critical: bool,
    /// The first octets of its value, hexadecimal: 64 of them.
    pub value: String,
    /// How many octets the value has.
    pub octets: usize,
}

/// What a format reads in something, if it is genuine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statements {
    /// The format.
    pub format: &'static str,
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

/// One statement, which nobody vouches for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// What it is about.
    pub name: String,
    /// What it says, or what is wrong with it.
    pub value: String,
}

impl Inspection {
    /// The name and version of the form.
    pub const SCHEMA: &'static str = "keyproof/inspection/v1";

    /// What `submission` holds, and which keys of `store` signed it.
    pub fn of(submission: &Submission, store: &TrustStore) -> Self {
        Self {
            schema: Self::SCHEMA,
            pieces: Scene::of(submission, store).pieces(),
            problems: submission.problems().to_vec(),
        }
    }

    /// Whether everything that came was read, by some format where it takes one.
    pub fn is_whole(&self) -> bool {
        let is_read = |piece: &Piece| {
            piece.found.is_some()
                || !matches!(piece.content, Content::Draft(_) | Content::Unreadable(_))
        };
        self.problems.is_empty() && self.pieces.iter().all(is_read)
    }
}
