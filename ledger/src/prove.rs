//! The proof that a record is in a ledger, which anyone can check with the record and the verifier key
//! alone (C2SP tlog-proof).

use crate::error::LedgerError;
use crate::record::RecordId;
use crate::store::Ledger;
use crate::tree;

impl Ledger {
    /// The proof of the record `id`, as text. A pruned record has a place in the tree as well.
    pub fn prove(&mut self, id: RecordId) -> Result<String, LedgerError> {
        self.read(|view| {
            view.body(id)?;
            let size = view.head().size;
            let proof = view.with_hashes(|hashes| tree::prove(size, id.0, hashes))?;
            Ok(tree::proof_text(id.0, &proof, view.checkpoint()))
        })
    }
}
