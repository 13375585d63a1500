//! A blob as it was sent, and the layout that it has.

use super::envelope::malformed;
use super::{Blob, Layout};
use crate::reason::Reason;

/// A blob as it was sent.
pub(crate) struct SubmittedBlob {
    pub(crate) bytes: Vec<u8>,
    pub(crate) layout: Layout,
}

impl SubmittedBlob {
    /// Without an envelope that names the layout.
    pub(crate) fn bare(bytes: &[u8]) -> Self {
        let layout = layout_of(bytes).unwrap_or(Layout::V2);
        Self { bytes: bytes.to_vec(), layout }
    }

    /// Reads it in its layout. What an envelope says of the layout is signed by no one, and V1 leaves
    /// much of a blob unread: what holds in another layout is that, whatever the envelope says.
    pub(crate) fn read(&self) -> Result<Blob<'_>, Reason> {
        let blob = Blob::read(self.layout, &self.bytes)?;
        for other in WITHOUT_GAPS.into_iter().filter(|it| *it != self.layout) {
            if Blob::read(other, &self.bytes).is_ok() {
                return Err(malformed("format", "the blob is of another layout")
                    .with("layout", other.describe()));
            }
        }
        Ok(blob)
    }
}

/// The layouts that are read to the last octet, of which no blob has two.
const WITHOUT_GAPS: [Layout; 3] = [Layout::V2, Layout::Firmware2, Layout::Firmware3];

/// The layout of a blob whose envelope does not name it: the one it has in full, or else the one it
/// begins like. V1 has no mark to begin with.
pub(crate) fn layout_of(bytes: &[u8]) -> Option<Layout> {
    let read = |layout: &Layout| Blob::read(*layout, bytes).is_ok();
    let begun = || Blob::begins_like_firmware_3(bytes).then_some(Layout::V2);
    WITHOUT_GAPS.into_iter().chain([Layout::V1]).find(read).or_else(begun)
}

#[cfg(test)]
mod tests {
    use super::super::{Blob, Layout};
    use super::SubmittedBlob;
    use crate::reason::ReasonCode;

    /// A blob of layout V2 whose last attribute holds, where V1 begins, two objects of nothing.
    fn v2_and_v1() -> Vec<u8> {
        let object = |handle: u32, value: &[u8]| {
            let attribute = [&[0, 0, 0x77, 0x77], &length(value)[..], value].concat();
            [&handle.to_be_bytes()[..], &[0, 0, 0, 1], &length(&attribute), &attribute].concat()
        };
        let objects = [object(1, b""), object(2, &[0; 1008 - 40 - 20 - 20])].concat();
        let buffer = [&[0, 1, 0, 3, 0, 8, 0, 28], &objects[..]].concat();
        let handles = [1_u64.to_be_bytes(), 2_u64.to_be_bytes()].concat();
        let total = 16 + handles.len() + buffer.len() + 256;
        let header = [0, 3, u32::try_from(total).unwrap()].map(u32::to_be_bytes).concat();
        [&header[..], &length(&buffer), &handles, &buffer, &[0; 256]].concat()
    }

    fn length(bytes: &[u8]) -> Vec<u8> {
        u32::try_from(bytes.len()).unwrap().to_be_bytes().to_vec()
    }

    /// Whoever owns the key chooses some attributes of a genuine blob, and what an envelope says.
    #[test]
    fn a_blob_of_one_layout_is_not_read_in_another() {
        let bytes = v2_and_v1();
        assert!(Blob::read(Layout::V2, &bytes).is_ok());
        assert!(Blob::read(Layout::V1, &bytes).is_ok());
        assert_eq!(SubmittedBlob::bare(&bytes).read().unwrap().layout(), Layout::V2);
        let said = SubmittedBlob { layout: Layout::V1, bytes };
        assert_eq!(said.read().unwrap_err().code(), ReasonCode::AttestationMalformed);
    }
}
