//! The value of the row with the smallest or the largest key.

use std::fmt::Debug;

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take;
use arrow::datatypes::DataType as ArrowType;
use datafusion_common::ScalarValue;

use super::collect::lists;
use super::extremes::{check_ordering, decode};
use crate::aggregate::{Encoder, Fold, Gathered, KeptRows, Rows, Slots, Spec, slots};
use crate::call::{AggregateParts, Call};
use crate::error::{Error, Result};
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::{INT, array};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "min_by",
        (2, 3),
        "min_by(x, y[, k]) - Returns `x` of the row with the smallest `y`; with `k`, an array of `x` of the `k` rows with \
         the smallest `y`.",
        by,
        Kernel::Aggregate(make),
    ),
    Function::aggregate(
        "max_by",
        (2, 3),
        "max_by(x, y[, k]) - Returns `x` of the row with the largest `y`; with `k`, an array of `x` of the `k` rows with \
         the largest `y`.",
        by,
        Kernel::Aggregate(make),
    ),
];

/// The most rows that `min_by` and `max_by` give.
const ROWS_MAX: i32 = 100_000;

fn by(mut call: Call<'_>) -> Result<Typed> {
    check_ordering(&call, 1)?;
    let value = call.type_of(0).clone();
    if call.arguments.len() == 2 {
        return call.aggregate(value, true);
    }
    let name = call.text();
    call.accept_one(2, INT)?;
    let rows = match call.constant(2)? {
        ScalarValue::Int32(Some(rows)) => rows,
        _ => 0,
    };
    if !(1..=ROWS_MAX).contains(&rows) {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
            format!("The `k` must be between [1, {ROWS_MAX}] (current value = {rows})."),
        ));
    }
    call.arguments.truncate(2);
    let parts = AggregateParts {
        constants: vec![ScalarValue::from(rows)],
        ..AggregateParts::default()
    };
    call.aggregate_of(parts, array(value), true, name)
}

fn is_max(spec: &Spec) -> bool {
    spec.function.name == "max_by"
}

fn make(spec: &Spec) -> Result<Box<dyn Fold>> {
    if !spec.constants.is_empty() {
        return Ok(Gathered::boxed(spec, vec![1], extreme_rows));
    }
    let key_type = spec.argument(1);
    Ok(Box::new(ByKey {
        is_max: is_max(spec),
        value_type: spec.argument(0),
        encoder: Encoder::keys(std::slice::from_ref(&key_type))?,
        key_type,
        keys: Vec::new(),
        heap: 0,
        values: slots(&spec.argument(0))?,
        kept: KeptRows::default(),
    }))
}

/// The value of the row with the extreme key; of equal keys that of the last row. Rows whose key is NULL do not count.
#[derive(Debug)]
struct ByKey {
    is_max: bool,
    value_type: ArrowType,
    key_type: ArrowType,
    encoder: Encoder,
    /// The encoded key of each group.
    keys: Vec<Option<Box<[u8]>>>,
    /// Bytes of the keys.
    heap: usize,
    values: Box<dyn Slots>,
    kept: KeptRows,
}

impl Fold for ByKey {
    fn grow(&mut self, groups: usize) {
        self.keys.resize(groups, None);
        self.values.grow(groups);
        self.kept.grow(groups);
    }

    fn update(&mut self, values: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let encoded = self.encoder.encode(&values[1..2])?;
        let key = |row: usize| encoded.row(row).data();
        let is_max = self.is_max;
        let is_better = |new: &[u8], old: &[u8]| match is_max {
            true => new >= old,
            false => new <= old,
        };
        self.kept.clear();
        rows.each(values[1].logical_nulls().as_ref(), |group, row| {
            self.kept
                .offer(group, row, |old| is_better(key(row), key(old)));
        });
        let keys = &mut self.keys;
        self.kept.retain(|group, row| {
            keys[group]
                .as_deref()
                .is_none_or(|old| is_better(key(row), old))
        });
        for (group, row) in self.kept.rows() {
            let new: Box<[u8]> = key(*row).into();
            self.heap += new.len();
            let old = keys[*group].replace(new);
            self.heap -= old.map_or(0, |old| old.len());
        }
        self.values.assign(&values[0], self.kept.rows())
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        self.update(states, rows)
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![self.value_type.clone(), self.key_type.clone()]
    }

    fn states(&mut self, count: usize) -> Result<Vec<ArrayRef>> {
        let keys = self.keys[..count].iter().map(Option::as_deref);
        let keys = decode(&self.encoder, &self.key_type, keys)?;
        Ok(vec![self.values.values(count)?, keys])
    }

    fn results(&mut self, count: usize) -> Result<ArrayRef> {
        self.values.values(count)
    }

    fn remove(&mut self, count: usize) {
        let removed = self.keys.drain(..count);
        self.heap -= removed.flatten().map(|key| key.len()).sum::<usize>();
        self.values.remove(count);
        self.kept.remove(count);
    }

    fn size(&self) -> usize {
        let keys = self.keys.capacity() * size_of::<Option<Box<[u8]>>>() + self.heap;
        keys + self.values.size() + self.kept.size()
    }
}

/// The first column of the `count` rows with the extremes of the second; NULL for a group without rows.
fn extreme_rows(
    spec: &Spec,
    columns: &[ArrayRef],
    offsets: &OffsetBuffer<i32>,
) -> Result<ArrayRef> {
    let count = match spec.constants.first() {
        Some(ScalarValue::Int32(Some(count))) => *count as usize,
        other => {
            return Err(Error::internal(format!(
                "{other:?} rows with the extreme key"
            )));
        }
    };
    let keys = Encoder::ordered(&[columns[1].data_type().clone()], &[(!is_max(spec), true)])?
        .encode(&columns[1..2])?;
    let (mut rows, mut lengths) = (Vec::new(), Vec::with_capacity(offsets.len() - 1));
    for group in offsets.windows(2) {
        let mut sorted: Vec<u32> = (group[0] as u32..group[1] as u32).collect();
        sorted.sort_by(|a, b| keys.row(*a as usize).cmp(&keys.row(*b as usize)));
        sorted.truncate(count);
        lengths.push(sorted.len());
        rows.extend(sorted);
    }
    let nulls = lengths.iter().map(|length| *length > 0).collect();
    let values = take(&columns[0], &UInt32Array::from(rows), None)?;
    lists(
        spec,
        values,
        OffsetBuffer::from_lengths(lengths),
        Some(nulls),
    )
}
