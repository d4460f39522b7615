//! The smallest and the largest value.

use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryArray, PrimitiveArray, StringArray,
    downcast_primitive, new_null_array,
};
use arrow::datatypes::DataType as ArrowType;

use crate::aggregate::{Cell, Encoder, Fold, PerGroup, Rows, Spec};
use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::is_orderable;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "min",
        (1, 1),
        "min(expr) - Returns the smallest value.",
        extreme,
        Kernel::Aggregate(|spec| make(spec, false)),
    ),
    Function::aggregate(
        "max",
        (1, 1),
        "max(expr) - Returns the largest value.",
        extreme,
        Kernel::Aggregate(|spec| make(spec, true)),
    ),
];

fn extreme(call: Call<'_>) -> Result<Typed> {
    check_ordering(&call, 0)?;
    let result = call.type_of(0).clone();
    call.aggregate(result, true)
}

/// Fails if the values of an argument have no order.
pub(super) fn check_ordering(call: &Call<'_>, index: usize) -> Result<()> {
    if is_orderable(call.type_of(index)) {
        return Ok(());
    }
    Err(call.mismatch(
        "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
        format!(
            "The `{}` does not support ordering on type \"{}\".",
            call.function.name,
            call.type_of(index).sql()
        ),
    ))
}

fn make(spec: &Spec, is_max: bool) -> Result<Box<dyn Fold>> {
    let data_type = spec.argument(0);
    macro_rules! numbers {
        ($t:ty, $data_type:expr) => {
            PerGroup::boxed(Number::<$t> {
                is_max,
                data_type: $data_type.clone(),
                types: PhantomData,
            })
        };
    }
    Ok(downcast_primitive! {
        data_type => (numbers, data_type),
        _ => PerGroup::boxed(Bytes::new(is_max, data_type)?),
    })
}

/// Whether a number comes before another; NaN comes last.
#[inline]
#[allow(clippy::eq_op, reason = "NaN is not equal to itself")]
fn is_before<N: PartialOrd + Copy>(a: N, b: N) -> bool {
    a < b || (b != b && a == a)
}

struct Number<T> {
    is_max: bool,
    data_type: ArrowType,
    types: PhantomData<fn() -> T>,
}

impl<T> Debug for Number<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extreme({})", self.data_type)
    }
}

impl<T> Cell for Number<T>
where
    T: ArrowPrimitiveType,
    T::Native: PartialOrd,
{
    type State = Option<T::Native>;

    fn update(
        &mut self,
        states: &mut [Self::State],
        values: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        let array = values[0].as_primitive::<T>();
        let values = array.values();
        if self.is_max {
            rows.each(array.nulls(), |group, row| {
                let state = &mut states[group];
                if state.is_none_or(|old| is_before(old, values[row])) {
                    *state = Some(values[row]);
                }
            });
        } else {
            rows.each(array.nulls(), |group, row| {
                let state = &mut states[group];
                if state.is_none_or(|old| is_before(values[row], old)) {
                    *state = Some(values[row]);
                }
            });
        }
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![self.data_type.clone()]
    }

    fn results(&self, states: &[Self::State]) -> Result<ArrayRef> {
        let array: PrimitiveArray<T> = states.iter().copied().collect();
        Ok(Arc::new(array.with_data_type(self.data_type.clone())))
    }
}

/// The extreme of text, bytes, and encoded values.
#[derive(Debug)]
struct Bytes {
    is_max: bool,
    data_type: ArrowType,
    /// Encodes all types but text and bytes.
    encoder: Option<Encoder>,
    heap: usize,
}

impl Bytes {
    fn new(is_max: bool, data_type: ArrowType) -> Result<Bytes> {
        let encoder = match data_type {
            ArrowType::Utf8 | ArrowType::Binary => None,
            _ => Some(Encoder::keys(std::slice::from_ref(&data_type))?),
        };
        Ok(Bytes {
            is_max,
            data_type,
            encoder,
            heap: 0,
        })
    }

    fn offer(&mut self, state: &mut Option<Vec<u8>>, value: &[u8]) {
        let state = match state {
            None => state.insert(Vec::new()),
            Some(old) if self.is_max && value <= old.as_slice() => return,
            Some(old) if !self.is_max && value >= old.as_slice() => return,
            Some(old) => old,
        };
        self.heap -= state.capacity();
        state.clear();
        state.extend_from_slice(value);
        self.heap += state.capacity();
    }
}

impl Cell for Bytes {
    type State = Option<Vec<u8>>;

    fn update(
        &mut self,
        states: &mut [Self::State],
        values: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        let array = &values[0];
        let nulls = array.logical_nulls();
        if let Some(texts) = array.as_string_opt::<i32>() {
            rows.each(nulls.as_ref(), |group, row| {
                self.offer(&mut states[group], texts.value(row).as_bytes());
            });
        } else if let Some(bytes) = array.as_binary_opt::<i32>() {
            rows.each(nulls.as_ref(), |group, row| {
                self.offer(&mut states[group], bytes.value(row));
            });
        } else if let Some(encoder) = &self.encoder {
            let encoded = encoder.encode(values)?;
            rows.each(nulls.as_ref(), |group, row| {
                self.offer(&mut states[group], encoded.row(row).as_ref());
            });
        }
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![self.data_type.clone()]
    }

    fn results(&self, states: &[Self::State]) -> Result<ArrayRef> {
        let values = states.iter().map(Option::as_deref);
        Ok(match (&self.encoder, &self.data_type) {
            (Some(encoder), _) => decode(encoder, &self.data_type, values)?,
            (None, ArrowType::Utf8) => {
                let texts: StringArray = values
                    .map(|value| value.map(String::from_utf8_lossy))
                    .collect();
                Arc::new(texts)
            }
            (None, _) => Arc::new(values.collect::<BinaryArray>()),
        })
    }

    fn heap(&self) -> usize {
        self.heap
    }

    fn forget(&mut self, states: &[Self::State]) {
        self.heap -= states.iter().flatten().map(Vec::capacity).sum::<usize>();
    }
}

/// Encoded values as an array; NULL where there is none.
pub(super) fn decode<'a>(
    encoder: &Encoder,
    data_type: &ArrowType,
    values: impl Iterator<Item = Option<&'a [u8]>>,
) -> Result<ArrayRef> {
    let null = encoder.encode(&[new_null_array(data_type, 1)])?;
    let null = null.row(0);
    let values: Vec<Option<&[u8]>> = values.collect();
    let values = values
        .into_iter()
        .map(|value| value.unwrap_or(null.as_ref()));
    Ok(encoder.decode(values)?.swap_remove(0))
}
