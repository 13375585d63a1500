//! `keyproof token read`: the evidence of a token as files, with a transcript.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use keyproof::collect::apdu::Session;
use keyproof::collect::transcript::Recording;
use keyproof::collect::{CollectedKey, Collection, collect};

use super::arguments::TokenReadArguments;
use super::reader::Readers;
use super::{observations, wanted};
use crate::exit::{Exit, Failure};
use crate::files::named;
use crate::listing::Listing;
use crate::output::Destination;

pub(super) fn run(arguments: &TokenReadArguments, screen: &Destination) -> Result<Exit, Failure> {
    let wanted = wanted(&arguments.token)?;
    // Before anyone is asked to put a token in.
    prepare(&arguments.output)?;
    let readers = Readers::establish()?;
    let token = &arguments.token;
    let reader = readers.choose(token.reader.as_deref(), token.wait)?;
    let (collection, transcript) = readers.converse(&reader, |transport| {
        let mut recording = Recording::new(transport);
        let mut session = Session::new(&mut recording);
        let collection = collect(&mut session, wanted)?;
        Ok((collection, recording.into_transcript()))
    })?;
    if collection.contents.keys.is_empty() {
        let why: Vec<String> = collection
            .contents
            .without
            .iter()
            .map(|key| format!("{}: {}", key.reference, key.why))
            .collect();
        return Err(Failure::new(
            "the token holds no key that can be attested".to_owned(),
            why.first().map_or("Ask which token holds the key.", String::as_str),
        ));
    }
    let mut listing = Listing::default();
    save(&arguments.output, &collection, &mut listing)?;
    write(&arguments.output.join("transcript.txt"), transcript.to_string().as_bytes())?;
    let folder = named(&arguments.output);
    listing.line(&format!("{folder}: transcript.txt"));
    for key in &collection.contents.without {
        listing.line(&format!("not attested: {}: {}", key.reference, key.why));
    }
    listing.heading("Judge it:");
    if let [_] = collection.contents.keys.as_slice() {
        listing.line(&format!("  keyproof verify {folder} --request REQUEST"));
    }
    for key in collection.contents.keys.iter().filter(|_| collection.contents.keys.len() > 1) {
        let name = folder_of(key);
        listing.line(&format!("  keyproof verify {folder}/{name} --request REQUEST"));
    }
    screen.write(&listing.into_text())?;
    Ok(Exit::Done)
}

/// One key lies in the folder itself; each of several in a folder of its own, for a submission is
/// about one key.
fn save(folder: &Path, collection: &Collection, listing: &mut Listing) -> Result<(), Failure> {
    for key in &collection.contents.keys {
        let folder = if collection.contents.keys.len() == 1 {
            folder.to_owned()
        } else {
            let own = folder.join(folder_of(key));
            fs::create_dir(&own).map_err(|error| unwritable(&own, &error))?;
            own
        };
        for file in collection.contents.files_of(key) {
            write(&folder.join(&file.name), &file.bytes)?;
            listing.line(&format!("{}: {}", named(&folder), file.name));
        }
        let text = observations(collection, Some(key)).to_text();
        write(&folder.join("observations.txt"), text.as_bytes())?;
        listing.line(&format!("{}: observations.txt", named(&folder)));
    }
    Ok(())
}

fn folder_of(key: &CollectedKey) -> String {
    format!("key-{}", key.reference)
}

/// A folder that is made, or is there and empty.
fn prepare(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let mut entries = fs::read_dir(folder).map_err(|error| unwritable(folder, &error))?;
    if entries.next().is_some() {
        return Err(Failure::new(
            format!("{} is not empty", named(folder)),
            "Name a new folder with --output; nothing is overwritten.",
        ));
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        format!("{} could not be written: {error}", named(path)),
        "Name a new folder with --output; nothing is overwritten.",
    )
}
