//! The ledger that a run keeps its verdicts in, as `verify`, `batch` and `token verify` name it.

use keyproof::result::AttestationResult;
use keyproof_ledger::checkpoint::SigningKey;
use keyproof_ledger::keep::{Judged, JudgedBy, Reference};
use keyproof_ledger::record::CertificateType;
use keyproof_ledger::{Ledger, Writing};

use crate::arguments::{KeepingArguments, KeptArguments, OrderedType, ReferenceArguments};
use crate::exit::Failure;
use crate::judging::{self, Judging};
use crate::signing_key;

/// Keeps the verdicts of one run.
pub(crate) struct Keeper {
    ledger: Ledger,
    key: SigningKey,
    operator: String,
    judged_by: JudgedBy,
}

impl Keeper {
    /// Opens it for one verdict, whose references need a ledger to stand in.
    pub(crate) fn for_one(
        arguments: &KeepingArguments,
        judging: &Judging,
    ) -> Result<Option<Self>, Failure> {
        let keeper = Self::open(&arguments.kept, judging)?;
        match keeper {
            None if Reference::from(&arguments.reference).is_given() => Err(unkept()),
            keeper => Ok(keeper),
        }
    }

    /// Opens the ledger that the caller names, if one is named.
    pub(crate) fn open(
        arguments: &KeptArguments,
        judging: &Judging,
    ) -> Result<Option<Self>, Failure> {
        // Both are there with the ledger: the definition of the arguments says so.
        let (Some(place), Some(key), Some(operator)) =
            (&arguments.ledger, &arguments.ledger_key, &arguments.operator)
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            ledger: Ledger::open(place)?,
            key: signing_key::read(key)?,
            operator: operator.clone(),
            judged_by: JudgedBy::new(
                &judging.fact_files,
                judging.verifier.policy(),
                &judging.policy_files,
            ),
        }))
    }

    /// The name of the ledger.
    pub(crate) fn origin(&self) -> &str {
        self.ledger.verifier().origin()
    }

    /// Keeps one verdict, and gives it back with the judgement of the earlier records.
    pub(crate) fn keep(&mut self, judged: Judged<'_>) -> Result<AttestationResult, Failure> {
        let Self { ledger, key, operator, judged_by } = self;
        let by = Writing { key, operator, now: judging::now()? };
        Ok(ledger.keep(by, judged_by, judged)?)
    }

    /// Keeps many at once, all or none of them, in their order.
    pub(crate) fn keep_all(
        &mut self,
        judged: Vec<Judged<'_>>,
    ) -> Result<Vec<AttestationResult>, Failure> {
        let Self { ledger, key, operator, judged_by } = self;
        let by = Writing { key, operator, now: judging::now()? };
        Ok(ledger.keep_all(by, judged_by, judged)?)
    }
}

/// References were given where they would be ignored.
pub(crate) fn unkept() -> Failure {
    Failure::usage(
        "an order, subscriber or certificate type is named, and no ledger to keep it in",
        "Name the ledger with --ledger, or leave it out.",
    )
}

impl From<&ReferenceArguments> for Reference {
    fn from(arguments: &ReferenceArguments) -> Self {
        Self {
            order: arguments.order.clone(),
            subscriber: arguments.subscriber.clone(),
            certificate_type: arguments.certificate_type.map(|ordered| match ordered {
                OrderedType::Ev => CertificateType::Ev,
                OrderedType::NonEv => CertificateType::NonEv,
            }),
        }
    }
}
