//! `keyproof modules`: which certifications and advisories are known, and from where; and which
//! devices cannot attest, with the answer to send to the applicant.

use clap::Subcommand;
use keyproof::endorsement::{
    Advisory, AdvisoryEffect, AffectedOrigin, Certification, DeviceWithoutAttestation,
    FirmwareRange, KnownCertification, Module, Reading, Scope,
};

use crate::arguments::TrustArguments;
use crate::exit::{Exit, Failure};
use crate::judging;
use crate::listing::Listing;
use crate::output::Destination;

#[derive(Debug, Subcommand)]
pub(crate) enum ModulesCommand {
    /// List the modules with their certifications, the advisories, and the devices that cannot
    /// attest, with the answer to send to the applicant
    List {
        /// Of this manufacturer, provider or product only, by any name that people use
        #[arg(long, value_name = "NAME")]
        vendor: Option<String>,
    },
}

pub(crate) fn run(command: &ModulesCommand, screen: &Destination) -> Result<Exit, Failure> {
    let ModulesCommand::List { vendor: wanted } = command;
    let facts = judging::load(&TrustArguments::default())?.facts;
    let endorsements = facts.endorsements;
    let wants = |names: &[&str]| wanted.as_ref().is_none_or(|it| goes_by(names, it));
    let modules: Vec<_> = endorsements.modules().iter().filter(|it| wants(&names(it))).collect();
    let of_these = |advisory: &&Advisory| {
        wants(&[&advisory.vendor]) || modules.iter().any(|module| affects(advisory, module))
    };
    let advisories: Vec<_> = endorsements.advisories().iter().filter(of_these).collect();
    let all_without = facts.without_attestation.devices();
    let without: Vec<_> = all_without.iter().filter(|it| wants(&names_of_device(it))).collect();
    if modules.is_empty() && advisories.is_empty() && without.is_empty() {
        let with_modules = endorsements.modules().iter().map(|module| module.vendor.as_str());
        let others = all_without.iter().map(|device| device.vendor.as_str());
        let mut vendors: Vec<&str> = with_modules.chain(others).collect();
        vendors.sort_unstable_by_key(|vendor| vendor.to_ascii_lowercase());
        vendors.dedup();
        return Err(Failure::usage(
            format!("nothing is known of {}", wanted.as_deref().unwrap_or_default()),
            format!("Known are products of {}.", vendors.join(", ")),
        ));
    }
    let mut listing = Listing::default();
    for module in modules {
        show_module(&mut listing, module);
    }
    for advisory in advisories {
        show_advisory(&mut listing, advisory);
    }
    for device in without {
        show_without_attestation(&mut listing, device);
    }
    screen.write(&listing.into_text())?;
    Ok(Exit::Done)
}

/// Whether one of the names has every word of `wanted`, or the beginning of it: `azure managed`, `nitro`.
fn goes_by(names: &[&str], wanted: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|it: char| !it.is_alphanumeric());
        words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
    };
    let wanted = words(wanted);
    let has_all = |name: &&str| {
        let name = words(name);
        wanted.iter().all(|wanted| name.iter().any(|word| word.starts_with(wanted)))
    };
    !wanted.is_empty() && names.iter().any(has_all)
}

/// What a product, its maker and the services on it are called.
fn names(module: &Module) -> Vec<&str> {
    let lists = [&module.known_as, &module.formats, &module.models];
    let own = [&module.vendor, &module.id, &module.name];
    lists.into_iter().flatten().chain(own).map(String::as_str).collect()
}

fn names_of_device(device: &DeviceWithoutAttestation) -> Vec<&str> {
    device.names.iter().chain([&device.vendor, &device.id]).map(String::as_str).collect()
}

fn affects(advisory: &Advisory, module: &Module) -> bool {
    advisory.vendor == module.vendor
        && advisory.affects.iter().any(|affected| module.formats.contains(&affected.format))
}

fn show_module(listing: &mut Listing, module: &Module) {
    listing.heading(&format!("{} {} ({})", module.vendor, module.name, module.id));
    if !module.known_as.is_empty() {
        listing.field("known as", &module.known_as.join(", "));
    }
    listing.field("formats", &module.formats.join(", "));
    if !module.form_factors.is_empty() {
        listing.field("sold as", &module.form_factors.join(", "));
    }
    if !module.models.is_empty() {
        listing.field("models", &module.models.join(", "));
    }
    if let Some(source) = &module.firmware_source {
        listing.field("firmware", &ranges(&module.firmware));
        listing.field("", source);
    }
    for certification in &module.certifications {
        show_certification(listing, certification);
    }
    if let Some(why) = &module.uncertified {
        listing.field("not certified", why);
    }
}

