//! Reading evidence from a live token: which commands are exchanged, and what is believed of the
//! answers. No reader, no file and no clock: the caller brings a [`CardTransport`].
//!
//! Establishes that an answer has the form that its command calls for, that it belongs to the card
//! that was selected, and that reading ends, however the card behaves. Whether what was read is
//! genuine is left to the verifier, which gets the very files that are saved. Nothing on a card is
//! ever written: the commands that exist are the constructors of [`apdu::Command`].

pub mod apdu;
pub mod challenge;
mod collection;
mod error;
mod identify;
pub mod piv;
pub mod smartcard_hsm;
mod status;
mod tlv;
pub mod token;
pub mod transcript;

pub use apdu::CardTransport;
pub use collection::{CollectedKey, Collection, Contents, EvidenceFile, WithoutEvidence};
pub use error::{CollectError, TransportError};
pub use identify::identify;
pub use token::{Identified, TokenDescription};

use apdu::Session;
use piv::Slot;
use token::TokenKind;

/// Which keys of a token are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All that there are.
    All,
    /// That of a PIV slot, which must be attested.
    Slot(Slot),
    /// That of a SmartCard-HSM with this number, which must be attested.
    Key(u8),
}

/// Reads what the token in the reader attests of what is wanted.
///
/// # Errors
/// If it cannot attest, has nothing of the sort, lies or leaves, or another one answers at the end:
/// evidence of two units would be mixed.
pub fn collect(session: &mut Session<'_>, wanted: Wanted) -> Result<Collection, CollectError> {
    let token = identify(session)?;
    collect_from(session, token, wanted)
}

/// The same of a token that is identified.
///
/// # Errors
/// As for [`collect`].
pub fn collect_from(
    session: &mut Session<'_>,
    token: Identified,
    wanted: Wanted,
) -> Result<Collection, CollectError> {
    let contents = match (token.description.kind, wanted) {
        (TokenKind::YubiKeyPiv { firmware }, Wanted::All) => piv::read(session, firmware, None)?,
        (TokenKind::YubiKeyPiv { firmware }, Wanted::Slot(slot)) => {
            piv::read(session, firmware, Some(slot))?
        }
        (TokenKind::SmartCardHsm, Wanted::All) => smartcard_hsm::read(session, &token, None)?,
        (TokenKind::SmartCardHsm, Wanted::Key(number)) => {
            smartcard_hsm::read(session, &token, Some(number))?
        }
        (TokenKind::YubiKeyPiv { .. }, Wanted::Key(_)) => return Err(CollectError::SlotsAlone),
        (TokenKind::SmartCardHsm, Wanted::Slot(_)) => return Err(CollectError::KeysAlone),
        (TokenKind::WithoutAttestation(id), _) => {
            return Err(CollectError::WithoutAttestation { id, name: token.description.name });
        }
        (TokenKind::Unknown, _) => return Err(CollectError::Unknown),
    };
    if identify(session)? != token {
        return Err(CollectError::CardChanged);
    }
    Ok(Collection { token, contents })
}
