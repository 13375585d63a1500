//! `keyproof anchors`: who is believed, for what, and why; and whether a certificate at hand is the
//! one that is trusted.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use keyproof::encoding::cvc::{CardVerifiable, CvCertificate};
use keyproof::encoding::hex::Sha256;
use keyproof::encoding::x509::Certificate;
use keyproof::public_key::PublicKey;
use keyproof::reason::Reason;
use keyproof::submission::{Input, InputRole, Item, Limits, ObjectKind, Submission};
use keyproof::trust::{Anchor, AnchorRole, AnchorStatus, KnownKey, SourceReading, TrustStore};

use crate::arguments::TrustArguments;
use crate::exit::{Exit, Failure};
use crate::files::{named, read_file};
use crate::judging;
use crate::listing::Listing;
use crate::output::Destination;

#[derive(Debug, Subcommand)]
pub(crate) enum AnchorsCommand {
    /// List the anchors, and what is known to vouch for nothing
    List {
        #[command(flatten)]
        anchors: AnchorsArguments,
    },
    /// Show one anchor: name, key, uses and sources
    Show {
        /// Its identifier, as `keyproof anchors list` prints it
        id: String,
        #[command(flatten)]
        anchors: AnchorsArguments,
    },
    /// Is this certificate the one that is trusted? Exits 0 if it is, 1 if not, 3 if it is known only:
    /// unconfirmed, added by the caller, or a parent of anchors
    Check {
        /// A certificate, PEM or DER
        file: PathBuf,
        #[command(flatten)]
        anchors: AnchorsArguments,
    },
}

/// What stands for the anchors that are shown.
#[derive(Debug, Args)]
pub(crate) struct AnchorsArguments {
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
    /// The policy whose distrust is shown [default: the built-in one, which distrusts nothing]
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) policy: Option<PathBuf>,
}

pub(crate) fn run(command: &AnchorsCommand, screen: &Destination) -> Result<Exit, Failure> {
    let (AnchorsCommand::List { anchors }
    | AnchorsCommand::Show { anchors, .. }
    | AnchorsCommand::Check { anchors, .. }) = command;
    let store = judging::load_distrusting(&anchors.trust, anchors.policy.as_deref())?.trust;
    let mut listing = Listing::default();
    let exit = match command {
        AnchorsCommand::List { .. } => {
            list(&mut listing, &store);
            Exit::Done
        }
        AnchorsCommand::Show { id, .. } => {
            let anchor = store.anchor(id).ok_or_else(|| {
                Failure::usage(format!("there is no anchor {id}"), "See `keyproof anchors list`.")
            })?;
            show(&mut listing, anchor, &store);
            Exit::Done
        }
        AnchorsCommand::Check { file, .. } => check(&mut listing, file, &store)?,
    };
    screen.write(&listing.into_text())?;
    Ok(exit)
}

fn list(listing: &mut Listing, store: &TrustStore) {
    for anchor in store.anchors() {
        listing.heading(&format!("{} ({})", anchor.id, anchor.status.id()));
        show_distrust(listing, anchor, store);
        listing.field("vendor", &anchor.vendor);
        listing.field("subject", &anchor.subject);
        for usage in uses(anchor) {
            listing.field("vouches for", &usage);
        }
        let (first, last) = anchor.valid;
        listing.field("valid", &format!("{} to {}", first.date(), last.date()));
    }
    for refused in store.refused() {
        listing.heading(&format!("{} (refused)", refused.id));
        listing.field("vendor", &refused.vendor);
        listing.field("subject", &refused.subject);
        listing.field("why", &refused.why);
    }
}

