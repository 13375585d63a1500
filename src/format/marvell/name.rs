//! The names of cards and partitions, and the mode of operation that stands at their end.
//!
//! `HSM:5.3G2041-ICM002696, for FIPS mode` is a card; `HSM:5.3G2041-ICM002696:PARTN:1, for FIPS
//! mode` a partition of it, and so is `HSM:` with 30 hexadecimal digits before `:PARTN:`.

use crate::encoding::name::Name;

/// What a card or a partition is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HsmName<'a> {
    /// A card.
    Card {
        /// Generation and serial number, as in `5.3G2041-ICM002696`.
        identity: &'a str,
        /// The mode it was certified for.
        mode: Mode,
    },
    /// A partition.
    Partition {
        /// What stands before `:PARTN:`: the card's identity, or a unique identifier.
        identity: &'a str,
        /// Its number.
        number: &'a str,
        /// The mode it was certified for.
        mode: Mode,
    },
}

/// The mode of operation that a certificate was issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// `for FIPS mode`.
    Fips,
    /// `for non-FIPS mode`.
    NonFips,
}

/// Hexadecimal digits of the unique identifier of a partition.
const UNIQUE_ID_DIGITS: usize = 30;

impl<'a> HsmName<'a> {
    /// Reads the one commonName of `name`, whatever its other attributes say.
    pub(crate) fn of(name: &'a Name) -> Option<Self> {
        Self::read(name.only_common_name()?)
    }

    /// The mode is what follows the identity, read in full: one of its two texts contains the other.
    fn read(common_name: &'a str) -> Option<Self> {
        let (identity, mode) = common_name.strip_prefix("HSM:")?.split_once(", ")?;
        let mode = match mode {
            "for FIPS mode" => Mode::Fips,
            "for non-FIPS mode" => Mode::NonFips,
            _ => return None,
        };
        let Some((identity, number)) = identity.split_once(":PARTN:") else {
            return is_card_identity(identity).then_some(Self::Card { identity, mode });
        };
        let numbered = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
        let named = is_card_identity(identity) || is_unique_id(identity);
        (numbered && named).then_some(Self::Partition { identity, number, mode })
    }

    /// The mode.
    pub(crate) fn mode(self) -> Mode {
        match self {
            Self::Card { mode, .. } | Self::Partition { mode, .. } => mode,
        }
    }

    /// Whether a partition of this name can be on the card of that identity: its name extends the
    /// card's, or is a unique identifier, which names no card.
    pub(crate) fn is_partition_of(self, card: &str) -> bool {
        match self {
            Self::Partition { identity, .. } => identity == card || is_unique_id(identity),
            Self::Card { .. } => false,
        }
    }
}

/// The generation of a card, such as `5.3G`, and the number of its type and serial number.
pub(crate) fn generation_and_serial(identity: &str) -> Option<(&str, &str)> {
    let (kind, serial) = identity.split_once('-')?;
    let end = kind.find(|character: char| character.is_ascii_alphabetic())?;
    // The letter is ASCII, one octet.
    Some((kind.get(..=end)?, serial))
}

/// `5.3G2041-ICM002696`: generation and type, a dash, serial number.
fn is_card_identity(text: &str) -> bool {
    let word = |text: &str, more: &[u8]| {
        let is_part = |octet: u8| octet.is_ascii_alphanumeric() || more.contains(&octet);
        !text.is_empty() && text.bytes().all(is_part)
    };
    let split = text.split_once('-');
    split.is_some_and(|(kind, serial)| word(kind, b".") && word(serial, b""))
        && generation_and_serial(text).is_some()
}

fn is_unique_id(text: &str) -> bool {
    let is_digit = |octet: u8| octet.is_ascii_digit() || (b'A'..=b'F').contains(&octet);
    text.len() == UNIQUE_ID_DIGITS && text.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::{HsmName, Mode, generation_and_serial};

    #[test]
    fn the_names_of_genuine_certificates_are_read() {
        assert_eq!(
            HsmName::read("HSM:5.3G2041-ICM002696, for FIPS mode"),
            Some(HsmName::Card { identity: "5.3G2041-ICM002696", mode: Mode::Fips })
        );
        assert_eq!(
            HsmName::read("HSM:5.2G1804-ICM000678:PARTN:1, for FIPS mode"),
            Some(HsmName::Partition {
                identity: "5.2G1804-ICM000678",
                number: "1",
                mode: Mode::Fips
            })
        );
        assert_eq!(
            HsmName::read("HSM:EDF5AA5E2FEBF86DCE0C27B8BE2F04:PARTN:1, for non-FIPS mode"),
            Some(HsmName::Partition {
                identity: "EDF5AA5E2FEBF86DCE0C27B8BE2F04",
                number: "1",
                mode: Mode::NonFips
            })
        );
        assert_eq!(generation_and_serial("6.0G2325-VPM016988"), Some(("6.0G", "VPM016988")));
    }

    #[test]
    fn the_mode_is_read_in_full_and_stands_behind_the_identity() {
        for other in [
            "HSM:5.3G2041-ICM002696",
            "HSM:5.3G2041-ICM002696, for FIPS mode ",
            "HSM:5.3G2041-ICM002696, for fips mode",
            "HSM:5.3G2041-ICM002696,for FIPS mode",
            "HSM:5.3G2041-ICM002696, for non-FIPS mode, for FIPS mode",
            "HSM:5.3G2041-ICM002696, non-FIPS, for FIPS mode",
            "HSM:5.3G2041-ICM002696:PARTN:, for FIPS mode",
            "HSM:5.3G2041-ICM002696:PARTN:1:PARTN:2, for FIPS mode",
            "HSM:5.3G2041-ICM002696:PARTN:x, for FIPS mode",
            "HSM:EDF5AA5E2FEBF86DCE0C27B8BE2F04, for FIPS mode",
            "HSM:EDF5AA5E2FEBF86DCE0C27B8BE2F0:PARTN:1, for FIPS mode",
            "HSM:53-1, for FIPS mode",
            " HSM:5.3G2041-ICM002696, for FIPS mode",
            "hsm:5.3G2041-ICM002696, for FIPS mode",
            "HSM:-ICM002696, for FIPS mode",
            "HSM:, for FIPS mode",
        ] {
            assert_eq!(HsmName::read(other), None, "{other}");
        }
    }

    #[test]
    fn a_partition_is_of_the_card_it_names() {
        let partition = HsmName::read("HSM:5.3G2041-ICM002696:PARTN:1, for FIPS mode").unwrap();
        assert!(partition.is_partition_of("5.3G2041-ICM002696"));
        assert!(!partition.is_partition_of("5.3G2041-ICM00269"));
        let unique =
            HsmName::read("HSM:EDF5AA5E2FEBF86DCE0C27B8BE2F04:PARTN:1, for FIPS mode").unwrap();
        assert!(unique.is_partition_of("5.3G2041-ICM002696"));
        let card = HsmName::read("HSM:5.3G2041-ICM002696, for FIPS mode").unwrap();
        assert!(!card.is_partition_of("5.3G2041-ICM002696"));
    }
}
