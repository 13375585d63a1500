//! `keyproof token`: the readers of this machine. What is exchanged with a token, and what is
//! believed of its answers, is the library's.

mod arguments;
mod challenge;
mod list;
mod read;
mod reader;
mod verify;

use keyproof::collect::apdu::Session;
use keyproof::collect::piv::{self, Slot, Slots};
use keyproof::collect::smartcard_hsm::{self, Keys, key_number};
use keyproof::collect::token::TokenKind;
use keyproof::collect::{CollectError, CollectedKey, Collection, Identified};
use keyproof::facts;
use keyproof::observation::Observations;

use arguments::TokenArguments;
pub(crate) use arguments::TokenCommand;

use crate::exit::{Exit, Failure};
use crate::output::Destination;

pub(crate) fn run(command: &TokenCommand, screen: &Destination) -> Result<Exit, Failure> {
    match command {
        TokenCommand::List => list::run(screen),
        TokenCommand::Read(arguments) => read::run(arguments, screen),
        TokenCommand::Verify(arguments) => verify::run(arguments, screen),
    }
}

impl From<CollectError> for Failure {
    fn from(error: CollectError) -> Self {
        Self::new(error.to_string(), error.next())
    }
}

/// Which keys are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Slot(Slot),
    Key(u8),
}

impl Wanted {
    fn of(arguments: &TokenArguments) -> Result<Self, Failure> {
        match (&arguments.slot, &arguments.key) {
            (Some(slot), _) => Slot::from_name(slot).map(Self::Slot).ok_or_else(|| {
                Failure::usage(
                    format!("there is no PIV slot {slot} whose key can be attested"),
                    "Slots are 9a, 9c, 9d, 9e and 82 to 95.",
                )
            }),
            (None, Some(key)) => key_number(key).map(Self::Key).ok_or_else(|| {
                Failure::usage(
                    format!("{key} names no key of a SmartCard-HSM"),
                    "Keys are CE01 to CEFF, or 1 to 255.",
                )
            }),
            (None, None) => Ok(Self::All),
        }
    }
}

/// Reads what `token` attests of what is wanted.
fn collect(
    session: &mut Session<'_>,
    token: &Identified,
    wanted: Wanted,
) -> Result<Collection, Failure> {
    match (token.description.kind, wanted) {
        (TokenKind::YubiKeyPiv { .. }, Wanted::All) => {
            Ok(piv::collect(session, token, Slots::All)?)
        }
        (TokenKind::YubiKeyPiv { .. }, Wanted::Slot(slot)) => {
            Ok(piv::collect(session, token, Slots::One(slot))?)
        }
        (TokenKind::SmartCardHsm, Wanted::All) => {
            Ok(smartcard_hsm::collect(session, token, Keys::All)?)
        }
        (TokenKind::SmartCardHsm, Wanted::Key(number)) => {
            Ok(smartcard_hsm::collect(session, token, Keys::One(number))?)
        }
        (TokenKind::YubiKeyPiv { .. }, Wanted::Key(_)) => Err(Failure::usage(
            "the token is a YubiKey, which has slots and no --key",
            "Name the slot with --slot.",
        )),
        (TokenKind::SmartCardHsm, Wanted::Slot(_)) => Err(Failure::usage(
            "the token is a SmartCard-HSM, which has keys and no --slot",
            "Name the key with --key.",
        )),
        (TokenKind::WithoutAttestation(id), _) => Err(without_attestation(token, id)),
        (TokenKind::Unknown, _) => Err(Failure::new(
            "the token has no application that keyproof knows",
            "Put in a YubiKey with PIV, a SmartCard-HSM or a Nitrokey HSM.",
        )),
    }
}

/// The words about a device that cannot attest are those of `without-attestation.yaml`.
fn without_attestation(token: &Identified, id: &str) -> Failure {
    let (why, answer) = answer_about(id);
    Failure::new(format!("{} cannot attest: {why}", token.description.name), answer)
}

/// Why a device cannot attest, and the answer to send.
fn answer_about(id: &str) -> (String, String) {
    let facts = facts::bundled().ok();
    let devices = facts.as_ref().map(|facts| facts.without_attestation.devices());
    let device = devices.and_then(|devices| devices.iter().find(|device| device.id == id));
    device.map_or_else(
        || (id.to_owned(), "See `keyproof modules list`.".to_owned()),
        |device| (device.why.clone(), device.answer()),
    )
}

/// What is seen of a token and its key, and signed by nobody.
fn observations(collection: &Collection, key: Option<&CollectedKey>) -> Observations {
    let token = &collection.token;
    Observations {
        token: token.name.clone(),
        serial: token.serial.clone(),
        firmware: token.firmware.clone(),
        key: key.map(|key| key.reference.clone()),
        key_domains: collection.key_domains.clone(),
        wrap: key.map_or(smartcard_hsm::WrapPermission::Unstated, |key| key.wrap),
        challenge: None,
    }
}
