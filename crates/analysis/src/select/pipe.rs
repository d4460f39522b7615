//! The rules of pipe operators that the clauses of `SELECT` do not have.

use functions::Typed;
use sql::{Expression, ExpressionKind, PipeOperator, Relation};

use crate::analyser::Analyser;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::expression::{has_aggregate, has_window};
use crate::planned::Planned;
use crate::scope::Scope;
use crate::select::block::Block;

/// A pipe operator that computes columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PipeClause {
    Extend,
    Set,
    Aggregate,
}

impl PipeClause {
    /// Checks the expressions as they are written: the first of `EXTEND` is the `*` of its input.
    pub(crate) fn check_stars(self, expressions: &[Expression]) -> Result<()> {
        let own = match self {
            PipeClause::Extend => 1,
            PipeClause::Set => return Ok(()),
            PipeClause::Aggregate => 0,
        };
        let is_star = |e: &&Expression| matches!(e.kind, ExpressionKind::UnresolvedStar { .. });
        match expressions.iter().skip(own).any(|e| is_star(&e)) {
            true => Err(Error::analysis(
                "INVALID_USAGE_OF_STAR_OR_REGEX",
                "Invalid usage of '*' in expression `pipeexpression`.",
            )),
            false => Ok(()),
        }
    }

    /// Checks what is computed: aggregates in `AGGREGATE`, and only there.
    pub(crate) fn check_items<'i>(self, items: impl Iterator<Item = &'i Typed>) -> Result<()> {
        let mut items = items;
        let clause = match self {
            PipeClause::Extend => "EXTEND",
            PipeClause::Set => "SET",
            PipeClause::Aggregate => return items.try_for_each(check_aggregate),
        };
        match items.find(|item| has_aggregate(&item.expr)) {
            None => Ok(()),
            Some(item) => Err(Error::analysis(
                "PIPE_OPERATOR_CONTAINS_AGGREGATE_FUNCTION",
                format!(
                    "Aggregate function {} is not allowed when using the pipe operator |> {clause} clause; please use the pipe \
                     operator |> AGGREGATE clause instead.",
                    item.name
                ),
            )),
        }
    }
}

fn check_aggregate(item: &Typed) -> Result<()> {
    if has_window(&item.expr) {
        return Err(Error::analysis(
            "UNSUPPORTED_FEATURE.PIPE_OPERATOR_AGGREGATE_UNSUPPORTED_CASE",
            "The feature is not supported: The SQL pipe operator syntax with aggregation (using |> AGGREGATE) does not support \
             window functions; please update the query to move the window functions to a subsequent |> SELECT operator instead.",
        ));
    }
    match has_aggregate(&item.expr) {
        true => Ok(()),
        false => Err(Error::analysis(
            "PIPE_OPERATOR_AGGREGATE_EXPRESSION_CONTAINS_NO_AGGREGATE_FUNCTION",
            format!(
                "Non-grouping expression {} is provided as an argument to the |> AGGREGATE pipe operator but does not contain \
                 any aggregate function; please update it to include an aggregate function and then retry the query again.",
                item.name
            ),
        )),
    }
}

impl Analyser {
    /// What a pipe operator reads or gives.
    pub(crate) fn piped(
        &self,
        input: &Relation,
        operator: PipeOperator,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        // A pipe operator sees the windows of its own clause only.
        let environment = &environment.inner();
        let clause = match operator {
            PipeOperator::Extend => PipeClause::Extend,
            PipeOperator::Aggregate => PipeClause::Aggregate,
            PipeOperator::Other => return self.relation(input, environment, outer),
        };
        let mut block = Block::of(input, environment);
        block.pipe = Some(clause);
        self.block(&block, outer)
    }

    /// `|> SET column = value, ..`: an assignment sees those before it.
    pub(crate) fn set_columns(
        &self,
        input: Planned,
        columns: &[(String, Expression)],
        block: &Block<'_>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let mut planned = input;
        for column in columns {
            let scope = self.scope(&planned, &block.environment, None);
            let name = std::slice::from_ref(&column.0);
            if scope.find(name)?.is_none() {
                return Err(scope.unresolved(name));
            }
            planned = self.with_columns(planned, std::slice::from_ref(column), block, outer)?;
        }
        Ok(planned)
    }
}
