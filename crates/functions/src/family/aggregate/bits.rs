//! Bitwise aggregates.

use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, BitXor};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::{DataType as ArrowType, Int8Type, Int16Type, Int32Type, Int64Type};

use crate::aggregate::{Cell, Fold, PerGroup, Rows, Spec};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::is_integral;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "bit_and",
        (1, 1),
        "bit_and(expr) - Returns the bitwise AND of the values that are not NULL.",
        bits,
        Kernel::Aggregate(|spec| make(spec, Operator::And)),
    ),
    Function::aggregate(
        "bit_or",
        (1, 1),
        "bit_or(expr) - Returns the bitwise OR of the values that are not NULL.",
        bits,
        Kernel::Aggregate(|spec| make(spec, Operator::Or)),
    ),
    Function::aggregate(
        "bit_xor",
        (1, 1),
        "bit_xor(expr) - Returns the bitwise XOR of the values that are not NULL.",
        bits,
        Kernel::Aggregate(|spec| make(spec, Operator::Xor)),
    ),
];

fn bits(mut call: Call<'_>) -> Result<Typed> {
    // Text is not taken, unlike in other functions of whole numbers.
    if call.arguments[0].data_type == sql::DataType::Void {
        call.cast_argument(0, &sql::DataType::Integer)?;
    }
    if !is_integral(call.type_of(0)) {
        return Err(call.unexpected_type(0, "\"INTEGRAL\""));
    }
    let result = call.type_of(0).clone();
    call.aggregate(result, true)
}

fn make(spec: &Spec, operator: Operator) -> Result<Box<dyn Fold>> {
    Ok(match spec.argument(0) {
        ArrowType::Int8 => PerGroup::boxed(Bits::<Int8Type>::new(operator)),
        ArrowType::Int16 => PerGroup::boxed(Bits::<Int16Type>::new(operator)),
        ArrowType::Int32 => PerGroup::boxed(Bits::<Int32Type>::new(operator)),
        ArrowType::Int64 => PerGroup::boxed(Bits::<Int64Type>::new(operator)),
        other => return Err(Error::internal(format!("bits of {other}"))),
    })
}

#[derive(Clone, Copy, Debug)]
enum Operator {
    And,
    Or,
    Xor,
}

struct Bits<T> {
    operator: Operator,
    types: PhantomData<fn() -> T>,
}

impl<T> Bits<T> {
    fn new(operator: Operator) -> Bits<T> {
        Bits {
            operator,
            types: PhantomData,
        }
    }
}

impl<T> Debug for Bits<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operator.fmt(f)
    }
}

impl<T> Cell for Bits<T>
where
    T: ArrowPrimitiveType,
    T::Native: BitAnd<Output = T::Native> + BitOr<Output = T::Native> + BitXor<Output = T::Native>,
{
    type State = Option<T::Native>;

    fn update(
        &mut self,
        states: &mut [Self::State],
        values: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        let values = values[0].as_primitive::<T>();
        let operator = self.operator;
        rows.each(values.nulls(), |group, row| {
            let value = values.value(row);
            let state = &mut states[group];
            *state = Some(match (*state, operator) {
                (None, _) => value,
                (Some(bits), Operator::And) => bits & value,
                (Some(bits), Operator::Or) => bits | value,
                (Some(bits), Operator::Xor) => bits ^ value,
            });
        });
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![T::DATA_TYPE]
    }

    fn results(&self, states: &[Self::State]) -> Result<ArrayRef> {
        let bits: PrimitiveArray<T> = states.iter().copied().collect();
        Ok(Arc::new(bits))
    }
}