fn uses(anchor: &Anchor) -> Vec<String> {
    let usage = |usage: &keyproof::trust::AnchorUse| match &usage.role {
        AnchorRole::Issuing { .. } => format!("{}, as the issuer of devices", usage.format),
        AnchorRole::Root { issuing } => {
            format!("{}, as the root of {}", usage.format, issuing.join(" and "))
        }
        AnchorRole::Manufacturer => format!("{}, as the manufacturer", usage.format),
        AnchorRole::Owner => format!("{}, as the owner of the module", usage.format),
    };
    if anchor.uses.is_empty() {
        return vec!["nothing itself; it is the parent of another anchor".to_owned()];
    }
    anchor.uses.iter().map(usage).collect()
}

/// That it vouches for nothing, and why.
fn show_distrust(listing: &mut Listing, anchor: &Anchor, store: &TrustStore) {
    if let Some(reason) = store.distrusted_anchor(anchor) {
        let above = reason.detail().get("parent");
        let above = above.map_or_else(String::new, |parent| format!(" (of {parent} above it)"));
        listing.field("DISTRUSTED", &format!("{}{above}", because(&reason)));
    }
}

/// What bars, and why.
fn because(reason: &Reason) -> String {
    let fact = |name| reason.detail().get(name).map_or("", String::as_str);
    match reason.detail().get("known-as") {
        Some(id) => format!("refused as {id}: {}", fact("why")),
        None => format!("by its {}: {}", fact("distrusted"), fact("why")),
    }
}

fn show(listing: &mut Listing, anchor: &Anchor, store: &TrustStore) {
    listing.heading(&format!("{} ({})", anchor.id, anchor.status.id()));
    show_distrust(listing, anchor, store);
    listing.field("vendor", &anchor.vendor);
    listing.field("subject", &anchor.subject);
    listing.field("key", &anchor.public_key.describe());
    listing.field("key SHA-256", &anchor.public_key.spki_sha256().to_string());
    for certificate in &anchor.certificate_sha256 {
        listing.field("certificate", &format!("SHA-256 {certificate}"));
    }
    let (first, last) = anchor.valid;
    listing.field("valid", &format!("{first} to {last}"));
    for usage in uses(anchor) {
        listing.field("vouches for", &usage);
    }
    if let Some(parent) = &anchor.parent {
        listing.field("issued by", parent);
    }
    for source in &anchor.sources {
        let whose = match source.read {
            SourceReading::Primary => "the manufacturer's own, ",
            SourceReading::Copy => "a copy, ",
            SourceReading::Unstated => "",
        };
        listing.field("source", &format!("{} ({whose}seen {})", source.publisher, source.seen));
    }
    if let Some(note) = &anchor.note {
        listing.field("note", note);
    }
}

/// Answers for every certificate of the file; the gravest answer is the exit code.
fn check(listing: &mut Listing, file: &Path, store: &TrustStore) -> Result<Exit, Failure> {
    let limits = Limits::default();
    let bytes = read_file(file, limits.file_bytes)?;
    let input = Input { name: named(file), bytes, role: InputRole::Any };
    let submission = Submission::unpack(vec![input], &limits);
    let unreadable = || {
        Failure::new(
            format!("{} holds a certificate that cannot be read", named(file)),
            "Compare it with the manufacturer's own copy.",
        )
    };
    let mut presented = Vec::new();
    for certificate in submission.items().iter().filter_map(Item::certificate) {
        let certificate = certificate.map_err(|_| unreadable())?;
        presented.push(Presented::x509(certificate, store));
    }
    let cards = submission.objects().iter().filter(|it| it.kind() == ObjectKind::CardVerifiable);
    for object in cards {
        match CardVerifiable::parse(object.bytes()) {
            Ok(CardVerifiable::Certificate(card)) => presented.push(Presented::card(&card, store)),
            _ => return Err(unreadable()),
        }
    }
    if presented.is_empty() {
        let problem = submission.problems().first().map(|it| it.sentence());
        return Err(Failure::new(
            format!("{} holds no certificate. {}", named(file), problem.unwrap_or_default()),
            "Name a file with a certificate, as PEM or DER.",
        ));
    }
    let mut trusted = Vec::new();
    for certificate in presented {
        listing.heading(&certificate.name);
        listing.field("certificate", &format!("SHA-256 {}", certificate.sha256));
        let (answer, exit) = judge(&certificate, store);
        listing.field("answer", &answer);
        trusted.push(exit);
    }
    let of = |wanted| trusted.contains(&wanted);
    Ok(match (of(Exit::Reject), of(Exit::Review)) {
        (true, _) => Exit::Reject,
        (false, true) => Exit::Review,
        (false, false) => Exit::Done,
    })
}

