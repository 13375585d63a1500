//! Which format counts: what each sees in the pieces that came, asked once and carried along.

use crate::encoding::x509::Certificate;
use crate::format::{AttestationFormat, Evidence, FORMATS, Part};
use crate::reason::{Reason, ReasonCode};
use crate::submission::Object;

/// What each format sees in one certificate or object, which may look far into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recognition(Vec<Part>);

impl Recognition {
    pub(crate) fn of_certificate(certificate: &Certificate) -> Self {
        Self(FORMATS.iter().map(|format| format.recognizes(certificate)).collect())
    }

    pub(crate) fn of_object(object: &Object) -> Self {
        Self(FORMATS.iter().map(|format| format.recognizes_object(object)).collect())
    }

    /// Of formats with pieces in common, leaves those that the whole is of.
    pub(crate) fn settle(pieces: &mut [&mut Self], whole: Evidence<'_>) {
        for (place, format) in FORMATS.iter().enumerate() {
            let sees = |seen: &&mut Self| seen.0.get(place).is_some_and(|it| *it > Part::Foreign);
            if pieces.iter().any(sees) && !format.is_of(whole) {
                for part in pieces.iter_mut().filter_map(|seen| seen.0.get_mut(place)) {
                    *part = Part::Foreign;
                }
            }
        }
    }

    /// The formats that see something, and what.
    pub(crate) fn seen(&self) -> impl Iterator<Item = (&'static dyn AttestationFormat, Part)> {
        let seen = FORMATS.iter().copied().zip(self.0.iter().copied());
        seen.filter(|(_, part)| *part != Part::Foreign)
    }

    /// No format sees anything.
    pub(crate) fn is_foreign(&self) -> bool {
        self.seen().next().is_none()
    }

    /// The formats that read it. Without a mark of its own it belongs to none but one that `came`
    /// beside it.
    pub(crate) fn readers(
        &self,
        came: impl Fn(&dyn AttestationFormat) -> bool,
    ) -> impl Iterator<Item = &'static dyn AttestationFormat> {
        let reads = move |(format, part): (&'static dyn AttestationFormat, Part)| {
            (part > Part::Unmarked || came(format)).then_some(format)
        };
        self.seen().filter_map(reads)
    }
}

/// Exactly one format must see an attestation; failing that, exactly one a module. What has no mark
/// makes no format.
pub(super) fn format_of<'r>(
    certificates: impl ExactSizeIterator<Item = &'r Recognition> + Clone,
    objects: &'r [Recognition],
) -> Result<&'static dyn AttestationFormat, Reason> {
    let pieces = || certificates.clone().chain(objects);
    let seen = FORMATS.iter().enumerate().filter_map(|(place, format)| {
        let part = *pieces().filter_map(|seen| seen.0.get(place)).max()?;
        (part > Part::Unmarked).then_some((part, *format))
    });
    let seen: Vec<_> = seen.collect();
    let most = seen.iter().map(|(part, _)| *part).max();
    let mut formats = seen.iter().filter(|(part, _)| Some(*part) == most);
    match (formats.next(), formats.next()) {
        (Some((_, format)), None) => Ok(*format),
        (Some((_, one)), Some((_, other))) => Err(Reason::new(ReasonCode::AttestationAmbiguous)
            .with("formats", format!("{}, {}", one.name(), other.name()))),
        (None, _) if pieces().next().is_none() => Err(ReasonCode::AttestationAbsent.into()),
        (None, _) => Err(Reason::new(ReasonCode::AttestationUnrecognized)
            .with("certificates", certificates.len().to_string())),
    }
}
