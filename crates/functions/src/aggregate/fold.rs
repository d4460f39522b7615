//! State of an aggregate for many groups.

use std::fmt::Debug;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType as ArrowType;

use crate::error::{Error, Result};

/// The state of an aggregate for groups that are numbered from 0.
///
/// Partial states are arrays with one row for each group, whose types never change: streaming queries keep them.
pub trait Fold: Send + Sync + Debug {
    /// Makes room for this many groups in all.
    fn grow(&mut self, groups: usize);

    /// Adds rows.
    ///
    /// # Errors
    /// If the aggregate has no result for a value.
    fn update(&mut self, values: &[ArrayRef], rows: &Rows<'_>) -> Result<()>;

    /// Adds partial states.
    ///
    /// # Errors
    /// As [`Fold::update`].
    fn merge(&mut self, states: &[ArrayRef], rows: &Rows<'_>) -> Result<()>;

    /// The types of the arrays of [`Fold::states`].
    fn state_types(&self) -> Vec<ArrowType>;

    /// The partial states of the first `count` groups. The state stays.
    ///
    /// # Errors
    /// If an array cannot be made.
    fn states(&mut self, count: usize) -> Result<Vec<ArrayRef>>;

    /// The results of the first `count` groups. The state stays.
    ///
    /// # Errors
    /// If the aggregate has no result, such as a sum that overflowed.
    fn results(&mut self, count: usize) -> Result<ArrayRef>;

    /// Drops the first `count` groups; the next one becomes group 0.
    fn remove(&mut self, count: usize);

    /// Bytes of memory, about.
    fn size(&self) -> usize;

    /// Whether rows can be taken back exactly.
    fn can_retract(&self) -> bool {
        false
    }

    /// Takes back rows that were added before.
    ///
    /// # Errors
    /// If it cannot.
    fn retract(&mut self, _: &[ArrayRef], _: &Rows<'_>) -> Result<()> {
        Err(Error::internal("this aggregate cannot take back rows"))
    }
}

/// The rows of a batch, and the group of each.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The group of each row; without it all rows belong to group 0.
    pub groups: Option<&'a [usize]>,
    /// The rows that count: those where this is true.
    pub filter: Option<&'a BooleanArray>,
    /// How many rows there are.
    pub len: usize,
}

impl<'a> Rows<'a> {
    /// Rows of group 0.
    pub fn one_group(len: usize) -> Rows<'static> {
        Rows {
            groups: None,
            filter: None,
            len,
        }
    }

    /// Rows of many groups.
    pub fn of(groups: &'a [usize], filter: Option<&'a BooleanArray>) -> Rows<'a> {
        Rows {
            groups: Some(groups),
            filter,
            len: groups.len(),
        }
    }

    /// The rows that count and are not NULL in an array with these NULLs.
    fn valid(&self, nulls: Option<&NullBuffer>) -> Option<NullBuffer> {
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        let filter = self.filter.map(|filter| {
            let chosen = match filter.nulls() {
                Some(known) => filter.values() & known.inner(),
                None => filter.values().clone(),
            };
            NullBuffer::new(chosen)
        });
        NullBuffer::union(nulls, filter.as_ref())
    }

    /// Calls `of(group, row)` for each row that counts and is not NULL in an array with these NULLs.
    #[inline]
    pub fn each(&self, nulls: Option<&NullBuffer>, mut of: impl FnMut(usize, usize)) {
        match (self.groups, self.valid(nulls)) {
            (Some(groups), None) => {
                for (row, group) in groups.iter().enumerate() {
                    of(*group, row);
                }
            }
            (Some(groups), Some(valid)) => {
                for row in valid.valid_indices() {
                    of(groups[row], row);
                }
            }
            (None, None) => {
                for row in 0..self.len {
                    of(0, row);
                }
            }
            (None, Some(valid)) => {
                for row in valid.valid_indices() {
                    of(0, row);
                }
            }
        }
    }

    /// [`Rows::each`] of what can fail; stops at the first error.
    ///
    /// # Errors
    /// The first error.
    #[inline]
    pub fn try_each(
        &self,
        nulls: Option<&NullBuffer>,
        mut of: impl FnMut(usize, usize) -> Result<()>,
    ) -> Result<()> {
        let mut result = Ok(());
        self.each(nulls, |group, row| {
            if result.is_ok() {
                result = of(group, row);
            }
        });
        result
    }
}
