//! Serial numbers: as evidence states them, and as people read them off a device or its tools.

/// How a manufacturer writes the serial number of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialForm {
    /// A decimal number, printed with leading zeros or without. Tools show it in hexadecimal too: with `0x`
    /// before it, or with a letter among the digits, for without one nothing tells it from a decimal.
    Number,
    /// Hexadecimal digits in groups, `A1B2-C3D4-E5F6`: small or large, with the dashes or without.
    Groups,
    /// The name of a card, below the generation that its certificates put before it:
    /// `5.2G1804-ICM000678` and `HSM:5.2G1804-ICM000678` are `1804-ICM000678`.
    Card,
    /// The holder reference of a card-verifiable certificate (BSI TR-03110-3, C.2), with its sequence
    /// number of five digits or without: `DENK010075100000` is `DENK0100751`.
    Holder,
    /// Any other text, letters small or large.
    Text,
}

impl SerialForm {
    /// Whether the serial number that evidence states is the one that was `expected`. An empty text is
    /// nothing's.
    pub fn is_same(self, stated: &str, expected: &str) -> bool {
        let same = |one: &str, other: &str| !one.is_empty() && one.eq_ignore_ascii_case(other);
        match self {
            Self::Number => match (number(stated), number(expected)) {
                (Some(stated), Some(expected)) => stated == expected,
                _ => false,
            },
            Self::Groups => same(&digits(stated), &digits(expected)),
            Self::Card => same(stated, card(expected)),
            Self::Holder => same(stated, expected) || same(stated, without_sequence(expected)),
            Self::Text => same(stated, expected),
        }
    }
}

fn number(text: &str) -> Option<u64> {
    let prefixed = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let digits = prefixed.unwrap_or(text);
    // A sign would be read as well.
    if !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    let is_decimal = prefixed.is_none() && digits.bytes().all(|it| it.is_ascii_digit());
    u64::from_str_radix(digits, if is_decimal { 10 } else { 16 }).ok()
}

/// The digits without the dashes between them; nothing if anything else is among them.
fn digits(text: &str) -> String {
    let digits: String = text.chars().filter(|it| *it != '-').collect();
    if digits.bytes().all(|it| it.is_ascii_hexdigit()) { digits } else { String::new() }
}

/// The name of a card without what stands before it.
fn card(text: &str) -> &str {
    let name = text.strip_prefix("HSM:").unwrap_or(text);
    let is_generation =
        |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    match name.split_once('G') {
        Some((generation, rest)) if is_generation(generation) => rest,
        _ => name,
    }
}

fn without_sequence(holder: &str) -> &str {
    let is_sequence = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    match holder.split_at_checked(holder.len().saturating_sub(5)) {
        Some((name, sequence)) if sequence.len() == 5 && is_sequence(sequence) => name,
        _ => holder,
    }
}

#[cfg(test)]
mod tests {
    use super::SerialForm::{Card, Groups, Holder, Number, Text};

    #[test]
    fn a_serial_number_is_read_as_it_is_printed_and_as_tools_show_it() {
        for (form, stated, same, others) in [
            // Genuine: 0x02465D5A in the attestation, 38165850 on the YubiKey and in ykman.
            (
                Number,
                "38165850",
                &["38165850", "038165850", "0x02465D5A", "0x2465d5a", "02465D5A"][..],
                &[
                    "38165851",
                    "3816585",
                    "381658500",
                    "2465d5",
                    "-38165850",
                    "+38165850",
                    "",
                    "0x",
                    "SN 38165850",
                ][..],
            ),
            // A YubiHSM prints seven digits as eight.
            (Number, "7550101", &["07550101", "7550101", "0x733495"], &["7550102", "0x7550101"]),
            (
                Groups,
                "A1B2-C3D4-E5F6",
                &["a1b2-c3d4-e5f6", "A1B2C3D4E5F6"],
                &["A1B2-C3D4-E5F7", "A1B2-C3D4", "", "-", "A1B2 C3D4 E5F6"],
            ),
            (
                Card,
                "1804-ICM000678",
                &[
                    "1804-ICM000678",
                    "5.2G1804-ICM000678",
                    "HSM:5.2G1804-ICM000678",
                    "1804-icm000678",
                ],
                &["ICM000678", "804-ICM000678", "HSM:", "", "5.2G", "XG1804-ICM000678"],
            ),
            (
                Holder,
                "DENK0100751",
                &["DENK0100751", "DENK010075100000", "denk0100751"],
                &["DENK0100752", "DENK01007510000", "DENK010075", "00000", ""],
            ),
            (Text, "C4A-7", &["C4A-7", "c4a-7"], &["C4A7", "C4A-77", ""]),
        ] {
            for expected in same {
                assert!(form.is_same(stated, expected), "{form:?} {stated} {expected:?}");
            }
            for expected in others {
                assert!(!form.is_same(stated, expected), "{form:?} {stated} {expected:?}");
            }
        }
    }

    #[test]
    fn nothing_is_the_serial_number_of_nothing() {
        for form in [Number, Groups, Card, Holder, Text] {
            for (stated, expected) in [("", ""), ("", "5"), ("5", "")] {
                assert!(!form.is_same(stated, expected), "{form:?} {stated:?} {expected:?}");
            }
        }
        assert!(!Number.is_same("0x", "0x") && !Groups.is_same("-", "-"));
    }
}
