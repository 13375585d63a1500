//! The attachments of a message in TNEF (MS-OXTNEF), which Outlook calls `winmail.dat`: to name them.

use super::compound::Attachment;

/// How one begins (2.1.3.1).
pub(super) const SIGNATURE: &[u8] = b"\x78\x9f\x3e\x22";

/// The attributes of an attachment (2.1.3.3): where one begins, what it is called, what it holds.
const BEGINS: u32 = 0x0006_9002;
const TITLE: u32 = 0x0001_8010;
const DATA: u32 = 0x0006_800f;

/// The files attached to a message.
pub(super) fn attachments(bytes: &[u8]) -> Vec<Attachment> {
    let mut attachments: Vec<Attachment> = Vec::new();
    // The signature and a key stand first.
    let mut rest = bytes.get(6..).unwrap_or_default();
    while let Some((attribute, data, behind)) = attribute(rest) {
        rest = behind;
        if attribute == BEGINS {
            attachments.push(Attachment { name: String::new(), bytes: Vec::new() });
        }
        let Some(last) = attachments.last_mut() else { continue };
        match attribute {
            TITLE => last.name = String::from_utf8_lossy(data.trim_ascii_end()).replace('\0', ""),
            DATA => last.bytes = data.to_vec(),
            _ => {}
        }
    }
    attachments
}

/// Level, attribute, length, data and checksum (2.1.3.2).
fn attribute(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let (attribute, rest) = bytes.get(1..)?.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (data, rest) = rest.split_at_checked(length)?;
    Some((u32::from_le_bytes(*attribute), data, rest.get(2..)?))
}

#[cfg(test)]
mod tests {
    use super::{BEGINS, DATA, SIGNATURE, TITLE, attachments};

    #[test]
    fn attachments_are_named() {
        let attribute = |name: u32, data: &[u8]| {
            let length = u32::try_from(data.len()).unwrap().to_le_bytes();
            [&[2], &name.to_le_bytes()[..], &length, data, &[0, 0]].concat()
        };
        let message = [
            [SIGNATURE, &[1, 0]].concat(),
            attribute(0x0008_9006, &[0, 0, 1, 0]),
            attribute(BEGINS, &[0; 14]),
            attribute(DATA, b"one"),
            attribute(TITLE, b"a.pem\0"),
            attribute(BEGINS, &[0; 14]),
            attribute(TITLE, b"b\0"),
        ];
        let message = message.concat();
        let found = attachments(&message);
        let found: Vec<_> = found.iter().map(|it| (it.name.as_str(), &it.bytes[..])).collect();
        assert_eq!(found, [("a.pem", &b"one"[..]), ("b", b"")]);
        assert!(attachments(&message[..20]).is_empty());
    }
}
