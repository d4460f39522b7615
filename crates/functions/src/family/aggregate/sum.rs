//! Sums.

use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType as ArrowType, Decimal128Type, DecimalType, DurationMicrosecondType, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalYearMonthType,
};
use sql::DataType;

use crate::aggregate::{Cell, Fold, PerGroup, Rows, Spec};
use crate::call::Call;
use crate::coerce::bounded_decimal;
use crate::error::{Error, Result};
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::{is_floating, is_integral, is_string};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "sum",
        (1, 1),
        "sum(expr) - Returns the sum of the values.",
        sum,
        Kernel::Aggregate(make),
    ),
    Function::aggregate(
        "try_sum",
        (1, 1),
        "try_sum(expr) - Returns the sum of the values; NULL if it overflows.",
        sum,
        Kernel::Aggregate(make),
    ),
];

/// Makes the argument of a sum or an average a number or an interval.
pub(super) fn number_or_interval(call: &mut Call<'_>) -> Result<()> {
    match call.type_of(0) {
        DataType::Void => call.cast_argument(0, &DataType::Double),
        text if is_string(text) => call.cast_argument(0, &DataType::Double),
        DataType::Decimal(..) | DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) => {
            Ok(())
        }
        number if is_integral(number) || is_floating(number) => Ok(()),
        _ => Err(call.unexpected_type(0, "\"NUMERIC\" or \"ANSI INTERVAL\"")),
    }
}

fn sum(mut call: Call<'_>) -> Result<Typed> {
    number_or_interval(&mut call)?;
    let result = match call.type_of(0) {
        DataType::Decimal(precision, scale) => {
            bounded_decimal(i32::from(*precision) + 10, i32::from(*scale))
        }
        number if is_integral(number) => DataType::Long,
        number if is_floating(number) => DataType::Double,
        interval => interval.clone(),
    };
    call.aggregate(result, true)
}

fn make(spec: &Spec) -> Result<Box<dyn Fold>> {
    Ok(match spec.argument(0) {
        ArrowType::Int8 => Sum::<Int8Type, Int64Type>::boxed(spec),
        ArrowType::Int16 => Sum::<Int16Type, Int64Type>::boxed(spec),
        ArrowType::Int32 => Sum::<Int32Type, Int64Type>::boxed(spec),
        ArrowType::Int64 => Sum::<Int64Type, Int64Type>::boxed(spec),
        ArrowType::Float32 => Sum::<Float32Type, Float64Type>::boxed(spec),
        ArrowType::Float64 => Sum::<Float64Type, Float64Type>::boxed(spec),
        ArrowType::Decimal128(..) => Sum::<Decimal128Type, Decimal128Type>::boxed(spec),
        ArrowType::Interval(_) => Sum::<IntervalYearMonthType, IntervalYearMonthType>::boxed(spec),
        ArrowType::Duration(_) => {
            Sum::<DurationMicrosecondType, DurationMicrosecondType>::boxed(spec)
        }
        other => return Err(Error::internal(format!("a sum of {other}"))),
    })
}

/// What happens when a sum does not fit in its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overflow {
    /// An error.
    Fail,
    /// The sum is NULL.
    Null,
    /// The number wraps around, as in Java; a double becomes infinite.
    Wrap,
}

impl Overflow {
    /// What a sum of this type does, or an average over such a sum.
    pub(super) fn of(spec: &Spec, sum: &DataType) -> Overflow {
        match sum {
            DataType::Double => Overflow::Wrap,
            _ if spec.is_try() => Overflow::Null,
            DataType::Long if !spec.settings.ansi => Overflow::Wrap,
            DataType::Decimal(..) if !spec.settings.ansi => Overflow::Null,
            _ => Overflow::Fail,
        }
    }
}

/// The error of a sum of this type that overflowed.
pub(super) fn overflow_error(sum: &DataType, instead: &str) -> Error {
    match sum {
        DataType::Decimal(..) => Error::data(
            "ARITHMETIC_OVERFLOW",
            format!(
                "Overflow in sum of decimals. Use '{instead}' to tolerate overflow and return NULL instead. If necessary \
                 set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error."
            ),
        ),
        DataType::Long => Error::data(
            "ARITHMETIC_OVERFLOW",
            "overflow. Use 'try_add' to tolerate overflow and return NULL instead. If necessary set \
             \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.",
        ),
        _ => Error::data(
            "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION",
            "Integer overflow while operating with intervals. Use `try_add` to tolerate overflow and return NULL instead.",
        ),
    }
}

/// The sum of one group.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Total<N> {
    pub(super) sum: N,
    pub(super) count: i64,
    pub(super) has_overflown: bool,
}

/// Sums of `I` as `O`.
pub(super) struct Sum<I, O> {
    pub(super) overflow: Overflow,
    /// The type of the sum in Spark.
    data_type: DataType,
    arrow_type: ArrowType,
    instead: &'static str,
    types: PhantomData<fn(I) -> O>,
}

