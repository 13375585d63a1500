//! Commands and answers (ISO/IEC 7816-4): the closed set of commands that can be sent, and answers in
//! several pieces, within bounds.

use std::fmt;

use zeroize::Zeroizing;

use super::error::{CollectError, TransportError};
pub use super::status::StatusWord;

/// Whatever carries a command to a card and brings back its answer, status word last.
pub trait CardTransport {
    /// One command, one answer.
    ///
    /// # Errors
    /// If the card or the reader is gone.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError>;
}

/// The bytes of one answer: 16 KiB. The largest genuine one, a YubiKey's certificate object, holds
/// 3052 bytes.
pub const MAX_ANSWER: usize = 16 << 10;

/// The pieces of one answer: 128. An answer of [`MAX_ANSWER`] takes 64 of 256 bytes.
const MAX_ROUNDS: usize = 128;

/// The commands of one session: 2048. The 24 slots of a YubiKey with certificates take some 400, the
/// 64 keys that a SmartCard-HSM may show some 700.
const MAX_COMMANDS: usize = 2048;

/// The bytes of all answers of one session: 256 KiB, so that its transcript is no larger than a file
/// that `keyproof verify` reads. 24 slots with certificates take some 150 KiB.
const MAX_SESSION: usize = 256 << 10;

/// The largest command or answer in the short form.
const SHORT: usize = 255;

/// What can be asked of a card (INS, ISO/IEC 7816-4 5.4.2). There is no instruction here that
/// writes, and none can be made: commands come from the constructors of [`Command`] alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// VERIFY: states the tries left, or takes a PIN for a challenge.
    Verify,
    /// MANAGE APPLICATION of the YubiKey, reading: the configuration of the device.
    ReadConfiguration,
    /// The key domains of a SmartCard-HSM; with P1 = 0, which alone is sent, it reads.
    KeyDomain,
    /// ENUMERATE OBJECTS of a SmartCard-HSM.
    EnumerateObjects,
    /// SIGN of a SmartCard-HSM, for a challenge.
    Sign,
    /// GENERAL AUTHENTICATE of a PIV card, for a challenge.
    GeneralAuthenticate,
    /// SELECT.
    Select,
    /// READ BINARY.
    ReadBinary,
    /// GET RESPONSE.
    GetResponse,
    /// GET DATA of an OpenPGP card.
    GetDataOpenPgp,
    /// GET DATA.
    GetData,
    /// GET METADATA of a YubiKey.
    GetMetadata,
    /// GET SERIAL of a YubiKey.
    GetSerial,
    /// ATTEST of a YubiKey.
    Attest,
    /// GET VERSION of a YubiKey.
    GetVersion,
}

impl Instruction {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Verify,
        Self::ReadConfiguration,
        Self::KeyDomain,
        Self::EnumerateObjects,
        Self::Sign,
        Self::GeneralAuthenticate,
        Self::Select,
        Self::ReadBinary,
        Self::GetResponse,
        Self::GetDataOpenPgp,
        Self::GetData,
        Self::GetMetadata,
        Self::GetSerial,
        Self::Attest,
        Self::GetVersion,
    ];

    /// Its byte.
    pub const fn byte(self) -> u8 {
        match self {
            Self::ReadConfiguration => 0x1d,
            Self::Verify => 0x20,
            Self::KeyDomain => 0x52,
            Self::EnumerateObjects => 0x58,
            Self::Sign => 0x68,
            Self::GeneralAuthenticate => 0x87,
            Self::Select => 0xa4,
            Self::ReadBinary => 0xb1,
            Self::GetResponse => 0xc0,
            Self::GetDataOpenPgp => 0xca,
            Self::GetData => 0xcb,
            Self::GetMetadata => 0xf7,
            Self::GetSerial => 0xf8,
            Self::Attest => 0xf9,
            Self::GetVersion => 0xfd,
        }
    }
}

/// Whether lengths have one byte or three (ISO/IEC 7816-4 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Up to 255 bytes out, 256 in; what is longer goes and comes in pieces.
    Short,
    /// Up to 65535.
    Extended,
}

