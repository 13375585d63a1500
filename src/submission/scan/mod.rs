//! What any program may find in some bytes, wherever it stands: requests, certificates and keys, in
//! DER or BER at every offset, and behind every PEM boundary, in the middle of a line too.
//!
//! Establishes that nothing which another reader could take for one of them is passed over. It
//! recognises by shape, more generously than any reader known; what is read and judged is the
//! unpacker's. One pass over the bytes, and work that a [`Budget`] bounds.

mod boundary;
mod shape;

use std::collections::BTreeSet;

pub(super) use shape::Kind;

use crate::encoding::ber;
use crate::encoding::der::tag;

/// One request, certificate or key that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Glimpse {
    pub(super) kind: Kind,
    /// Its whole encoding, DER or BER.
    pub(super) encoding: Vec<u8>,
    /// It lies inside something else that was found in the same bytes.
    pub(super) inside: bool,
}

/// How much may be found in one submission.
pub(super) struct Budget {
    /// Values of the shape of one that is looked for.
    candidates: usize,
    /// Octets of them, and values that were stepped over to find an end.
    work: usize,
}

/// The budget is used up: not all was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spent;

impl Budget {
    pub(super) fn new(candidates: usize, work: usize) -> Self {
        Self { candidates, work }
    }

    fn spend(&mut self, candidates: usize, octets: usize) -> Result<(), Spent> {
        self.candidates = self.candidates.checked_sub(candidates).ok_or(Spent)?;
        self.work = self.work.checked_sub(octets).ok_or(Spent)?;
        Ok(())
    }
}

/// All that `bytes` hold, each once.
///
/// # Errors
/// [`Spent`], if the budget does not reach.
pub(super) fn search(bytes: &[u8], budget: &mut Budget) -> Result<BTreeSet<Glimpse>, Spent> {
    let mut found = BTreeSet::new();
    values(bytes, budget, &mut found)?;
    for content in boundary::contents(bytes, budget)? {
        values(&content, budget, &mut found)?;
    }
    Ok(found)
}

/// Looks for values at every offset.
fn values(bytes: &[u8], budget: &mut Budget, found: &mut BTreeSet<Glimpse>) -> Result<(), Spent> {
    // The end of what was found last: what begins before it lies inside.
    let mut covered = 0;
    for offset in memchr::memchr2_iter(tag::SEQUENCE, ber::LONG_SEQUENCE, bytes) {
        let rest = bytes.get(offset..).unwrap_or_default();
        let Some((kind, encoding)) = shape::recognize(rest, &mut budget.work) else {
            if budget.work == 0 {
                return Err(Spent);
            }
            continue;
        };
        let inside = offset < covered;
        covered = covered.max(offset.saturating_add(encoding.len()));
        let is_new = found.insert(Glimpse { kind, encoding: encoding.to_vec(), inside });
        budget.spend(usize::from(is_new), encoding.len())?;
        if kind.private_key().is_some() {
            // Nothing else counts any more.
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Budget, Kind, Spent, search};
    use crate::encoding::pem;

    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let mut out = vec![tag, 0x82];
        out.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
        out.extend(content);
        out
    }

    /// A request by its shape; `tlv` pads its lengths, so it is BER.
    fn request() -> Vec<u8> {
        let algorithm = tlv(0x30, &[&[6, 2, 0x2a, 3]]);
        let bits = [3, 2, 0, 1];
        let key = tlv(0x30, &[&algorithm, &bits]);
        let info = tlv(0x30, &[&[2, 1, 0], &[0x30, 0], &key, &[0xa0, 0]]);
        tlv(0x30, &[&info, &algorithm, &bits])
    }

    fn kinds(bytes: &[u8]) -> Vec<(Kind, bool)> {
        let found = search(bytes, &mut Budget::new(8, 10_000)).unwrap();
        found.into_iter().map(|glimpse| (glimpse.kind, glimpse.inside)).collect()
    }

    const WITH_ITS_KEY: [(Kind, bool); 2] = [(Kind::Request, false), (Kind::PublicKey, true)];

    #[test]
    fn a_request_is_found_wherever_it_stands() {
        let der = request();
        let text = pem::write("CERTIFICATE REQUEST", &der);
        let wide = |unit: fn(u32) -> Vec<u8>| {
            text.bytes().flat_map(|byte| unit(u32::from(byte))).collect::<Vec<u8>>()
        };
        for bytes in [
            der.clone(),
            [b"junk\x30\x30".as_slice(), &der, b"\x30\x82junk"].concat(),
            text.clone().into_bytes(),
            format!("{}{text}", "x".repeat(254)).into_bytes(),
            text.replace('\n', " \r\n\x0b").into_bytes(),
            text.replace("-----END", "*junk\n-----END").into_bytes(),
            text.replacen('\n', "\nProc-Type: 4\nx: y\n\n", 1).into_bytes(),
            text.replacen('\n', "\nA: b\n c\n\n", 1).into_bytes(),
            text.replace('\n', "*junk*junk\n").replacen("*junk*junk", "", 1).into_bytes(),
            text.replace('\n', "\n> ").into_bytes(),
            text.replacen("CERTIFICATE REQUEST", "ANYTHING", 1).into_bytes(),
            text.split("-----END").next().unwrap().as_bytes().to_vec(),
            wide(|unit| unit.to_be_bytes()[2..].to_vec()),
            wide(|unit| unit.to_le_bytes()[..2].to_vec()),
            wide(|unit| unit.to_be_bytes().to_vec()),
            wide(|unit| unit.to_le_bytes().to_vec()),
        ] {
            assert_eq!(kinds(&bytes), WITH_ITS_KEY, "{}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn a_request_of_indefinite_length_is_found() {
        let mut indefinite = vec![0x30, 0x80];
        indefinite.extend(&request()[4..]);
        indefinite.extend([0, 0]);
        assert_eq!(kinds(&indefinite), WITH_ITS_KEY);
    }

    #[test]
    fn text_that_mentions_boundaries_holds_nothing() {
        for text in [
            "Paste it from \"-----BEGIN CERTIFICATE REQUEST-----\" to the end.",
            "-----BEGIN CERTIFICATE REQUEST-----\nMII...\n-----END CERTIFICATE REQUEST-----",
            "-----BEGIN ",
        ] {
            assert_eq!(kinds(text.as_bytes()), []);
        }
    }

    #[test]
    fn more_than_the_budget_is_an_error() {
        let der = request();
        let twice = [&der[..], &der].concat();
        // The same again is no more.
        assert!(search(&twice, &mut Budget::new(2, 10_000)).is_ok());
        assert_eq!(search(&twice, &mut Budget::new(1, 10_000)), Err(Spent));
        assert_eq!(search(&twice, &mut Budget::new(2, 2 * der.len())), Err(Spent));
        // Each of these begins a value whose end must be looked for.
        let open = [0x30, 0x80, 0x30, 0x80].repeat(1000);
        assert_eq!(search(&open, &mut Budget::new(4, 10_000)), Err(Spent));
    }
}
