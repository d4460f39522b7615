//! The window functions of a block: each is computed once, as a column.

use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use functions::Typed;
use sql::DataType;

use crate::analyser::Analyser;
use crate::error::Result;
use crate::planned::all_columns;
use crate::scope::Column;

/// The window functions that were found, with their columns. One that is within another comes before it.
pub(crate) struct WindowColumns<'a> {
    analyser: &'a Analyser,
    found: Vec<(Expr, Column)>,
}

impl<'a> WindowColumns<'a> {
    pub(crate) fn new(analyser: &'a Analyser) -> WindowColumns<'a> {
        WindowColumns {
            analyser,
            found: Vec::new(),
        }
    }

    /// Puts columns in the places of window functions.
    pub(crate) fn replace(&mut self, typed: &mut Typed) -> Result<()> {
        let expr = typed.expr.clone().transform_up(|expr| {
            if !matches!(expr, Expr::WindowFunction(_)) {
                return Ok(Transformed::no(expr));
            }
            let column = match self.found.iter().find(|(known, _)| *known == expr) {
                Some((_, column)) => column.clone(),
                None => {
                    let column = self.analyser.column_of(&Typed::null(DataType::Void));
                    self.found.push((expr, column.clone()));
                    column
                }
            };
            Ok(Transformed::yes(column.expr()))
        })?;
        typed.expr = expr.data;
        Ok(())
    }

    /// Whether an expression names a window function's column.
    pub(crate) fn is_in(&self, typed: &Typed) -> bool {
        names_one(&typed.expr, &self.found)
    }

    /// `plan` with a column for each window function.
    pub(crate) fn build(self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let mut plan = plan;
        let mut rest = self.found;
        while !rest.is_empty() {
            // The first names none of the rest.
            let is_next = |(expr, _): &(Expr, Column)| !names_one(expr, &rest);
            let (next, later): (Vec<_>, Vec<_>) = rest.clone().into_iter().partition(is_next);
            let mut projected = all_columns(&plan);
            let mut exprs: Vec<Expr> = next.iter().map(|(expr, _)| expr.clone()).collect();
            plan = self.analyser.lift(plan, &mut exprs)?;
            plan = LogicalPlanBuilder::window_plan(plan, exprs.clone())?;
            for (expr, (_, column)) in exprs.iter().zip(&next) {
                let computed =
                    datafusion_common::Column::new_unqualified(expr.schema_name().to_string());
                projected.push(Expr::Column(computed).alias(column.engine_name()));
            }
            plan = LogicalPlanBuilder::from(plan).project(projected)?.build()?;
            rest = later;
        }
        Ok(plan)
    }
}

/// Whether an expression names one of these columns.
fn names_one(expr: &Expr, columns: &[(Expr, Column)]) -> bool {
    let is_one = |expr: &Expr| columns.iter().any(|(_, column)| column.expr() == *expr);
    expr.exists(|expr| Ok(is_one(expr))).unwrap_or(true)
}