/// One command.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    class: u8,
    instruction: Instruction,
    p1: u8,
    p2: u8,
    data: Zeroizing<Vec<u8>>,
    answer: Answer,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Expected,
    StatusOnly,
}

impl Command {
    fn new(class: u8, instruction: Instruction, p1: u8, p2: u8, data: &[u8]) -> Self {
        let (answer, form) = (Answer::Expected, Form::Short);
        let data = Zeroizing::new(data.to_vec());
        Self { class, instruction, p1, p2, data, answer, form }
    }

    /// SELECT an application by its identifier.
    pub(super) fn select(application: &[u8]) -> Self {
        Self::new(0, Instruction::Select, 4, 0, application)
    }

    /// SELECT a file of a SmartCard-HSM, for its control information.
    pub(super) fn select_file(file: [u8; 2]) -> Self {
        Self::new(0, Instruction::Select, 0, 0, &file)
    }

    /// READ BINARY of a file of a SmartCard-HSM (OpenSC, `card-sc-hsm.c`).
    pub(super) fn read_file([high, low]: [u8; 2], offset: u16) -> Self {
        let [o1, o2] = offset.to_be_bytes();
        Self::new(0, Instruction::ReadBinary, high, low, &[0x54, 2, o1, o2])
    }

    /// ENUMERATE OBJECTS.
    pub(super) fn enumerate() -> Self {
        Self::new(0x80, Instruction::EnumerateObjects, 0, 0, &[])
    }

    /// The state of a key domain. P1 = 0 reads; 1 and 2 would make one, and are not to be had.
    pub(super) fn key_domain(domain: u8) -> Self {
        Self::new(0x80, Instruction::KeyDomain, 0, domain, &[])
    }

    /// GET VERSION.
    pub(super) fn version() -> Self {
        Self::new(0, Instruction::GetVersion, 0, 0, &[])
    }

    /// GET SERIAL.
    pub(super) fn serial() -> Self {
        Self::new(0, Instruction::GetSerial, 0, 0, &[])
    }

    /// GET METADATA of a slot.
    pub(super) fn metadata(slot: u8) -> Self {
        Self::new(0, Instruction::GetMetadata, 0, slot, &[])
    }

    /// ATTEST the key of a slot.
    pub(super) fn attest(slot: u8) -> Self {
        Self::new(0, Instruction::Attest, slot, 0, &[])
    }

    /// GET DATA of a PIV object (NIST SP 800-73-4 part 2, 3.1.2).
    pub(super) fn object(object: [u8; 3]) -> Self {
        let [a, b, c] = object;
        Self::new(0, Instruction::GetData, 0x3f, 0xff, &[0x5c, 3, a, b, c])
    }

    /// The application identifier of an OpenPGP card.
    pub(super) fn openpgp_identifier() -> Self {
        Self::new(0, Instruction::GetDataOpenPgp, 0, 0x4f, &[])
    }

    /// The configuration of a YubiKey.
    pub(super) fn configuration() -> Self {
        Self::new(0, Instruction::ReadConfiguration, 0, 0, &[])
    }

    /// How many tries a PIN has left. It uses none up.
    pub(super) fn tries(pin: u8) -> Self {
        let answer = Answer::StatusOnly;
        Self { answer, ..Self::new(0, Instruction::Verify, 0, pin, &[]) }
    }

    /// VERIFY a PIN.
    pub(super) fn verify(pin: u8, digits: &[u8]) -> Self {
        let answer = Answer::StatusOnly;
        Self { answer, ..Self::new(0, Instruction::Verify, 0, pin, digits) }
    }

    /// GENERAL AUTHENTICATE (NIST SP 800-73-4 part 2, 3.2.4).
    pub(super) fn authenticate(algorithm: u8, slot: u8, template: &[u8]) -> Self {
        Self::new(0, Instruction::GeneralAuthenticate, algorithm, slot, template)
    }

    /// SIGN of a SmartCard-HSM.
    pub(super) fn sign(key: u8, algorithm: u8, data: &[u8]) -> Self {
        Self::new(0x80, Instruction::Sign, key, algorithm, data)
    }

    fn get_response(class: u8, length: u8) -> (Self, u8) {
        (Self::new(class, Instruction::GetResponse, 0, 0, &[]), length)
    }

