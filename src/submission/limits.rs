//! How much a submission may hold.

/// Bounds on a submission. The defaults are far above every genuine file seen (the largest evidence
/// of any manufacturer, a PEM file of Crypto4A, has 12 KiB) and low enough that the worst submission
/// costs less than 2 * 10^9 instructions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file, as it came or as it leaves an archive or gzip: 1 MiB, what the gate
    /// service takes as a body. No gzip member expands beyond it either.
    pub file_bytes: usize,
    /// Bytes of all files together with all that is decoded from them: 2 MiB, so that a file of full
    /// size fits, and what its base64 stands for. The largest genuine evidence seen has 24 KiB. Whatever
    /// takes a time for each byte is bounded by this (docs/threat-model.md, "Work").
    pub total_bytes: usize,
    /// Files, and likewise entries of archives: 64, the size of a chain of 16 certificates in one
    /// file each, with the doubles that some file managers pack along, twice over.
    pub files: usize,
    /// Requests, keys and objects, copies counted: 64, as many as files.
    pub items: usize,
    /// Certificates, copies counted: 64, four times what Yubico publishes in one file. How many of them
    /// may belong to no manufacturer that is known, the verifier says.
    pub certificates: usize,
    /// Bytes of one request, certificate or key: 16 KiB. The largest genuine one seen, a YubiKey's
    /// request that embeds its certificates, has 2.4 KiB.
    pub item_bytes: usize,
    /// Bytes of one object in another encoding: 64 KiB. The largest genuine one seen, an answer of
    /// Azure's with four certificates and two statements, has 11 KiB.
    pub object_bytes: usize,
    /// Values in all bytes and encodings of the submission that have the shape of a request, a
    /// certificate or a key: 256, four for each of the items (the value and its key, as it came and
    /// as unpacked).
    pub candidates: usize,
    /// Bytes of one file that holds no evidence: 32 MiB, a scanned contract. It counts with its name and
    /// size, and not towards the bytes above.
    pub companion_bytes: usize,
    /// Bytes of all of those: 64 MiB.
    pub companions_bytes: usize,
    /// Encodings around one object: 4, as in a zip of a UTF-16 text of base64 of PEM.
    pub layers: usize,
}

impl Limits {
    /// Of a value inside a document, off which so many encodings may be peeled. However many values
    /// documents hold and whatever is packed into them, they cannot multiply what one may hold.
    pub(crate) fn inside_document(layers: usize) -> Self {
        let whole = Self::default();
        Self {
            file_bytes: whole.object_bytes,
            // The value, and what comes of it in each of two steps.
            total_bytes: whole.object_bytes.saturating_mul(3),
            files: 1,
            layers,
            ..whole
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 1 << 20,
            total_bytes: 2 << 20,
            files: 64,
            items: 64,
            certificates: 64,
            item_bytes: 16 << 10,
            object_bytes: 64 << 10,
            candidates: 256,
            companion_bytes: 32 << 20,
            companions_bytes: 64 << 20,
            layers: 4,
        }
    }
}
