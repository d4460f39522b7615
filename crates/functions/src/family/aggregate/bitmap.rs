//! Aggregates of bitmaps: each has 32,768 bits in 4,096 bytes (Spark: `BitmapConstructAgg`).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder};
use arrow::datatypes::{DataType as ArrowType, Int64Type};
use sql::DataType;

use crate::aggregate::{Buffer, Buffers, Cell, PerGroup, Rows};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::LONG;

const BYTES: usize = 4096;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "bitmap_construct_agg",
        (1, 1),
        "bitmap_construct_agg(child) - Returns a bitmap with the bits set at all the positions.",
        |call| call.accept(&[LONG])?.aggregate(DataType::Binary, false),
        Kernel::Aggregate(|_| Ok(PerGroup::boxed(Bitmap::new(Operator::Set)))),
    ),
    Function::aggregate(
        "bitmap_or_agg",
        (1, 1),
        "bitmap_or_agg(child) - Returns the bitwise OR of the bitmaps.",
        bitmaps,
        Kernel::Aggregate(|_| Ok(PerGroup::boxed(Bitmap::new(Operator::Or)))),
    ),
    Function::aggregate(
        "bitmap_and_agg",
        (1, 1),
        "bitmap_and_agg(child) - Returns the bitwise AND of the bitmaps.",
        bitmaps,
        Kernel::Aggregate(|_| Ok(PerGroup::boxed(Bitmap::new(Operator::And)))),
    ),
];

fn bitmaps(call: Call<'_>) -> Result<Typed> {
    if *call.type_of(0) != DataType::Binary {
        return Err(call.unexpected_type(0, "\"BINARY\""));
    }
    call.aggregate(DataType::Binary, false)
}

#[derive(Clone, Copy, Debug)]
enum Operator {
    /// Sets the bit at each position.
    Set,
    Or,
    And,
}

#[derive(Debug)]
struct Bitmap {
    operator: Operator,
    bitmaps: Buffers,
}

impl Bitmap {
    fn new(operator: Operator) -> Bitmap {
        Bitmap {
            operator,
            bitmaps: Buffers::new(BYTES, blank(operator)),
        }
    }

    /// Combines a bitmap with the state. A shorter bitmap has zeros behind its end.
    fn combine(&mut self, state: &mut Buffer, bitmap: &[u8]) {
        let bits = self.bitmaps.of(state);
        let others = bitmap.iter().copied().chain(std::iter::repeat(0));
        for (byte, other) in bits.iter_mut().zip(others) {
            match self.operator {
                Operator::And => *byte &= other,
                Operator::Set | Operator::Or => *byte |= other,
            }
        }
    }
}

/// The byte of a bitmap that no row changed.
fn blank(operator: Operator) -> u8 {
    match operator {
        Operator::And => 0xFF,
        Operator::Set | Operator::Or => 0,
    }
}

impl Cell for Bitmap {
    type State = Buffer;

    fn update(
        &mut self,
        states: &mut [Self::State],
        values: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        if !matches!(self.operator, Operator::Set) {
            return self.merge(states, values, rows);
        }
        let positions = values[0].as_primitive::<Int64Type>();
        rows.try_each(positions.nulls(), |group, row| {
            let position = positions.value(row);
            let place = usize::try_from(position).ok().filter(|at| *at < BYTES * 8);
            let Some(place) = place else {
                return Err(Error::data(
                    "INVALID_BITMAP_POSITION",
                    format!(
                        "The 0-indexed bitmap position {position} is out of bounds. The bitmap has {} bits ({BYTES} bytes).",
                        BYTES * 8
                    ),
                ));
            };
            let bits = self.bitmaps.of(&mut states[group]);
            bits[place / 8] |= 1 << (place % 8);
            Ok(())
        })
    }

    fn merge(
        &mut self,
        states: &mut [Self::State],
        saved: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        let bitmaps = saved[0].as_binary::<i32>();
        rows.each(bitmaps.nulls(), |group, row| {
            self.combine(&mut states[group], bitmaps.value(row));
        });
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![ArrowType::Binary]
    }

    fn results(&self, states: &[Self::State]) -> Result<ArrayRef> {
        let blank = [blank(self.operator); BYTES];
        let mut builder = BinaryBuilder::with_capacity(states.len(), states.len() * BYTES);
        for state in states {
            builder.append_value(state.as_deref().unwrap_or(&blank));
        }
        Ok(Arc::new(builder.finish()))
    }

    fn heap(&self) -> usize {
        self.bitmaps.heap()
    }

    fn forget(&mut self, states: &[Self::State]) {
        self.bitmaps.forget(states);
    }
}
