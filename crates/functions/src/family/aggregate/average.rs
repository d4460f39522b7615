//! Averages.

use std::fmt::{self, Debug};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, Int64Array, PrimitiveArray,
};
use arrow::datatypes::{
    DataType as ArrowType, Decimal128Type, DecimalType, DurationMicrosecondType, Float64Type,
    Int64Type, IntervalYearMonthType, i256,
};
use sql::DataType;

use crate::aggregate::{Cell, Fold, PerGroup, Rows, Spec};
use crate::call::Call;
use crate::coerce::bounded_decimal;
use crate::error::{Error, Result};
use crate::family::aggregate::sum::{Overflow, Sum, Total, number_or_interval, overflow_error};
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::{DAY_TIME, YEAR_MONTH};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "avg",
        (1, 1),
        "avg(expr) - Returns the mean of the values.",
        average,
        Kernel::Aggregate(make),
    ),
    Function::aggregate(
        "mean",
        (1, 1),
        "mean(expr) - Returns the mean of the values.",
        average,
        Kernel::Aggregate(make),
    ),
    Function::aggregate(
        "try_avg",
        (1, 1),
        "try_avg(expr) - Returns the mean of the values; NULL if their sum overflows.",
        average,
        Kernel::Aggregate(make),
    ),
];

fn average(mut call: Call<'_>) -> Result<Typed> {
    number_or_interval(&mut call)?;
    let result = match call.type_of(0) {
        DataType::Decimal(precision, scale) => {
            bounded_decimal(i32::from(*precision) + 4, i32::from(*scale) + 4)
        }
        DataType::YearMonthInterval(..) => YEAR_MONTH,
        DataType::DayTimeInterval(..) => DAY_TIME,
        _ => {
            call.cast_argument(0, &DataType::Double)?;
            DataType::Double
        }
    };
    call.aggregate(result, true)
}

fn make(spec: &Spec) -> Result<Box<dyn Fold>> {
    let (sum, scale) = match &spec.arguments[0] {
        DataType::Decimal(precision, scale) => {
            let sum = bounded_decimal(i32::from(*precision) + 10, i32::from(*scale));
            (sum, i32::from(*scale))
        }
        other => (other.clone(), 0),
    };
    Ok(match spec.argument(0) {
        ArrowType::Float64 => {
            Average::<Float64Type>::boxed(spec, &sum, |sum, count, _| Some(sum / count as f64))
        }
        ArrowType::Decimal128(..) => {
            let ArrowType::Decimal128(precision, result_scale) = spec.return_type() else {
                return Err(Error::internal("an average of decimals that is none"));
            };
            let shift = (i32::from(result_scale) - scale).max(0) as u32;
            let shape = Shape {
                precision,
                scale: result_scale,
                shift,
            };
            Average::<Decimal128Type>::boxed_with(spec, &sum, shape, |sum, count, shape| {
                let scaled = i256::from_i128(sum)
                    .checked_mul(i256::from_i128(10).checked_pow(shape.shift)?)?;
                let quotient = half_up(scaled, i256::from_i128(i128::from(count)))?.to_i128()?;
                Decimal128Type::validate_decimal_precision(quotient, shape.precision, shape.scale)
                    .is_ok()
                    .then_some(quotient)
            })
        }
        ArrowType::Interval(_) => {
            Average::<IntervalYearMonthType>::boxed(spec, &sum, |sum, count, _| {
                let quotient = half_up(
                    i256::from_i128(i128::from(sum)),
                    i256::from_i128(i128::from(count)),
                );
                quotient?.to_i128()?.try_into().ok()
            })
        }
        ArrowType::Duration(_) => {
            Average::<DurationMicrosecondType>::boxed(spec, &sum, |sum, count, _| {
                let quotient = half_up(
                    i256::from_i128(i128::from(sum)),
                    i256::from_i128(i128::from(count)),
                );
                quotient?.to_i128()?.try_into().ok()
            })
        }
        other => return Err(Error::internal(format!("an average of {other}"))),
    })
}

/// The quotient, rounded to the nearest whole number; a half is rounded away from zero.
fn half_up(dividend: i256, divisor: i256) -> Option<i256> {
    let quotient = dividend.checked_div(divisor)?;
    let rest = dividend.checked_rem(divisor)?;
    let doubled = rest.wrapping_abs().checked_mul(i256::from_i128(2))?;
    if doubled < divisor {
        return Some(quotient);
    }
    let step = if dividend < i256::ZERO {
        i256::MINUS_ONE
    } else {
        i256::ONE
    };
    quotient.checked_add(step)
}

/// The decimal that an average is.
#[derive(Clone, Copy, Debug, Default)]
struct Shape {
    precision: u8,
    scale: i8,
    /// How many more digits behind the point the average has than the sum.
    shift: u32,
}

/// Averages of numbers.
struct Average<T: ArrowPrimitiveType> {
    sum: Sum<T, T>,
    shape: Shape,
    /// The average of a sum of this many values; none if it does not fit.
    divide: fn(T::Native, i64, Shape) -> Option<T::Native>,
    result: ArrowType,
    sum_type: DataType,
}

impl<T> Average<T>
where
    T: ArrowPrimitiveType,
    T::Native: ArrowNativeTypeOp,
{
    fn boxed(
        spec: &Spec,
        sum: &DataType,
        divide: fn(T::Native, i64, Shape) -> Option<T::Native>,
    ) -> Box<dyn Fold> {
        Average::<T>::boxed_with(spec, sum, Shape::default(), divide)
    }

    fn boxed_with(
        spec: &Spec,
        sum: &DataType,
        shape: Shape,
        divide: fn(T::Native, i64, Shape) -> Option<T::Native>,
    ) -> Box<dyn Fold> {
        PerGroup::boxed(Average {
            sum: Sum::<T, T>::new(spec, sum, "try_avg"),
            shape,
            divide,
            result: spec.return_type(),
            sum_type: sum.clone(),
        })
    }
}

impl<T: ArrowPrimitiveType> Debug for Average<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Average({})", self.result)
    }
}

impl<T> Cell for Average<T>
where
    T: ArrowPrimitiveType,
    T::Native: ArrowNativeTypeOp,
{
    type State = Total<T::Native>;

    fn update(
        &mut self,
        states: &mut [Total<T::Native>],
        values: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        self.sum.add_rows(states, &values[0], rows)
    }

    fn merge(
        &mut self,
        states: &mut [Total<T::Native>],
        saved: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        let counts = saved[1].as_primitive::<Int64Type>();
        self.sum
            .add_totals(states, &saved[0], |row| counts.value(row), rows)
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![self.sum.arrow_type().clone(), ArrowType::Int64]
    }

    fn save(&self, states: &[Total<T::Native>]) -> Result<Vec<ArrayRef>> {
        let counts: Int64Array = states.iter().map(|total| Some(total.count)).collect();
        Ok(vec![self.sum.array(states), Arc::new(counts)])
    }

    fn results(&self, states: &[Total<T::Native>]) -> Result<ArrayRef> {
        self.sum.check(states)?;
        let averages = states.iter().map(|total| {
            if total.count == 0 || self.sum.is_lost(total) {
                return Ok(None);
            }
            match (self.divide)(total.sum, total.count, self.shape) {
                Some(average) => Ok(Some(average)),
                None if self.sum.overflow == Overflow::Fail => {
                    Err(overflow_error(&self.sum_type, "try_avg"))
                }
                None => Ok(None),
            }
        });
        let averages: PrimitiveArray<T> = averages.collect::<Result<_>>()?;
        Ok(Arc::new(averages.with_data_type(self.result.clone())))
    }
}
