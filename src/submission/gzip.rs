//! One gzip member (RFC 1952), as some manufacturers' statements come.

use std::io::Read;

use flate2::bufread::GzDecoder;

use crate::reason::ReasonCode;

/// Why a gzip file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: ReasonCode,
    pub(super) fault: &'static str,
}

/// The content of the one member that `bytes` are, if it has no more than `limit` bytes.
pub(super) fn expand(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Refusal> {
    let refuse = |code, fault| Err(Refusal { code, fault });
    // RFC 1952 2.3.1.2: reserved bits must be zero.
    if bytes.get(3).is_none_or(|flags| flags & 0xe0 != 0) {
        return refuse(ReasonCode::InputMalformed, "a gzip header that is not of RFC 1952");
    }
    let mut decoder = GzDecoder::new(bytes);
    let mut content = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    if decoder.by_ref().take(bound).read_to_end(&mut content).is_err() {
        return refuse(ReasonCode::InputMalformed, "a damaged or shortened gzip file");
    }
    if content.len() > limit {
        return refuse(ReasonCode::InputTooLarge, "a gzip file that expands beyond the limit");
    }
    match decoder.into_inner() {
        [] => Ok(content),
        [0x1f, 0x8b, ..] => refuse(ReasonCode::InputTrailingData, "a second gzip member"),
        _ => refuse(ReasonCode::InputTrailingData, "bytes after the gzip member"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::expand;
    use crate::reason::ReasonCode;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn code(bytes: &[u8], limit: usize) -> ReasonCode {
        expand(bytes, limit).unwrap_err().code
    }

    #[test]
    fn one_member_up_to_the_limit_is_read() {
        assert_eq!(expand(&gzip(b"statement"), 9).unwrap(), b"statement");
        assert_eq!(code(&gzip(b"statement"), 8), ReasonCode::InputTooLarge);
        assert_eq!(expand(&gzip(b""), 8).unwrap(), b"");
    }

    #[test]
    fn what_follows_the_member_is_refused() {
        let member = gzip(b"statement");
        for after in [&b"\n"[..], b"\0", &member] {
            assert_eq!(code(&[&member, after].concat(), 100), ReasonCode::InputTrailingData);
        }
    }

    #[test]
    fn every_shortened_or_altered_member_is_refused() {
        let member = gzip(b"statement");
        for length in 0..member.len() {
            assert_eq!(code(&member[..length], 100), ReasonCode::InputMalformed, "{length}");
        }
        for offset in member.len() - 8..member.len() {
            let mut altered = member.clone();
            altered[offset] ^= 1;
            assert_eq!(code(&altered, 100), ReasonCode::InputMalformed, "{offset}");
        }
        let mut reserved = member;
        reserved[3] = 0x80;
        assert_eq!(code(&reserved, 100), ReasonCode::InputMalformed);
    }

    #[test]
    fn a_bomb_costs_its_limit_and_no_more() {
        let bomb = gzip(&vec![0; 64 << 20]);
        assert_eq!(code(&bomb, 1 << 20), ReasonCode::InputTooLarge);
    }
}
