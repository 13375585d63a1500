//! How a card says that it did what was asked, or why not.

use std::fmt;

/// The last two bytes of an answer (ISO/IEC 7816-4 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusWord(pub u16);

impl StatusWord {
    /// Done.
    pub const SUCCESS: Self = Self(0x9000);
    /// The file ends before what was asked for.
    pub const END_OF_FILE: Self = Self(0x6282);
    /// The function is not supported.
    pub const FUNCTION_NOT_SUPPORTED: Self = Self(0x6a81);
    /// No such file or application.
    pub const NOT_FOUND: Self = Self(0x6a82);
    /// Wrong P1 or P2.
    pub const WRONG_PARAMETERS: Self = Self(0x6a86);
    /// No such object.
    pub const NO_SUCH_OBJECT: Self = Self(0x6a88);
    /// The instruction is not supported.
    pub const INSTRUCTION_NOT_SUPPORTED: Self = Self(0x6d00);
    /// The PIN is blocked.
    pub const BLOCKED: Self = Self(0x6983);

    /// The tries that a PIN has left, if it says so (63Cx).
    pub const fn tries_left(self) -> Option<u8> {
        let [high, low] = self.0.to_be_bytes();
        if high == 0x63 && low & 0xf0 == 0xc0 { Some(low & 0x0f) } else { None }
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04X}", self.0)
    }
}
