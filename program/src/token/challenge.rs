//! `--challenge`: a PIN that is asked for, used once and forgotten, and fresh random bytes.

use std::io::{BufRead, IsTerminal, Write};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use keyproof::collect::apdu::Session;
use keyproof::collect::challenge::{Challenge, NONCE, PinState, Signer};
use keyproof::collect::piv::Slot;
use keyproof::collect::smartcard_hsm::key_number;
use keyproof::collect::{CollectError, CollectedKey, Identified, identify};
use keyproof::observation::ChallengeObservation;
use zeroize::Zeroizing;

use crate::exit::Failure;

/// The longest line that is taken for a PIN.
const MAX_PIN: u64 = 64;

/// Has the token sign, and says what that showed.
pub(super) fn challenge(
    session: &mut Session<'_>,
    token: &Identified,
    key: &CollectedKey,
    from_stdin: bool,
) -> Result<ChallengeObservation, Failure> {
    let public_key = key
        .public_key
        .as_ref()
        .ok_or(CollectError::CannotSign("the attested key cannot be read"))?;
    let slot = Slot::from_name(&key.reference).map(Signer::Slot);
    let signer = slot
        .or_else(|| key_number(&key.reference).map(Signer::Key))
        .ok_or(CollectError::CannotSign("the key has no number"))?;
    let mut nonce = [0; NONCE];
    SystemRandom::new().fill(&mut nonce).map_err(|_| {
        Failure::new("this machine yields no random bytes", "Leave --challenge out.")
    })?;
    let challenge = Challenge::new(nonce, signer);
    let pin = match challenge.pin_state(session)? {
        PinState::NotAsked => None,
        PinState::TriesLeft(tries) => Some(ask(tries, from_stdin)?),
    };
    if std::io::stderr().is_terminal() {
        let _ = writeln!(std::io::stderr(), "keyproof: touch the token if it blinks");
    }
    let pin = pin.as_ref().map(|pin| pin.as_bytes());
    let proof = challenge.prove(session, public_key, pin)?;
    if identify(session)? != *token {
        return Err(CollectError::CardChanged.into());
    }
    Ok(ChallengeObservation::new(challenge.nonce(), public_key.spki_sha256(), proof))
}

/// The PIN, from the terminal without echo or from standard input. It is never an argument, for
/// those stand in the list of processes.
fn ask(tries: Option<u8>, from_stdin: bool) -> Result<Zeroizing<String>, Failure> {
    let left =
        tries.map_or_else(|| "tries unstated".to_owned(), |tries| format!("{tries} tries left"));
    let mut pin = Zeroizing::new(String::new());
    let read = if from_stdin {
        let _ = writeln!(std::io::stderr(), "keyproof: PIN from standard input, {left}");
        use std::io::Read;
        std::io::stdin().lock().take(MAX_PIN).read_line(&mut pin).map(drop)
    } else {
        rpassword::prompt_password(format!("PIN of the token ({left}): ")).map(|line| *pin = line)
    };
    read.map_err(|_| {
        Failure::new(
            "no PIN could be asked for: there is no terminal",
            "Give it on standard input with --pin-stdin, or leave --challenge out.",
        )
    })?;
    let length = pin.trim_end_matches(['\r', '\n']).len();
    pin.truncate(length);
    if pin.is_empty() {
        return Err(Failure::new("no PIN was given", "Nothing was tried. Start anew."));
    }
    Ok(pin)
}
