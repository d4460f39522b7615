//! Operations that make a DataFrame of others, and run nothing.

use sql::{
    Expression, GroupingKind, IntervalUnit, JoinCriteria, Literal, Relation, RelationKind,
    SetOperator, SortOrder, Span, TableAlias,
};

use super::{DataFrame, JoinType};
use crate::column::Column;
use crate::error::{Error, Result};
use crate::grouped::GroupedData;
use crate::options::parse_duration;

/// The DataFrame that an operation is called on, as the input of a relation.
pub(crate) fn this() -> Box<Relation> {
    analysed(0)
}

/// One of the DataFrames of an operation.
fn analysed(index: usize) -> Box<Relation> {
    Box::new(Relation::new(
        RelationKind::Analysed(index),
        Span::default(),
    ))
}

impl DataFrame {
    /// The given columns; `*` stands for all. Aggregates without a key give one row.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN`, `AMBIGUOUS_REFERENCE`, or types that do not fit.
    pub fn select<C: Into<Column>>(
        &self,
        columns: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        self.derive(RelationKind::Project {
            input: this(),
            expressions: expressions(columns),
        })
    }

    /// The columns that SQL expressions give, such as `delay / 60 AS hours`.
    ///
    /// # Errors
    /// `PARSE_SYNTAX_ERROR`, and as [`select`](Self::select).
    pub fn select_expr<'a>(&self, exprs: impl IntoIterator<Item = &'a str>) -> Result<DataFrame> {
        let text = exprs.into_iter().collect::<Vec<_>>().join(", ");
        let kind = RelationKind::Project {
            input: this(),
            expressions: sql::parse_expressions(&text)?,
        };
        self.derive_text(&text, kind)
    }

    /// The rows for which `condition` holds.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn filter(&self, condition: impl Into<Column>) -> Result<DataFrame> {
        self.derive(RelationKind::Filter {
            input: this(),
            condition: condition.into().into_expression(),
        })
    }

    /// The rows for which a SQL condition holds, such as `delay > 60 AND origin = 'JFK'`.
    ///
    /// # Errors
    /// `PARSE_SYNTAX_ERROR`, and as [`filter`](Self::filter).
    pub fn where_(&self, condition: &str) -> Result<DataFrame> {
        let kind = RelationKind::Filter {
            input: this(),
            condition: sql::parse_expression(condition)?,
        };
        self.derive_text(condition, kind)
    }

    /// All columns, and `column` as `name`, in place of what was called so.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn with_column(&self, name: &str, column: impl Into<Column>) -> Result<DataFrame> {
        self.derive(RelationKind::WithColumns {
            input: this(),
            columns: vec![(name.to_owned(), column.into().into_expression())],
        })
    }

    /// All columns, `old` under the name `new`. Nothing happens if there is no `old`.
    ///
    /// # Errors
    /// If the engine refuses the result.
    pub fn with_column_renamed(&self, old: &str, new: &str) -> Result<DataFrame> {
        self.derive(RelationKind::WithColumnsRenamed {
            input: this(),
            renames: vec![(old.to_owned(), new.to_owned())],
        })
    }

    /// All columns but those called so. Names that mean nothing are passed over.
    ///
    /// # Errors
    /// If the engine refuses the result.
    pub fn drop<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<DataFrame> {
        self.derive(RelationKind::Drop {
            input: this(),
            names: owned(names),
        })
    }

    /// The same rows under a name that columns can be told apart by.
    ///
    /// # Errors
    /// If the engine refuses the name.
    pub fn alias(&self, name: &str) -> Result<DataFrame> {
        self.derive(RelationKind::SubqueryAlias {
            input: this(),
            alias: Some(TableAlias {
                name: name.to_owned(),
                columns: Vec::new(),
            }),
        })
    }

    /// Pairs of rows of this and `other` for which `condition` holds, and what `kind` adds.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn join(
        &self,
        other: &DataFrame,
        condition: impl Into<Column>,
        kind: JoinType,
    ) -> Result<DataFrame> {
        let condition = condition.into().into_expression();
        self.join_by(other, JoinCriteria::On(Box::new(condition)), kind)
    }

    /// Pairs of rows of this and `other` that are equal in the columns called `names`, which come once and first in the
    /// result.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn join_using<'a>(
        &self,
        other: &DataFrame,
        names: impl IntoIterator<Item = &'a str>,
        kind: JoinType,
    ) -> Result<DataFrame> {
        self.join_by(other, JoinCriteria::Using(owned(names)), kind)
    }

    fn join_by(
        &self,
        other: &DataFrame,
        criteria: JoinCriteria,
        kind: JoinType,
    ) -> Result<DataFrame> {
        let join = RelationKind::Join {
            left: this(),
            right: analysed(1),
            join_type: kind.unresolved(),
            criteria,
            is_lateral: false,
        };
        self.derive_both(other, join)
    }

    /// The rows of both, column by column; columns are matched by place, not by name.
    ///
    /// # Errors
    /// If there are not as many columns, or of types that do not fit.
    pub fn union(&self, other: &DataFrame) -> Result<DataFrame> {
        let union = RelationKind::SetOperation {
            left: this(),
            right: analysed(1),
            operator: SetOperator::Union,
            is_all: true,
        };
        self.derive_both(other, union)
    }

    /// Groups of rows that have the same values in `keys`; all rows are one group if there are none.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN` or `AMBIGUOUS_REFERENCE`.
    pub fn group_by<C: Into<Column>>(
        &self,
        keys: impl IntoIterator<Item = C>,
    ) -> Result<GroupedData> {
        self.group(keys, GroupingKind::GroupBy)
    }

    /// [`group_by`](Self::group_by) of all `keys`, of all but the last, and so on: subtotals.
    ///
    /// # Errors
    /// As [`group_by`](Self::group_by).
    pub fn rollup<C: Into<Column>>(
        &self,
        keys: impl IntoIterator<Item = C>,
    ) -> Result<GroupedData> {
        self.group(keys, GroupingKind::Rollup)
    }

    /// [`group_by`](Self::group_by) of every subset of `keys`.
    ///
    /// # Errors
    /// As [`group_by`](Self::group_by).
    pub fn cube<C: Into<Column>>(&self, keys: impl IntoIterator<Item = C>) -> Result<GroupedData> {
        self.group(keys, GroupingKind::Cube)
    }

    fn group<C: Into<Column>>(
        &self,
        keys: impl IntoIterator<Item = C>,
        kind: GroupingKind,
    ) -> Result<GroupedData> {
        let keys = expressions(keys);
        // A key that is wrong is refused here, not by `agg`.
        if !keys.is_empty() {
            self.derive(RelationKind::Project {
                input: this(),
                expressions: keys.clone(),
            })?;
        }
        Ok(GroupedData::new(self.clone(), keys, kind))
    }

    /// One row: `aggregates` over all rows.
    ///
    /// # Errors
    /// As [`GroupedData::agg`].
    pub fn agg<C: Into<Column>>(
        &self,
        aggregates: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        GroupedData::new(self.clone(), Vec::new(), GroupingKind::GroupBy).agg(aggregates)
    }

    /// Every row once.
    ///
    /// # Errors
    /// If the engine cannot compare rows of these types.
    pub fn distinct(&self) -> Result<DataFrame> {
        self.derive(RelationKind::Distinct(this()))
    }

    /// One row of those that are equal in the columns called `names`; of all columns if there are none.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN_AMONG_FIELD_NAMES`.
    pub fn drop_duplicates<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<DataFrame> {
        self.derive(RelationKind::Deduplicate {
            input: this(),
            names: owned(names),
        })
    }

    /// The rows sorted by `columns`, each `asc()` unless it says `desc()`. Columns that the last `select` left out can be
    /// named too.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn order_by<C: Into<Column>>(
        &self,
        columns: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        let order = columns.into_iter().map(|column| column.into().into_sort());
        let order: Vec<SortOrder> = order.collect();
        let sort = |input| RelationKind::Sort {
            input,
            order: order.clone(),
            is_global: true,
        };
        let sorted = self.derive(sort(this()));
        match (&sorted, &self.selection) {
            (Err(error), Some(selection)) if is_missing_column(error) => {
                let select = Relation::new(selection.kind.clone(), Span::default());
                let input = vec![selection.input.clone()];
                self.derive_with(&selection.text, input, sort(Box::new(select)))
                    .or(sorted)
            }
            _ => sorted,
        }
    }

    /// The first `rows` rows.
    ///
    /// # Errors
    /// If `rows` does not fit a Java `int`.
    pub fn limit(&self, rows: usize) -> Result<DataFrame> {
        // Spark counts rows in an `INT`.
        let rows = i32::try_from(rows).unwrap_or(i32::MAX);
        self.derive(RelationKind::Limit {
            input: this(),
            limit: Box::new(Column::literal(rows.into()).into_expression()),
        })
    }

    /// Says that `column` is the time of each row, and that rows more than `delay` (such as `10 minutes`) behind the
    /// newest may be dropped.
    ///
    /// # Errors
    /// `EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE`, `UNRESOLVED_COLUMN`, or a delay that is no time.
    pub fn with_watermark(&self, column: &str, delay: &str) -> Result<DataFrame> {
        let Some(delay) = parse_duration(delay) else {
            return Err(Error::analysis(
                "CANNOT_PARSE_INTERVAL",
                format!(
                    "Unable to parse '{delay}'. Please ensure that the value is an interval such as '10 seconds'."
                ),
            ));
        };
        let micros = delay.as_micros().to_string();
        let delay = Literal::IntervalUnits(vec![(micros, IntervalUnit::Microsecond)]);
        self.derive(RelationKind::Watermark {
            input: this(),
            column: Column::named(column).into_expression(),
            delay: Box::new(Column::literal(delay).into_expression()),
        })
    }
}

/// Whether an error says that a column is not there.
fn is_missing_column(error: &Error) -> bool {
    let condition = error.condition().unwrap_or_default();
    condition.starts_with("UNRESOLVED_COLUMN") || condition.starts_with("MISSING_ATTRIBUTES")
}

fn expressions<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Vec<Expression> {
    let columns = columns.into_iter().map(Into::into);
    columns.map(Column::into_expression).collect()
}

fn owned<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}
