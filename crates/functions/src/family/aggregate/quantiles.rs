//! `percentile_approx`: percentiles from samples of the values.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{cast, take};
use arrow::datatypes::DataType as ArrowType;
use datafusion_common::ScalarValue;
use sql::DataType;

use super::percentile::{as_doubles, numbers, percentages, result_of, shaped, with};
use crate::aggregate::{Gathered, Spec};
use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::{is_numeric, is_string};

const APPROXIMATE: Kernel =
    Kernel::Aggregate(|spec| Ok(Gathered::boxed(spec, vec![0], approximate)));

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "percentile_approx",
        (2, 3),
        "percentile_approx(col, percentage[, accuracy]) - Returns the value that the percentage of the values does not \
         exceed.",
        percentile_approx,
        APPROXIMATE,
    )
    .parameters(&["col", "percentage", "accuracy"]),
    Function::aggregate(
        "approx_percentile",
        (2, 3),
        "approx_percentile(col, percentage[, accuracy]) - Returns the value that the percentage of the values does not \
         exceed.",
        percentile_approx,
        APPROXIMATE,
    )
    .parameters(&["col", "percentage", "accuracy"]),
];

fn percentile_approx(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 2 {
        call.arguments.push(Typed::int(10_000));
    }
    let name = call.text();
    call.accept_one(2, crate::types::LONG)?;
    let accuracy = match call.constant(2)? {
        ScalarValue::Int64(Some(accuracy)) => accuracy,
        _ => 0,
    };
    if !(1..=i64::from(i32::MAX)).contains(&accuracy) {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
            format!("The accuracy must be between (0, 2147483647] (current value = {accuracy}L)."),
        ));
    }
    let (constant, is_array) = percentages(&mut call, 1)?;
    let values = call.type_of(0).clone();
    let values = match values {
        text if is_string(&text) || text == DataType::Void => DataType::Double,
        DataType::Date | DataType::Timestamp | DataType::TimestampNtz => values,
        DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) | DataType::Time(_) => {
            values
        }
        number if is_numeric(&number) => number,
        _ => {
            return Err(call.unexpected_type(
                0,
                "(\"NUMERIC\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"ANSI INTERVAL\")",
            ));
        }
    };
    call.cast_argument(0, &values)?;
    call.arguments.truncate(1);
    let parts = with(vec![constant, ScalarValue::from(1.0 / accuracy as f64)]);
    call.aggregate_of(parts, result_of(values, is_array), true, name)
}

/// A sample: the rows up to it, from the sample before, are `g`; its rank is known to `delta`.
#[derive(Clone, Copy, Debug)]
struct Sample {
    value: f64,
    row: u32,
    g: i64,
    delta: i64,
}

/// Samples of the values that came, by value (Greenwald and Khanna; Spark: `QuantileSummaries`).
#[derive(Debug)]
struct Summary {
    samples: Vec<Sample>,
    /// Values that are not among the samples yet.
    head: Vec<(f64, u32)>,
    count: i64,
    error: f64,
}

/// Values are made samples when there are so many.
const HEAD_MAX: usize = 50_000;
/// Samples are merged when there are so many.
const SAMPLES_MAX: usize = 10_000;

impl Summary {
    fn new(error: f64) -> Summary {
        Summary {
            samples: Vec::new(),
            head: Vec::new(),
            count: 0,
            error,
        }
    }

    fn insert(&mut self, value: f64, row: u32) {
        self.head.push((value, row));
        if self.head.len() >= HEAD_MAX {
            self.flush();
            if self.samples.len() >= SAMPLES_MAX {
                self.compress();
            }
        }
    }

    /// Makes the values of the head samples.
    fn flush(&mut self) {
        if self.head.is_empty() {
            return;
        }
        let mut head = std::mem::take(&mut self.head);
        head.sort_by(|a, b| a.0.total_cmp(&b.0));
        let old = std::mem::take(&mut self.samples);
        let mut new: Vec<Sample> = Vec::with_capacity(old.len() + head.len());
        let mut next = 0;
        let last = head.len() - 1;
        for (index, (value, row)) in head.into_iter().enumerate() {
            while next < old.len() && old[next].value <= value {
                new.push(old[next]);
                next += 1;
            }
            self.count += 1;
            let is_end = new.is_empty() || (next == old.len() && index == last);
            let delta = match is_end {
                true => 0,
                false => (2.0 * self.error * self.count as f64).floor() as i64,
            };
            new.push(Sample {
                value,
                row,
                g: 1,
                delta,
            });
        }
        new.extend_from_slice(&old[next..]);
        self.samples = new;
    }

