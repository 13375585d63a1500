//! The readers of this machine, through the PC/SC service.

use std::ffi::{CStr, CString};
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use keyproof::collect::{CardTransport, TransportError};
use keyproof::escape::visible;
use pcsc::{
    Context, Error, MAX_BUFFER_SIZE_EXTENDED, Protocols, ReaderState, Scope, ShareMode, State,
    Transaction,
};

use crate::exit::Failure;

/// How often it is looked whether a token was put in.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Reading takes less than this without anybody wondering.
const SILENT: Duration = Duration::from_secs(1);

/// All answers together take less, on the slowest readers: 64 keys at 20 ms a command take 20 s.
const MOST: Duration = Duration::from_secs(120);

/// The PC/SC service.
pub(super) struct Readers {
    context: Context,
}

impl Readers {
    pub(super) fn establish() -> Result<Self, Failure> {
        let context = Context::establish(Scope::User).map_err(failure)?;
        Ok(Self { context })
    }

    /// Every reader, and whether a card is in it.
    pub(super) fn all(&self) -> Result<Vec<(CString, bool)>, Failure> {
        let names = match self.context.list_readers_owned() {
            Err(Error::NoReadersAvailable) => Vec::new(),
            names => names.map_err(failure)?,
        };
        let mut states: Vec<_> =
            names.into_iter().map(|name| ReaderState::new(name, State::UNAWARE)).collect();
        if states.is_empty() {
            return Ok(Vec::new());
        }
        match self.context.get_status_change(Duration::ZERO, &mut states) {
            Ok(()) | Err(Error::Timeout) => {}
            Err(error) => return Err(failure(error)),
        }
        let is_there = |state: &ReaderState| state.event_state().contains(State::PRESENT);
        Ok(states.iter().map(|state| (state.name().to_owned(), is_there(state))).collect())
    }

