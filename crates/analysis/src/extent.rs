//! Limits on the size of a plan: copies of tables of `WITH` and of SQL functions, lateral aliases, nested subqueries.
//!
//! Each place that names one has a copy of its plan. A table that names the one before it twice, and so on, would make a
//! plan that doubles with each table.

use functions::too_complex;

use crate::error::Result;

/// The most copies in a plan.
const COPIES_MAX: usize = 2000;
/// How deep copies may be within each other. Spark's analyser gives up after 100 rounds
/// (`spark.sql.analyzer.maxIterations`); DataFusion's plan of more takes more than the 2 MiB of a thread's stack.
const DEPTH_MAX: usize = 100;
/// How deep subqueries may be within each other. DataFusion's checks of a plan take twice as long with each level: a second
/// with 18.
const SUBQUERIES_MAX: usize = 18;

/// The copies in a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// How many there are, those within copies too.
    copies: usize,
    /// How deep they are within each other.
    depth: usize,
}

impl Extent {
    /// A plan of this size with one more copy, which is of size `copy`.
    ///
    /// # Errors
    /// `FAILED_TO_PARSE_TOO_COMPLEX`.
    pub(crate) fn with_copy(self, copy: Extent) -> Result<Extent> {
        let copies = self.copies + copy.copies + 1;
        let depth = self.depth.max(copy.depth + 1);
        check_depth(depth)?;
        match copies > COPIES_MAX {
            true => Err(too_complex()),
            false => Ok(Extent { copies, depth }),
        }
    }
}

/// Checks how deep bodies of SQL functions, copies, or lateral aliases are within each other.
///
/// # Errors
/// `FAILED_TO_PARSE_TOO_COMPLEX`.
pub(crate) fn check_depth(depth: usize) -> Result<()> {
    match depth > DEPTH_MAX {
        true => Err(too_complex()),
        false => Ok(()),
    }
}

/// Checks how deep subqueries are within each other.
///
/// # Errors
/// `FAILED_TO_PARSE_TOO_COMPLEX`.
pub(crate) fn check_subqueries(depth: usize) -> Result<()> {
    match depth > SUBQUERIES_MAX {
        true => Err(too_complex()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::Extent;

    fn copies_of(extent: Extent, count: usize) -> Option<Extent> {
        let mut whole = Extent::default();
        for _ in 0..count {
            whole = whole.with_copy(extent).ok()?;
        }
        Some(whole)
    }

    #[test]
    fn copies_within_copies_count() {
        let one = copies_of(Extent::default(), 2).unwrap();
        let two = copies_of(one, 2).unwrap();
        assert_eq!(
            two,
            Extent {
                copies: 6,
                depth: 2
            }
        );
    }

    #[test]
    fn a_plan_that_doubles_is_refused() {
        let mut extent = Extent::default();
        for _ in 0..9 {
            extent = copies_of(extent, 2).unwrap();
        }
        assert_eq!(copies_of(extent, 2), None);
    }

    #[test]
    fn a_chain_may_have_a_hundred_links() {
        let mut extent = Extent::default();
        for _ in 0..100 {
            extent = copies_of(extent, 1).unwrap();
        }
        assert_eq!(copies_of(extent, 1), None);
    }
}
