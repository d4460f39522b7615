//! How many rows there are.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType as ArrowType, Int64Type};
use sql::DataType;

use crate::aggregate::{Cell, PerGroup, Rows};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Kernel, MANY};
use crate::typed::Typed;
use crate::types::BOOLEAN;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "count",
        (0, MANY),
        "count(expr[, expr...]) - Returns the number of rows in which no `expr` is NULL; `count(*)` counts all rows.",
        count,
        Kernel::Aggregate(|_| Ok(PerGroup::boxed(Count { is_truth: false }))),
    ),
    Function::aggregate(
        "count_if",
        (1, 1),
        "count_if(expr) - Returns the number of rows in which `expr` is true.",
        |call| call.accept(&[BOOLEAN])?.aggregate(DataType::Long, false),
        Kernel::Aggregate(|_| Ok(PerGroup::boxed(Count { is_truth: true }))),
    ),
    Function::aggregate(
        "regr_count",
        (2, 2),
        "regr_count(y, x) - Returns the number of pairs in which neither `y` nor `x` is NULL.",
        |call| {
            call.accept(&[crate::types::Accepts::Numeric])?
                .aggregate(DataType::Long, false)
        },
        Kernel::Aggregate(|_| Ok(PerGroup::boxed(Count { is_truth: false }))),
    ),
];

fn count(call: Call<'_>) -> Result<Typed> {
    if call.arguments.is_empty() {
        return Err(Error::analysis(
            "WRONG_NUM_ARGS.WITH_SUGGESTION",
            "The `count` requires  >= 1 parameters but the actual number is 0. If you have to call this function with 0 \
             parameters, set the legacy configuration \"spark.sql.legacy.allowParameterlessCount\" to \"true\".",
        ));
    }
    call.aggregate(DataType::Long, false)
}

/// Counts rows without NULL; or those in which the first value is true.
#[derive(Debug)]
struct Count {
    is_truth: bool,
}

impl Count {
    fn add(&self, states: &mut [i64], values: &[ArrayRef], rows: &Rows<'_>, step: i64) {
        if self.is_truth {
            let truths = values[0].as_boolean();
            rows.each(truths.nulls(), |group, row| {
                states[group] += if truths.value(row) { step } else { 0 };
            });
            return;
        }
        let mut nulls = None;
        for value in values {
            nulls = NullBuffer::union(nulls.as_ref(), value.logical_nulls().as_ref());
        }
        if rows.groups.is_none() && rows.filter.is_none() {
            let valid = rows.len - nulls.map_or(0, |nulls| nulls.null_count());
            states[0] += step * valid as i64;
            return;
        }
        rows.each(nulls.as_ref(), |group, _| states[group] += step);
    }
}

impl Cell for Count {
    type State = i64;

    fn update(&mut self, states: &mut [i64], values: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        self.add(states, values, rows, 1);
        Ok(())
    }

    fn merge(&mut self, states: &mut [i64], saved: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let counts = saved[0].as_primitive::<Int64Type>();
        rows.each(counts.nulls(), |group, row| {
            states[group] += counts.value(row)
        });
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![ArrowType::Int64]
    }

    fn results(&self, states: &[i64]) -> Result<ArrayRef> {
        Ok(Arc::new(Int64Array::from(states.to_vec())))
    }

    fn can_retract(&self) -> bool {
        true
    }

    fn retract(&mut self, states: &mut [i64], values: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        self.add(states, values, rows, -1);
        Ok(())
    }
}
