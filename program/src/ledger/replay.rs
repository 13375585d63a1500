//! `keyproof ledger replay`, `recheck` and `sample`: what is kept, judged again.

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;
use keyproof::time::Timestamp;
use keyproof_ledger::recheck::{Affected, Rechecked, Revocation, Rule};
use keyproof_ledger::sample::{Draw, Examined, Sample};
use keyproof_ledger::{Ledger, RecordId};

use super::list::certificate_type;
use crate::arguments::{LedgerArgument, TrustArguments, read_time};
use crate::exit::{Exit, Failure};
use crate::judging::{self, LoadedFacts};
use crate::listing::Listing;
use crate::output::Destination;

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// Its place in the ledger
    #[arg(value_name = "ID")]
    id: u64,
    #[command(flatten)]
    ledger: LedgerArgument,
}

#[derive(Debug, Args)]
pub(crate) struct RecheckArguments {
    #[command(flatten)]
    ledger: LedgerArgument,
    /// Judge by this policy [default: of each verdict its own]
    #[arg(long, value_name = "NAME|FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustArguments,
    /// Threads to use [default: as many as there are processors]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct SampleArguments {
    #[command(flatten)]
    ledger: LedgerArgument,
    /// Of each type of certificate, this many in a hundred, rounded up
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
    percent: u8,
    /// Anything; note it with the sample
    #[arg(long, value_name = "TEXT")]
    seed: String,
    /// Issued from this time on
    #[arg(long, value_name = "RFC3339", value_parser = read_time)]
    from: Option<Timestamp>,
    /// Issued before this time
    #[arg(long, value_name = "RFC3339", value_parser = read_time)]
    to: Option<Timestamp>,
}

pub(super) fn replay(arguments: &ReplayArguments, screen: &Destination) -> Result<Exit, Failure> {
    let id = RecordId(arguments.id);
    let replayed = Ledger::open(&arguments.ledger.place)?.replay(id)?;
    screen.write(&replayed.result)?;
    if replayed.is_same {
        return Ok(Exit::Done);
    }
    Err(Failure::new(
        format!(
            "record {id} gives another result than the one that is kept, which was computed by keyproof {}",
            replayed.version
        ),
        "Compare with `keyproof ledger show`; a later version of keyproof may judge otherwise.",
    ))
}

/// Exit code 1 if a verdict is no longer what it was: on what was not issued yet, it may be.
pub(super) fn recheck(arguments: &RecheckArguments, screen: &Destination) -> Result<Exit, Failure> {
    let rule = rule(arguments)?;
    let mut ledger = Ledger::open(&arguments.ledger.place)?;
    let processors = || std::thread::available_parallelism().ok();
    let threads = arguments.jobs.map_or_else(processors, NonZero::new);
    let checked = ledger.recheck(&rule, threads.unwrap_or(NonZero::<usize>::MIN))?;
    let affected = &checked.affected;
    let mut listing = Listing::default();
    listing.line(&turns(&checked));
    affected.iter().for_each(|it| tell(&mut listing, it));
    screen.write(&listing.into_text())?;
    Ok(if affected.is_empty() { Exit::Done } else { Exit::Reject })
}

/// How many verdicts would be others.
pub(crate) fn turns(checked: &Rechecked) -> String {
    let Rechecked { judged, affected, better } = checked;
    let better = if *better > 0 { format!(", {better} better") } else { String::new() };
    format!("{judged} verdicts judged again, {} affected{better}", affected.len())
}

/// The facts of today, and a policy if one is named. Where no folder of anchors is named, each verdict
/// keeps those that it was given by: that they are not named is no word against them.
fn rule(arguments: &RecheckArguments) -> Result<Rule, Failure> {
    let adopted = Ledger::open(&arguments.ledger.place)?.adopted_facts()?;
    // A bundle that is named is one that is to be adopted: what would it change?
    let LoadedFacts { facts, files } = match arguments.trust.facts.bundle {
        Some(_) => judging::load(&arguments.trust)?,
        None => judging::load_adopted(&arguments.trust, adopted)?,
    };
    let load = |file: &PathBuf| judging::load_policy(Some(file), &facts);
    let policy = arguments.policy.as_ref().map(load).transpose()?;
    let policy = policy.map(|loaded| loaded.policy);
    policy.iter().try_for_each(|policy| judging::check_distrust(policy, &facts))?;
    let adds_anchors_of_then = arguments.trust.folders.is_empty();
    Ok(Rule { files, facts, policy, adds_anchors_of_then })
}

fn tell(listing: &mut Listing, affected: &Affected) {
    let order = affected.order.as_deref().unwrap_or("-");
    let (then, now) = (affected.then.id(), affected.now.id());
    listing.heading(&format!("Record {} (order {order}): {then}, today {now}", affected.record));
    let codes: Vec<&str> = affected.reasons.iter().map(|reason| reason.code()).collect();
    listing.field("reasons", &codes.join(", "));
    for distrusted in &affected.distrusted {
        listing.field("distrusted", distrusted);
    }
    if affected.issued.is_empty() {
        listing.field("certificates", "none was issued on it");
        return;
    }
    for issuance in &affected.issued {
        listing.field("certificate", &format!("{} of {}", issuance.serial, issuance.issuer));
        listing.field("its SHA-256", &issuance.certificate.to_string());
    }
    let clock = match affected.revocation() {
        Revocation::Day => "revoke within 24 hours (CSBR 4.9.1.1 (3) to (5))",
        Revocation::FiveDays => "revoke within 5 days (CSBR 4.9.1.1 (11))",
        Revocation::Weighed => {
            "a person must weigh it; the time of CSBR 4.9.1.1 runs from that finding"
        }
    };
    listing.field("clock", clock);
}

pub(super) fn sample(arguments: &SampleArguments, screen: &Destination) -> Result<Exit, Failure> {
    let SampleArguments { ledger, percent, seed, from, to } = arguments;
    let draw = Draw { percent: *percent, seed, from: *from, to: *to };
    let Sample { records, strata } = Ledger::open(&ledger.place)?.sample(&draw)?;
    let mut listing = Listing::default();
    listing.line(&format!(
        "Sample of {percent} in a hundred, seed {seed}, from the first {records} records"
    ));
    for stratum in &strata {
        let kind = stratum.certificate_type.map_or("type not said", certificate_type);
        listing.heading(&format!("{kind}: {} of {}", stratum.drawn.len(), stratum.issued));
        for it in &stratum.drawn {
            let found = in_words(it.found);
            listing.field(
                &format!("record {}", it.record),
                &format!("certificate {}, on record {}: {found}", it.serial, it.about),
            );
        }
    }
    screen.write(&listing.into_text())?;
    let mut drawn = strata.iter().flat_map(|stratum| &stratum.drawn);
    let differs = drawn.any(|it| it.found == Examined::Differs);
    Ok(if differs { Exit::Reject } else { Exit::Done })
}

const fn in_words(found: Examined) -> &'static str {
    match found {
        Examined::Same => "computed again, the same byte for byte",
        Examined::Differs => "computed again, and not the same: see `keyproof ledger replay`",
        Examined::Documents => "rests on documents: see `keyproof ledger show`",
        Examined::Pruned => "pruned at the end of its time",
    }
}