    /// The same with lengths of three bytes.
    pub(super) fn extended(mut self) -> Self {
        self.form = Form::Extended;
        self
    }

    /// The bytes to send, in the order in which they are sent: several if the data is longer than
    /// the short form carries (command chaining, ISO/IEC 7816-4 5.3.3).
    fn encoded(&self, expected: u8) -> Vec<Zeroizing<Vec<u8>>> {
        if self.form == Form::Extended {
            return vec![Zeroizing::new(self.extended_bytes())];
        }
        let pieces: Vec<&[u8]> = self.data.chunks(SHORT).collect();
        let count = pieces.len().max(1);
        let piece = |number: usize| {
            let data = pieces.get(number).copied().unwrap_or(&[]);
            let last = number.saturating_add(1) == count;
            let class = if last { self.class } else { self.class | 0x10 };
            let mut bytes = vec![class, self.instruction.byte(), self.p1, self.p2];
            if !data.is_empty() {
                bytes.push(u8::try_from(data.len()).unwrap_or(u8::MAX));
                bytes.extend_from_slice(data);
            }
            if last && self.answer == Answer::Expected {
                bytes.push(expected);
            }
            Zeroizing::new(bytes)
        };
        (0..count).map(piece).collect()
    }

    fn extended_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.class, self.instruction.byte(), self.p1, self.p2, 0];
        if !self.data.is_empty() {
            let length = u16::try_from(self.data.len()).unwrap_or(u16::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(&self.data);
        }
        if self.answer == Answer::Expected {
            bytes.extend_from_slice(&[0, 0]);
        }
        bytes
    }
}

/// One answer, put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The data.
    pub data: Vec<u8>,
    /// The status word of the last piece.
    pub status: StatusWord,
}

impl Response {
    /// The data, if the card did what was asked.
    pub(super) fn success(self, step: &'static str) -> Result<Vec<u8>, CollectError> {
        if self.status == StatusWord::SUCCESS {
            Ok(self.data)
        } else {
            Err(CollectError::Refused { step, status: self.status })
        }
    }
}

/// A bounded conversation with one card.
pub struct Session<'t> {
    transport: &'t mut dyn CardTransport,
    commands: usize,
    bytes: usize,
}

impl fmt::Debug for Session<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Session").field("commands", &self.commands).finish_non_exhaustive()
    }
}

impl<'t> Session<'t> {
    /// A conversation over `transport`.
    pub fn new(transport: &'t mut dyn CardTransport) -> Self {
        Self { transport, commands: 0, bytes: 0 }
    }

    /// Sends `command` and puts its answer together.
    pub(super) fn exchange(
        &mut self,
        step: &'static str,
        command: &Command,
    ) -> Result<Response, CollectError> {
        let mut data = Vec::new();
        let mut corrected = false;
        let (mut command, mut expected) = (command.clone(), 0);
        for _ in 0..MAX_ROUNDS {
            let answer = self.send_all(step, &command, expected)?;
            let (piece, status) = split(step, &answer)?;
            data.extend_from_slice(piece);
            if data.len() > MAX_ANSWER {
                return Err(CollectError::TooMuch { step, what: "bytes", limit: MAX_ANSWER });
            }
            match status.0.to_be_bytes() {
                [0x61, _] if piece.is_empty() && !is_announcement(&command) => {
                    return Err(CollectError::Malformed {
                        step,
                        fault: "in pieces without content",
                    });
                }
                [0x61, left] => {
                    (command, expected) = Command::get_response(0, left);
                    corrected = false;
                }
                // The right length comes with the status, once (ISO/IEC 7816-4 5.6).
                [0x6c, right] if !corrected && piece.is_empty() => {
                    (corrected, expected) = (true, right);
                }
                _ => return Ok(Response { data, status }),
            }
        }
        Err(CollectError::TooMuch { step, what: "pieces", limit: MAX_ROUNDS })
    }

