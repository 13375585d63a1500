//! The sample of the self-audit (CSBR 8.7): of the certificates of each type, so many in a hundred.

use std::collections::BTreeMap;

use keyproof::encoding::hex::Sha256;
use keyproof::time::Timestamp;
use serde::Serialize;

use crate::error::LedgerError;
use crate::record::{CertificateType, Entry, IssuanceEntry, RecordId};
use crate::replay::replay;
use crate::store::{Ledger, View};

/// What sample is drawn. Each certificate is ranked by SHA-256 of the seed and its place, which nobody
/// can steer without the seed and anyone can compute with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw<'a> {
    /// Of each type of certificate, this many in a hundred, rounded up.
    pub percent: u8,
    /// Anything.
    pub seed: &'a str,
    /// Issued from this time on.
    pub from: Option<Timestamp>,
    /// Issued before this time.
    pub to: Option<Timestamp>,
}

/// A sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// It is drawn from so many records, the first ones.
    pub records: u64,
    /// The types of certificate, where they were said.
    pub strata: Vec<Stratum>,
}

/// The part of a sample that is of one type of certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stratum {
    /// The type, where it was said.
    pub certificate_type: Option<CertificateType>,
    /// How many were issued.
    pub issued: usize,
    /// Those that are drawn.
    pub drawn: Vec<Drawn>,
}

/// A certificate that is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drawn {
    /// The place of its issuance.
    pub record: RecordId,
    /// Its serial number, in lower-case hexadecimal.
    pub serial: String,
    /// What it rests on.
    pub about: RecordId,
    /// What came of examining that.
    pub found: Examined,
}

/// What came of examining what a certificate rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Examined {
    /// The verdict was computed again, and is the same byte for byte.
    Same,
    /// It was computed again, and is another.
    Differs,
    /// It rests on documents.
    Documents,
    /// It was pruned at the end of its time.
    Pruned,
}

impl Ledger {
    /// Draws a sample, and computes each verdict in it again.
    pub fn sample(&mut self, draw: &Draw<'_>) -> Result<Sample, LedgerError> {
        let origin = self.verifier().origin().to_owned();
        self.read(|view| {
            let strata = strata(view, draw)?.into_iter().map(|(certificate_type, mut all)| {
                all.sort_by_key(|(rank, ..)| *rank);
                let issued = all.len();
                all.truncate(issued.saturating_mul(usize::from(draw.percent)).div_ceil(100));
                let examine = |(_, record, issuance): (_, _, IssuanceEntry)| {
                    let about = issuance.about;
                    let found = examine(view, &origin, about)?;
                    Ok(Drawn { record, serial: issuance.serial, about, found })
                };
                let drawn = all.into_iter().map(examine).collect::<Result<_, LedgerError>>()?;
                Ok(Stratum { certificate_type, issued, drawn })
            });
            let strata = strata.collect::<Result<_, LedgerError>>()?;
            Ok(Sample { records: view.head().size, strata })
        })
    }
}

type Strata = BTreeMap<Option<CertificateType>, Vec<(Sha256, RecordId, IssuanceEntry)>>;

/// The issuances, each with its rank.
fn strata(view: &mut View<'_>, draw: &Draw<'_>) -> Result<Strata, LedgerError> {
    let mut strata = Strata::new();
    view.each_record(|view, record| {
        let at = record.recorded_at;
        let is_outside =
            draw.from.is_some_and(|from| at < from) || draw.to.is_some_and(|to| at >= to);
        let Entry::Issuance(issuance) = record.entry else { return Ok(()) };
        if is_outside {
            return Ok(());
        }
        let basis = view.record(issuance.about)?;
        let kind = basis.and_then(|basis| basis.entry.certificate_type());
        let rank = Sha256::of(format!("{}\n{}", draw.seed, record.id).as_bytes());
        strata.entry(kind).or_default().push((rank, record.id, issuance));
        Ok(())
    })?;
    Ok(strata)
}

fn examine(view: &mut View<'_>, origin: &str, about: RecordId) -> Result<Examined, LedgerError> {
    let Some(record) = view.record(about)? else {
        return Ok(Examined::Pruned);
    };
    let Entry::Verdict(entry) = &record.entry else {
        return Ok(Examined::Documents);
    };
    let is_same = replay(view, origin, &record, entry)?.is_same;
    Ok(if is_same { Examined::Same } else { Examined::Differs })
}
