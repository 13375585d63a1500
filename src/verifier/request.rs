//! Which certification request of a submission counts.

use crate::reason::{Reason, ReasonCode};
use crate::request::Request;
use crate::submission::{InputRole, Item, Submission};

/// The certification request of a submission.
pub(super) enum SubmittedRequest<'s> {
    Parsed(&'s Request),
    Refused(Vec<Reason>),
    Absent,
}

impl<'s> SubmittedRequest<'s> {
    pub(super) fn of(submission: &'s Submission) -> Self {
        let items = submission.items().iter();
        let requests: Vec<_> = items.filter_map(|item| Some((item, item.request()?))).collect();
        let of_another_file = |(item, _): &&(&Item, _)| !may_be_requested(submission, item);
        if let Some((other, _)) = requests.iter().find(of_another_file) {
            // The caller named what is to be certified, and a request for something else came too.
            let named = requests.iter().any(|(item, _)| may_be_requested(submission, item));
            let code =
                if named { ReasonCode::InputPemMultiple } else { ReasonCode::RequestMissing };
            let other = Reason::new(code).with("another-in", other.origins().join(", "));
            return Self::Refused(vec![other]);
        }
        match requests.as_slice() {
            [] => Self::Absent,
            [(_, Ok(request))] => Self::Parsed(request),
            [(item, Err(reason))] => {
                Self::Refused(vec![(*reason).clone().with("file", item.origins().join(", "))])
            }
            several => Self::Refused(vec![
                Reason::new(ReasonCode::InputPemMultiple)
                    .with("requests", several.len().to_string()),
            ]),
        }
    }
}

/// Where the caller names the request, nothing from another file may be judged in its place: the
/// certificate would be issued for a key that the caller did not name.
pub(super) fn may_be_requested(submission: &Submission, item: &Item) -> bool {
    submission.named_requests().is_empty() || item.roles().contains(&InputRole::Request)
}
