//! `ORDER BY`: its keys, and the order of rows that are complete.

use functions::Typed;
use sql::{ExpressionKind, Literal, SortOrder};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::expression::predicate::unsupported_in;
use crate::expression::window::SortKey;
use crate::expression::{has_aggregate, has_window};
use crate::planned::Planned;
use crate::relation::join::unsupported_value;
use crate::scope::{Column, Scope};
use crate::select::block::Block;
use crate::subquery::lift::{has_correlated_value, has_subquery};

impl Analyser {
    /// Rows that are complete, in the order of the block.
    pub(crate) fn arranged(
        &self,
        planned: Planned,
        block: &Block<'_>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let scope = self.scope(&planned, &block.environment, outer);
        for key in block.distribute.unwrap_or_default() {
            self.resolve(key, &scope)?;
        }
        let columns = planned.columns.iter();
        let outputs: Vec<Typed> = columns.map(Column::as_item).collect();
        let mut keys = Vec::new();
        for order in block.order.unwrap_or_default() {
            for key in self.order_key(order, &outputs, &scope)? {
                check_sort_key(&key, false)?;
                keys.push(key.sort);
            }
        }
        match keys.is_empty() {
            true => Ok(planned),
            false => {
                self.check_place(&planned.plan)?;
                planned.sort(keys)
            }
        }
    }

    /// A key of `ORDER BY`: a place in `SELECT`, all columns of it, a column of it, or an expression over the input.
    pub(crate) fn order_key(
        &self,
        order: &SortOrder,
        outputs: &[Typed],
        scope: &Scope<'_>,
    ) -> Result<Vec<SortKey>> {
        match &order.child.kind {
            ExpressionKind::Literal(Literal::Integer(position)) if self.rules.order_by_ordinal => {
                let at = usize::try_from(*position)
                    .ok()
                    .and_then(|at| at.checked_sub(1));
                match at.and_then(|at| outputs.get(at)) {
                    Some(output) => Ok(vec![self.sorted_by(order, output.clone())?]),
                    None => {
                        let error = Error::analysis(
                            "ORDER_BY_POS_OUT_OF_RANGE",
                            format!(
                                "ORDER BY position {position} is not in select list (valid range is [1, {}]).",
                                outputs.len()
                            ),
                        );
                        Err(error.at(Some(&self.place(order.child.span))))
                    }
                }
            }
            ExpressionKind::UnresolvedAttribute { parts, .. }
                if parts.len() == 1
                    && parts[0].eq_ignore_ascii_case("all")
                    && !outputs
                        .iter()
                        .any(|output| output.column_name().eq_ignore_ascii_case("all")) =>
            {
                let keys = outputs.iter();
                keys.map(|output| self.sorted_by(order, output.clone()))
                    .collect()
            }
            _ => Ok(vec![self.sort_key(order, scope)?]),
        }
    }
}

/// A key of a sort that is no column of the rows must not have windows, some subqueries, or the only aggregates.
pub(crate) fn check_sort_key(key: &SortKey, is_aggregated: bool) -> Result<()> {
    let expr = &key.value.expr;
    if has_window(expr) || (has_aggregate(expr) && !is_aggregated) {
        return Err(unsupported_in("Sort", &key.value.name));
    }
    if has_correlated_value(expr) {
        return Err(unsupported_value("Sort"));
    }
    if has_subquery(expr) {
        return Err(Error::analysis(
            "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_IN_EXISTS_SUBQUERY",
            "Unsupported subquery expression: IN/EXISTS predicate subqueries can only be used in filters, joins, \
             aggregations, window functions, projections, and UPDATE/MERGE/DELETE commands: Sort.",
        ));
    }
    Ok(())
}
