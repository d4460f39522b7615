//! Aggregates of numbers or pairs of numbers whose state is a few `DOUBLE`s.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType as ArrowType, Float64Type};

use crate::aggregate::{Cell, Fold, PerGroup, Rows, Spec};
use crate::error::Result;

/// The state of a group. `PARTS` numbers keep it.
pub(super) trait Statistic<const PARTS: usize>:
    Copy + Debug + Default + Send + Sync + 'static
{
    /// How a function adds rows.
    type Mode: Copy + Debug + Send + Sync + 'static;

    /// The mode of the function `name`.
    fn mode(name: &str) -> Self::Mode;

    /// Adds the values of a row; both are the same where the function takes one.
    fn add(&mut self, mode: Self::Mode, first: f64, second: f64);

    /// Adds another state.
    fn join(&mut self, other: &Self);

    /// The numbers that keep the state.
    fn parts(&self) -> [f64; PARTS];

    /// The state of these numbers.
    fn of(parts: [f64; PARTS]) -> Self;

    /// The result of the function `name`.
    fn result(&self, name: &str) -> Option<f64>;
}

/// The fold of a function of one argument, or of two.
pub(super) fn fold<const PARTS: usize, S: Statistic<PARTS>>(spec: &Spec) -> Box<dyn Fold> {
    PerGroup::boxed(Statistics::<PARTS, S> {
        name: spec.function.name,
        mode: S::mode(spec.function.name),
        state: PhantomData,
    })
}

#[derive(Debug)]
struct Statistics<const PARTS: usize, S: Statistic<PARTS>> {
    name: &'static str,
    mode: S::Mode,
    state: PhantomData<fn() -> S>,
}

impl<const PARTS: usize, S: Statistic<PARTS>> Cell for Statistics<PARTS, S> {
    type State = S;

    fn update(&mut self, states: &mut [S], values: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let first = values[0].as_primitive::<Float64Type>();
        let second = values[values.len() - 1].as_primitive::<Float64Type>();
        let nulls = NullBuffer::union(first.nulls(), second.nulls());
        let mode = self.mode;
        rows.each(nulls.as_ref(), |group, row| {
            states[group].add(mode, first.value(row), second.value(row));
        });
        Ok(())
    }

    fn merge(&mut self, states: &mut [S], saved: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let part = |index: usize, row: usize| saved[index].as_primitive::<Float64Type>().value(row);
        rows.each(None, |group, row| {
            let parts = std::array::from_fn(|index| part(index, row));
            states[group].join(&S::of(parts));
        });
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![ArrowType::Float64; PARTS]
    }

    fn save(&self, states: &[S]) -> Result<Vec<ArrayRef>> {
        let column = |index: usize| -> ArrayRef {
            let parts = states.iter().map(|state| state.parts()[index]);
            Arc::new(Float64Array::from_iter_values(parts))
        };
        Ok((0..PARTS).map(column).collect())
    }

    fn results(&self, states: &[S]) -> Result<ArrayRef> {
        let results: Float64Array = states.iter().map(|state| state.result(self.name)).collect();
        Ok(Arc::new(results))
    }
}
