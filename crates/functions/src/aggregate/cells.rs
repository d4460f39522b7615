//! Aggregates whose state is one value for each group.

use std::fmt::Debug;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType as ArrowType;

use crate::aggregate::fold::{Fold, Rows};
use crate::error::{Error, Result};

/// An aggregate whose state is one `State` for each group.
pub(crate) trait Cell: Send + Sync + Debug + 'static {
    /// The state of a group; the default is that of a group without rows.
    type State: Clone + Default + Send + Sync + Debug;

    /// Adds rows; see [`Fold::update`].
    fn update(
        &mut self,
        states: &mut [Self::State],
        values: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()>;

    /// Adds partial states; see [`Fold::merge`]. If nothing else is said, they are added as values are.
    fn merge(
        &mut self,
        states: &mut [Self::State],
        saved: &[ArrayRef],
        rows: &Rows<'_>,
    ) -> Result<()> {
        self.update(states, saved, rows)
    }

    /// The types of the arrays of [`Cell::save`].
    fn state_types(&self) -> Vec<ArrowType>;

    /// The states as arrays. If nothing else is said, they are the results.
    fn save(&self, states: &[Self::State]) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.results(states)?])
    }

    /// The results.
    fn results(&self, states: &[Self::State]) -> Result<ArrayRef>;

    /// Bytes of memory that the states refer to.
    fn heap(&self) -> usize {
        0
    }

    /// These states go away.
    fn forget(&mut self, _: &[Self::State]) {}

    /// See [`Fold::can_retract`].
    fn can_retract(&self) -> bool {
        false
    }

    /// See [`Fold::retract`].
    fn retract(&mut self, _: &mut [Self::State], _: &[ArrayRef], _: &Rows<'_>) -> Result<()> {
        Err(Error::internal("this aggregate cannot take back rows"))
    }
}

/// The states of all groups.
#[derive(Debug)]
pub(crate) struct PerGroup<C: Cell> {
    cell: C,
    states: Vec<C::State>,
}

impl<C: Cell> PerGroup<C> {
    /// No groups yet.
    pub(crate) fn boxed(cell: C) -> Box<dyn Fold> {
        Box::new(PerGroup {
            cell,
            states: Vec::new(),
        })
    }
}

impl<C: Cell> Fold for PerGroup<C> {
    fn grow(&mut self, groups: usize) {
        if groups > self.states.len() {
            self.states.resize_with(groups, C::State::default);
        }
    }

    fn update(&mut self, values: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        self.cell.update(&mut self.states, values, rows)
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        self.cell.merge(&mut self.states, states, rows)
    }

    fn state_types(&self) -> Vec<ArrowType> {
        self.cell.state_types()
    }

    fn states(&mut self, count: usize) -> Result<Vec<ArrayRef>> {
        self.cell.save(&self.states[..count])
    }

    fn results(&mut self, count: usize) -> Result<ArrayRef> {
        self.cell.results(&self.states[..count])
    }

    fn remove(&mut self, count: usize) {
        self.cell.forget(&self.states[..count]);
        if count == self.states.len() {
            self.states = Vec::new();
        } else {
            self.states.drain(..count);
        }
    }

    fn size(&self) -> usize {
        self.states.capacity() * size_of::<C::State>() + self.cell.heap()
    }

    fn can_retract(&self) -> bool {
        self.cell.can_retract()
    }

    fn retract(&mut self, values: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        self.cell.retract(&mut self.states, values, rows)
    }
}
