//! `keyproof token`: the readers of this machine. What is exchanged with a token, and what is
//! believed of its answers, is the library's.

mod arguments;
mod challenge;
mod list;
mod read;
mod reader;
mod verify;

use keyproof::collect::piv::Slot;
use keyproof::collect::smartcard_hsm::key_number;
use keyproof::collect::{CollectError, CollectedKey, Collection, Wanted};
use keyproof::facts;
use keyproof::observation::{Observations, WrapPermission};

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
        match error {
            CollectError::SlotsAlone => Self::usage(
                "the token is a YubiKey, which has slots and no --key",
                "Name the slot with --slot.",
            ),
            CollectError::KeysAlone => Self::usage(
                "the token is a SmartCard-HSM, which has keys and no --slot",
                "Name the key with --key.",
            ),
            // The words about it are those of `without-attestation.yaml`.
            CollectError::WithoutAttestation { id, name } => {
                let (why, answer) = answer_about(id);
                Self::new(format!("{name} cannot attest: {why}"), answer)
            }
            error => Self::new(error.to_string(), error.next()),
        }
    }
}

/// Which keys are asked for.
fn wanted(arguments: &TokenArguments) -> Result<Wanted, Failure> {
    match (&arguments.slot, &arguments.key) {
        (Some(slot), _) => Slot::from_name(slot).map(Wanted::Slot).ok_or_else(|| {
            Failure::usage(
                format!("there is no PIV slot {slot} whose key can be attested"),
                "Slots are 9a, 9c, 9d, 9e and 82 to 95.",
            )
        }),
        (None, Some(key)) => key_number(key).map(Wanted::Key).ok_or_else(|| {
            Failure::usage(
                format!("{key} names no key of a SmartCard-HSM"),
                "Keys are CE01 to CEFF, or 1 to 255.",
            )
        }),
        (None, None) => Ok(Wanted::All),
    }
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
    let token = &collection.token.description;
    Observations {
        token: token.name.clone(),
        serial: token.serial.clone(),
        firmware: token.firmware.clone(),
        key: key.map(|key| key.reference.clone()),
        key_domains: collection.contents.key_domains.clone(),
        wrap: key.map_or(WrapPermission::Unstated, |key| key.wrap),
        challenge: None,
    }
}