fn show_certification(listing: &mut Listing, certification: &Certification) {
    let (grade, counts) = (certification.grade(), certification.scheme.is_of_csbr());
    let weight = if counts { "" } else { ", which counts for nothing under CSBR" };
    let scope = match certification.scope {
        Scope::Chip => "chip",
        Scope::Platform => "platform",
        Scope::Applet => "applet",
        Scope::Device => "device",
    };
    let number = certification.number.as_deref().unwrap_or("not known");
    listing.field("certified", &format!("{grade}, number {number}, of the {scope}{weight}"));
    let firmware: Vec<String> = certification.firmware.iter().map(ToString::to_string).collect();
    if !firmware.is_empty() {
        listing.field("  firmware", &firmware.join(", "));
    }
    if let Some(words) = &certification.firmware_in_words {
        listing.field("  firmware", &format!("{words}; a person must compare"));
    }
    let dates = [
        ("validated", certification.validated),
        ("active until", certification.sunset),
        ("historical since", certification.historical_since),
        ("revoked since", certification.revoked_since),
    ];
    let dates: Vec<String> = dates
        .into_iter()
        .filter_map(|(event, date)| Some(format!("{event} {}", date?.date())))
        .collect();
    if !dates.is_empty() {
        listing.field("  dates", &dates.join(", "));
    }
    let Certification { source, read, seen, .. } = certification;
    listing.field("  source", &format!("{source} ({} {seen})", known(*read)));
}

fn known(read: Reading) -> String {
    match read {
        Reading::Primary => "its issuer's own, seen".to_owned(),
        Reading::Copy(1) => "by one copy, of".to_owned(),
        Reading::Copy(sources) => format!("by {sources} copies, the last of"),
    }
}

fn show_advisory(listing: &mut Listing, advisory: &Advisory) {
    let name = advisory.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    listing.heading(&format!("{} advisory {}{name}", advisory.vendor, advisory.id));
    listing.field("says", &advisory.summary);
    if !advisory.cve.is_empty() {
        listing.field("CVE", &advisory.cve.join(", "));
    }
    for affected in &advisory.affects {
        let origin = match affected.origin {
            AffectedOrigin::Any => "used on the module",
            AffectedOrigin::Generated => "generated in the module",
        };
        let (format, keys) = (&affected.format, affected.keys.join(", "));
        let firmware = ranges(&affected.firmware);
        listing.field("covers", &format!("{format}: firmware {firmware}; {keys} keys {origin}"));
    }
    let effect = match advisory.effect {
        AdvisoryEffect::Refuse => "unsatisfied under CSBR 6.1.1.3; no policy can set it",
        AdvisoryEffect::Settable => "review, unless the policy sets it",
    };
    listing.field("effect", effect);
    let Advisory { source, read, seen, .. } = advisory;
    listing.field("source", &format!("{source} ({} {seen})", known(*read)));
}

fn show_without_attestation(listing: &mut Listing, device: &DeviceWithoutAttestation) {
    let (vendor, names, id) = (&device.vendor, device.names.join(", "), &device.id);
    listing.heading(&format!("{vendor}: {names} ({id})"));
    listing.field("no attestation", &device.why);
    listing.field("answer", &device.answer());
    let (name, certification, condition) = match &device.certification {
        KnownCertification::Known(which) => ("certified", which, ""),
        KnownCertification::Unknown(why) => ("not certified", why, ", once a certificate is shown"),
    };
    listing.field(name, certification);
    if device.methods.is_empty() {
        listing.field("other methods", "none");
    } else {
        listing.field("other methods", &format!("of CSBR 6.2.7.4.2{condition}:"));
    }
    for method in &device.methods {
        listing.field("", &method.to_string());
    }
    listing.field("source", &format!("{} (seen {})", device.source, device.seen));
}

fn ranges(ranges: &[FirmwareRange]) -> String {
    let range = |range: &FirmwareRange| {
        if range.first == range.last {
            range.first.to_string()
        } else {
            format!("{} to {}", range.first, range.last)
        }
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(", ")
}