/// A certificate of either sort.
struct Presented {
    name: String,
    /// The name as DER; empty for that of a card-verifiable certificate, as anchors have it.
    name_der: Vec<u8>,
    key: Option<PublicKey>,
    sha256: Sha256,
    /// Why it vouches for nothing.
    distrusted: Option<Reason>,
}

impl Presented {
    fn x509(certificate: &Certificate, store: &TrustStore) -> Self {
        Self {
            name: certificate.subject().to_string(),
            name_der: certificate.subject().der().to_vec(),
            key: PublicKey::of_certificate(certificate).ok(),
            sha256: certificate.sha256(),
            distrusted: store.distrusted_certificate(certificate),
        }
    }

    fn card(certificate: &CvCertificate<'_>, store: &TrustStore) -> Self {
        let key = PublicKey::from_card(&certificate.public_key, None).ok();
        Self {
            name: certificate.holder.to_owned(),
            name_der: Vec::new(),
            sha256: Sha256::of(certificate.whole),
            distrusted: store.distrusted_card(certificate, key.as_ref()),
            key,
        }
    }

    fn is_named_like(&self, anchor: &Anchor) -> bool {
        anchor.subject_der == self.name_der
            && (!self.name_der.is_empty() || anchor.subject == self.name)
    }
}

fn distrusted(reason: &Reason) -> String {
    match reason.detail().contains_key("known-as") {
        true => because(reason).replacen("refused", "REFUSED", 1),
        false => format!("DISTRUSTED {}", because(reason)),
    }
}

fn judge(certificate: &Presented, store: &TrustStore) -> (String, Exit) {
    if let Some(reason) = &certificate.distrusted {
        return (distrusted(reason), Exit::Reject);
    }
    let Some(key) = &certificate.key else {
        return ("NOT TRUSTED: its key cannot be read.".to_owned(), Exit::Reject);
    };
    let known = store.known_key(key.spki_sha256());
    if let Some(KnownKey::Anchor(anchor)) = known
        && let Some(reason) = store.distrusted_anchor(anchor)
    {
        return (distrusted(&reason), Exit::Reject);
    }
    match known {
        Some(KnownKey::Refused(refused)) => {
            (format!("REFUSED as {}: {}", refused.id, refused.why), Exit::Reject)
        }
        Some(KnownKey::Anchor(anchor)) if certificate.is_named_like(anchor) => {
            let same = if anchor.certificate_sha256.contains(&certificate.sha256) {
                "this very certificate is known"
            } else {
                "another certificate of the same name and key"
            };
            let id = &anchor.id;
            match anchor.status {
                AnchorStatus::Production if anchor.uses.is_empty() => (
                    format!(
                        "KNOWN as {id}, a parent of anchors: {same}. It vouches for no evidence itself."
                    ),
                    Exit::Review,
                ),
                AnchorStatus::Production => (format!("TRUSTED as {id}: {same}."), Exit::Done),
                status => (format!("{} only, as {id}: {same}.", status.id()), Exit::Review),
            }
        }
        Some(KnownKey::Anchor(anchor)) => (
            format!("NOT TRUSTED: it has the key of {} under another name.", anchor.id),
            Exit::Reject,
        ),
        None => match store.anchors().iter().find(|anchor| certificate.is_named_like(anchor)) {
            Some(anchor) => (
                format!("NOT TRUSTED: it has the name of {}, and another key.", anchor.id),
                Exit::Reject,
            ),
            None => ("NOT TRUSTED: name and key are not known.".to_owned(), Exit::Reject),
        },
    }
}
