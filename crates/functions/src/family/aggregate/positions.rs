//! The first and the last value.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType as ArrowType;
use datafusion_common::ScalarValue;
use sql::NullTreatment;

use crate::aggregate::{Fold, KeptRows, Rows, Slots, Spec, slots};
use crate::call::{AggregateParts, Call};
use crate::error::{Error, Result};
use crate::function::{Function, Kernel};
use crate::typed::Typed;

const FIRST: Kernel = Kernel::Aggregate(|spec| make(spec, false));
const LAST: Kernel = Kernel::Aggregate(|spec| make(spec, true));

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "first",
        (1, 2),
        "first(expr[, isIgnoreNull]) - Returns the first value; if `isIgnoreNull` is true, the first that is not NULL.",
        position,
        FIRST,
    ),
    Function::aggregate(
        "first_value",
        (1, 2),
        "first_value(expr[, isIgnoreNull]) - Returns the first value; if `isIgnoreNull` is true, the first that is not \
         NULL.",
        position,
        FIRST,
    ),
    Function::aggregate(
        "any_value",
        (1, 2),
        "any_value(expr[, isIgnoreNull]) - Returns some value; if `isIgnoreNull` is true, one that is not NULL.",
        position,
        FIRST,
    ),
    Function::aggregate(
        "last",
        (1, 2),
        "last(expr[, isIgnoreNull]) - Returns the last value; if `isIgnoreNull` is true, the last that is not NULL.",
        position,
        LAST,
    ),
    Function::aggregate(
        "last_value",
        (1, 2),
        "last_value(expr[, isIgnoreNull]) - Returns the last value; if `isIgnoreNull` is true, the last that is not NULL.",
        position,
        LAST,
    ),
];

fn position(mut call: Call<'_>) -> Result<Typed> {
    let mut ignore_nulls = call.clauses.nulls == Some(NullTreatment::Ignore);
    if call.arguments.len() == 2 {
        match call.arguments[1].literal() {
            Some(ScalarValue::Boolean(Some(value))) => ignore_nulls |= *value,
            _ => {
                let name = call.function.name;
                return Err(Error::analysis(
                    "_LEGACY_ERROR_TEMP_1100",
                    format!("The second argument in {name} should be a boolean literal."),
                ));
            }
        }
        call.arguments.truncate(1);
    }
    let name = call.text();
    let result = call.type_of(0).clone();
    let parts = AggregateParts {
        ignore_nulls,
        ..AggregateParts::default()
    };
    call.aggregate_of(parts, result, true, name)
}

fn make(spec: &Spec, is_last: bool) -> Result<Box<dyn Fold>> {
    Ok(Box::new(Position {
        is_last,
        ignore_nulls: spec.ignore_nulls,
        data_type: spec.return_type(),
        values: slots(&spec.return_type())?,
        is_set: Vec::new(),
        kept: KeptRows::default(),
    }))
}

/// The value of the first or the last row.
#[derive(Debug)]
struct Position {
    is_last: bool,
    ignore_nulls: bool,
    data_type: ArrowType,
    values: Box<dyn Slots>,
    is_set: Vec<bool>,
    kept: KeptRows,
}

impl Position {
    fn add(&mut self, array: &ArrayRef, nulls: Option<&NullBuffer>, rows: &Rows<'_>) -> Result<()> {
        self.kept.clear();
        let is_last = self.is_last;
        rows.each(nulls, |group, row| {
            if is_last || !self.is_set[group] {
                self.kept.offer(group, row, |_| is_last);
            }
        });
        for (group, _) in self.kept.rows() {
            self.is_set[*group] = true;
        }
        self.values.assign(array, self.kept.rows())
    }
}

impl Fold for Position {
    fn grow(&mut self, groups: usize) {
        self.values.grow(groups);
        self.is_set.resize(groups, false);
        self.kept.grow(groups);
    }

    fn update(&mut self, values: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let nulls = if self.ignore_nulls {
            values[0].logical_nulls()
        } else {
            None
        };
        self.add(&values[0], nulls.as_ref(), rows)
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let is_set = NullBuffer::new(states[1].as_boolean().values().clone());
        self.add(&states[0], Some(&is_set), rows)
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![self.data_type.clone(), ArrowType::Boolean]
    }

    fn states(&mut self, count: usize) -> Result<Vec<ArrayRef>> {
        let is_set = BooleanArray::from(self.is_set[..count].to_vec());
        Ok(vec![self.values.values(count)?, Arc::new(is_set)])
    }

    fn results(&mut self, count: usize) -> Result<ArrayRef> {
        self.values.values(count)
    }

    fn remove(&mut self, count: usize) {
        self.values.remove(count);
        self.is_set.drain(..count);
        self.kept.remove(count);
    }

    fn size(&self) -> usize {
        self.values.size() + self.is_set.capacity() + self.kept.size()
    }
}
