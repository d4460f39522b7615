//! `approx_count_distinct`: HyperLogLog++ as Spark computes it (Heule, Nunkesser and Hall, 2013).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder, Int64Array};
use arrow::datatypes::DataType as ArrowType;
use datafusion_common::ScalarValue;
use sql::DataType;

use super::distinct_bias::bias;
use crate::aggregate::{Buffer, Buffers, Cell, PerGroup, Rows, Spec, normalised};
use crate::call::{AggregateParts, Call};
use crate::error::{Error, Result};
use crate::family::hash::row::xxhash64_of;
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::DOUBLE;

pub(super) const FUNCTIONS: &[Function] = &[Function::aggregate(
    "approx_count_distinct",
    (1, 2),
    "approx_count_distinct(expr[, relativeSD]) - Returns about how many different values `expr` has.",
    resolve,
    Kernel::Aggregate(|spec| Ok(PerGroup::boxed(Sketch::of(spec)))),
)
.parameters(&["expr", "relativeSD"])];

/// The greatest deviation that can be asked for.
const DEVIATION_MAX: f64 = 0.39;

fn resolve(mut call: Call<'_>) -> Result<Typed> {
    let mut deviation = 0.05;
    if call.arguments.len() == 2 {
        call.accept_one(1, DOUBLE)?;
        deviation = match call.constant(1)? {
            ScalarValue::Float64(Some(deviation)) => deviation,
            _ => 0.0,
        };
        call.arguments.truncate(1);
    }
    if !(deviation > 0.0 && deviation <= DEVIATION_MAX) {
        return Err(Error::analysis(
            "FAILED_FUNCTION_CALL",
            "Failed preparing of the function `approx_count_distinct` for call. Please, double check function's arguments.",
        ));
    }
    let name = call.text();
    let parts = AggregateParts {
        constants: vec![ScalarValue::from(precision(deviation))],
        ..AggregateParts::default()
    };
    call.aggregate_of(parts, DataType::Long, false, name)
}

/// How many bits of a hash choose its register.
fn precision(deviation: f64) -> u8 {
    // The deviation is at most 0.39, so the number is 4 or more. Beyond 24 the registers would not fit in memory.
    (2.0 * (1.106 / deviation).log2()).ceil().clamp(4.0, 24.0) as u8
}

/// A register for each value of the first bits of a hash: the most leading zeros of the others, plus one.
#[derive(Debug)]
struct Sketch {
    precision: u8,
    registers: Buffers,
}

impl Sketch {
    fn of(spec: &Spec) -> Sketch {
        let precision = match spec.constants.first() {
            Some(ScalarValue::UInt8(Some(precision))) => *precision,
            _ => 9,
        };
        Sketch {
            precision,
            registers: Buffers::new(1 << precision, 0),
        }
    }

    fn estimate(&self, registers: &[u8]) -> i64 {
        let count = registers.len() as f64;
        let inverse: f64 = registers
            .iter()
            .map(|zeros| 1.0 / (1_u64 << zeros) as f64)
            .sum();
        let alpha = match self.precision {
            4 => 0.673,
            5 => 0.697,
            6 => 0.709,
            _ => 0.7213 / (1.0 + 1.079 / count),
        };
        let raw = alpha * count * count / inverse;
        let corrected = match raw < 5.0 * count {
            true => raw - bias(self.precision, raw),
            false => raw,
        };
        let empty = registers.iter().filter(|zeros| **zeros == 0).count();
        if empty == 0 {
            return corrected.round() as i64;
        }
        // Few values: counted by the registers that are empty.
        let linear = count * (count / empty as f64).ln();
        let is_small = threshold(self.precision).is_some_and(|most| linear <= most);
        let estimate = if is_small || raw <= 2.5 * count {
            linear
        } else {
            corrected
        };
        estimate.round() as i64
    }
}

/// Up to where the empty registers give the better estimate.
fn threshold(precision: u8) -> Option<f64> {
    const THRESHOLDS: [f64; 15] = [
        10.0, 20.0, 40.0, 80.0, 220.0, 400.0, 900.0, 1800.0, 3100.0, 6500.0, 11500.0, 20000.0,
        50000.0, 120_000.0, 350_000.0,
    ];
    THRESHOLDS
        .get(usize::from(precision).checked_sub(4)?)
        .copied()
}

impl Cell for Sketch {
    type State = Buffer;

    fn update(
        &mut self,
        states: &mut [Self::State],
        values: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        let values = normalised(&values[0])?;
        let hashes = xxhash64_of(&values)?;
        let precision = self.precision;
        rows.each(values.logical_nulls().as_ref(), |group, row| {
            let hash = hashes[row];
            let register = (hash >> (64 - precision)) as usize;
            // The bit after the last one ends the zeros.
            let rest = hash << precision | 1 << (precision - 1);
            let zeros = rest.leading_zeros() as u8 + 1;
            let registers = self.registers.of(&mut states[group]);
            registers[register] = registers[register].max(zeros);
        });
        Ok(())
    }

    fn merge(
        &mut self,
        states: &mut [Self::State],
        saved: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        let saved = saved[0].as_binary::<i32>();
        rows.each(saved.nulls(), |group, row| {
            let registers = self.registers.of(&mut states[group]);
            for (register, other) in registers.iter_mut().zip(saved.value(row)) {
                *register = (*register).max(*other);
            }
        });
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![ArrowType::Binary]
    }

    fn save(&self, states: &[Self::State]) -> Result<Vec<ArrayRef>> {
        let mut builder = BinaryBuilder::new();
        for state in states {
            builder.append_option(state.as_deref());
        }
        Ok(vec![Arc::new(builder.finish())])
    }

    fn results(&self, states: &[Self::State]) -> Result<ArrayRef> {
        let estimates = states.iter().map(|state| match state {
            Some(registers) => self.estimate(registers),
            None => 0,
        });
        Ok(Arc::new(Int64Array::from_iter_values(estimates)))
    }

    fn heap(&self) -> usize {
        self.registers.heap()
    }

    fn forget(&mut self, states: &[Self::State]) {
        self.registers.forget(states);
    }
}
