//! What was unpacked of a companion.

/// Contents, and whether they are all.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::submission) struct Packed {
    pub(in crate::submission) contents: Vec<Vec<u8>>,
    /// Whether nothing more is packed, as far as anybody can unpack it.
    pub(in crate::submission) is_whole: bool,
}

impl Packed {
    pub(super) fn whole(contents: Vec<Vec<u8>>) -> Self {
        Self { contents, is_whole: true }
    }
}
