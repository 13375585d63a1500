//! `keyproof token` where the program was built without PC/SC.

mod arguments;

pub(crate) use arguments::TokenCommand;

use crate::exit::{Exit, Failure};
use crate::output::Destination;

pub(crate) fn run(_command: &TokenCommand, _screen: &Destination) -> Result<Exit, Failure> {
    Err(Failure::new(
        "this keyproof was built without PC/SC and reads no tokens",
        "Build it with the feature `token`, or export the evidence with the manufacturer's tool.",
    ))
}