    /// The one reader that is meant: it has a card in it, and `wanted` in its name. Waits for it for
    /// as long as is said.
    pub(super) fn choose(
        &self,
        wanted: Option<&str>,
        wait: Option<u64>,
    ) -> Result<CString, Failure> {
        let since = Instant::now();
        let mut told = false;
        loop {
            let failure = match self.chosen(wanted)? {
                Ok(reader) => return Ok(reader),
                Err(failure) => failure,
            };
            let Some(seconds) = wait else { return Err(failure) };
            if since.elapsed() >= Duration::from_secs(seconds) {
                return Err(Failure::new(
                    format!("no token was put in within {seconds} seconds"),
                    "Start anew, and put the token in.",
                ));
            }
            if !told && std::io::stderr().is_terminal() {
                let _ =
                    writeln!(std::io::stderr(), "keyproof: waiting for a token; Ctrl-C ends it");
                told = true;
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn chosen(&self, wanted: Option<&str>) -> Result<Result<CString, Failure>, Failure> {
        let mut readers = self.all()?;
        if readers.is_empty() {
            return Ok(Err(failure(Error::NoReadersAvailable)));
        }
        if let Some(wanted) = wanted {
            readers.retain(|(name, _)| name.to_string_lossy().contains(wanted));
            if readers.is_empty() {
                return Ok(Err(Failure::new(
                    format!("no reader has {} in its name", visible(wanted)),
                    "See `keyproof token list` for the names.",
                )));
            }
        }
        let mut with_card = readers.into_iter().filter(|(_, is_there)| *is_there);
        match (with_card.next(), with_card.next()) {
            (Some((reader, _)), None) => Ok(Ok(reader)),
            (Some(_), Some(_)) => Err(Failure::usage(
                "several readers hold a token",
                "Name one of them with --reader; see `keyproof token list`.",
            )),
            (None, _) => Ok(Err(failure(Error::NoSmartcard))),
        }
    }

    /// Talks to the card in `reader`, and keeps other programs from it meanwhile. The card is reset
    /// in the end, which undoes a PIN that was verified.
    pub(super) fn converse<T>(
        &self,
        reader: &CStr,
        talk: impl FnOnce(&mut dyn CardTransport) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut card =
            self.context.connect(reader, ShareMode::Shared, Protocols::ANY).map_err(failure)?;
        let transaction = card.transaction().map_err(failure)?;
        let mut transport = PcscTransport {
            transaction,
            buffer: vec![0; MAX_BUFFER_SIZE_EXTENDED],
            since: Instant::now(),
            answers: 0,
            shown: None,
            watch: Watch::start(),
            spent: Duration::ZERO,
        };
        let outcome = talk(&mut transport);
        transport.clear_line();
        outcome
    }
}

/// Ends the program where a card or its reader gives no answer, for the call of the service cannot be
/// broken off.
struct Watch {
    /// When the command that is under way must have its answer.
    deadline: Arc<Mutex<Option<Instant>>>,
}

impl Watch {
    fn start() -> Self {
        let deadline = Arc::new(Mutex::new(None));
        let watched: Weak<Mutex<Option<Instant>>> = Arc::downgrade(&deadline);
        std::thread::spawn(move || {
            while let Some(deadline) = watched.upgrade() {
                let due = deadline.lock().ok().and_then(|deadline| *deadline);
                if due.is_some_and(|due| Instant::now() > due) {
                    let failure = Failure::new(
                        "the token gave no answer",
                        "Take it out, put it in again, and start anew.",
                    );
                    let _ = write!(std::io::stderr(), "{failure}");
                    std::process::exit(failure.exit().code().into());
                }
                drop(deadline);
                std::thread::sleep(LOOK_EVERY);
            }
        });
        Self { deadline }
    }

    fn set(&self, deadline: Option<Instant>) {
        if let Ok(mut place) = self.deadline.lock() {
            *place = deadline;
        }
    }
}

/// How long a card may take to answer. One that signs may wait for a touch, a YubiKey for 15 seconds.
fn patience(command: &[u8]) -> Duration {
    match command.get(1) {
        Some(0x68 | 0x87) => Duration::from_secs(20),
        _ => Duration::from_secs(4),
    }
}

/// A card in a reader.
struct PcscTransport<'card> {
    transaction: Transaction<'card>,
    buffer: Vec<u8>,
    since: Instant,
    answers: usize,
    shown: Option<Instant>,
    watch: Watch,
    /// How long the card has taken for all answers.
    spent: Duration,
}

impl PcscTransport<'_> {
    /// A line that says it goes on, where a person looks at it.
    fn progress(&mut self) {
        self.answers = self.answers.saturating_add(1);
        let due =
            self.shown.map_or_else(|| self.since.elapsed() > SILENT, |it| it.elapsed() > SILENT);
        if due && std::io::stderr().is_terminal() {
            let seconds = self.since.elapsed().as_secs();
            let answers = self.answers;
            let mut stderr = std::io::stderr();
            let _ = write!(stderr, "\rkeyproof: reading, {answers} answers in {seconds} s ");
            let _ = stderr.flush();
            self.shown = Some(Instant::now());
        }
    }

    fn clear_line(&self) {
        if self.shown.is_some() {
            let _ = writeln!(std::io::stderr());
        }
    }
}

impl CardTransport for PcscTransport<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        if self.spent > MOST {
            return Err(TransportError::Other("it takes minutes to answer".to_owned()));
        }
        let since = Instant::now();
        self.watch.set(since.checked_add(patience(command)));
        let answer = self.transaction.transmit(command, &mut self.buffer);
        self.watch.set(None);
        self.spent = self.spent.saturating_add(since.elapsed());
        let answer = match answer {
            Ok(answer) => answer.to_vec(),
            Err(Error::RemovedCard | Error::NoSmartcard | Error::ReaderUnavailable) => {
                return Err(TransportError::Removed);
            }
            Err(Error::ResetCard | Error::SharingViolation) => {
                return Err(TransportError::Interrupted);
            }
            Err(error) => return Err(TransportError::Other(error.to_string())),
        };
        self.progress();
        Ok(answer)
    }
}

/// What is wrong with the service, the reader or the card, and what to do.
fn failure(error: Error) -> Failure {
    let (what, next) = match error {
        Error::NoService | Error::ServiceStopped => (
            "the PC/SC service is not running".to_owned(),
            "Start it (on Debian: `systemctl start pcscd`), or install pcscd.",
        ),
        Error::NoReadersAvailable | Error::UnknownReader | Error::ReaderUnavailable => (
            "there is no reader, and no token with a reader of its own".to_owned(),
            "Plug the token or the reader in, or use --wait.",
        ),
        Error::NoSmartcard | Error::RemovedCard => {
            ("there is no token in the reader".to_owned(), "Put it in, or use --wait.")
        }
        Error::SharingViolation => (
            "another program uses the token alone".to_owned(),
            "Close it (often gpg-agent's scdaemon, or a vendor's middleware), and start anew.",
        ),
        Error::UnresponsiveCard | Error::UnpoweredCard | Error::UnsupportedCard => (
            "the token does not answer".to_owned(),
            "Take it out, put it in the right way round, and start anew.",
        ),
        Error::NoAccess | Error::SecurityViolation => (
            "the PC/SC service does not admit this user".to_owned(),
            "Ask the administrator of this machine for access to readers.",
        ),
        other => (format!("the PC/SC service failed: {other}"), "Take the token out and in again."),
    };
    Failure::new(what, next)
}
