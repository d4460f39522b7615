//! Whether all values, or any, are true.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::DataType as ArrowType;
use sql::DataType;

use crate::aggregate::{Cell, PerGroup, Rows};
use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::BOOLEAN;

const ALL: Kernel = Kernel::Aggregate(|_| Ok(PerGroup::boxed(Truth { decides: false })));
const ANY: Kernel = Kernel::Aggregate(|_| Ok(PerGroup::boxed(Truth { decides: true })));

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "bool_and",
        (1, 1),
        "bool_and(expr) - Returns true if all values are true.",
        truth,
        ALL,
    ),
    Function::aggregate(
        "every",
        (1, 1),
        "every(expr) - Returns true if all values are true.",
        truth,
        ALL,
    ),
    Function::aggregate(
        "bool_or",
        (1, 1),
        "bool_or(expr) - Returns true if at least one value is true.",
        truth,
        ANY,
    ),
    Function::aggregate(
        "any",
        (1, 1),
        "any(expr) - Returns true if at least one value is true.",
        truth,
        ANY,
    ),
    Function::aggregate(
        "some",
        (1, 1),
        "some(expr) - Returns true if at least one value is true.",
        truth,
        ANY,
    ),
];

fn truth(call: Call<'_>) -> Result<Typed> {
    call.accept(&[BOOLEAN])?.aggregate(DataType::Boolean, true)
}

/// A truth that one value decides.
#[derive(Debug)]
struct Truth {
    /// The value that decides: false for "all", true for "any".
    decides: bool,
}

impl Cell for Truth {
    type State = Option<bool>;

    fn update(
        &mut self,
        states: &mut [Option<bool>],
        values: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        let truths = values[0].as_boolean();
        rows.each(truths.nulls(), |group, row| {
            let state = &mut states[group];
            if *state != Some(self.decides) {
                *state = Some(truths.value(row));
            }
        });
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![ArrowType::Boolean]
    }

    fn results(&self, states: &[Option<bool>]) -> Result<ArrayRef> {
        let truths: BooleanArray = states.iter().copied().collect();
        Ok(Arc::new(truths))
    }
}
