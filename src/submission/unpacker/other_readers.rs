//! What another program may find in a file: private keys, of which nothing is kept, and requests,
//! certificates and keys that it would take for the ones that were read.

use super::{File, Unpacked, Unpacker};
use crate::encoding::der::Strict;
use crate::encoding::pem;
use crate::reason::ReasonCode;
use crate::submission::classify::Shape;
use crate::submission::private_key::{self, PrivateKeyPresent, Recognised};
use crate::submission::{Input, Sighting, scan};

impl Unpacker<'_> {
    /// The file that is named as the request has one reading to every program: what is issued may be
    /// read from it by another.
    pub(super) fn require_one_form(&mut self, input: &Input) {
        self.named_requests.insert(input.name.clone());
        let one_value = || Strict::check(&input.bytes).is_ok();
        if !pem::is_strict(&input.bytes) && !one_value() {
            let name = &input.name;
            let fault = "neither one DER value nor one PEM block in the strict form of RFC 7468";
            self.problem(ReasonCode::InputRequestForm, name, fault);
        }
    }

    /// Something that was not read, where another program may take it for what was. A file that could
    /// not be read has its reason.
    pub(super) fn hidden(&mut self, sighting: &Sighting) {
        // Of the whole submission, of this file, or of something in it.
        let concerns = |file: &str| {
            let rest = file.strip_prefix(sighting.file());
            file.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if self.problems.keys().any(|(_, file)| concerns(file)) {
            return;
        }
        self.problem_with(ReasonCode::InputAmbiguous, sighting.file(), |reason| {
            reason
                .with("hidden", Shape::Item(sighting.kind()).describe())
                .with("sha256", sighting.sha256().to_string())
        });
    }

    /// Looks for private keys, and for all that another program may find in these bytes of `file`.
    pub(super) fn examine(&mut self, file: &mut File<'_>, bytes: &[u8]) -> Unpacked {
        refuse_private_key(&file.name, bytes)?;
        let Ok(found) = scan::search(bytes, &mut self.search) else {
            self.problem_with(ReasonCode::InputTooMany, &file.name, |reason| {
                reason.with("fault", "places that look like a request, a certificate or a key")
            });
            return Ok(());
        };
        forget(&file.name, found.iter().find_map(|glimpse| glimpse.kind.private_key()))?;
        file.found.extend(found);
        Ok(())
    }
}

pub(super) fn refuse_private_key(file: &str, bytes: &[u8]) -> Unpacked {
    forget(file, private_key::find(bytes))
}

/// Ends everything if something was recognised in `file`.
pub(super) fn forget(file: &str, recognised: Option<Recognised>) -> Unpacked {
    match recognised {
        Some(recognised) => Err(PrivateKeyPresent { file: file.to_owned(), recognised }),
        None => Ok(()),
    }
}
