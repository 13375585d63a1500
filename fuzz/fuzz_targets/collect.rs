//! Whatever a card answers, reading it ends, without a panic and within the bounds.
#![no_main]

use keyproof::collect::apdu::Session;
use keyproof::collect::transcript::Transcript;
use keyproof::collect::{CardTransport, TransportError, Wanted, collect};
use libfuzzer_sys::fuzz_target;

/// Answers by pieces of the input, each after two bytes of length.
struct Answers<'a> {
    rest: &'a [u8],
    sent: usize,
}

impl CardTransport for Answers<'_> {
    fn transmit(&mut self, _command: &[u8]) -> Result<Vec<u8>, TransportError> {
        self.sent += 1;
        assert!(self.sent <= 2048);
        let Some((length, rest)) = self.rest.split_first_chunk::<2>() else {
            return Err(TransportError::Removed);
        };
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (answer, rest) = rest.split_at(length);
        self.rest = rest;
        Ok(answer.to_vec())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut answers = Answers { rest: bytes, sent: 0 };
    let mut session = Session::new(&mut answers);
    let _ = collect(&mut session, Wanted::All);
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(transcript) = Transcript::parse(text)
    {
        assert_eq!(Transcript::parse(&transcript.to_string()), Some(transcript));
    }
});
