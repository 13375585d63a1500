//! What every case has: an attested key, evidence of a module about it, a request for it, and the trust
//! that it is made for.

use keyproof::{ReasonCode, Requirement, Timestamp};

use crate::anchors::{AnchorDraft, Trusted};
use crate::keys::{Holder, KeyKind, Scheme};
use crate::pki::{RequestDraft, RequestForm, pem};
use crate::signing::Keys;
use crate::{Options, RsaPadding, SimulateError, SimulatedFile};

/// A case before its signatures, which a defect may change.
pub(crate) trait Case {
    /// What it has in common with others.
    fn base(&self) -> &Base;

    /// The same, to be changed.
    fn base_mut(&mut self) -> &mut Base;

    /// The kind of a key that is not the applicant's, beside an attested one of that kind.
    fn kind_of(_holder: Holder, _attested: KeyKind) -> KeyKind {
        KeyKind::Rsa2048
    }

    /// The requirements on which the format is silent, so that a person must weigh them, each with
    /// the reason that says so.
    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        Vec::new()
    }

    /// Whether the evidence can lie in the request.
    fn can_be_in_request(&self) -> bool {
        false
    }

    /// Signs the evidence.
    fn evidence(&self, keys: &mut Keys<'_>) -> Result<Evidence, SimulateError>;
}

/// A case that holds its base in a field of that name.
macro_rules! has_base {
    () => {
        fn base(&self) -> &$crate::case::Base {
            &self.base
        }

        fn base_mut(&mut self) -> &mut $crate::case::Base {
            &mut self.base
        }
    };
}
pub(crate) use has_base;

/// What every case has beside its evidence.
pub(crate) struct Base {
    /// The kind of the attested key.
    pub(crate) attested: KeyKind,
    /// When the case is to be appraised.
    pub(crate) time: Timestamp,
    /// The format that the anchors may vouch for.
    pub(crate) bound_to: &'static str,
    /// The roots with certificates that it is made for.
    pub(crate) anchors: Vec<AnchorDraft>,
    /// How the anchors came to be believed, as `status` says it.
    pub(crate) status: &'static str,
    /// The request.
    pub(crate) request: RequestDraft,
}

/// The subject of every simulated request.
pub(crate) const SUBSCRIBER: &str = "SIMULATED Code Signing Subscriber";

impl Base {
    /// A request for an attested key of that kind, under those anchors for that format.
    pub(crate) fn new(
        format: &'static str,
        attested: KeyKind,
        anchors: Vec<AnchorDraft>,
        options: &Options,
    ) -> Self {
        let scheme = match options.padding {
            RsaPadding::Pkcs1 => Scheme::Usual,
            RsaPadding::Pss => Scheme::RsaPss,
        };
        Self {
            attested,
            time: options.time,
            bound_to: format,
            anchors,
            status: "test",
            request: RequestDraft::new(SUBSCRIBER.as_bytes(), Holder::Attested, scheme),
        }
    }
}

/// Signed evidence.
#[derive(Default)]
pub(crate) struct Evidence {
    /// Roots without an X.509 certificate that it leads to.
    pub(crate) trusted: Vec<Trusted>,
    /// The files beside the request.
    pub(crate) files: Vec<SimulatedFile>,
    /// The attributes by which the request carries evidence.
    pub(crate) carried: Vec<Vec<u8>>,
}

impl Evidence {
    /// Evidence in those files.
    pub(crate) fn of(files: Vec<SimulatedFile>) -> Self {
        Self { files, ..Self::default() }
    }
}

/// The request, signed, in the form in which it is sent.
pub(crate) fn request(
    name: &str,
    draft: &RequestDraft,
    keys: &mut Keys<'_>,
) -> Result<Option<SimulatedFile>, SimulateError> {
    let (spki, der) = keys.request(draft)?;
    Ok(match draft.form {
        RequestForm::Request => Some(text(name, pem("CERTIFICATE REQUEST", &der), "request")),
        RequestForm::Mislabelled => {
            Some(text(name, pem("CERTIFICATE", &der), "request, as a certificate"))
        }
        RequestForm::PublicKey => {
            Some(text("public-key.pem", pem("PUBLIC KEY", &spki), "public key"))
        }
        RequestForm::Nothing => None,
    })
}

/// One day.
pub(crate) const DAY: i64 = 86_400;

/// That many seconds later, or earlier; the same instant at the ends of the calendar.
pub(crate) fn shifted(time: Timestamp, seconds: i64) -> Timestamp {
    time.unix_seconds().checked_add(seconds).and_then(Timestamp::from_unix_seconds).unwrap_or(time)
}

/// From a year before until the end of the calendar, as in the newer genuine hierarchies.
pub(crate) fn validity_around(time: Timestamp) -> Result<(Timestamp, Timestamp), SimulateError> {
    let earliest = Timestamp::from_date("1951-01-01").ok_or(SimulateError::Time)?;
    let latest = Timestamp::from_date("9998-12-01").ok_or(SimulateError::Time)?;
    if !(earliest..=latest).contains(&time) {
        return Err(SimulateError::Time);
    }
    let from = shifted(time, -365 * DAY);
    let from = Timestamp::from_date(&from.date()).ok_or(SimulateError::Time)?;
    let to = Timestamp::from_rfc3339("9999-12-31T23:59:59Z").ok_or(SimulateError::Time)?;
    Ok((from, to))
}

/// A file of text.
pub(crate) fn text(name: &str, text: String, what: &str) -> SimulatedFile {
    octets(name, text.into_bytes(), what)
}

/// A file of octets.
pub(crate) fn octets(name: &str, bytes: Vec<u8>, what: &str) -> SimulatedFile {
    SimulatedFile { name: name.to_owned(), bytes, what: what.to_owned() }
}
