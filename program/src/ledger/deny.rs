//! `keyproof ledger deny` and `lift`: for what nothing may be issued.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use keyproof::encoding::hex::Sha256;
use keyproof_ledger::record::{DenialEffect, Denied};

use super::settle::read_reason;
use super::writing::{open_to_write, recorded};
use crate::arguments::WritingArguments;
use crate::exit::{Exit, Failure};
use crate::output::Destination;
use crate::reference;

#[derive(Debug, Args)]
pub(crate) struct DenialArguments {
    #[command(flatten)]
    writing: WritingArguments,
    #[command(flatten)]
    denied: DeniedArguments,
    /// Why, in a sentence
    #[arg(long, value_name = "TEXT", value_parser = read_reason)]
    reason: String,
}

/// What is denied.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct DeniedArguments {
    /// The key with this SHA-256 of its SubjectPublicKeyInfo
    #[arg(long, value_name = "SHA-256")]
    key: Option<String>,
    /// The module, as `ledger show` names it: VENDOR/SERIAL
    #[arg(long, value_name = "VENDOR/SERIAL", value_parser = NonEmptyStringValueParser::new())]
    device: Option<String>,
    /// The subscriber, by the CA's own reference
    #[arg(long, value_name = "ID", value_parser = reference::read)]
    subscriber: Option<String>,
}

pub(super) fn run(
    arguments: &DenialArguments,
    effect: DenialEffect,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let denied = arguments.denied.read()?;
    let (mut ledger, key) = open_to_write(&arguments.writing)?;
    let by = arguments.writing.by(&key)?;
    let noted = ledger.deny(by, effect, denied, arguments.reason.clone())?;
    let exit = recorded(noted.record, screen)?;
    if !noted.is_known {
        let note =
            "no other record names it so far; compare the spelling with `keyproof ledger list`";
        screen.write(&format!("{note}\n"))?;
    }
    Ok(exit)
}

impl DeniedArguments {
    fn read(&self) -> Result<Denied, Failure> {
        let key = self.key.as_deref().map(read_sha256).transpose()?;
        let device = self.device.clone().map(Denied::Device);
        let subscriber = self.subscriber.clone().map(Denied::Subscriber);
        key.map(Denied::Key).or(device).or(subscriber).ok_or_else(|| {
            Failure::usage("nothing is named", "Name a key, a device or a subscriber.")
        })
    }
}

pub(super) fn read_sha256(text: &str) -> Result<Sha256, Failure> {
    Sha256::from_hex(text).ok_or_else(|| {
        Failure::usage(
            format!("{text} is no SHA-256"),
            "Give the 64 hexadecimal digits of the key's SubjectPublicKeyInfo.",
        )
    })
}
