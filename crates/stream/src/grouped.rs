//! A DataFrame divided into groups, waiting to be told what to compute of each.

use sql::{Expression, GroupingKind, RelationKind};

use crate::column::Column;
use crate::dataframe::{DataFrame, this};
use crate::error::Result;
use crate::functions;

/// What [`DataFrame::group_by`] gives.
#[derive(Clone, Debug)]
pub struct GroupedData {
    frame: DataFrame,
    keys: Vec<Expression>,
    kind: GroupingKind,
}

impl GroupedData {
    pub(crate) fn new(frame: DataFrame, keys: Vec<Expression>, kind: GroupingKind) -> GroupedData {
        GroupedData { frame, keys, kind }
    }

    /// One row per group: its keys, then `aggregates`.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN`, or `MISSING_AGGREGATION` for an expression that has no one value per group.
    pub fn agg<C: Into<Column>>(
        self,
        aggregates: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        let aggregates = aggregates
            .into_iter()
            .map(|column| column.into().into_expression());
        self.frame.derive(RelationKind::Aggregate {
            input: this(),
            grouping: self.keys,
            kind: self.kind,
            expressions: aggregates.collect(),
            keeps_grouping: true,
        })
    }

    /// How many rows each group has, as `count`.
    ///
    /// # Errors
    /// As [`agg`](Self::agg).
    pub fn count(self) -> Result<DataFrame> {
        self.agg([functions::count("*").alias("count")])
    }
}
