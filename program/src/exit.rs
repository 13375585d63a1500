//! How a run ends: exit codes, and failures that are no verdict.

use std::fmt;
use std::process::ExitCode;

use keyproof::escape::visible;
use keyproof::result::{AttestationResult, Verdict};
use keyproof::trust::AnchorStatus;

/// What the help of a sub-command that judges ends with.
pub(crate) const EXIT_CODES: &str = "Exit codes of `verify` and `preflight`:
  0  accept
  1  reject
  2  the arguments make no sense
  3  review: a person must weigh something
  4  could not run: a file, the policy or the bundled data
  5  accept under test trust: never issue on it
Anything but 0 means: do not issue.

Put `--` before names of files that somebody else chose, as in `keyproof verify -- *`: one may be
called like an option.";

/// The exit code of a panic (EX_SOFTWARE of sysexits.h): anything but an accept.
pub(crate) const PANIC: i32 = 70;

/// The exit codes. Only an accept that counts, and a task that was done, is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// A task without verdict was done.
    Done,
    /// Every requirement is satisfied, under a production anchor.
    Accept,
    /// At least one requirement is not satisfied.
    Reject,
    /// The arguments make no sense.
    Usage,
    /// A person must weigh something.
    Review,
    /// A file, the policy or the bundled data could not be used.
    CouldNotRun,
    /// Accepted, and a test anchor vouches for it.
    AcceptUnderTestTrust,
}

impl Exit {
    /// The exit code of a result.
    pub(crate) fn of(result: &AttestationResult) -> Self {
        Self::of_verdict(result.verdict(), result.trust())
    }

    /// The same, of what a result says.
    pub(crate) fn of_verdict(verdict: Verdict, trust: AnchorStatus) -> Self {
        match (verdict, trust) {
            _ if verdict.may_issue(trust) => Self::Accept,
            (Verdict::Reject, _) => Self::Reject,
            (Verdict::Accept, AnchorStatus::Test) => Self::AcceptUnderTestTrust,
            (Verdict::Accept | Verdict::Review, _) => Self::Review,
        }
    }

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done | Self::Accept => 0,
            Self::Reject => 1,
            Self::Usage => 2,
            Self::Review => 3,
            Self::CouldNotRun => 4,
            Self::AcceptUnderTestTrust => 5,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The run could not be done. What is so, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    what: String,
    next: String,
}

impl Failure {
    /// A file, the policy or the data could not be used.
    pub(crate) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { exit: Exit::CouldNotRun, what: what.into(), next: next.into() }
    }

    /// An argument names something that does not exist, or two exclude each other.
    pub(crate) fn usage(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::new(what, next) }
    }

    /// What is so, without what to do.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    /// What it says may quote a file that an applicant named: every line is escaped.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut start = "error: ";
        for line in self.what.lines() {
            writeln!(formatter, "{start}{}", visible(line))?;
            start = "  ";
        }
        writeln!(formatter, "{}", visible(&self.next))
    }
}

#[cfg(test)]
mod tests {
    use keyproof::result::Verdict;
    use keyproof::trust::AnchorStatus;

    use super::{Exit, Failure, PANIC};

    #[test]
    fn exit_codes_are_the_documented_ones_and_a_panic_is_none_of_them() {
        let codes = [
            (Exit::Done, 0),
            (Exit::Accept, 0),
            (Exit::Reject, 1),
            (Exit::Usage, 2),
            (Exit::Review, 3),
            (Exit::CouldNotRun, 4),
            (Exit::AcceptUnderTestTrust, 5),
        ];
        for (exit, code) in codes {
            assert_eq!(exit.code(), code);
            assert_ne!(i32::from(exit.code()), PANIC);
        }
    }

    #[test]
    fn only_a_verdict_that_may_be_issued_on_is_exit_0() {
        for verdict in [Verdict::Accept, Verdict::Review, Verdict::Reject] {
            for trust in [AnchorStatus::Production, AnchorStatus::Unconfirmed, AnchorStatus::Test] {
                let exit = Exit::of_verdict(verdict, trust);
                assert_eq!(exit.code() == 0, verdict.may_issue(trust), "{verdict:?} {trust:?}");
                assert_eq!(exit == Exit::Reject, verdict == Verdict::Reject);
            }
        }
    }

    #[test]
    fn a_failure_is_what_and_what_to_do_without_control_characters() {
        let failure = Failure::new("\u{1b}[2J is not there", "Look again.");
        assert_eq!(failure.to_string(), "error: \\u{1b}[2J is not there\nLook again.\n");
    }
}
