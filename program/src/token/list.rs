//! `keyproof token list`: readers, tokens, and what these can attest.

use keyproof::collect::apdu::Session;
use keyproof::collect::token::TokenKind;
use keyproof::collect::{Collection, Identified, Wanted, collect_from, identify};
use keyproof::escape::visible;

use super::answer_about;
use super::reader::Readers;
use crate::exit::{Exit, Failure};
use crate::listing::Listing;
use crate::output::Destination;

pub(super) fn run(screen: &Destination) -> Result<Exit, Failure> {
    let readers = Readers::establish()?;
    let mut listing = Listing::default();
    let all = readers.all()?;
    if all.is_empty() {
        listing.line("No reader, and no token with a reader of its own.");
    }
    for (reader, is_there) in all {
        listing.heading(&visible(&reader.to_string_lossy()));
        if !is_there {
            listing.line("  no token");
            continue;
        }
        let described = readers.converse(&reader, |transport| {
            let mut session = Session::new(transport);
            let token = identify(&mut session)?;
            describe(&mut listing, &mut session, token);
            Ok(())
        });
        // One token that fails must not hide the others.
        if let Err(failure) = described {
            listing.line(&format!("  {}", visible(failure.what())));
        }
    }
    screen.write(&listing.into_text())?;
    Ok(Exit::Done)
}

fn describe(listing: &mut Listing, session: &mut Session<'_>, token: Identified) {
    let description = token.description.clone();
    let unstated = "unstated".to_owned();
    listing.line(&format!("  token     {}", visible(&description.name)));
    let serial = description.serial.as_ref().unwrap_or(&unstated);
    listing.line(&format!("  serial    {}", visible(serial)));
    let firmware = description.firmware.as_ref().unwrap_or(&unstated);
    listing.line(&format!("  firmware  {}", visible(firmware)));
    match description.kind {
        TokenKind::WithoutAttestation(id) => {
            let (why, answer) = answer_about(id);
            listing.line("  It cannot attest.");
            listing.line(&format!("  Why:      {}", visible(&why)));
            listing.line(&format!("  Answer:   {}", visible(&answer)));
        }
        TokenKind::Unknown => listing.line("  keyproof knows no attestation of it."),
        TokenKind::YubiKeyPiv { .. } | TokenKind::SmartCardHsm => {
            match collect_from(session, token, Wanted::All) {
                Ok(Collection { contents, .. }) => {
                    for key in &contents.keys {
                        let kind = key.public_key.as_ref().map_or_else(
                            || "a key that cannot be read".to_owned(),
                            keyproof::public_key::PublicKey::describe,
                        );
                        let reference = &key.reference;
                        listing.line(&format!("  {reference:<8}  {kind}, can be attested"));
                    }
                    for key in &contents.without {
                        listing.line(&format!("  {:<8}  {}", key.reference, key.why));
                    }
                    if contents.keys.is_empty() && contents.without.is_empty() {
                        listing.line("  It can attest, and holds no keys.");
                    }
                    if let Some(domains) = &contents.key_domains {
                        listing.line(&format!("  domains   {} (unsigned)", domains.describe()));
                    }
                }
                Err(error) => listing.line(&format!("  {}", visible(&error.to_string()))),
            }
        }
    }
}
