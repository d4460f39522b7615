//! `histogram_numeric`: a histogram with bins of different widths (Ben-Haim and Tom-Tov, as in Hive).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType as ArrowType, Float64Type};
use datafusion_common::ScalarValue;
use sql::DataType;

use super::percentile::{as_doubles, from_doubles};
use crate::aggregate::{Gathered, Spec};
use crate::call::{AggregateParts, Call};
use crate::error::{Error, Result};
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::{INT, array, field, is_numeric, is_string};

pub(super) const FUNCTIONS: &[Function] = &[Function::aggregate(
    "histogram_numeric",
    (2, 2),
    "histogram_numeric(expr, nb) - Returns a histogram with at most `nb` bins as an array of centres and heights.",
    resolve,
    Kernel::Aggregate(|spec| Ok(Gathered::boxed(spec, vec![0], histograms))),
)
.parameters(&["expr", "nb"])];

fn resolve(mut call: Call<'_>) -> Result<Typed> {
    let name = call.text();
    let values = match call.type_of(0).clone() {
        DataType::Void => DataType::Double,
        text if is_string(&text) => DataType::Double,
        times @ (DataType::Date
        | DataType::Timestamp
        | DataType::TimestampNtz
        | DataType::YearMonthInterval(..)
        | DataType::DayTimeInterval(..)
        | DataType::Time(_)) => times,
        number if is_numeric(&number) => number,
        _ => {
            return Err(call.unexpected_type(
                0,
                "(\"NUMERIC\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"INTERVAL YEAR TO MONTH\" or \
                 \"INTERVAL DAY TO SECOND\" or \"TIME\")",
            ));
        }
    };
    call.accept_one(1, INT)?;
    let bins = match call.constant(1)? {
        ScalarValue::Int32(Some(bins)) => bins,
        _ => {
            return Err(call.mismatch(
                "DATATYPE_MISMATCH.UNEXPECTED_NULL",
                "The nb must not be null.",
            ));
        }
    };
    if bins < 2 {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
            format!("The nb must be between [2, 2147483647] (current value = {bins})."),
        ));
    }
    call.cast_argument(0, &values)?;
    call.arguments.truncate(1);
    let bin = DataType::Struct(vec![
        field("x", values, true),
        field("y", DataType::Double, true),
    ]);
    let parts = AggregateParts {
        constants: vec![ScalarValue::from(bins)],
        ..AggregateParts::default()
    };
    call.aggregate_of(parts, array(bin), true, name)
}

/// The histogram of each group; NULL for a group without values.
fn histograms(spec: &Spec, columns: &[ArrayRef], offsets: &OffsetBuffer<i32>) -> Result<ArrayRef> {
    let values = numbers(&columns[0])?;
    let bins_max = match spec.constants[0] {
        ScalarValue::Int32(Some(bins)) => bins as usize,
        _ => 2,
    };
    let (mut xs, mut ys, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
    for group in offsets.windows(2) {
        let mut histogram = Histogram::new(bins_max);
        for row in group[0] as usize..group[1] as usize {
            histogram.add(values.value(row));
        }
        lengths.push(histogram.bins.len());
        for bin in histogram.bins {
            xs.push(bin.x);
            ys.push(bin.y);
        }
    }
    let ArrowType::List(element) = spec.return_type() else {
        return Err(Error::internal("an array was expected"));
    };
    let ArrowType::Struct(fields) = element.data_type() else {
        return Err(Error::internal("an array of bins was expected"));
    };
    let x = centres(Float64Array::from(xs), fields[0].data_type())?;
    let bins = StructArray::try_new(
        fields.clone(),
        vec![x, Arc::new(Float64Array::from(ys))],
        None,
    )?;
    let nulls: NullBuffer = lengths.iter().map(|length| *length > 0).collect();
    Ok(Arc::new(ListArray::try_new(
        element,
        OffsetBuffer::from_lengths(lengths),
        Arc::new(bins),
        Some(nulls),
    )?))
}

/// Values as numbers; dates in days, timestamps in microseconds.
fn numbers(values: &ArrayRef) -> Result<Float64Array> {
    let whole = match values.data_type() {
        ArrowType::Date32 => arrow::compute::cast(values, &ArrowType::Int32)?,
        ArrowType::Timestamp(..) => arrow::compute::cast(values, &ArrowType::Int64)?,
        ArrowType::Decimal128(..) => {
            let numbers = arrow::compute::cast(values, &ArrowType::Float64)?;
            return Ok(numbers.as_primitive::<Float64Type>().clone());
        }
        _ => Arc::clone(values),
    };
    as_doubles(&whole)
}

/// Centres of bins in the type of the values.
fn centres(numbers: Float64Array, data_type: &ArrowType) -> Result<ArrayRef> {
    Ok(match data_type {
        ArrowType::Float64 => Arc::new(numbers),
        ArrowType::Float32 | ArrowType::Decimal128(..) => {
            arrow::compute::cast(&numbers, data_type)?
        }
        ArrowType::Date32 => {
            let days = from_doubles(numbers, &ArrowType::Int32)?;
            arrow::compute::cast(&days, data_type)?
        }
        other => from_doubles(numbers, other)?,
    })
}

struct Bin {
    x: f64,
    y: f64,
}

/// Bins by their centres, ascending.
struct Histogram {
    bins: Vec<Bin>,
    bins_max: usize,
    random: JavaRandom,
}

impl Histogram {
    fn new(bins_max: usize) -> Histogram {
        Histogram {
            bins: Vec::new(),
            bins_max,
            // Hive's seed, so that equal distances are chosen as in Hive and Spark.
            random: JavaRandom::new(31183),
        }
    }

    fn add(&mut self, x: f64) {
        let at = self.bins.partition_point(|bin| bin.x < x);
        match self.bins.get_mut(at) {
            Some(bin) if bin.x == x => bin.y += 1.0,
            _ => {
                self.bins.insert(at, Bin { x, y: 1.0 });
                if self.bins.len() > self.bins_max {
                    self.merge_closest();
                }
            }
        }
    }

    /// Merges the two bins that are closest, weighted by their heights.
    fn merge_closest(&mut self) {
        let distance = |bins: &[Bin], at: usize| bins[at + 1].x - bins[at].x;
        let (mut closest, mut smallest, mut equal) = (0, distance(&self.bins, 0), 1);
        for at in 1..self.bins.len() - 1 {
            let next = distance(&self.bins, at);
            if next < smallest {
                (closest, smallest, equal) = (at, next, 1);
            } else if next == smallest {
                equal += 1;
                if self.random.next_double() <= 1.0 / f64::from(equal) {
                    closest = at;
                }
            }
        }
        let right = self.bins.remove(closest + 1);
        let left = &mut self.bins[closest];
        let height = left.y + right.y;
        left.x *= left.y / height;
        left.x += right.x / height * right.y;
        left.y = height;
    }
}

/// Java's `java.util.Random`.
struct JavaRandom {
    state: u64,
}

impl JavaRandom {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;

    fn new(seed: u64) -> JavaRandom {
        JavaRandom {
            state: (seed ^ Self::MULTIPLIER) & Self::MASK,
        }
    }

    fn next(&mut self, bits: u32) -> u64 {
        self.state = (self.state.wrapping_mul(Self::MULTIPLIER) + 0xB) & Self::MASK;
        self.state >> (48 - bits)
    }

    fn next_double(&mut self) -> f64 {
        let high = self.next(26) << 27;
        (high + self.next(27)) as f64 / (1_u64 << 53) as f64
    }
}