impl<I, O> Sum<I, O>
where
    I: ArrowPrimitiveType,
    O: ArrowPrimitiveType,
    I::Native: Into<O::Native>,
    O::Native: ArrowNativeTypeOp,
{
    fn boxed(spec: &Spec) -> Box<dyn Fold> {
        PerGroup::boxed(Sum::<I, O>::new(spec, &spec.result, "try_sum"))
    }

    /// A sum of this type, and the function to use instead if it overflows.
    pub(super) fn new(spec: &Spec, data_type: &DataType, instead: &'static str) -> Sum<I, O> {
        Sum {
            overflow: Overflow::of(spec, data_type),
            data_type: data_type.clone(),
            arrow_type: crate::types::to_arrow(data_type),
            instead,
            types: PhantomData,
        }
    }

    /// Adds one value to a total. Returns whether it did not fit: the total is lost then.
    #[inline]
    fn add(&self, total: &mut Total<O::Native>, value: O::Native) -> bool {
        // A sum of integers that wraps is less than before after a positive value, and not less after a negative one.
        let sum = total.sum.add_wrapping(value);
        let is_less = sum.is_lt(total.sum);
        let is_lost = self.overflow != Overflow::Wrap && is_less != value.is_lt(O::Native::ZERO);
        total.sum = sum;
        total.has_overflown |= is_lost;
        is_lost
    }

    /// Fails if a total was lost and that is an error.
    fn fail_if(&self, any_lost: bool) -> Result<()> {
        match any_lost && self.overflow == Overflow::Fail {
            true => Err(overflow_error(&self.data_type, self.instead)),
            false => Ok(()),
        }
    }

    /// Adds rows.
    pub(super) fn add_rows(
        &self,
        totals: &mut [Total<O::Native>],
        values: &ArrayRef,
        rows: &Rows<'_>,
    ) -> Result<()> {
        let values = values.as_primitive::<I>();
        let numbers = values.values();
        let mut any_lost = false;
        rows.each(values.nulls(), |group, row| {
            let total = &mut totals[group];
            total.count += 1;
            any_lost |= self.add(total, numbers[row].into());
        });
        self.fail_if(any_lost)
    }

    /// Adds partial sums. A sum that is NULL has overflown, if its group is not empty.
    pub(super) fn add_totals(
        &self,
        totals: &mut [Total<O::Native>],
        sums: &ArrayRef,
        count: impl Fn(usize) -> i64,
        rows: &Rows<'_>,
    ) -> Result<()> {
        let sums = sums.as_primitive::<O>();
        let mut any_lost = false;
        rows.each(None, |group, row| {
            let count = count(row);
            let total = &mut totals[group];
            total.count += count;
            match sums.is_null(row) {
                true => total.has_overflown |= count > 0,
                false => any_lost |= self.add(total, sums.value(row)),
            }
        });
        self.fail_if(any_lost)
    }

    /// Whether a sum does not fit in its type.
    pub(super) fn is_lost(&self, total: &Total<O::Native>) -> bool {
        let ArrowType::Decimal128(precision, scale) = self.arrow_type else {
            return total.has_overflown;
        };
        // The native number of a decimal is an `i128`.
        let fits = (&total.sum as &dyn std::any::Any)
            .downcast_ref::<i128>()
            .is_none_or(|sum| {
                Decimal128Type::validate_decimal_precision(*sum, precision, scale).is_ok()
            });
        total.has_overflown || !fits
    }

    /// The sums as an array; NULL where there are no rows or the sum is lost.
    pub(super) fn array(&self, totals: &[Total<O::Native>]) -> ArrayRef {
        let sums: Vec<O::Native> = totals.iter().map(|total| total.sum).collect();
        let valid = totals
            .iter()
            .map(|total| total.count > 0 && !self.is_lost(total));
        let nulls: NullBuffer = valid.collect();
        let array = PrimitiveArray::<O>::new(sums.into(), Some(nulls));
        Arc::new(array.with_data_type(self.arrow_type.clone()))
    }

    /// Fails if a sum is lost and that is an error.
    pub(super) fn check(&self, totals: &[Total<O::Native>]) -> Result<()> {
        self.fail_if(totals.iter().any(|total| self.is_lost(total)))
    }

    /// The Arrow type of the sum.
    pub(super) fn arrow_type(&self) -> &ArrowType {
        &self.arrow_type
    }
}

impl<I, O> Debug for Sum<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sum({})", self.arrow_type)
    }
}

impl<I, O> Cell for Sum<I, O>
where
    I: ArrowPrimitiveType,
    O: ArrowPrimitiveType,
    I::Native: Into<O::Native>,
    O::Native: ArrowNativeTypeOp,
{
    type State = Total<O::Native>;

    fn update(
        &mut self,
        states: &mut [Total<O::Native>],
        values: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        self.add_rows(states, &values[0], rows)
    }

    fn merge(
        &mut self,
        states: &mut [Total<O::Native>],
        saved: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        let is_empty = saved[1].as_boolean();
        let count = |row| i64::from(!is_empty.value(row));
        self.add_totals(states, &saved[0], count, rows)
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![self.arrow_type.clone(), ArrowType::Boolean]
    }

    fn save(&self, states: &[Total<O::Native>]) -> Result<Vec<ArrayRef>> {
        let is_empty: Vec<bool> = states.iter().map(|total| total.count == 0).collect();
        Ok(vec![
            self.array(states),
            Arc::new(BooleanArray::from(is_empty)),
        ])
    }

    fn results(&self, states: &[Total<O::Native>]) -> Result<ArrayRef> {
        self.check(states)?;
        Ok(self.array(states))
    }

    fn can_retract(&self) -> bool {
        // Numbers with a fraction would not come back to the same sum; a sum that overflowed is lost.
        self.data_type != DataType::Double && self.overflow != Overflow::Null
    }

    fn retract(
        &mut self,
        states: &mut [Total<O::Native>],
        values: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        let values = values[0].as_primitive::<I>();
        rows.each(values.nulls(), |group, row| {
            let total = &mut states[group];
            total.count -= 1;
            total.sum = total.sum.sub_wrapping(values.value(row).into());
        });
        Ok(())
    }
}