    /// Merges samples whose ranks need not be told apart.
    fn compress(&mut self) {
        self.flush();
        let [first, .., last] = self.samples.as_slice() else {
            return;
        };
        let (first, mut head) = (*first, *last);
        let threshold = 2.0 * self.error * self.count as f64;
        let mut kept = Vec::new();
        for sample in self.samples[1..self.samples.len() - 1].iter().rev() {
            if ((sample.g + head.g + head.delta) as f64) < threshold {
                head.g += sample.g;
            } else {
                kept.push(head);
                head = *sample;
            }
        }
        kept.push(head);
        if first.value <= head.value {
            kept.push(first);
        }
        kept.reverse();
        self.samples = kept;
    }

    /// The row of the value at each percentage, in the order of the percentages; none if there are no values.
    fn rows(mut self, percentages: &[f64]) -> Option<Vec<u32>> {
        self.compress();
        let (first, last) = (self.samples.first()?, self.samples.last()?);
        let uncertain = self.samples.iter().map(|sample| sample.delta + sample.g);
        let target = uncertain.max().unwrap_or(0) / 2;
        let mut order: Vec<usize> = (0..percentages.len()).collect();
        order.sort_by(|a, b| percentages[*a].total_cmp(&percentages[*b]));
        let mut rows = vec![first.row; percentages.len()];
        // The search for a percentage goes on from where the smaller one was found.
        let (mut at, mut rank_min) = (0, first.g);
        for index in order {
            let percentage = percentages[index];
            if percentage <= self.error || self.samples.len() == 1 {
                continue;
            }
            if percentage >= 1.0 - self.error {
                rows[index] = last.row;
                continue;
            }
            let rank = (percentage * self.count as f64).ceil() as i64;
            let is_found = |sample: &Sample, rank_min: i64| {
                rank_min + sample.delta - target <= rank && rank <= rank_min + target
            };
            while at + 1 < self.samples.len() && !is_found(&self.samples[at], rank_min) {
                at += 1;
                rank_min += self.samples[at].g;
            }
            rows[index] = self.samples[at].row;
        }
        Some(rows)
    }
}

/// The value at the rank of each percentage, as exact as the accuracy asks for.
fn approximate(spec: &Spec, columns: &[ArrayRef], offsets: &OffsetBuffer<i32>) -> Result<ArrayRef> {
    let values = sortable(&columns[0])?;
    let wanted = numbers(&spec.constants[0]);
    let error = numbers(&spec.constants[1]).first().copied().unwrap_or(0.0);
    let is_list = matches!(spec.return_type(), ArrowType::List(_));
    let (mut rows, mut found) = (Vec::new(), Vec::new());
    for group in offsets.windows(2) {
        let mut summary = Summary::new(error);
        for row in group[0] as u32..group[1] as u32 {
            summary.insert(values.value(row as usize), row);
        }
        let chosen = summary.rows(&wanted);
        found.push(chosen.is_some());
        match chosen {
            Some(chosen) => rows.extend(chosen.into_iter().map(Some)),
            None if !is_list => rows.push(None),
            None => {}
        }
    }
    shaped(
        spec,
        |_| Ok(take(&columns[0], &UInt32Array::from(rows), None)?),
        &found,
    )
}

/// The values as numbers of the same order.
fn sortable(values: &ArrayRef) -> Result<Float64Array> {
    let whole = match values.data_type() {
        ArrowType::Date32 => cast(values, &ArrowType::Int32)?,
        ArrowType::Timestamp(..) => cast(values, &ArrowType::Int64)?,
        _ => Arc::clone(values),
    };
    as_doubles(&whole)
}
