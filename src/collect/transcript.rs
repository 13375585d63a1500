//! The record of a conversation, line by line: what was sent, what came back. A PIN is never in it.
//!
//! It is a plain text, so that the intake of `keyproof verify` lists it as a companion and does not
//! take it for evidence.

use std::fmt;

use super::apdu::CardTransport;
use super::error::TransportError;
use crate::encoding::hex::{from_hex, to_hex};
use crate::submission::TRANSCRIPT;

/// What stands for the digits of a PIN.
const MASK: &str = "(PIN)";

/// One command and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The command; of one that carries a PIN, the four bytes of its header.
    pub command: Vec<u8>,
    /// Whether a PIN was left out.
    pub carried: Carried,
    /// The answer, or why there was none.
    pub answer: Result<Vec<u8>, TransportError>,
}

/// Whether a command carried a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// Nothing that must stay secret.
    Public,
    /// A PIN.
    Pin,
}

/// A conversation that was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// In the order in which they took place.
    pub exchanges: Vec<Exchange>,
}

impl Transcript {
    /// Reads a text that [`fmt::Display`] wrote; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next() != Some(TRANSCRIPT) {
            return None;
        }
        let mut exchanges = Vec::new();
        while let Some(sent) = lines.next() {
            let sent = sent.strip_prefix("> ")?;
            let (sent, carried) = match sent.strip_suffix(MASK) {
                Some(header) => (header, Carried::Pin),
                None => (sent, Carried::Public),
            };
            let answer = match lines.next()?.strip_prefix("< ")? {
                "removed" => Err(TransportError::Removed),
                "interrupted" => Err(TransportError::Interrupted),
                "failed" => Err(TransportError::Other("as recorded".to_owned())),
                hex => Ok(from_hex(hex)?),
            };
            exchanges.push(Exchange { command: from_hex(sent)?, carried, answer });
        }
        Some(Self { exchanges })
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{TRANSCRIPT}")?;
        for exchange in &self.exchanges {
            let mask = if exchange.carried == Carried::Pin { MASK } else { "" };
            writeln!(formatter, "> {}{mask}", to_hex(&exchange.command))?;
            match &exchange.answer {
                Ok(answer) => writeln!(formatter, "< {}", to_hex(answer))?,
                Err(TransportError::Removed) => writeln!(formatter, "< removed")?,
                Err(TransportError::Interrupted) => writeln!(formatter, "< interrupted")?,
                Err(TransportError::Other(_)) => writeln!(formatter, "< failed")?,
            }
        }
        Ok(())
    }
}

/// Leaves out what a transcript must not hold: the data of VERIFY.
fn masked(command: &[u8]) -> (Vec<u8>, Carried) {
    match command {
        [class, 0x20, p1, p2, _, ..] => (vec![*class, 0x20, *p1, *p2], Carried::Pin),
        other => (other.to_vec(), Carried::Public),
    }
}

/// Writes down what passes through.
pub struct Recording<'t> {
    transport: &'t mut dyn CardTransport,
    transcript: Transcript,
}

impl fmt::Debug for Recording<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Recording").field(&self.transcript).finish()
    }
}

impl<'t> Recording<'t> {
    /// A record of what passes to `transport`.
    pub fn new(transport: &'t mut dyn CardTransport) -> Self {
        Self { transport, transcript: Transcript::default() }
    }

    /// What was written down.
    pub fn into_transcript(self) -> Transcript {
        self.transcript
    }
}

impl CardTransport for Recording<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let answer = self.transport.transmit(command);
        let (command, carried) = masked(command);
        self.transcript.exchanges.push(Exchange { command, carried, answer: answer.clone() });
        answer
    }
}

/// Answers as a transcript has it, and to nothing else.
#[derive(Clone, Debug)]
pub struct Replay {
    exchanges: std::vec::IntoIter<Exchange>,
}

impl Replay {
    /// From the start of `transcript`.
    pub fn new(transcript: Transcript) -> Self {
        Self { exchanges: transcript.exchanges.into_iter() }
    }

    /// Whether all of it has been asked for.
    pub fn is_finished(&self) -> bool {
        self.exchanges.len() == 0
    }
}

impl CardTransport for Replay {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let (command, carried) = masked(command);
        match self.exchanges.next() {
            Some(exchange) if (&exchange.command, exchange.carried) == (&command, carried) => {
                exchange.answer
            }
            _ => Err(TransportError::Other("the transcript has no such command here".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Recording, Replay, Transcript};
    use crate::collect::{CardTransport, TransportError};

    struct Echo;

    impl CardTransport for Echo {
        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
            match command {
                [] => Err(TransportError::Removed),
                command => Ok([command, &[0x90, 0]].concat()[3..].to_vec()),
            }
        }
    }

    #[test]
    fn a_record_reads_back_replays_and_holds_no_pin() {
        let mut echo = Echo;
        let mut recording = Recording::new(&mut echo);
        let commands: [&[u8]; 4] = [
            &[0, 0xfd, 0, 0, 0],
            &[0, 0x20, 0, 0x80],
            &[0, 0x20, 0, 0x80, 8, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0xff, 0xff],
            &[],
        ];
        let answers: Vec<_> = commands.iter().map(|command| recording.transmit(command)).collect();
        let transcript = recording.into_transcript();
        let text = transcript.to_string();
        assert!(!text.lines().any(|line| line.starts_with("> ") && line.contains("3132")));
        assert!(text.contains("> 00200080(PIN)\n"));
        let mut replay = Replay::new(Transcript::parse(&text).unwrap());
        for (command, answer) in commands.iter().zip(answers) {
            assert_eq!(replay.transmit(command), answer);
        }
        assert!(replay.is_finished());
        assert!(replay.transmit(&[0, 0xfd, 0, 0, 0]).is_err());
    }
}