    fn send_all(
        &mut self,
        step: &'static str,
        command: &Command,
        expected: u8,
    ) -> Result<Vec<u8>, CollectError> {
        let mut answer = Vec::new();
        let pieces = command.encoded(expected);
        let last = pieces.len().saturating_sub(1);
        for (number, piece) in pieces.iter().enumerate() {
            self.commands = self.commands.saturating_add(1);
            if self.commands > MAX_COMMANDS {
                return Err(CollectError::TooMuch { step, what: "commands", limit: MAX_COMMANDS });
            }
            answer = self.transport.transmit(piece)?;
            self.bytes = self.bytes.saturating_add(answer.len());
            if self.bytes > MAX_SESSION {
                return Err(CollectError::TooMuch { step, what: "bytes", limit: MAX_SESSION });
            }
            let (_, status) = split(step, &answer)?;
            if number < last && status != StatusWord::SUCCESS {
                return Err(CollectError::Refused { step, status });
            }
        }
        Ok(answer)
    }
}

/// Some cards announce the whole answer to the command itself and give nothing with it.
fn is_announcement(command: &Command) -> bool {
    command.instruction != Instruction::GetResponse
}

fn split<'a>(step: &'static str, answer: &'a [u8]) -> Result<(&'a [u8], StatusWord), CollectError> {
    // The longest answer in the extended form (ISO/IEC 7816-4 5.2).
    if answer.len() > (1 << 16) + 2 {
        return Err(CollectError::Malformed { step, fault: "longer than any answer can be" });
    }
    match answer {
        [data @ .., high, low] => Ok((data, StatusWord(u16::from_be_bytes([*high, *low])))),
        _ => Err(CollectError::Malformed { step, fault: "without a status word" }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Command, Instruction};

    /// Instructions that change a card: ISO/IEC 7816-4 and -8 and -9, NIST SP 800-73-4, the YubiKey's
    /// and the SmartCard-HSM's (OpenSC, `card-sc-hsm.c`; yubikit, `piv.py` and `management.py`).
    const WRITING: [u8; 35] = [
        0x04, 0x0c, 0x0e, 0x0f, 0x1c, 0x1e, 0x1f, 0x24, 0x2c, 0x40, 0x44, 0x46, 0x47, 0x50, 0x54,
        0x64, 0x72, 0x74, 0xd0, 0xd1, 0xd2, 0xd6, 0xd7, 0xda, 0xdb, 0xdc, 0xdd, 0xe0, 0xe2, 0xe4,
        0xf6, 0xfa, 0xfb, 0xfe, 0xff,
    ];

    #[test]
    fn no_instruction_writes() {
        let bytes: std::collections::BTreeSet<u8> =
            Instruction::ALL.iter().map(|it| it.byte()).collect();
        assert_eq!(bytes.len(), Instruction::ALL.len());
        assert!(WRITING.iter().all(|byte| !bytes.contains(byte)));
        // What creates and deletes key domains is told apart by P1 alone.
        for domain in 0..=u8::MAX {
            assert_eq!(Command::key_domain(domain).p1, 0);
        }
    }

    #[test]
    fn commands_have_the_bytes_that_iso_7816_4_prescribes() {
        let sent = |command: &Command| {
            command.encoded(0).iter().flat_map(|piece| piece.to_vec()).collect::<Vec<u8>>()
        };
        let select = Command::select(&[0xa0, 0, 0, 3, 8]);
        assert_eq!(sent(&select), [0, 0xa4, 4, 0, 5, 0xa0, 0, 0, 3, 8, 0]);
        assert_eq!(sent(&Command::tries(0x80)), [0, 0x20, 0, 0x80]);
        assert_eq!(sent(&Command::enumerate()), [0x80, 0x58, 0, 0, 0]);
        assert_eq!(sent(&Command::enumerate().extended()), [0x80, 0x58, 0, 0, 0, 0, 0]);
        let extended = Command::read_file([0x2f, 2], 0).extended();
        assert_eq!(sent(&extended), [0, 0xb1, 0x2f, 2, 0, 0, 4, 0x54, 2, 0, 0, 0, 0]);
        let long = Command::authenticate(7, 0x9c, &[0xaa; 300]).encoded(0);
        assert_eq!(long[0][..5], [0x10, 0x87, 7, 0x9c, 255]);
        assert_eq!(long[1][..5], [0, 0x87, 7, 0x9c, 45]);
        assert_eq!((long[0].len(), long[1].len()), (260, 51));
    }
}
